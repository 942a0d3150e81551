"""The encrypted store passes the exam of every replica, and a few questions of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ntmdesk.errors import UserError
from sync.engine.ports import Replica, SiftedPage
from sync.protocol import records
from sync.protocol.dots import Dot
from sync.protocol.errors import WireError
from sync.protocol.image import decode_image, encode_image
from sync.protocol.messages import Limits
from sync.protocol.pages import Cursor, Row
from sync.protocol.receipts import Outcome, Receipt, ReceiptException
from sync.protocol.records import Stamp
from tests.contracts.replica_exam import Keyboard, ReplicaExam
from tests.ntmdesk.store.laptops import StoreLaptop, small_catalogue
from tests.ntmdesk.store.places import LAN, Place, counted_entropy

STREAM = "0190aaaa-0000-7000-8000-000000000001"
SERVER = "0190aaaa-0000-7000-8000-0000000000ff"
FAR = "feedfacefeedface"


class StoreKeyboard:
    """A person at a store's own forms."""

    kind = "visit"
    texts = ("name", "note")

    def __init__(self, laptop: StoreLaptop) -> None:
        self._store = laptop.store
        self.public_key = laptop.public_key

    def add(self, values: Mapping[str, Any]) -> str:
        with self._store.begin(LAN) as uow:
            return uow.records.add(self.kind, values)

    def change(self, id: str, values: Mapping[str, Any]) -> None:
        with self._store.begin(LAN) as uow:
            uow.records.set(self.kind, id, values)

    def delete(self, id: str) -> None:
        with self._store.begin(LAN) as uow:
            uow.records.delete(self.kind, id)

    def value(self, id: str, field: str) -> Any:
        with self._store.look() as uow:
            return uow.records.get(self.kind, id).get(field)

    def is_listed(self, id: str) -> bool:
        with self._store.look() as uow:
            return any(row["id"] == id for row in uow.records.list(self.kind).rows)

    def state(self, id: str) -> str:
        with self._store.look() as uow:
            return uow.records.state(id)

    def conflicts(self) -> int:
        with self._store.look() as uow:
            return len(uow.records.conflicts())

    def quarantined(self) -> int:
        with self._store.look() as uow:
            return len(uow.peers.quarantine())


class TestStoreReplica(ReplicaExam):
    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> Iterator[None]:
        self.folder = tmp_path
        self.opened: list[StoreLaptop] = []
        yield
        for laptop in self.opened:
            laptop.store.close()

    @pytest.fixture(autouse=True)
    def _team(self, _folder: None) -> None:
        ReplicaExam._team.__wrapped__(self)  # type: ignore[attr-defined]

    def make(
        self, stream: str, server: str, server_keys: tuple[bytes, ...], number: int
    ) -> tuple[Replica, Keyboard]:
        home = self.folder / str(number)
        laptop = StoreLaptop.join(home, stream, server, server_keys, counted_entropy(f"exam {number}"))
        self.opened.append(laptop)
        return laptop, StoreKeyboard(laptop)

    def test_what_the_server_only_holds_still_waits(self) -> None:
        first, second = self.keyboard.texts
        id = self.keyboard.add({first: "A"})
        assert self.sync().pending == 0
        self.judge.judge = lambda kind, cell, value: "unknown_choice"  # type: ignore[method-assign]
        self.keyboard.change(id, {second: "mới"})
        assert (self.waiting(), self.sync().later, self.waiting()) == (1, 1, 1)
        assert self.sync().sent == 0
        assert self.waiting() == 1
        del self.judge.judge
        self.judge.version = 2
        self.sync()
        self.sync()
        assert self.waiting() == 0

    def waiting(self) -> int:
        with self.opened[0].store.look() as uow:
            return int(uow.peers.status()["pending"])


