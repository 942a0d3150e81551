"""What a server says of single values, apart from any merge."""

from __future__ import annotations

from typing import Any

from sync.hub.authority import Authority
from sync.hub.verdicts import Verdicts, exception_of, known_refusals
from sync.hub.weighing import Weighing
from sync.protocol import records
from sync.protocol.cells import EMPTY, Cell
from sync.protocol.copies import Copy
from sync.protocol.dots import Dot
from sync.protocol.facts import fact_is_true, keyring
from sync.protocol.image import encode_image, parse_image
from sync.protocol.receipts import Outcome
from sync.protocol.records import Record, Stamp
from sync.protocol.signing import public_of
from tests.fakes import FakeJudge

KEY = bytes(range(32))
SENDER, SERVER = "00000000000000aa", "00000000000000ff"
DOT = Dot(3, SENDER)


class CountingJudge(FakeJudge):
    """Counts how often it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0

    def judge(self, kind: str, cell: str, value: Any) -> str | None:
        self.asked += 1
        return super().judge(kind, cell, value)


def authority(judge: FakeJudge | None = None, role: str = "member") -> Authority:
    keys = keyring((public_of(KEY),))
    return Authority(judge or FakeJudge(), role, KEY, keys, SERVER, 7, lambda r: r == SENDER)


def verdicts(judge: FakeJudge | None = None) -> Verdicts:
    return Verdicts(authority(judge))


def copy_of(record: Record) -> Copy:
    return Copy(record.kind, record.id, 0, parse_image(encode_image(record)))


def saved(kind: str = "visit", **cells: Any) -> Record:
    return records.create(kind, "v", cells, DOT, Stamp(1, "", 1))


def test_a_kind_is_asked_about_once() -> None:
    judge = CountingJudge()
    bench = verdicts(judge)
    assert bench.of_kind("visit") == bench.of_kind("visit")
    assert judge.asked == 1


def test_only_what_is_new_beside_the_stored_cell_is_judged() -> None:
    record = saved("weekly_log", boss="hers")
    cell, copy = record.cells["boss"], copy_of(record)

    def told(mine: Cell, role: str = "member") -> dict[Dot, str]:
        bench = authority(role=role)
        return Weighing(bench, copy, "boss", cell, mine, record, ()).weigh().verdicts

    assert told(EMPTY) == {DOT: "not_your_role"}
    assert told(EMPTY, "leader") == {}
    assert told(cell) == {}
    assert told(Cell({}, {SENDER: 3})) == {}


def test_a_refusal_is_one_signed_save_that_is_told_again_with_the_packet() -> None:
    record = saved(phone="x")
    copy, stamps = copy_of(record), dict(record.stamps)
    cells = {**record.cells, "phone": Cell({}, {SENDER: 3})}
    verdicts().speak(copy, cells, stamps, 9, {DOT: {"phone": "bad_phone"}}, dict(cells), {"phone": ("old",)})
    own = Dot(9, SERVER)
    assert stamps[own] == Stamp(7, "", FakeJudge().version)
    assert cells["phone"].siblings == {own: "old"}
    name = f"_refused/{DOT.text}"
    assert fact_is_true(keyring((public_of(KEY),)), "visit", "v", name, own, cells[name].siblings[own])
    stored = Record("visit", "v", cells, stamps)
    told = [exception_of(copy, DOT, "phone", "bad_phone")]
    assert known_refusals(copy, stored.cells, record, {}, lambda r: r == SENDER) == told
    assert known_refusals(copy, stored.cells, record, {DOT: {}}, lambda r: r == SENDER) == []
    assert known_refusals(copy, stored.cells, record, {}, lambda r: False) == [], "it is its author's"


def test_what_the_catalogue_does_not_know_waits() -> None:
    copy = copy_of(saved())
    assert exception_of(copy, DOT, "a", "unknown_kind").outcome is Outcome.LATER
    assert exception_of(copy, DOT, "a", "wrong_type").outcome is Outcome.REFUSED
