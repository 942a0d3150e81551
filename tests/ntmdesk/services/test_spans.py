"""What a team's bundles bring again and what not; newer catalogues that travel in them."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from ntmdesk.services import bundles
from ntmdesk.services.newer_catalogue import FILE, take_newer_catalogue, wants_catalogue
from ntmdesk.store.surroundings import PROGRAM
from sync.protocol import records
from sync.protocol.bundles import Part, What, read_bundle, read_json, read_page
from sync.protocol.image import encode_image
from sync.protocol.signed_catalogues import decode_catalogue, encode_catalogue, unpack_catalogue
from sync.protocol.spans import Span
from sync.server import bundles as server_bundles
from sync.server import catalogues
from tests.ntmdesk.store.laptops import CATALOGUE
from tests.soak.book import Book
from tests.soak.world import IDS, LAPTOPS, LEADER, STREAM, World

HOA, LAN, NAM = LEADER, 1, 2


class Hamlet(World):
    """The soak's hamlet, its sticks made by hand."""

    chance = random.Random(7)

    def write(self, n: int, *ids: str, **values: str) -> None:
        for id in ids:
            self.laptop(n).save(STREAM, "visit", id, values or {"name": f"của {n}"})

    def meet(self, *ns: int) -> None:
        for n in ns:
            assert self.sync(n, self.chance).problem is None

    def stick(self, n: int, to: str = "team") -> Path:
        file = self.folder / f"stick-{len(list(self.folder.glob('stick-*')))}.ntmb"
        bundles.export_bundle(self.laptop(n).store, file, to)
        return file

    def take(self, n: int, file: Path) -> int:
        return bundles.import_bundle(self.laptop(n).store, file).new

    def hand(self, giver: int, *takers: int) -> None:
        """One stick for the team."""
        file = self.stick(giver)
        for taker in takers:
            self.take(taker, file)

    def answer(self, file: Path) -> Path:
        home = self.folder / f"answer-{len(list(self.folder.glob('answer-*')))}.ntmb"
        server_bundles.bring(self.server.installation(self.judge), file, home)
        return home

    def parts(self, n: int, file: Path) -> list[Part]:
        """What one of its readers finds in a bundle."""
        with self.laptop(n).store.look() as uow:
            private = uow.peers.keys.sealing
        with file.open("rb") as source:
            return list(read_bundle(source, file.stat().st_size).parts(private))

    def rows(self, n: int, file: Path) -> int:
        """Records in it besides those in packets."""
        return sum(read_page(p.data)[0].count for p in self.parts(n, file) if p.what is What.PAGE)

    def span(self, n: int, file: Path) -> Span:
        return next(read_json(p.data, Span) for p in self.parts(n, file) if p.what is What.SPAN)

    def everybody_told(self) -> None:
        """All laptops tell the leader where they stand."""
        for n in range(1, LAPTOPS):
            self.take(HOA, self.stick(n))

    def check(self) -> None:
        """What a laptop says it holds of another one's store is in its own."""
        for n in range(LAPTOPS):
            with self.laptop(n).store.look() as uow:
                said = uow.spans.knows().taken
            mine = self.laptop(n).held
            for taken in said:
                maker = self.laptop(int(taken.device[-1]))
                if maker.id != taken.life:
                    continue
                told = maker.store.db.execute("SELECT id FROM record WHERE seq<=?", (taken.seq,)).fetchall()
                for (id,) in told:
                    both = records.merge(mine[id].record, maker.held[id].record)
                    assert encode_image(both) == mine[id].image, (n, taken, id)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A hamlet that everybody has joined."""
    folder = tmp_path_factory.mktemp("hamlet") / "made"
    Hamlet.make(folder, Book(), random.Random(1)).close()
    return folder


@pytest.fixture
def hamlet(made: Path, tmp_path: Path) -> Iterator[Hamlet]:
    shutil.copytree(made, tmp_path / "world")
    world = Hamlet(tmp_path / "world", Book())
    yield world
    world.close()


def test_what_all_readers_have_told_to_hold_comes_no_more(hamlet: Hamlet) -> None:
    hamlet.write(HOA, *IDS[:5])
    hamlet.meet(HOA)
    first = hamlet.stick(HOA)
    assert (hamlet.rows(LAN, first), hamlet.span(LAN, first).after) == (5, 0)
    for n in range(1, LAPTOPS):
        assert hamlet.take(n, first) == 5
        assert hamlet.take(n, first) == 0
    assert hamlet.rows(LAN, hamlet.stick(HOA)) == 5, "what was sent decides nothing"
    hamlet.everybody_told()
    assert hamlet.rows(LAN, hamlet.stick(HOA)) == 0
    hamlet.write(HOA, IDS[0], name="sửa")
    hamlet.meet(HOA)
    later = hamlet.stick(HOA)
    assert hamlet.rows(LAN, later) == 1
    hamlet.take(LAN, later)
    hamlet.check()


def test_a_reader_who_has_told_nothing_gets_all(hamlet: Hamlet) -> None:
    hamlet.write(HOA, *IDS[:3])
    hamlet.meet(HOA)
    hamlet.hand(HOA, LAN, NAM)
    for n in (LAN, NAM):
        hamlet.take(HOA, hamlet.stick(n))
    assert hamlet.rows(LAN, hamlet.stick(HOA)) == 3


def test_a_lost_bundle_leaves_no_hole(hamlet: Hamlet) -> None:
    hamlet.write(HOA, IDS[0])
    hamlet.meet(HOA)
    hamlet.hand(HOA, *range(1, LAPTOPS))
    hamlet.everybody_told()
    hamlet.write(HOA, IDS[1])
    hamlet.meet(HOA)
    hamlet.stick(HOA).unlink()
    hamlet.write(HOA, IDS[2])
    hamlet.meet(HOA)
    hamlet.hand(HOA, LAN)
    assert set(IDS[:3]) <= hamlet.laptop(LAN).held.keys()
    hamlet.check()


def test_confirmed_values_come_whole_where_their_packet_was_missed(hamlet: Hamlet) -> None:
    hamlet.write(HOA, IDS[0])
    hamlet.hand(HOA, LAN)
    hamlet.write(HOA, IDS[1])
    hamlet.meet(HOA)
    hamlet.hand(HOA, LAN)
    assert hamlet.laptop(LAN).held[IDS[1]] == hamlet.laptop(HOA).held[IDS[1]]


def test_a_reader_put_back_to_an_older_copy_is_sent_what_it_lost(hamlet: Hamlet, tmp_path: Path) -> None:
    hamlet.laptop(LAN).keep(tmp_path / "copy")
    hamlet.write(HOA, *IDS[:3])
    hamlet.meet(HOA)
    hamlet.hand(HOA, *range(1, LAPTOPS))
    hamlet.everybody_told()
    hamlet.laptop(LAN).put_back(tmp_path / "copy")
    assert not hamlet.laptop(LAN).held
    hamlet.hand(HOA, LAN)
    hamlet.check()
    hamlet.take(HOA, hamlet.stick(LAN))
    hamlet.hand(HOA, LAN)
    assert set(IDS[:3]) <= hamlet.laptop(LAN).held.keys()


def test_a_maker_put_back_to_an_older_copy_counts_anew(hamlet: Hamlet, tmp_path: Path) -> None:
    hamlet.write(HOA, IDS[0])
    hamlet.meet(HOA)
    hamlet.laptop(HOA).keep(tmp_path / "copy")
    hamlet.write(HOA, *IDS[1:4])
    hamlet.hand(HOA, *range(1, LAPTOPS))
    hamlet.laptop(HOA).put_back(tmp_path / "copy")
    hamlet.everybody_told()
    hamlet.write(HOA, IDS[5])
    hamlet.meet(HOA)
    assert hamlet.span(LAN, hamlet.stick(HOA)).after == 0
    hamlet.hand(HOA, LAN)
    assert IDS[5] in hamlet.laptop(LAN).held
    hamlet.check()


def test_an_edit_of_what_was_confirmed_comes_whole_to_who_never_had_it(hamlet: Hamlet) -> None:
    """The packet has the edit alone; the record's first half is in no packet any more."""
    hamlet.write(HOA, IDS[0], name="đầu")
    hamlet.meet(HOA)
    hamlet.write(HOA, IDS[0], note="sau")
    hamlet.hand(HOA, LAN)
    assert set(hamlet.laptop(LAN).held[IDS[0]].record.cells) >= {"name", "note"}
    hamlet.check()


