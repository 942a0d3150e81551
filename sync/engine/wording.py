"""In which form an exchange is said."""

from __future__ import annotations

from sync.protocol import frames
from sync.protocol.brief_requests import write_request
from sync.protocol.codec import encode_message
from sync.protocol.messages import ExchangeRequest, Limits


def encode_exchange(request: ExchangeRequest, in_full: bool) -> bytes:
    """The bytes of a request; in brief where that can be, unless ``in_full``."""
    body = None if in_full else write_request(request)
    if body is not None:
        return body
    limits = request.limits or Limits()
    return encode_message(request, level=frames.level_for(limits.page_records))
