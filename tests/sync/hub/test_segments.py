"""Stretches that are packed already say what the rows say, and nothing once the rows say something else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sync.hub.segments import LEAST, Segment, Segments
from sync.protocol.bodies import unpack_rows
from sync.protocol.frames import FAST
from sync.protocol.messages import Limits
from tests.fakes import MemoryReplica
from tests.sync.hub.test_answer import STREAM, Hamlet

N = 2 * LEAST


@pytest.fixture
def hamlet() -> Hamlet:
    return Hamlet()


def fill(hamlet: Hamlet) -> MemoryReplica:
    a = hamlet.laptop("a")
    for i in range(N):
        a.save(STREAM, "visit", f"v{i:04d}", {"name": f"Ấp {i}", "tags/x": True})
        a.save(STREAM, "training", f"t{i:04d}", {"attended_n": i})
    hamlet.sync(a)
    return a


def kept(hamlet: Hamlet) -> list[Segment]:
    return list(hamlet.archive.segments._kept.values())


def test_a_packet_of_new_records_serves_as_it_came_with_numbers(hamlet: Hamlet) -> None:
    fill(hamlet)
    (segment,) = kept(hamlet)
    assert (segment.start, segment.end, segment.numbered) == (0, 2 * N, False)
    with hamlet.archive.look() as tx:
        served = hamlet.archive.segments.page(tx, STREAM, 0, 2 * N, Limits(), FAST)
        assert served is not None
        assert sorted(unpack_rows(served.body)) == sorted(tx.page(STREAM, 0, 9_999, 10**9))
        assert hamlet.archive.segments.page(tx, STREAM, 0, 2 * N, Limits(), FAST) is served


def test_what_changed_since_is_read_anew(hamlet: Hamlet) -> None:
    a = fill(hamlet)
    a.save(STREAM, "visit", "v0001", {"name": "mới"})
    hamlet.sync(a)
    b = hamlet.laptop("b")
    hamlet.sync(b)
    assert b.shown("v0001")["name"] == "mới"
    assert b.shown("v0002") == a.shown("v0002")
    with hamlet.archive.look() as tx:
        assert hamlet.archive.segments.page(tx, STREAM, 0, 2 * N, Limits(), FAST) is None


@pytest.mark.parametrize(
    "limits",
    [
        Limits(page_records=2 * N - 1),
        Limits(page_records=2 * N, page_bytes=99),
        Limits(page_records=8 * N + 4),
    ],
)
def test_a_stretch_that_does_not_suit_a_page_is_left(hamlet: Hamlet, limits: Limits) -> None:
    fill(hamlet)
    with hamlet.archive.look() as tx:
        found = hamlet.archive.segments.page(tx, STREAM, 0, 3 * N, limits, FAST)
        assert found is None


def test_a_stretch_of_a_commit_that_never_was_is_not_believed(hamlet: Hamlet) -> None:
    fill(hamlet)
    (segment,) = kept(hamlet)
    hamlet.archive.segments.keep(replace(segment, tag="0" * 16))
    with hamlet.archive.look() as tx:
        assert hamlet.archive.segments.page(tx, STREAM, 0, 2 * N, Limits(), FAST) is None


def test_what_one_laptop_read_the_next_reads_packed(hamlet: Hamlet) -> None:
    a = fill(hamlet)
    hamlet.archive.segments = Segments()
    b, c = hamlet.laptop("b"), hamlet.laptop("c")
    hamlet.sync(b)
    before = kept(hamlet)
    assert before
    assert all(segment.numbered for segment in before)
    hamlet.sync(c)
    assert kept(hamlet) == before
    for laptop in (b, c):
        assert laptop.digest(STREAM) == a.digest(STREAM)


def test_the_latest_used_are_kept_and_no_more_bytes_than_said() -> None:
    segments = Segments(most=250)
    for start in range(3):
        segments.keep(Segment(STREAM, start, start + 1, LEAST, "t", bytes(100), FAST, 1, numbered=True))
    assert [key[1] for key in segments._kept] == [1, 2]
    segments.keep(Segment(STREAM, 9, 10, LEAST - 1, "t", bytes(1), FAST, 1, numbered=True))
    assert [key[1] for key in segments._kept] == [1, 2]
    assert segments.next_start(STREAM, 0, Limits(page_records=LEAST)) == 1