def test_what_waits_in_packets_alone_is_not_there_twice(hamlet: Hamlet) -> None:
    hamlet.write(HOA, IDS[0])
    hamlet.meet(HOA)
    hamlet.write(HOA, *IDS[1:4])
    assert hamlet.rows(LAN, hamlet.stick(HOA)) == 1


def test_a_change_that_may_not_leave_yet_is_not_in_it_and_the_span_ends_before_it(hamlet: Hamlet) -> None:
    hamlet.write(HOA, *IDS[:3])
    hamlet.meet(HOA)
    with hamlet.laptop(HOA).store.look() as uow:
        before = uow.spans.span_for(STREAM, [], "")
    hamlet.write(HOA, IDS[1], name="chưa được gửi")
    hamlet.write(HOA, IDS[4], name="sau đó")
    with hamlet.laptop(HOA).store.look() as uow:
        span = uow.spans.span_for(STREAM, [], "")
        left = {id for _, id, _ in uow.spans.records(STREAM, Span(span.life, 0, span.seq))}
    assert span.seq <= before.seq
    assert left == {IDS[0], IDS[2]}


def test_bundles_in_any_order_lost_and_doubled_lose_nothing(hamlet: Hamlet) -> None:
    chance = random.Random(20)
    sticks: list[Path] = []
    for _ in range(70):
        n = chance.choice((HOA, HOA, LAN, NAM))
        match chance.randrange(6):
            case 0 | 1:
                cell = chance.choice(("name", "note"))
                hamlet.laptop(n).save(STREAM, "visit", chance.choice(IDS[:12]), {cell: str(chance.random())})
            case 2:
                hamlet.meet(chance.choice((HOA, HOA, LAN)))
            case 3:
                sticks.append(hamlet.stick(n))
            case _ if sticks:
                hamlet.take(n, sticks[-1] if chance.random() < 0.5 else chance.choice(sticks))
                hamlet.check()
            case _:
                pass
    for _ in range(3):
        for giver in (HOA, LAN, NAM):
            hamlet.hand(giver, HOA, LAN, NAM)
    hamlet.check()
    images = [{id: h.image for id, h in hamlet.laptop(n).held.items()} for n in (HOA, LAN, NAM)]
    assert images[0] == images[1] == images[2]


