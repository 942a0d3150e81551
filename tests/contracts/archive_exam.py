"""One exam for every archive: memory, SQLite and PostgreSQL alike."""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from collections.abc import Sequence

import pytest

from sync.hub.answer import exchange
from sync.hub.comparing import compare
from sync.hub.ports import Archive, Device, KeptPacket, Link, Put, Stored, StreamState, Talk
from sync.hub.writing import server_replica, write_record
from sync.protocol.bodies import pack_rows, unpack_rows
from sync.protocol.codec import decode_message, encode_message
from sync.protocol.digest import digest_of
from sync.protocol.dots import Dot
from sync.protocol.errors import WireError
from sync.protocol.image import decode_image, encode_image, image_hash
from sync.protocol.messages import CompareReply, CompareRequest, ExchangeReply, ExchangeRequest, Limits
from sync.protocol.packets import FIRST, Packet, PacketHead, seal
from sync.protocol.pages import Cursor, Fork, Row, epoch_is_true
from sync.protocol.receipts import receipt_is_true
from sync.protocol.records import Stamp, create, shown
from sync.protocol.signing import public_of
from tests.fakes import FakeJudge

A = "0190aaaa-0000-7000-8000-00000000000a"
B = "0190aaaa-0000-7000-8000-00000000000b"
REPLICA = "00000000000000aa"
KEY = bytes(range(32))
DEVICE = Device("0190dddd-0000-7000-8000-000000000001", public_of(KEY), "member", {A: 1, B: 1})


def image_of(id: str, counter: int, **values: object) -> bytes:
    return encode_image(create("visit", id, values, Dot(counter, REPLICA), Stamp(1, "", 1)))


def put(id: str, seq: int, fresh: bool = True, **values: object) -> Put:
    image = image_of(id, seq, **(values or {"n": seq}))
    return Put("visit", id, seq, image, image_hash("visit", id, image), fresh)


def packet(number: int, previous: bytes, ids: Sequence[str], stream: str = A, counter: int = 0) -> Packet:
    rows = [Row("visit", id, image_of(id, counter + n + 1, name=f"Ấp {n}")) for n, id in enumerate(ids)]
    head = PacketHead(REPLICA, stream, number, previous, counter + len(ids), 1, len(ids))
    return seal(head, pack_rows(rows), KEY)


