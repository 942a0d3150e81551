"""What of a request is there and what is not, however its line breaks; how large the next piece is."""

from __future__ import annotations

import random

from sync.engine.pace import ALONE, FIRST, LEAST, MOST, Pace
from sync.engine.parcel import Parcel


def test_pieces_cover_the_body_once() -> None:
    parcel = Parcel(bytes(range(256)) * 10)
    out = b""
    while (piece := parcel.take(300)) is not None:
        assert piece.at == len(out)
        assert len(piece.data) <= 450
        out += piece.data
        parcel.landed(piece, len(out))
    assert out == parcel.body
    assert parcel.far == len(out)


def test_a_doubtful_piece_comes_last_and_only_as_far_as_it_is_not_there() -> None:
    parcel = Parcel(bytes(1000))
    first, second = parcel.take(100), parcel.take(100)
    assert first is not None
    assert second is not None
    parcel.landed(first, 100)
    parcel.put_back(second, sent=True)
    third = parcel.take(600)
    assert third is not None
    assert (third.at, len(third.data)) == (200, 800)
    parcel.landed(third, 160)
    rest = parcel.take(600)
    assert rest is not None
    assert (rest.at, len(rest.data)) == (160, 40)
    parcel.landed(rest, 1000)
    assert (parcel.take(600), parcel.far) == (None, 1000)


def test_a_piece_that_never_left_keeps_its_place() -> None:
    parcel = Parcel(bytes(1000))
    piece = parcel.take(100)
    assert piece is not None
    parcel.put_back(piece, sent=False)
    assert parcel.take(100) == piece


def test_any_order_of_breaks_brings_everything_over() -> None:
    for seed in range(200):
        chance = random.Random(seed)
        body = chance.randbytes(chance.randrange(1, 3000))
        parcel, there = Parcel(body), bytearray(len(body))
        seen = [False] * len(body)
        for _ in range(10_000):
            piece = parcel.take(chance.randrange(1, 400))
            if piece is None:
                break
            came = chance.choice((0, len(piece.data) // 2, len(piece.data), len(piece.data)))
            there[piece.at : piece.at + came] = piece.data[:came]
            seen[piece.at : piece.at + came] = [True] * came
            held = seen.index(False) if False in seen else len(body)
            if came == len(piece.data):
                parcel.landed(piece, held)
            else:
                parcel.put_back(piece, sent=came > 0)
        assert bytes(there) == body, seed
        assert parcel.far == len(body), seed


def test_pieces_grow_on_a_quick_line_and_shrink_on_a_toilsome_one() -> None:
    pace = Pace()
    assert pace.at_once(ALONE)
    assert not pace.at_once(40_000)
    pace.sent(FIRST, 1.2, 1)
    assert pace.size == FIRST
    pace.sent(FIRST, 0.2, 1)
    assert pace.size == 2 * FIRST
    for _ in range(9):
        pace.sent(pace.size, 0.001, 1)
    assert pace.size == MOST
    assert pace.at_once(100_000)
    pace.broke()
    assert pace.size == FIRST
    assert not pace.at_once(40_000)
    for _ in range(9):
        pace.sent(FIRST, 9.0, 1)
    assert pace.size == LEAST
