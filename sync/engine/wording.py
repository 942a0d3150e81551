"""In which form an exchange is said."""

from __future__ import annotations

from sync.protocol import frames
from sync.protocol.brief_requests import write_request
from sync.protocol.codec import encode_message
from sync.protocol.messages import ExchangeRequest, Limits

BRIEF_BYTES = 16 * 1024
"""Packets longer than this go in full: leaving out names would save them next to nothing, and to be asked for
all would send them twice."""


def encode_exchange(request: ExchangeRequest, in_full: bool) -> bytes:
    """The bytes of a request; in brief where that can be and pays, unless ``in_full``."""
    body = None
    if not in_full and sum(map(len, request.packets)) <= BRIEF_BYTES:
        body = write_request(request)
    if body is not None:
        return body
    limits = request.limits or Limits()
    return encode_message(request, level=frames.level_for(limits.page_records))
