"""One column of JSON values <-> (description, bytes): the shape that suits what stands in it.

A description is ``[type, argument, size]``; ``size`` bytes of the blob area belong to it.  Types:

====  =========================================================================================
k     all the same; argument = the value
d     few distinct texts; argument = them; one byte each
u     lower-case UUIDs; 16 bytes each
D     dates ``YYYY-MM-DD``; two bytes each, days since 1900-01-01
n     texts of L digits; argument = L; two digits a byte, one plane per byte position
i     integers; argument = array type code; little-endian
s     integers that rise or fall by small steps; argument = [array type code of the steps]
t     texts without line feed, joined by line feeds
o     objects; argument = [[key, presence, description], ...]; presence = null or a description
j     anything; a JSON array
====  =========================================================================================
"""

from __future__ import annotations

import re
import sys
from array import array
from collections.abc import Sequence
from datetime import date
from itertools import accumulate
from operator import sub
from typing import Any

import msgspec

from sync.protocol.allowance import Allowance, is_too_deep
from sync.protocol.errors import WireError

Description = list[Any]

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode

_UUIDS = re.compile(r"(?:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})*", re.ASCII)
_DATES = re.compile(r"(?:(?:19|20)\d\d-[01]\d-[0-3]\d)*", re.ASCII)
_DAY_0 = date(1900, 1, 1).toordinal()
_WIDTHS = (("b", 7), ("h", 15), ("i", 31), ("q", 63))
_WIDTH_OF = {"b": 1, "h": 2, "i": 4, "q": 8}


def bad(reason: str) -> WireError:
    """A column that nobody of ours wrote."""
    return WireError("bad_message", reason=reason)


def pack(values: Sequence[Any], blobs: list[bytes], steps: bool = False) -> Description:
    """Appends the column's bytes to ``blobs`` and describes it.  ``steps``: integers that follow each
    other."""
    if not values:
        return ["j", None, _put(b"[]", blobs)]
    kinds = set(map(type, values))
    if len(kinds) == 1:
        kind = kinds.pop()
        if kind is str:
            return _pack_texts(values, blobs)
        if kind is int:
            return _pack_integers(values, blobs, steps)
        if kind is bool:
            if values.count(values[0]) == len(values):
                return ["k", values[0], 0]
        elif kind is dict:
            return _pack_objects(values, blobs)
    return ["j", None, _put(_encode(values), blobs)]


def _put(data: bytes, blobs: list[bytes]) -> int:
    blobs.append(data)
    return len(data)


def _pack_texts(values: Sequence[str], blobs: list[bytes]) -> Description:
    n = len(values)
    distinct = set(values)
    if len(distinct) == 1:
        return ["k", values[0], 0]
    if len(distinct) <= 255 and len(distinct) * 4 <= n:
        words = sorted(distinct)
        index = {word: i for i, word in enumerate(words)}
        return ["d", words, _put(bytes(map(index.__getitem__, values)), blobs)]
    lengths = set(map(len, values))
    if len(lengths) == 1:
        length = lengths.pop()
        joined = "".join(values)
        if length == 36 and _UUIDS.fullmatch(joined):
            return ["u", None, _put(bytes.fromhex(joined.replace("-", "")), blobs)]
        if length == 10 and _DATES.fullmatch(joined):
            try:
                of_text = {v: date.fromisoformat(v).toordinal() - _DAY_0 for v in distinct}
            except ValueError:
                pass
            else:
                days = array("H", map(of_text.__getitem__, values))
                return ["D", None, _put(_planes(_little(days), 2), blobs)]
        if 0 < length <= 32 and joined.isascii() and joined.isdigit():
            if length % 2:
                joined = "0" + "0".join(values)
            width = (length + 1) // 2
            return ["n", length, _put(_planes(bytes.fromhex(joined), width), blobs)]
    text = "\n".join(values)
    if text.count("\n") == n - 1:
        return ["t", None, _put(text.encode(), blobs)]
    return ["j", None, _put(_encode(values), blobs)]


