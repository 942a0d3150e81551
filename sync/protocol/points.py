"""A collection point: how it is named, known and found by laptops in the same room.

Its certificate lives as long as it is open.  A laptop knows it by the full sha256 of that certificate, read
from a QR code, or by a typed code: the first 80 bits of the same sum.  ``_ntmdesk._tcp`` announces it under a
name that says nothing of people.
"""

from __future__ import annotations

import ipaddress
import re
from typing import NamedTuple

from sync.protocol import typed_codes
from sync.protocol.errors import WireError

SERVICE = "_ntmdesk._tcp.local."
"""DNS-SD type; the text record holds ``port`` and ``v``, nothing else."""
POINT_PROTOCOL = 1
"""Version of what a point answers: 1: one bundle up, one bundle down."""
BUNDLE_PATH = "/v1/bundle"
BUNDLE_BYTES = 32 * 1024 * 1024
"""No bundle given in at a point, and no answer, is longer; a larger one travels as a file."""
NAME = "Điểm thu "
"""A point's name is this and the first group of its code."""

_SCHEME = f"NTMP{POINT_PROTOCOL}"
_FINGERPRINT = re.compile(r"[0-9a-f]{64}")
_HOST = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})*\.?")
_MOST_ADDRESSES = 16


class Address(NamedTuple):
    """Where a point listens: a host name or an address, and a port."""

    host: str
    port: int

    @property
    def text(self) -> str:
        """``192.168.1.7:8765``; IPv6 in brackets."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class Invitation(NamedTuple):
    """What a laptop was told of a point.

    ``letters``: the code's 16 letters.  ``fingerprint``: 64 hex digits, "" when only the code is known.
    ``addresses``: where to try, none when they are to be found.
    """

    letters: str
    fingerprint: str = ""
    addresses: tuple[Address, ...] = ()

    @property
    def code(self) -> str:
        """As it is read aloud: ``7KQF-2M9X-PP3T-34ZC``."""
        return typed_codes.grouped(self.letters)

    @property
    def name(self) -> str:
        """The point's name in the room: ``Điểm thu 7KQF``."""
        return NAME + self.letters[: typed_codes.GROUP]

    @property
    def text(self) -> str:
        """What the QR code holds; upper case and signs of its compact alphabet only.  Needs the
        fingerprint."""
        return f"{_SCHEME}:{self.fingerprint}:{'+'.join(a.text for a in self.addresses)}".upper()

    def fits(self, fingerprint: str) -> bool:
        """Whether a certificate with this fingerprint is the point's own."""
        if self.fingerprint:
            return self.fingerprint == fingerprint
        return letters_of(fingerprint) == self.letters


def letters_of(fingerprint: str) -> str:
    """The 16 letters of a certificate's fingerprint (64 hex digits)."""
    first = bytes.fromhex(fingerprint)[: typed_codes.BYTES]
    return typed_codes.spell(first).replace("-", "")


def invitation(fingerprint: str, addresses: tuple[Address, ...] = ()) -> Invitation:
    """The invitation of a point with this certificate."""
    return Invitation(letters_of(fingerprint), fingerprint, addresses)


def read_invitation(text: str) -> Invitation:
    """Reads a code or the text of a QR code, however it was typed.

    WireError ``bad_point_code``; ``too_new`` for the text of a later version.
    """
    packed = re.sub(r"\s", "", text)
    version = re.match(r"(?i:NTMP)(\d{1,3}):", packed)
    if version is None:
        letters = typed_codes.plain(packed)
        if letters is None:
            raise WireError("bad_point_code")
        return Invitation(letters)
    if int(version[1]) != POINT_PROTOCOL:
        raise WireError("too_new", maximum=POINT_PROTOCOL)
    fingerprint, _, places = packed[version.end() :].lower().partition(":")
    if not _FINGERPRINT.fullmatch(fingerprint):
        raise WireError("bad_point_code")
    told = [place for place in places.split("+") if place][:_MOST_ADDRESSES]
    return invitation(fingerprint, tuple(read_address(place) for place in told))


def read_address(text: str) -> Address:
    """``host:port`` as somebody typed it; ``https://`` before it is taken too.  WireError ``bad_address``."""
    plain = re.sub(r"\s", "", text).removeprefix("https://").rstrip("/")
    host, colon, digits = plain.rpartition(":")
    if not colon or not digits.isascii() or not digits.isdecimal() or not 0 < int(digits[:6]) < 65536:
        raise WireError("bad_address")
    if host.startswith("[") and host.endswith("]"):
        try:
            return Address(str(ipaddress.IPv6Address(host[1:-1])), int(digits))
        except ValueError:
            raise WireError("bad_address") from None
    if len(host) > 253 or not _HOST.fullmatch(host):
        raise WireError("bad_address")
    return Address(host.lower(), int(digits))
