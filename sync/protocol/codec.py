"""Messages <-> bytes, strictly.

A message is plain JSON (begins with ``{``) or packed: ``"NTMX"``, varint length of the head, the head (a
zstd frame of the message's JSON without its bulky parts), varint number of parts, and each part as varint
length and bytes.  Bulky parts: packets of an exchange request, rows of the pages of its reply, rows of a
comparison, parts of a relay.
"""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from sync.protocol import frames
from sync.protocol.allowance import RAW_BYTES, Allowance
from sync.protocol.bodies import pack_rows, unpack_copies, unpack_rows
from sync.protocol.errors import WireError
from sync.protocol.messages import (
    REQUEST_BYTES,
    CompareReply,
    ExchangeReply,
    ExchangeRequest,
    RelayRequest,
)
from sync.protocol.packets import get_varint, put_varint

__all__ = ["decode_message", "encode_answer", "encode_message", "pack_rows", "unpack_copies", "unpack_rows"]

MAGIC = b"NTMX"
PARTS_LIMIT = 1_000

M = TypeVar("M", bound=msgspec.Struct)

_encode = msgspec.json.Encoder().encode
_decoders: dict[type[Any], msgspec.json.Decoder[Any]] = {}


def encode_message(message: msgspec.Struct, plain: bool = False, level: int = frames.FAST) -> bytes:
    """The bytes of a message; ``plain``: JSON for people and other parties."""
    if plain:
        return _encode(message)
    rest, parts = _split(message)
    head = frames.compress(_encode(rest), level)
    out = bytearray(MAGIC)
    put_varint(out, len(head))
    out += head
    put_varint(out, len(parts))
    for part in parts:
        put_varint(out, len(part))
        out += part
    return bytes(out)


def encode_answer(message: msgspec.Struct, asked: bytes) -> bytes:
    """The bytes of an answer, in the form of the question ``asked``: plain JSON, rows too, for one that came
    so."""
    if asked[:1] != b"{":
        return encode_message(message)
    if isinstance(message, ExchangeReply):
        pages = tuple(msgspec.structs.replace(page, rows=_plainly(page.rows)) for page in message.pages)
        message = msgspec.structs.replace(message, pages=pages)
    elif isinstance(message, CompareReply):
        message = msgspec.structs.replace(message, rows=_plainly(message.rows))
    return encode_message(message, plain=True)


def _plainly(rows: bytes) -> bytes:
    return pack_rows(unpack_rows(rows), plain=True) if rows else b""


def decode_message(data: bytes, kind: type[M]) -> M:
    """Reads a message of one type.  WireError ``bad_message``, ``too_large``, ``too_new``."""
    if len(data) > REQUEST_BYTES:
        raise WireError("too_large", limit=REQUEST_BYTES)
    if data[:1] == b"{":
        return _read(data, kind)
    if data[:4] != MAGIC:
        raise WireError("bad_message", reason="magic")
    try:
        length, at = get_varint(data, 4)
        message = _read(frames.decompress(_slice(data, at, length), RAW_BYTES), kind)
        count, at = get_varint(data, at + length)
        if count > PARTS_LIMIT:
            raise WireError("bad_message", reason="parts")
        parts: list[bytes] = []
        for _ in range(count):
            length, at = get_varint(data, at)
            parts.append(_slice(data, at, length))
            at += length
    except WireError as error:
        if error.code == "bad_packet":
            raise WireError("bad_message", reason="length") from None
        raise
    if at != len(data):
        raise WireError("bad_message", reason="left over")
    return _join(message, parts)


def message_head(data: bytes) -> bytes:
    """A message's JSON without the bulky parts.  WireError ``bad_message``, ``too_large``, ``too_new``."""
    if data[:1] == b"{":
        return data
    if data[:4] != MAGIC:
        raise WireError("bad_message", reason="magic")
    try:
        length, at = get_varint(data, 4)
    except WireError:
        raise WireError("bad_message", reason="length") from None
    return frames.decompress(_slice(data, at, length), RAW_BYTES)


def _slice(data: bytes, at: int, length: int) -> bytes:
    if at + length > len(data):
        raise WireError("bad_message", reason="length")
    return data[at : at + length]


def _read(data: bytes, kind: type[M]) -> M:
    decoder = _decoders.get(kind)
    if decoder is None:
        decoder = _decoders[kind] = msgspec.json.Decoder(kind)
    Allowance().json(data)
    try:
        message: M = decoder.decode(data)
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        raise WireError("bad_message", reason="json", message=kind.__name__) from error
    return message


def _split(message: msgspec.Struct) -> tuple[msgspec.Struct, list[bytes]]:
    if isinstance(message, ExchangeRequest):
        return msgspec.structs.replace(message, packets=()), list(message.packets)
    if isinstance(message, ExchangeReply):
        bare = tuple(msgspec.structs.replace(page, rows=b"") for page in message.pages)
        return msgspec.structs.replace(message, pages=bare), [page.rows for page in message.pages]
    if isinstance(message, CompareReply):
        return msgspec.structs.replace(message, rows=b""), [message.rows]
    if isinstance(message, RelayRequest):
        return msgspec.structs.replace(message, parts=()), list(message.parts)
    return message, []


def _join(message: M, parts: list[bytes]) -> M:
    if isinstance(message, ExchangeRequest):
        return msgspec.structs.replace(message, packets=tuple(parts))
    if isinstance(message, RelayRequest):
        return msgspec.structs.replace(message, parts=tuple(parts))
    if isinstance(message, ExchangeReply):
        if len(parts) != len(message.pages):
            raise WireError("bad_message", reason="parts")
        pages = tuple(
            msgspec.structs.replace(page, rows=part) for page, part in zip(message.pages, parts, strict=True)
        )
        return msgspec.structs.replace(message, pages=pages)
    if isinstance(message, CompareReply):
        if len(parts) != 1:
            raise WireError("bad_message", reason="parts")
        return msgspec.structs.replace(message, rows=parts[0])
    if parts:
        raise WireError("bad_message", reason="parts")
    return message