def _pack_integers(values: Sequence[int], blobs: list[bytes], steps: bool) -> Description:
    low, high = min(values), max(values)
    if low == high:
        return ["k", low, 0]
    if low < -(2**62) or high > 2**62:
        return ["j", None, _put(_encode(values), blobs)]
    if steps:
        first = values[0]
        moves = [0, *map(sub, values[1:], values)]
        code = _code(min(moves), max(moves))
        return ["s", [first, code], _put(_little(array(code, moves)), blobs)]
    code = _code(low, high)
    return ["i", code, _put(_little(array(code, values)), blobs)]


def _code(low: int, high: int) -> str:
    bits = max(high.bit_length(), (-low - 1).bit_length() if low < 0 else 0)
    return next(code for code, most in _WIDTHS if bits <= most)


def _pack_objects(values: Sequence[dict[str, Any]], blobs: list[bytes]) -> Description:
    keys = sorted(set().union(*values))
    if len(keys) > 64:
        return ["j", None, _put(_encode(values), blobs)]
    members: list[Any] = []
    for key in keys:
        here = [value[key] for value in values if key in value]
        presence = None
        if len(here) != len(values):
            presence = ["p", None, _put(bytes([key in value for value in values]), blobs)]
        if dict in set(map(type, here)):
            members.append([key, presence, ["j", None, _put(_encode(here), blobs)]])
        else:
            members.append([key, presence, pack(here, blobs)])
    return ["o", members, 0]


def _little(numbers: array[int]) -> bytes:
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers.tobytes()


def _planes(data: bytes, width: int) -> bytes:
    return b"".join(data[i::width] for i in range(width)) if width > 1 else data


def _interleave(data: bytes, width: int) -> bytes:
    if width == 1:
        return data
    n = len(data) // width
    out = bytearray(len(data))
    for i in range(width):
        out[i::width] = data[i * n : (i + 1) * n]
    return bytes(out)


SPREAD_LIMIT = 64 * 1024 * 1024
"""What a body writes once and means many times comes to no more characters than this."""


class Blobs:
    """The bytes behind descriptions, handed out in order."""

    def __init__(self, data: bytes, at: int, allowance: Allowance | None = None) -> None:
        self.allowance = allowance or Allowance()
        self._data = data
        self._at = at
        self._spread = 0

    def take(self, size: Any) -> bytes:
        """The next ``size`` bytes; WireError ``bad_message`` beyond the end."""
        if type(size) is not int or size < 0 or self._at + size > len(self._data):
            raise bad("size")
        start, self._at = self._at, self._at + size
        return self._data[start : self._at]

    def spread(self, times: int, length: int) -> None:
        """A text of ``length`` will stand in ``times`` records; WireError ``bad_message`` when it adds up."""
        self._spread += times * length
        if self._spread > SPREAD_LIMIT:
            raise bad("spread")

    def end(self) -> None:
        """Nothing may be left over."""
        if self._at != len(self._data):
            raise bad("left over")


def size(description: Any) -> int:
    """How many bytes of the blob area belong to a column that was read before; 0 for one that is not
    there."""
    if description is None:
        return 0
    kind, argument, own = description
    if kind != "o":
        return int(own)
    return sum(size(presence) + size(column) for _, presence, column in argument)


def unpack(description: Any, n: int, blobs: Blobs) -> list[Any]:
    """The ``n`` values of a column; WireError ``bad_message`` for anything that ``pack`` would not write."""
    if type(description) is not list or len(description) != 3:
        raise bad("description")
    kind, argument, size = description
    if kind == "k":
        if size != 0 or n == 0:
            raise bad("constant")
        if type(argument) is str:
            blobs.spread(n, len(argument))
        elif type(argument) in (list, dict):
            if is_too_deep([argument]):
                raise bad("nesting")
            blobs.spread(n, len(_encode(argument)))
        return [argument] * n
    if kind == "o":
        return _unpack_objects(argument, n, blobs)
    data = blobs.take(size)
    if kind == "j":
        blobs.allowance.json(data)
    reader = _READERS.get(kind) if type(kind) is str else None
    if reader is None:
        raise bad("column type")
    if kind == "d" and type(argument) is list and set(map(type, argument)) == {str}:
        blobs.spread(n, max(map(len, argument)))
    values: list[Any] = reader(argument, n, data)
    if len(values) != n:
        raise bad("column length")
    return values