class ArchiveExam(ABC):
    """Subclass it with ``make``: an empty archive with streams A and B known to it if it must know them."""

    @abstractmethod
    def make(self, streams: Sequence[str]) -> Archive:
        """A fresh archive in its first epoch."""

    @pytest.fixture(autouse=True)
    def _fresh(self) -> None:
        self.archive = self.make((A, B))
        self.chance = random.Random(3)

    def commit(self, stream: str, *rows: Put) -> None:
        with self.archive.begin((stream,)) as tx:
            tx.put(stream, rows)
            tx.advance(stream, StreamState(rows[-1].seq, f"{rows[-1].seq:016x}", rows[-1].seq))

    def test_an_empty_stream(self) -> None:
        with self.archive.look() as tx:
            assert tx.state(A) == StreamState(0, "", 0)
            assert tx.load(A, ["x"]) == {}
            assert list(tx.page(A, 0, 10, 10**6)) == []
            assert tx.digest(A) == digest_of([])
            assert tx.link(A, REPLICA) == Link(0, FIRST)
            assert tx.packet(A, REPLICA, 1) is None
            assert tx.talk(REPLICA) is None
            assert tx.replica_of(REPLICA) is None
            assert tx.commit_at(A, 1) is None
            assert tx.certified(A, [REPLICA]) == {}

    def test_rows_are_kept_and_replaced(self) -> None:
        self.commit(A, put("x", 1), put("y", 2))
        self.commit(A, put("x", 3, fresh=False, n=9))
        with self.archive.look() as tx:
            rows = tx.load(A, ["x", "y", "z"])
            assert rows["x"] == Stored("visit", image_of("x", 3, n=9), 3)
            assert set(rows) == {"x", "y"}
            assert [row.id for row in tx.page(A, 0, 10, 10**6)] == ["y", "x"]
            assert tx.state(A) == StreamState(3, f"{3:016x}", 3)

    def test_many_ids_are_loaded_at_once(self) -> None:
        ids = [f"id-{n:05d}" for n in range(3000)]
        self.commit(A, *(put(id, n + 1) for n, id in enumerate(ids)))
        with self.archive.look() as tx:
            assert len(tx.load(A, ids)) == 3000
            assert tx.digest(A).count == 3000

    def test_streams_do_not_see_each_other(self) -> None:
        self.commit(A, put("x", 1))
        with self.archive.look() as tx:
            assert tx.load(B, ["x"]) == {}
            assert tx.state(B).seq == 0
            assert list(tx.hashes(B, None)) == []
        self.commit(B, put("x", 1, n=5))
        with self.archive.look() as tx:
            assert tx.load(A, ["x"]) != tx.load(B, ["x"])

    def test_pages_are_bounded_by_rows_and_bytes(self) -> None:
        self.commit(A, *(put(f"r{n}", n) for n in range(1, 6)))
        with self.archive.look() as tx:
            assert [row.seq for row in tx.page(A, 1, 2, 10**6)] == [2, 3]
            assert [row.seq for row in tx.page(A, 0, 9, 1)] == [1]
            row = tx.page(A, 4, 9, 10**6)[0]
            assert (row.kind, row.id, row.image, row.seq) == ("visit", "r5", image_of("r5", 5, n=5), 5)

    def test_tags_belong_to_commits(self) -> None:
        self.commit(A, put("x", 1), put("y", 2))
        self.commit(A, put("z", 3))
        with self.archive.look() as tx:
            assert [tx.commit_at(A, n) for n in (1, 2, 3, 4)] == [f"{2:016x}", f"{2:016x}", f"{3:016x}", None]

    def test_the_digest_is_of_the_rows(self) -> None:
        rows = [put("x", 1), put("y", 2)]
        self.commit(A, *rows)
        with self.archive.look() as tx:
            assert tx.digest(A) == digest_of([row.hash for row in rows])
            assert sorted(tx.hashes(A, "visit")) == sorted(("visit", row.id, row.hash) for row in rows)
            assert list(tx.hashes(A, "resident")) == []
        self.commit(A, put("x", 3, fresh=False, n=7))
        with self.archive.look() as tx:
            assert tx.digest(A) == digest_of([put("x", 3, n=7).hash, rows[1].hash])

    def test_an_exception_leaves_nothing(self) -> None:
        with pytest.raises(RuntimeError), self.archive.begin((A,)) as tx:  # noqa: PT012 - all of it is undone
            tx.put(A, [put("x", 1)])
            tx.advance(A, StreamState(1, "t" * 16, 1))
            tx.claim(REPLICA, DEVICE.id)
            raise RuntimeError
        with self.archive.look() as tx:
            assert tx.state(A).seq == 0
            assert tx.load(A, ["x"]) == {}
            assert tx.replica_of(REPLICA) is None

    def test_packets_make_a_chain(self) -> None:
        one = packet(1, FIRST, ["x"])
        with self.archive.begin((A,)) as tx:
            tx.claim(REPLICA, DEVICE.id)
            tx.keep_packet(A, REPLICA, DEVICE.id, KeptPacket(1, one.hash, 1, b"[]"), 7, one.data)
        with self.archive.look() as tx:
            assert tx.link(A, REPLICA) == Link(1, one.hash)
            assert tx.packet(A, REPLICA, 1) == KeptPacket(1, one.hash, 1, b"[]")
            assert tx.certified(A, [REPLICA, "0" * 16]) == {REPLICA: 7}
            assert tx.link(B, REPLICA).number == 0
            assert tx.replica_of(REPLICA) == DEVICE.id

    def test_conversations_are_remembered(self) -> None:
        for talk in (Talk("n1", "", 1, b"b" * 16), Talk("n2", "n1", 4, b"c" * 16)):
            with self.archive.begin(()) as tx:
                tx.claim(REPLICA, DEVICE.id)
                tx.set_talk(REPLICA, talk)
            with self.archive.look() as tx:
                assert tx.talk(REPLICA) == talk

    def test_the_ids_of_a_laptop_are_counted(self) -> None:
        with self.archive.begin(()) as tx:
            assert tx.ids_of(DEVICE.id) == 0
            for device, ids in ((DEVICE.id, "ab"), ("0190dddd-0000-7000-8000-000000000002", "c")):
                for id in ids:
                    tx.claim(16 * id, device)
                    tx.claim(16 * id, device)
            assert tx.ids_of(DEVICE.id) == 2

    def test_epochs_make_a_signed_line(self) -> None:
        self.commit(A, put("x", 1))
        with self.archive.look() as tx:
            first = tx.epoch()
        assert first.parent == ""
        with self.archive.begin((A,)) as tx:
            second = tx.open_epoch("2" * 32, {A: Fork(A, 0, "")})
        with self.archive.begin((A,)) as tx:
            third = tx.open_epoch("3" * 32, {})
        with self.archive.look() as tx:
            assert tx.epoch() == third
            assert list(tx.epochs_since(first.random)) == [second, third]
            assert list(tx.epochs_since(third.random)) == []
            assert list(tx.epochs_since("unknown")) == [first, second, third]
        assert [e.number for e in (first, second, third)] == [
            first.number,
            first.number + 1,
            first.number + 2,
        ]
        assert (second.parent, third.parent) == (first.random, second.random)
        assert Fork(A, 0, "") in second.forks
        assert Fork(A, 1, f"{1:016x}") in third.forks
        assert all(epoch_is_true(e, self.archive.public_keys) for e in (first, second, third))

    def ask(
        self, *packets: Packet, number: int = 1, cursor: Cursor | None = None, **more: object
    ) -> ExchangeReply:
        request = ExchangeRequest(
            1,
            REPLICA,
            "n" * 32,
            number,
            "",
            1,
            (cursor or Cursor("", "", A),),
            tuple(p.data for p in packets),
            **more,  # type: ignore[arg-type]
        )
        body = encode_message(request)
        return decode_message(
            exchange(self.archive, FakeJudge(), DEVICE, body, 5, self.chance.randbytes), ExchangeReply
        )

    def test_a_whole_exchange(self) -> None:
        one = packet(1, FIRST, ["x", "y"])
        two = packet(2, one.hash, ["z"], counter=2)
        reply = self.ask(one, two)
        assert [(r.number, r.seq, r.exceptions) for r in reply.receipts] == [(1, 3, ()), (2, 3, ())]
        assert all(receipt_is_true(r, self.archive.public_keys) for r in reply.receipts)
        (page,) = reply.pages
        assert (page.count, page.cursor.seq, page.more) == (0, 3, False)
        assert page.digest is not None
        assert page.digest.count == 3
        again = self.ask(one, two)
        assert [(r.number, r.seq) for r in again.receipts] == [(1, 3), (2, 3)]
        with self.archive.look() as tx:
            assert tx.state(A).seq == 3
            assert tx.link(A, REPLICA).number == 2

    def test_pages_follow_the_cursor(self) -> None:
        self.ask(packet(1, FIRST, [f"r{n}" for n in range(5)]))
        seen: list[str] = []
        cursor = None
        for number in range(2, 9):
            reply = self.ask(number=number, cursor=cursor, limits=Limits(page_records=2))
            (page,) = reply.pages
            seen += [row.id for row in unpack_rows(page.rows)] if page.rows else []
            cursor = page.cursor
            if not page.more:
                break
        assert sorted(seen) == [f"r{n}" for n in range(5)]

    def test_packets_out_of_step_are_told(self) -> None:
        one = packet(1, FIRST, ["x"])
        two = packet(2, one.hash, ["y"], counter=1)
        reply = self.ask(two)
        assert reply.receipts == ()
        assert [(n.code, n.details["number"]) for n in reply.notices] == [("gap", 1)]
        self.ask(one, number=2)
        with pytest.raises(WireError) as caught:
            self.ask(packet(1, FIRST, ["other"]), number=3)
        assert caught.value.code == "clone"
        with self.archive.look() as tx:
            assert set(tx.load(A, ["x", "y", "other"])) == {"x"}

    def test_the_server_writes_by_its_own_hand(self) -> None:
        judge = FakeJudge()
        for value in ("Thôn 1", "Thôn 1", "Thôn 2"):
            with self.archive.begin((A,)) as tx:
                write_record(
                    tx,
                    self.archive,
                    A,
                    "hamlet",
                    "h",
                    {"name": value},
                    at=1,
                    judge=judge,
                    random=self.chance.randbytes,
                )
        with self.archive.look() as tx:
            stored = tx.load(A, ["h"])["h"]
            own = server_replica(tx.epoch().random, A)
        record = decode_image("hamlet", "h", stored.image)
        assert shown(record) == {"name": "Thôn 2"}
        assert stored.seq == 2
        assert {dot.replica for cell in record.cells.values() for dot in cell.siblings} == {own}

    def test_a_comparison_narrows_down(self) -> None:
        self.ask(packet(1, FIRST, ["x", "y"]))

        def narrow(**what: object) -> CompareReply:
            request = CompareRequest(1, REPLICA, A, **what)  # type: ignore[arg-type]
            return decode_message(compare(self.archive, DEVICE, encode_message(request)), CompareReply)

        assert narrow(ask="kinds").sums["visit"].count == 2
        buckets = narrow(ask="buckets", kind="visit").sums
        assert sum(d.count for d in buckets.values()) == 2
        hashes = narrow(ask="hashes", kind="visit", buckets=tuple(map(int, buckets))).hashes
        assert set(hashes) == {"x", "y"}
        assert [row.id for row in unpack_rows(narrow(ask="rows", ids=("x", "unknown")).rows)] == ["x"]
