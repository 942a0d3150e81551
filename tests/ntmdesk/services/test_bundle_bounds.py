"""A colleague's stick keeps the bounds of form that the server keeps: what breaks one is left out here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ntmdesk.store.meta import keep_meta
from sync.protocol.bodies import pack_rows
from sync.protocol.bundles import BundlePage, Part, What, json_part, page_part
from sync.protocol.cells import CELL_BYTES_LIMIT, SIBLING_LIMIT, Cell
from sync.protocol.copies import CELLS_LIMIT
from sync.protocol.pages import Row
from sync.protocol.signing import public_of
from sync.protocol.spans import Span
from tests.ntmdesk.store.laptops import StoreLaptop
from tests.ntmdesk.store.places import counted_entropy

from .colleagues import (
    KEY,
    SERVER,
    STREAM,
    Colleague,
    cell_of,
    meet,
    new_id,
    page,
    reasons,
    take_from,
)

LIFE = "1" * 32
LAN = Colleague(1)

Road = Callable[..., Part]


@pytest.fixture
def laptop(tmp_path: Path) -> Iterator[StoreLaptop]:
    made = StoreLaptop.join(tmp_path / "home", STREAM, SERVER, (public_of(KEY),), counted_entropy("x"))
    with made.store.begin(StoreLaptop.author) as uow:
        keep_meta(uow.db, "epoch", LIFE)
    meet(made, LAN)
    yield made
    made.store.close()


def in_packet(*rows: Row, highest: int = 1) -> Part:
    return LAN.part(*rows, highest=highest)


def in_page(*rows: Row, highest: int = 1) -> Part:
    """What its author certified came before, in a packet of its own."""
    return page(*rows)


ROADS = pytest.mark.parametrize("road", [in_packet, in_page])


def certify(laptop: StoreLaptop, highest: int) -> None:
    take_from(laptop, LAN, LAN.part(LAN.row({"name": "Đầu"}), number=99, highest=highest))


def siblings(count: int, first: int = 2) -> Cell:
    last = first + count - 1
    return Cell({LAN.dot(k): f"v{k}" for k in range(first, last + 1)}, {LAN.replica: last})


def kinds_of(laptop: StoreLaptop, id: str) -> list[str]:
    with laptop.store.look() as uow:
        return [kind for (kind,) in uow.db.execute("SELECT kind FROM record WHERE id=?", (id,))]


def stand_aside(laptop: StoreLaptop) -> set[tuple[str, str]]:
    with laptop.store.look() as uow:
        return set(uow.db.execute("SELECT kind, id FROM aside"))


@ROADS
def test_a_cell_that_is_too_large_is_left_out_and_nothing_beside_it(laptop: StoreLaptop, road: Road) -> None:
    certify(laptop, 1)
    large, good = LAN.row({"name": "Lan", "note": "y" * 10_000_000}), LAN.row({"name": "Hoa"})
    fits = LAN.row({"name": "vừa", "note": "y" * (CELL_BYTES_LIMIT - 2)})
    tally = take_from(laptop, LAN, road(large, good, fits))
    assert reasons(tally) == ["cell_too_large"]
    assert tally.new == {large.id, good.id, fits.id}
    assert cell_of(laptop, large.id, "name") == ["Lan"]
    assert cell_of(laptop, large.id, "note") == []
    assert len(cell_of(laptop, fits.id, "note")[0]) == CELL_BYTES_LIMIT - 2


@ROADS
def test_more_siblings_than_a_cell_may_have_are_left_out(laptop: StoreLaptop, road: Road) -> None:
    certify(laptop, 400)
    many = LAN.row({"name": siblings(300), "note": "còn"})
    few = LAN.row({"name": siblings(SIBLING_LIMIT)})
    only = LAN.row({"name": siblings(SIBLING_LIMIT + 1)})
    tally = take_from(laptop, LAN, road(many, few, only, highest=400))
    assert reasons(tally) == ["too_many_siblings"]
    assert (cell_of(laptop, many.id, "name"), cell_of(laptop, many.id, "note")) == ([], ["còn"])
    assert len(cell_of(laptop, few.id, "name")) == SIBLING_LIMIT
    assert only.id not in laptop.held, "nothing is left of it to show"


@ROADS
def test_siblings_are_counted_with_those_here_and_without_what_was_replaced(
    laptop: StoreLaptop, road: Road
) -> None:
    certify(laptop, 400)
    full, resolved = new_id(), new_id()
    for id in (full, resolved):
        take_from(laptop, LAN, page(LAN.row({"name": siblings(SIBLING_LIMIT)}, id=id)))
    one_more = LAN.row({"name": Cell({LAN.dot(50): "thêm"}, {LAN.replica: 50})}, id=resolved, counter=50)
    nam = Colleague(2)
    meet(laptop, LAN, nam, number=2)
    other = nam.row({"name": "của Nam"}, id=full)
    take_from(laptop, LAN, nam.part(nam.row({"name": "Nam"}), number=9))
    tally = take_from(laptop, LAN, page(other))
    assert reasons(tally) == ["too_many_siblings"]
    assert len(cell_of(laptop, full, "name")) == SIBLING_LIMIT
    tally = take_from(laptop, LAN, road(one_more, highest=400))
    assert reasons(tally) == []
    assert cell_of(laptop, resolved, "name") == ["thêm"]


@ROADS
def test_an_id_of_another_kind_is_set_aside(laptop: StoreLaptop, road: Road) -> None:
    certify(laptop, 1)
    mine = new_id()
    laptop.save(STREAM, "visit", mine, {"name": "Của tôi"})
    stolen, good = LAN.row({"name": "giả"}, id=mine, kind="note_of_tomorrow"), LAN.row({"name": "Hoa"})
    twice = new_id()
    both = [LAN.row({"name": kind}, id=twice, kind=kind) for kind in ("visit", "note_of_tomorrow")]
    comparable = laptop.digest(STREAM)
    tally = take_from(laptop, LAN, road(stolen, good))
    assert (reasons(tally), tally.new) == (["id_in_use"], {good.id})
    assert kinds_of(laptop, mine) == ["visit"]
    assert stand_aside(laptop) == {("note_of_tomorrow", mine)}
    assert cell_of(laptop, mine, "name") == ["Của tôi"]
    tally = take_from(laptop, LAN, in_page(*both))
    assert reasons(tally) == ["id_in_use"]
    assert kinds_of(laptop, twice) == ["visit"]
    assert (comparable is None) == (laptop.digest(STREAM) is None)


def test_what_a_stick_set_aside_does_not_end_the_comparison_with_the_server(laptop: StoreLaptop) -> None:
    good = LAN.row({"name": "Hoa"})
    take_from(laptop, LAN, in_packet(good))
    assert laptop.digest(STREAM) is not None
    certify(laptop, 1)
    take_from(laptop, LAN, page(LAN.row({"name": "giả"}, id=good.id, kind="note_of_tomorrow")))
    assert stand_aside(laptop)
    assert laptop.digest(STREAM) is not None


def test_a_packet_of_a_foreign_stream_is_neither_merged_nor_carried(laptop: StoreLaptop) -> None:
    foreign, good = LAN.row({"name": "của tổ khác"}), LAN.row({"name": "Hoa"})
    tally = take_from(laptop, LAN, LAN.part(foreign, stream=new_id(), number=2), LAN.part(good))
    assert (reasons(tally), tally.new) == (["foreign_stream"], {good.id})
    with laptop.store.look() as uow:
        assert uow.db.execute("SELECT count(*) FROM carried").fetchone() == (1,)


@ROADS
def test_a_deletion_of_no_form_stops_nothing(laptop: StoreLaptop, road: Road) -> None:
    certify(laptop, 1)
    mine = new_id()
    laptop.save(STREAM, "visit", mine, {"name": "Của tôi"})
    forms: list[Any] = ["not a deletion", [[["name"], {"zz": 5}], [[1], {}]], [[["name"], {"zz": 5}]]]
    ids = [mine, new_id(), new_id()]
    rows = [
        LAN.row({"name": "x", "_deleted": Cell({LAN.dot(1): form}, {LAN.replica: 1})}, id=id)
        for id, form in zip(ids, forms, strict=True)
    ]
    good = LAN.row({"name": "Hoa"})
    tally = take_from(laptop, LAN, road(*rows, good))
    assert reasons(tally) == ["wrong_type"]
    assert good.id in tally.new
    assert all(cell_of(laptop, id, "_deleted") == [] for id in ids)
    assert "Của tôi" in cell_of(laptop, mine, "name")


@ROADS
def test_no_record_grows_beyond_its_cells(laptop: StoreLaptop, road: Road) -> None:
    certify(laptop, 1)
    id, half = new_id(), CELLS_LIMIT // 2 + 1
    first = LAN.row({f"a{n}": 1 for n in range(half)}, id=id)
    assert reasons(take_from(laptop, LAN, page(first))) == []
    more, good = LAN.row({f"b{n}": 1 for n in range(half)}, id=id), LAN.row({"name": "Hoa"})
    tally = take_from(laptop, LAN, road(more, good))
    assert (reasons(tally), tally.new) == (["too_many_cells"], {good.id})
    assert len(laptop.held[id].record.cells) == half + 1


@ROADS
def test_a_million_fields_are_refused_with_a_code_and_nothing_beside_them(
    laptop: StoreLaptop, road: Road
) -> None:
    certify(laptop, 1)
    fields = ",".join(f'"f{n}":[0,1]' for n in range(1_000_000))
    image = f'[[["{LAN.replica}",1,1,"",1]],{{{fields}}},{{}}]'.encode()
    good = LAN.row({"name": "Hoa"})
    tally = take_from(laptop, LAN, road(Row("visit", new_id(), image)), LAN.part(good, number=2))
    assert (reasons(tally), tally.new) == (["too_large"], {good.id})


@ROADS
def test_a_leap_of_counters_is_refused_with_a_code(laptop: StoreLaptop, road: Road) -> None:
    leap, good = LAN.row({"name": "x"}, counter=2**40), LAN.row({"name": "Hoa"})
    tally = take_from(laptop, LAN, road(leap, highest=2**40), LAN.part(good, number=2))
    assert (reasons(tally), tally.new) == (["counter"], {good.id})
    with laptop.store.look() as uow:
        assert uow.counter < 2**40


def test_a_counter_that_only_a_head_speaks_of_is_bounded_too(laptop: StoreLaptop) -> None:
    tally = take_from(laptop, LAN, LAN.part(LAN.row({"name": "x"}), highest=2**40))
    assert (reasons(tally), tally.new) == (["counter"], set())
    with laptop.store.look() as uow:
        assert uow.certified.bounds([LAN.replica]) == {}


@ROADS
def test_kinds_and_fields_of_tomorrow_pass_through(laptop: StoreLaptop, road: Road) -> None:
    certify(laptop, 1)
    new = LAN.row({"name": "Hoa", "tomorrow": {"a": [1, None]}, "rows/1": {"#": 1}, "_later": True})
    kind = LAN.row({"anything": 1}, kind="note_of_tomorrow")
    tally = take_from(laptop, LAN, road(new, kind))
    assert (reasons(tally), tally.new) == ([], {new.id, kind.id})
    assert laptop.held[new.id].image == new.image


def test_a_page_that_says_another_count_or_a_record_twice_is_not_taken(laptop: StoreLaptop) -> None:
    row, good = LAN.row({"name": "x"}), LAN.row({"name": "Hoa"})
    counted = page_part(BundlePage(7), pack_rows([row]))
    tally = take_from(laptop, LAN, counted, page(row, row), LAN.part(good))
    assert (reasons(tally), tally.new) == (["bad_message", "bad_message"], {good.id})


def test_what_is_left_out_here_is_carried_whole_and_comes_with_the_servers_page(laptop: StoreLaptop) -> None:
    large, note = LAN.row({"name": "Lan", "note": "y" * 300_000}), "y" * 300_000
    packet = LAN.packet(large)
    take_from(laptop, LAN, Part(What.PACKET, packet.data))
    with laptop.store.look() as uow:
        [held] = uow.carrying.waiting(STREAM)
        assert uow.carrying.data(STREAM, held) == packet.data
    assert reasons(take_from(laptop, LAN, Part(What.PACKET, packet.data))) == []
    new = LAN.row({"note": note})
    by_server = page_part(BundlePage(2, LIFE, 1, 0, 5, "t"), pack_rows([large, new]))
    assert take_from(laptop, None, by_server).new == {large.id, new.id}
    assert cell_of(laptop, new.id, "note") == [note]
    assert cell_of(laptop, large.id, "note") == [note]
    assert laptop.held[large.id].image == large.image


def test_a_bundle_of_which_something_was_left_out_brings_its_reader_nowhere(laptop: StoreLaptop) -> None:
    """Its maker sends it again."""
    span = json_part(What.SPAN, Span(LAN.replica, 0, 7, "", 0))
    take_from(laptop, LAN, in_packet(LAN.row({"name": "x", "note": "y" * 300_000})), span)
    with laptop.store.look() as uow:
        assert uow.spans.knows().taken == ()
    take_from(laptop, LAN, LAN.part(LAN.row({"name": "x"}), number=2), span)
    with laptop.store.look() as uow:
        assert [taken.seq for taken in uow.spans.knows().taken] == [7]


def test_a_born_cell_says_nothing_but_that(laptop: StoreLaptop) -> None:
    row = LAN.row({"_born": Cell({LAN.dot(1): "y"}, {LAN.replica: 1}), "name": "Lan"})
    assert reasons(take_from(laptop, LAN, LAN.part(row))) == ["wrong_type"]
    assert cell_of(laptop, row.id, "name") == ["Lan"]