def test_a_value_held_for_its_certificate_waits_until_the_server_serves_it(laptop: StoreLaptop) -> None:
    def pending() -> int:
        with laptop.store.look() as uow:
            assert uow.peers.unsent() == 0
            return int(uow.peers.status()["pending"])

    laptop.save(STREAM, "visit", ONE, {"name": "A", "note": "giữ"})
    packet = laptop.packet(STREAM, 1, Limits())
    assert packet is not None
    (image,) = laptop.store.db.execute("SELECT cells FROM record WHERE id=?", (ONE,)).fetchone()
    ours = Row("visit", ONE, image.encode(), 7)
    dot = next(iter(decode_image("visit", ONE, ours.image).cells["note"].siblings))
    exception = ReceiptException(dot.text, "visit", ONE, "note", "unknown_dot", Outcome.LATER)
    receipt = Receipt("e", STREAM, packet.head.replica, 1, packet.hash, 6, (exception,))
    taken = laptop.take("n" * 32, (receipt,), (), 1)
    assert (taken.later, taken.pending, pending()) == (1, 0, 1)
    less = row(TWO, name="khác")
    laptop.take("n" * 32, (), (page(less, seq=6),), 1)
    assert pending() == 1
    laptop.take("n" * 32, (), (page(ours, seq=7),), 1)
    assert pending() == 0
    with laptop.store.look() as uow:
        assert uow.records.state(ONE) == "accepted"


def test_the_last_receipt_is_the_last_one_whatever_the_clock_said_before(laptop: StoreLaptop) -> None:
    start, said = laptop.place.clock.now, []
    for number, days in enumerate((3650, 0), 1):
        laptop.place.clock.now = start + timedelta(days=days)
        laptop.save(STREAM, "visit", ONE, {"name": f"lần {number}"})
        packet = laptop.packet(STREAM, number, Limits())
        assert packet is not None
        laptop.take(
            "n" * 32, (Receipt("e", STREAM, packet.head.replica, number, packet.hash, number, ()),), (), 1
        )
        with laptop.store.look() as uow:
            said.append(uow.peers.status()["last_receipt"])
    assert said == [int((start + timedelta(days=days)).timestamp()) for days in (3650, 0)]


@pytest.fixture
def laptop(tmp_path: Path) -> Iterator[StoreLaptop]:
    made = StoreLaptop.join(tmp_path / "home", STREAM, SERVER, (bytes(32),), counted_entropy("x"))
    yield made
    made.store.close()


def row(id: str, counter: int = 5, seq: int = 1, **values: Any) -> Row:
    record = records.create("visit", id, values, Dot(counter, FAR), Stamp(1, "far", 1))
    return Row("visit", id, encode_image(record), seq)


def page(*rows: Row, aside: tuple[Row, ...] = (), seq: int = 1) -> SiftedPage:
    return SiftedPage(STREAM, Cursor(SERVER, "e", STREAM, 1, seq, f"tag{seq}"), rows, aside)


ONE = "0190bbbb-0000-7000-8000-000000000001"
TWO = "0190bbbb-0000-7000-8000-000000000002"


def test_before_enrolment_there_is_nobody_to_talk_to(tmp_path: Path) -> None:
    from ntmdesk.store.replica import StoreReplica

    with Place(tmp_path / "home", catalogue=small_catalogue()).create() as store:
        with pytest.raises(WireError) as error:
            StoreReplica(store).standing()
        assert error.value.code == "not_enrolled"


def test_what_was_recorded_before_joins_the_teams_stream(tmp_path: Path) -> None:
    from tests.ntmdesk.store.laptops import enrolment

    place = Place(tmp_path / "home", catalogue=small_catalogue())
    with place.create() as store:
        with store.begin(LAN) as uow:
            id = uow.records.add("visit", {"name": "Lê Văn Minh"})
            assert uow.peers.status()["enrolled"] is False
            uow.peers.join(enrolment(SERVER, STREAM, (bytes(32),)), "https://x", "ab")
            status = uow.peers.status()
            joined = uow.peers.joined()
        assert (status["enrolled"], status["team"], status["role"], status["pending"]) == (
            True,
            STREAM,
            "member",
            1,
        )
        assert joined is not None
        assert (joined.url, joined.fingerprint, joined.enrolment.token) == ("https://x", "ab", "token")
        packet = StoreLaptop(place, store).packet(STREAM, 1, Limits())
        assert packet is not None
        assert packet.head.stream == STREAM
        assert store.db.execute("SELECT id, stream FROM record").fetchone() == (id, STREAM)
        with store.begin(LAN) as uow, pytest.raises(UserError) as error:
            uow.peers.join(enrolment(SERVER, SERVER, (bytes(32),)), "https://x")
        assert error.value.code == "enrolled_already"


