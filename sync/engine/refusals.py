"""What a refusal over HTTP means: in our server's words where it spoke, else in the line's."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from sync.protocol.codec import decode_message
from sync.protocol.errors import WireError
from sync.protocol.messages import ErrorReply

_MEANT = {401: "not_enrolled", 403: "refused", 413: "too_large", 429: "busy", 503: "busy"}
_LOGIN_PAGES = frozenset({401, 403, 404, 511})
"""What the login page of a network answers with, if it does not send elsewhere."""


def refusal(status: int, answer: bytes, headers: Mapping[str, str]) -> WireError:
    """The error that an HTTP status of 300 or more stands for.

    Details: ``status``; ``retry_after`` in seconds where the server or something before it named a time.
    ``bad_reply``: somebody else answered, such as the login page of a Wi-Fi.
    """
    details: dict[str, Any] = {"status": status}
    try:
        told = decode_message(answer, ErrorReply)
    except WireError:
        code = _of_a_stranger(status, answer)
    else:
        code, details = told.code, {**told.details}
    wait = seconds_asked(headers)
    if wait is not None and "retry_after" not in details:
        details["retry_after"] = wait
    return WireError(code, **details)


def _of_a_stranger(status: int, answer: bytes) -> str:
    if status < 400 or (status in _LOGIN_PAGES and answer.lstrip()[:1] == b"<"):
        return "bad_reply"
    return _MEANT.get(status) or ("server_down" if status >= 500 else "refused")


def seconds_asked(headers: Mapping[str, str]) -> int | None:
    """``Retry-After`` in whole seconds, from digits or from a date.

    A date is measured against the ``Date`` of the same answer, as this machine's clock may be wrong; without
    one against this clock.  None for no such header or one that says nothing.
    """
    text = headers.get("Retry-After", "").strip()
    if text.isdecimal():
        return int(text[:9])
    try:
        until = parsedate_to_datetime(text)
        told = headers.get("Date")
        since = parsedate_to_datetime(told) if told else datetime.now(UTC)
        return max(0, round((until - since).total_seconds()))
    except (TypeError, ValueError):
        return None
