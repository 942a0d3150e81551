"""What came back from the address of the upper server, if it is an answer of a server at all."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from sync.protocol.brief_answers import read_answer
from sync.protocol.brief_bytes import MARK
from sync.protocol.codec import decode_message
from sync.protocol.errors import WireError
from sync.protocol.messages import ExchangeReply, ExchangeRequest

M = TypeVar("M", bound=msgspec.Struct)


def decode_reply(data: bytes, kind: type[M]) -> M:
    """Reads an answer of one type.

    WireError ``bad_reply`` for bytes that are none, such as the login page of a Wi-Fi: nothing is said about
    anybody's version then.  ``too_large``, ``too_new`` as in ``decode_message``.
    """
    try:
        return decode_message(data, kind)
    except WireError as error:
        raise _no_answer(error) from error


def decode_exchange(data: bytes, request: ExchangeRequest) -> ExchangeReply:
    """Reads the answer to an exchange, brief or in full.  WireError as ``decode_reply``."""
    if data[:1] != MARK:
        return decode_reply(data, ExchangeReply)
    try:
        return read_answer(data, request)
    except WireError as error:
        raise _no_answer(error) from error


def _no_answer(error: WireError) -> WireError:
    return WireError("bad_reply", **error.details) if error.code == "bad_message" else error
