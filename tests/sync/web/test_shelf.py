"""What is kept of a request and of an answer that broke off, and what is not."""

from __future__ import annotations

import random

import pytest

from sync.protocol.errors import WireError
from sync.protocol.messages import body_id
from sync.web.shelf import KEPT_SECONDS, WORTH_KEEPING, Shelf


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_pieces_in_any_order_and_overlapping_make_the_body() -> None:
    for seed in range(100):
        chance = random.Random(seed)
        body = chance.randbytes(500)
        shelf, id = Shelf(Clock()), body_id(body)
        while shelf.whole("d", id) is None:
            at = chance.randrange(500)
            held = shelf.add("d", id, 500, at, body[at : at + chance.randrange(1, 90)])
            assert 0 <= held <= 500
        assert shelf.whole("d", id) == body


def test_a_body_that_is_not_what_its_name_says_is_thrown_away() -> None:
    shelf = Shelf(Clock())
    shelf.add("d", "0" * 32, 4, 0, b"abcd")
    with pytest.raises(WireError, match="bad_message"):
        shelf.whole("d", "0" * 32)
    assert shelf.whole("d", "0" * 32) is None


@pytest.mark.parametrize(("total", "at", "data"), [(10, 8, b"abc"), (10, -1, b"a"), (9, 0, b"a")])
def test_a_piece_that_does_not_fit_is_refused(total: int, at: int, data: bytes) -> None:
    shelf = Shelf(Clock())
    shelf.add("d", "0" * 32, 10, 0, b"")
    with pytest.raises(WireError, match="bad_message"):
        shelf.add("d", "0" * 32, total, at, data)


def test_early_pieces_take_no_more_room_than_the_body_twice() -> None:
    shelf = Shelf(Clock(), room=250)
    body = bytes(range(100))
    for at in range(1, 60):
        assert shelf.add("d", body_id(body), 100, at, body[at:]) == 0
    assert shelf.add("d", body_id(body), 100, 0, body[:1]) == 100
    assert shelf.whole("d", body_id(body)) == body


def test_each_device_has_its_own_and_only_its_newest() -> None:
    shelf = Shelf(Clock())
    one, two = b"first body", b"other body"
    assert shelf.add("d", body_id(one), 10, 0, one[:5]) == 5
    assert shelf.add("e", body_id(one), 10, 0, one[:2]) == 2
    assert shelf.add("d", body_id(two), 10, 0, two) == 10
    assert shelf.add("d", body_id(one), 10, 5, one[5:]) == 0
    assert shelf.whole("e", body_id(one)) is None


def test_an_answer_is_kept_under_its_tag() -> None:
    shelf, id = Shelf(Clock()), "0" * 32
    answer = bytes(range(256)) * 20
    assert shelf.keep("d", id, answer[: WORTH_KEEPING - 1]) == ""
    tag = shelf.keep("d", id, answer)
    assert shelf.rest("d", id, tag, 1000) == answer[1000:]
    assert shelf.rest("d", id, "other", 0) is None
    assert shelf.rest("d", id, tag, len(answer)) is None
    assert shelf.rest("e", id, tag, 0) is None


def test_the_longest_untouched_goes_first() -> None:
    clock = Clock()
    shelf = Shelf(clock, room=3 * WORTH_KEEPING)
    tags = {name: shelf.keep(name, "0" * 32, bytes(WORTH_KEEPING)) for name in "abcd"}
    kept = [name for name in "abcd" if shelf.rest(name, "0" * 32, tags[name], 0) is not None]
    assert kept == ["b", "c", "d"]
    clock.now = KEPT_SECONDS + 1
    shelf.keep("a", "0" * 32, bytes(WORTH_KEEPING))
    assert shelf.rest("b", "0" * 32, tags["b"], 0) is None
