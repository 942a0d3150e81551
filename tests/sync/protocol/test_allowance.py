"""What one message may unpack to: counted where it could be too much, and only outside of texts."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.protocol import allowance, columns
from sync.protocol.allowance import Allowance, is_too_deep, json_values
from sync.protocol.bodies import pack_rows, unpack_body
from sync.protocol.dots import Dot
from sync.protocol.errors import WireError
from sync.protocol.image import encode_image
from sync.protocol.pages import Row
from sync.protocol.records import Stamp, create

SCALARS = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text('a,:[{}]"\\\n/', max_size=8)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text('a,:[{"\\', max_size=3), inner)
)


def counted(value: object) -> int:
    """Commas, colons and lists of a value's JSON, objects twice."""
    if isinstance(value, list):
        return 1 + max(0, len(value) - 1) + sum(map(counted, value))
    if isinstance(value, dict):
        return 2 + max(0, len(value) - 1) + len(value) + sum(map(counted, value.values()))
    return 0


@given(VALUES, st.integers(1, 40))
def test_what_stands_in_texts_is_not_counted(value: object, at_once: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(allowance, "_AT_ONCE", at_once)
        assert json_values(msgspec.json.encode(value)) == counted(value)


def row(value: object) -> Row:
    record = create("visit", "v1", {"note": value}, Dot(1, "00000000000000aa"), Stamp(1, "", 1))
    return Row("visit", "v1", encode_image(record))


@pytest.mark.parametrize("plain", [True, False])
def test_a_text_full_of_commas_is_only_a_text(plain: bool) -> None:
    text = ',[{:"\\' * 1_500_000
    (copy,) = unpack_body(pack_rows([row(text)], plain=plain))
    assert copy.parsed[1]["note"] == [0, text]


def test_all_bodies_of_a_message_count_together() -> None:
    body = pack_rows([row([[] for _ in range(900_000)])])
    one = Allowance()
    unpack_body(body, one)
    unpack_body(body, one)
    with pytest.raises(WireError, match="too_large"):
        unpack_body(body, one)
    unpack_body(body)


def test_unpacked_bytes_count_together() -> None:
    body = pack_rows([row("x" * 30_000_000)])
    one = Allowance()
    unpack_body(body, one)
    unpack_body(body, one)
    with pytest.raises(WireError, match="too_large"):
        unpack_body(body, one)


def nested(depth: int) -> object:
    value: object = 1
    for n in range(depth):
        value = [value] if n % 2 else {"a": value}
    return value


def test_values_are_nested_so_deep_and_no_deeper() -> None:
    assert not is_too_deep([nested(64), 1, [2]])
    assert is_too_deep([1, nested(65)])
    unpack_body(pack_rows([row(nested(64))]))
    with pytest.raises(WireError) as told:
        unpack_body(pack_rows([row(nested(65))]))
    assert told.value.details["reason"] == "nesting"


@pytest.mark.parametrize("column", [["k", nested(65), 0], ["j", None, 0]])
def test_columns_are_nested_no_deeper(column: columns.Description) -> None:
    data = msgspec.json.encode([nested(65)])
    column[2] = len(data) if column[0] == "j" else 0
    with pytest.raises(WireError) as told:
        columns.unpack(column, 1, columns.Blobs(data, 0))
    assert told.value.details["reason"] == "nesting"