def newer(version: int = 2) -> dict[str, str]:
    return {**CATALOGUE, "catalogue.toml": f"version = {version}\n"}


def load(hamlet: Hamlet, version: int = 2) -> bytes:
    """The server's keeper loads a newer catalogue; what the server says of it."""
    installed = hamlet.server.installation(None)
    catalogues.store(installed.database, newer(version))
    with installed.archive.look() as tx:
        return encode_catalogue(catalogues.signed(installed.archive, tx.connection))


def version(hamlet: Hamlet, n: int) -> int:
    return hamlet.laptop(n).store.catalogue.version


def test_a_newer_catalogue_comes_in_the_servers_answer_and_goes_on_in_the_teams_bundle(
    hamlet: Hamlet,
) -> None:
    said = load(hamlet)
    hamlet.take(HOA, hamlet.answer(hamlet.stick(HOA, "server")))
    assert version(hamlet, HOA) == 2
    assert (hamlet.home(HOA) / FILE).read_bytes() == said
    stick = hamlet.stick(HOA)
    assert any(p.what is What.CATALOGUE for p in hamlet.parts(LAN, stick))
    hamlet.take(LAN, stick)
    assert (version(hamlet, LAN), version(hamlet, NAM)) == (2, 1)
    for n in range(2, LAPTOPS):
        hamlet.take(n, stick)
    hamlet.everybody_told()
    assert not any(p.what is What.CATALOGUE for p in hamlet.parts(LAN, hamlet.stick(HOA)))


