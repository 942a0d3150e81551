"""How much and how long a point bears with one laptop, and with all of them."""

from __future__ import annotations

from dataclasses import dataclass

from sync.protocol.points import BUNDLE_BYTES


@dataclass(frozen=True, slots=True)
class Bounds:
    """Bytes, seconds and counts; the defaults suit some thirty laptops in a room.

    ``body_bytes``: of one bundle.  ``head_seconds``: from a connection to the end of its request's head, TLS
    included each time.  ``silence_seconds``: longest pause inside a body, ``whole_seconds``: longest body.
    ``connections``, ``from_one``: open at once, and of them from one address.  ``inside``: bundles held in
    memory at once.  ``per_minute``: requests of one address.
    """

    body_bytes: int = BUNDLE_BYTES
    head_seconds: float = 10.0
    silence_seconds: float = 15.0
    whole_seconds: float = 300.0
    connections: int = 64
    from_one: int = 8
    inside: int = 4
    per_minute: int = 30
