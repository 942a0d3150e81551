"""What can go wrong between a laptop and an upper server: one error, told apart by its code.

Codes are for ever, sentences belong to the window and the command line.  Three families:

- the line: ``offline dns proxy tls tls_required server_down timeout dropped bad_reply``
- the answer: ``refused too_old too_new revoked not_enrolled clone busy later foreign_stream bad_code
  code_expired code_used too_large not_found epoch_older epoch_split
  say_in_full``
- the bytes: ``bad_message bad_signature bad_packet gap``

and ``cancelled`` when a person asked to stop.
"""

from __future__ import annotations

from typing import Any

RETRYABLE = frozenset({"offline", "dns", "server_down", "timeout", "dropped", "busy"})
"""Codes after which the same bytes may be sent again in the same conversation."""


class WireError(Exception):
    """Something sync foresaw.  ``details`` never hold personal data: ids, counts, codes, seconds.

    Known details: ``retry_after`` (seconds), ``minimum``/``maximum`` (protocol versions), ``stream``,
    ``replica``, ``number``, ``expected``, ``fingerprint``, ``limit``.
    """

    def __init__(self, code: str, **details: Any) -> None:
        super().__init__(code)
        self.code = code
        self.details: dict[str, Any] = details

    def __str__(self) -> str:
        return self.code

    @property
    def retryable(self) -> bool:
        """Whether sending the same bytes again may succeed without anybody doing anything."""
        return self.code in RETRYABLE

    @property
    def retry_after(self) -> float | None:
        """Seconds the other side asked to wait, if it said so."""
        seconds = self.details.get("retry_after")
        return float(seconds) if isinstance(seconds, int | float) else None