def unpack_presence(description: Any, n: int, blobs: Blobs) -> bytes | None:
    """One byte a record, 0 or 1; None when all are there."""
    if description is None:
        return None
    if type(description) is not list or len(description) != 3 or description[0] != "p":
        raise bad("presence")
    data = blobs.take(description[2])
    if len(data) != n or data.count(0) + data.count(1) != n:
        raise bad("presence")
    return data


def _unpack_objects(members: Any, n: int, blobs: Blobs) -> list[Any]:
    if type(members) is not list or len(members) > 64:
        raise bad("members")
    blobs.allowance.values(n * (2 + 2 * len(members)))
    values: list[dict[str, Any]] = [{} for _ in range(n)]
    for member in members:
        if type(member) is not list or len(member) != 3 or type(member[0]) is not str:
            raise bad("member")
        key, description, column = member
        if type(column) is list and column[:1] == ["o"]:
            raise bad("member")
        blobs.spread(n, len(key))
        presence = unpack_presence(description, n, blobs)
        if presence is None:
            for value, part in zip(values, unpack(column, n, blobs), strict=True):
                value[key] = part
        else:
            parts = iter(unpack(column, presence.count(1), blobs))
            for value, here in zip(values, presence, strict=True):
                if here:
                    value[key] = next(parts)
    return values


def _read_words(words: Any, n: int, data: bytes) -> list[Any]:
    if type(words) is not list or not all(type(w) is str for w in words):
        raise bad("words")
    if len(data) != n:
        raise bad("column length")
    try:
        return [words[i] for i in data]
    except IndexError:
        raise bad("word") from None


def _read_uuids(_: Any, n: int, data: bytes) -> list[Any]:
    if len(data) != 16 * n:
        raise bad("column length")
    h = data.hex()
    return [
        f"{h[i : i + 8]}-{h[i + 8 : i + 12]}-{h[i + 12 : i + 16]}-{h[i + 16 : i + 20]}-{h[i + 20 : i + 32]}"
        for i in range(0, len(h) - 31, 32)
    ]


_DAYS: dict[int, str] = {}


def _read_dates(_: Any, n: int, data: bytes) -> list[Any]:
    if len(data) != 2 * n:
        raise bad("dates")
    days = array("H", _interleave(data, 2))
    if sys.byteorder == "big":
        days.byteswap()
    known = _DAYS
    out: list[Any] = []
    for day in days:
        text = known.get(day)
        if text is None:
            text = known[day] = date.fromordinal(_DAY_0 + day).isoformat()
        out.append(text)
    return out


def _read_digits(length: Any, n: int, data: bytes) -> list[Any]:
    if type(length) is not int or not 0 < length <= 32:
        raise bad("digits")
    width = (length + 1) // 2
    if len(data) != width * n:
        raise bad("digits")
    text = _interleave(data, width).hex()
    if not text.isdigit():
        raise bad("digits")
    odd = length % 2
    if odd and text[:: 2 * width].strip("0"):
        raise bad("digits")
    return [text[i + odd : i + odd + length] for i in range(0, len(text), 2 * width)]


def _read_array(code: Any, n: int, data: bytes) -> list[int]:
    width = _WIDTH_OF.get(code) if type(code) is str else None
    if width is None or len(data) != width * n:
        raise bad("integers")
    numbers = array(code, data)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers.tolist()


def _read_steps(argument: Any, n: int, data: bytes) -> list[Any]:
    if type(argument) is not list or len(argument) != 2 or type(argument[0]) is not int:
        raise bad("steps")
    moves = _read_array(argument[1], n, data)
    if moves:
        moves[0] = argument[0]
    return list(accumulate(moves))


def _read_lines(_: Any, n: int, data: bytes) -> list[Any]:
    try:
        return data.decode().split("\n", n)
    except UnicodeDecodeError:
        raise bad("text") from None


def _read_json(_: Any, n: int, data: bytes) -> list[Any]:
    try:
        values = _decode(data)
    except (msgspec.DecodeError, RecursionError, ValueError):
        raise bad("json") from None
    if type(values) is not list:
        raise bad("json")
    if is_too_deep(values):
        raise bad("nesting")
    return values


_READERS = {
    "d": _read_words,
    "u": _read_uuids,
    "D": _read_dates,
    "n": _read_digits,
    "i": _read_array,
    "s": _read_steps,
    "t": _read_lines,
    "j": _read_json,
}