def test_records_written_under_a_newer_catalogue_come_to_a_laptop_with_an_older_one(hamlet: Hamlet) -> None:
    load(hamlet)
    hamlet.take(HOA, hamlet.answer(hamlet.stick(HOA, "server")))
    (hamlet.home(HOA) / FILE).unlink()
    hamlet.write(HOA, IDS[0])
    hamlet.hand(HOA, LAN)
    assert (version(hamlet, LAN), IDS[0] in hamlet.laptop(LAN).held) == (1, True)


def test_a_catalogue_that_is_not_the_servers_or_older_stays_outside(hamlet: Hamlet) -> None:
    store = hamlet.laptop(LAN).store
    said = decode_catalogue(load(hamlet, 3))
    turned = {**said.files, "kinds/visit.toml": said.files["kinds/visit.toml"].replace("2000", "2001")}
    for bad in (
        msgspec.structs.replace(said, files=turned),
        msgspec.structs.replace(said, version=4),
        msgspec.structs.replace(said, signature=bytes(64)),
        msgspec.structs.replace(said, server=STREAM),
    ):
        assert not take_newer_catalogue(store, encode_catalogue(bad))
    assert not (store.home / FILE).exists()
    assert take_newer_catalogue(store, encode_catalogue(said))
    kept = (store.home / FILE).read_bytes()
    assert not take_newer_catalogue(store, encode_catalogue(said))
    with hamlet.server.archive.look() as tx:
        archive = hamlet.server.archive
        older = catalogues.sign_catalogue(msgspec.structs.replace(said, version=2), archive.private_key)
        assert tx.epoch()
    assert not take_newer_catalogue(store, encode_catalogue(older))
    assert (store.catalogue.version, (store.home / FILE).read_bytes()) == (3, kept)


def test_a_bundle_with_a_forged_catalogue_still_brings_its_records(
    hamlet: Hamlet, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = decode_catalogue(load(hamlet))
    forged = encode_catalogue(msgspec.structs.replace(said, version=9))
    monkeypatch.setattr("ntmdesk.services.bundles.catalogue_for", lambda *_: forged)
    hamlet.write(HOA, IDS[0])
    stick = hamlet.stick(HOA)
    [part] = [p for p in hamlet.parts(LAN, stick) if p.what is What.CATALOGUE]
    assert unpack_catalogue(part.data) == forged
    assert hamlet.take(LAN, stick) == 1
    assert version(hamlet, LAN) == 1


def test_the_server_is_asked_for_what_a_colleague_lacks(hamlet: Hamlet) -> None:
    said = load(hamlet)
    store = hamlet.laptop(HOA).store
    assert wants_catalogue(store, 2)
    assert not wants_catalogue(store, 1)
    assert take_newer_catalogue(store, said)
    (store.home / FILE).unlink()
    assert not wants_catalogue(store, 2)
    hamlet.take(HOA, hamlet.stick(LAN))
    assert wants_catalogue(store, 2)
    take_newer_catalogue(store, said)
    assert not wants_catalogue(store, 2)
    with store.begin(PROGRAM) as uow:
        assert uow.spans.catalogues() == {f"device-{LAN}": 1}


def test_a_stick_shows_a_restored_server_what_it_had_said(hamlet: Hamlet) -> None:
    """Lan's laptop is gone, and Nam, who read her visit from the server, has no line."""
    hamlet.meet(NAM)
    kept = hamlet.folder / "kept"
    hamlet.server.backup(kept)
    hamlet.write(LAN, IDS[0])
    hamlet.meet(LAN, NAM)
    hamlet.server.restore(kept, hamlet.chance.randbytes)
    hamlet.take(NAM, hamlet.answer(hamlet.stick(NAM, "server")))
    hamlet.answer(hamlet.stick(NAM, "server"))
    with hamlet.server.archive.look() as tx:
        stored = tx.load(STREAM, [IDS[0]])
    assert stored[IDS[0]].image == hamlet.laptop(NAM).held[IDS[0]].image
