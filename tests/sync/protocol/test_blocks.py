"""Columns give the very bytes that the records alone would give, and judge as one by one."""

from __future__ import annotations

import random
import struct
import uuid
from typing import Any

import pytest

from sync.protocol import frames
from sync.protocol.bodies import pack_rows, unpack_body
from sync.protocol.cells import canonical
from sync.protocol.copies import encode
from sync.protocol.dots import Dot
from sync.protocol.errors import WireError
from sync.protocol.image import encode_image, image_hash, image_hashes
from sync.protocol.pages import Row
from sync.protocol.records import Stamp, create
from sync.protocol.texts import texts

AWKWARD: list[Any] = [
    '"', "\\", '","', 'a",', ',"b', "a\nb", "100 %s", "%", "", "\u2028", "ấ\u0301", "\x7f", None, True, False,
    0, 1, -7, 2**60, 1.5, 1.0, [], ["x", {"b": 1, "a": 2}], {"z": 1, "a": '"'}, {"v": 1, "sig": "k.00"},
]  # fmt: skip


def rows(n: int, seed: int, values: list[Any]) -> list[Row]:
    """Fresh records whose cells come and go, with values that JSON must escape."""
    chance = random.Random(seed)
    out = []
    for i in range(n):
        some: dict[str, Any] = {"name": chance.choice(values), "same": "x", "%s": 1}
        for name in ("@place", "Early", "note", "zeta", 'q"uote'):
            if chance.random() < 0.6:
                some[name] = chance.choice(values)
        for key in chance.sample(["A", "B-1", 'k"', "Z%"], chance.randrange(4)):
            some[f"set/{key}"] = True
        for line in range(chance.randrange(3)):
            some[f"lines/r{line}"] = {"#": line, "what": chance.choice(values)}
        dot = Dot(i + 1, f"{chance.randrange(2) + 10:016x}")
        record = create("visit", str(uuid.UUID(int=chance.getrandbits(128))), some, dot, Stamp(i, 'm"', 1))
        out.append(Row("visit", record.id, encode_image(record), i))
    return out


@pytest.mark.parametrize("seed", range(8))
def test_columns_give_the_bytes_of_the_records(seed: int) -> None:
    values = AWKWARD if seed % 2 else AWKWARD[:12]
    sent = rows(5 + 3 * seed, seed, values)
    body = unpack_body(pack_rows(sent))
    assert len(body.blocks) == 1
    assert not body.copies
    (block,) = body.blocks
    assert sorted(block.rows()) == sorted(sent)
    assert sorted(Row(c.kind, c.id, c.image(), c.seq) for c in body) == sorted(sent)
    assert body.ids() == block.ids
    assert len(body) == len(sent)
    highest: dict[str, int] = {}
    for copy in block.copies():
        (dot,) = copy.parsed[0]
        highest[dot[0]] = max(dot[1], highest.get(dot[0], 0))
    assert block.claims() == highest
    images = [image.encode() for image in block.images()]
    one_by_one = [image_hash("visit", id, i) for id, i in zip(block.ids, images, strict=True)]
    assert image_hashes("visit", block.ids, images) == one_by_one


@pytest.mark.parametrize(
    "some", [[v, v2] for v in AWKWARD for v2 in ("x", '"', 3)] + [["a", "a"], [1, 2], []]
)
def test_texts_of_a_column_are_those_of_its_values(some: list[Any]) -> None:
    quote, found = texts(some)
    assert [f"{quote}{text}{quote}".encode() for text in found] == list(map(canonical, some))


def packed(block: list[Any], blobs: bytes = b"") -> bytes:
    head = encode([[], block])
    return b"p" + frames.compress(struct.pack("<I", len(head)) + head + blobs)


def block_of(cells: list[Any], elements: list[Any], n: int = 2) -> list[Any]:
    dots = [["k", "00000000000000aa", 0], ["k", 1, 0], ["k", 5, 0], ["k", "m", 0], ["k", 1, 0]]
    ids = encode([f"id{i}" for i in range(n)])
    return ["visit", n, ["j", None, len(ids)], ["k", 0, 0], ["k", 1, 0], dots, ["k", {}, 0], cells, elements]


def test_names_out_of_order_still_give_canonical_images() -> None:
    cells = [["b", None, None, ["k", 1, 0]], ["a", None, None, ["k", 2, 0]]]
    keys = encode(["z", "y", "y", "z"])
    elements = [["set", ["k", 2, 0], ["j", None, len(keys)], None, ["k", True, 0]]]
    body = unpack_body(packed(block_of(cells, elements), b'["id0","id1"]' + keys))
    images = {copy.image() for copy in body}
    assert images == {
        b'[[["00000000000000aa",1,5,"m",1]],{"a":[0,2],"b":[0,1],"set/y":[0,true],"set/z":[0,true]},{}]'
    }


@pytest.mark.parametrize(
    ("cells", "reason"),
    [([], "empty"), ([["a/b", None, None, ["k", 1, 0]]], "cell name")],
)
def test_blocks_nobody_wrote_are_refused(cells: list[Any], reason: str) -> None:
    with pytest.raises(WireError) as refused:
        unpack_body(packed(block_of(cells, []), b'["id0","id1"]'))
    assert (refused.value.code, refused.value.details["reason"]) == ("bad_message", reason)


@pytest.mark.parametrize(
    ("place", "value", "reason"),
    [(0, "xyz", "replica"), (1, 0, "counter"), (1, True, "counter"), (2, -1, "stamp"),
        (3, 7, "stamp"), (4, 2**31, "stamp")],
)  # fmt: skip
def test_dots_nobody_wrote_are_refused(place: int, value: Any, reason: str) -> None:
    block = block_of([["a", None, None, ["k", 1, 0]]], [])
    block[5][place] = ["k", value, 0]
    with pytest.raises(WireError) as refused:
        unpack_body(packed(block, b'["id0","id1"]'))
    assert refused.value.details["reason"] == reason