def test_a_page_and_its_cursor_are_one_transaction(
    laptop: StoreLaptop, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ntmdesk.store import replica

    before = laptop.standing()

    def power_cut(*_: object) -> None:
        raise RuntimeError("power")

    monkeypatch.setattr(replica, "_move_cursor", power_cut)
    with pytest.raises(RuntimeError, match="power"):
        laptop.take("n" * 32, (), (page(row(ONE, name="A")),), 1)
    monkeypatch.undo()
    assert laptop.held == {}
    assert laptop.standing() == before
    assert laptop.take("n" * 32, (), (page(row(ONE, name="A")),), 1).received == 1
    assert laptop.standing().cursors[0].seq == 1


def test_taking_the_same_again_changes_nothing(laptop: StoreLaptop) -> None:
    pages = (page(row(ONE, name="A"), row(TWO, name="B")),)
    assert laptop.take("n" * 32, (), pages, 1).received == 2
    before = (laptop.writes, laptop.held, laptop.standing())
    assert laptop.take("n" * 32, (), pages, 1).received == 0
    assert (laptop.writes, laptop.held, laptop.standing()) == before


def test_records_of_others_are_accepted_and_searchable(laptop: StoreLaptop) -> None:
    laptop.take("n" * 32, (), (page(row(ONE, name="Trần Thị Mến", phone="0912345678")),), 1)
    with laptop.store.look() as uow:
        assert uow.records.state(ONE) == "accepted"
        assert uow.records.list("visit", search="men").total == 1
        assert uow.records.list("visit", search="678").total == 1
    laptop.take("n" * 32, (), (page(row(ONE, 6, 2, name="Lê Lựu"), seq=2),), 1)
    with laptop.store.look() as uow:
        assert uow.records.list("visit", search="luu").total == 1


def test_a_counter_met_anywhere_is_passed(laptop: StoreLaptop) -> None:
    laptop.take("n" * 32, (), (page(row(ONE, 900, name="A")),), 1)
    assert laptop.save(STREAM, "visit", ONE, {"name": "B"}).counter == 901
    with laptop.store.look() as uow:
        assert uow.records.conflicts() == []
        assert uow.records.get("visit", ONE)["name"] == "B"


def test_an_unsigned_fact_is_kept_apart_until_a_whole_copy_comes(laptop: StoreLaptop) -> None:
    bad = row(ONE, name="A", _home="elsewhere")
    laptop.take("n" * 32, (), (page(row(TWO, name="B"), aside=(bad,)),), 1)
    assert set(laptop.held) == {TWO}
    assert laptop.digest(STREAM) is None
    laptop.take("n" * 32, (), (page(row(ONE, 6, 2, name="A"), seq=2),), 1)
    assert set(laptop.held) == {ONE, TWO}
    assert laptop.digest(STREAM) is not None


def test_the_digest_is_remembered_and_forgotten_with_each_change(laptop: StoreLaptop) -> None:
    laptop.take("n" * 32, (), (page(row(ONE, name="A"), row(TWO, name="B")),), 1)
    first = laptop.digest(STREAM)
    assert first is not None
    assert first.count == 2
    assert laptop.digest(STREAM) == first
    laptop.store.db.execute("DELETE FROM record WHERE id=?", (TWO,))
    laptop.store.db.commit()
    lost = laptop.digest(STREAM)
    assert lost is not None
    assert lost.count == 1
    laptop.store.db.execute("UPDATE record SET hash=x'00000000000000000000000000000001'")
    laptop.store.db.commit()
    assert laptop.digest(STREAM) != lost
    laptop.save(STREAM, "visit", ONE, {"name": "C"})
    assert laptop.digest(STREAM) is None


def test_sixty_four_commits_are_remembered(laptop: StoreLaptop) -> None:
    for seq in range(1, 80):
        laptop.take("n" * 32, (), (page(seq=seq),), 1)
    tags = laptop.tags(STREAM)
    assert (len(tags), tags[0], tags[-1]) == (64, (79, "tag79"), (16, "tag16"))


def test_a_mended_value_closes_the_quarantine(laptop: StoreLaptop) -> None:
    laptop.save(STREAM, "visit", ONE, {"name": "A"})
    with laptop.store.begin(LAN) as uow:
        uow.peers.set_aside("visit", ONE, "note", Dot(1, laptop.id), "bad", "too_long", LAN.person, 5)
    with laptop.store.begin(LAN) as uow:
        (item,) = uow.peers.quarantine()
        assert (item.value, item.code, item.field) == ("bad", "too_long", "note")
        assert uow.records.get("visit", ONE)["state"] == "refused"
        uow.peers.write_again(item, "ngắn")
        assert uow.peers.quarantine() == []
        assert uow.records.get("visit", ONE)["note"] == "ngắn"
        assert uow.records.state(ONE) == "local"


def test_an_edit_elsewhere_in_the_record_leaves_the_quarantine_open(laptop: StoreLaptop) -> None:
    laptop.save(STREAM, "visit", ONE, {"name": "A", "note": "ngắn"})
    with laptop.store.begin(LAN) as uow:
        uow.peers.set_aside("visit", ONE, "note", Dot(1, laptop.id), "bad", "too_long", LAN.person, 5)
    laptop.save(STREAM, "visit", ONE, {"name": "B"})
    assert laptop.quarantine == {(ONE, "note", f"{laptop.id}:1")}
    laptop.save(STREAM, "visit", ONE, {"note": "gọn"})
    assert laptop.quarantine == set()


def test_a_dropped_value_stays_on_file(laptop: StoreLaptop) -> None:
    laptop.save(STREAM, "visit", ONE, {"name": "A"})
    with laptop.store.begin(LAN) as uow:
        assert uow.peers.set_aside("visit", ONE, "note", Dot(1, laptop.id), "bad", "too_long", "", 5)
        assert not uow.peers.set_aside("visit", ONE, "note", Dot(1, laptop.id), "bad", "too_long", "", 5)
        uow.peers.settle(uow.peers.quarantine()[0], "dropped")
        assert uow.peers.status()["refused"] == 0
    assert laptop.store.db.execute("SELECT settled FROM quarantine").fetchone()[0] == "dropped"


def test_small_packets_never_lose_an_early_edit_of_a_record_edited_again(laptop: StoreLaptop) -> None:
    """A record edited before and after others must bring both edits, in whichever packet it goes."""
    from sync.protocol.bodies import unpack_rows

    laptop.save(STREAM, "visit", ONE, {"name": "A"})
    laptop.save(STREAM, "visit", TWO, {"name": "B"})
    first = laptop.packet(STREAM, 1, Limits())
    assert first is not None
    laptop.save(STREAM, "visit", ONE, {"phone": "1"})
    laptop.save(STREAM, "visit", TWO, {"phone": "2"})
    laptop.save(STREAM, "visit", ONE, {"note": "n"})
    carried: dict[str, set[str]] = {}
    number = 2
    while packet := laptop.packet(STREAM, number, Limits(packet_records=1)):
        for copy in unpack_rows(packet.body):
            cells = records.Record(copy.kind, copy.id, {}, {})
            from sync.protocol.image import decode_image

            cells = decode_image(copy.kind, copy.id, copy.image)
            carried.setdefault(copy.id, set()).update(n for n in cells.cells if not n.startswith("_"))
        number = packet.head.number + 1
    assert carried == {ONE: {"phone", "note"}, TWO: {"phone"}}


def test_runs_are_remembered(laptop: StoreLaptop) -> None:
    with laptop.store.begin(LAN) as uow:
        uow.peers.note_run("offline", {"sent": 0})
        uow.peers.note_run("", {"sent": 3})
        assert [(r.code, r.numbers) for r in uow.peers.runs()] == [
            ("", {"sent": 3}),
            ("offline", {"sent": 0}),
        ]
