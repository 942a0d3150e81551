"""A greeting: how two laptops that have never met a server get to know each other's keys on a stick.

The file proves only that whoever made it holds the key.  That the key is the colleague's is proved by two
people: one reads the code off the own screen, the other types it in beside the greeting that came.  The code
is 60 bits of a hash over both keys; whoever wanted to pass off another key would have to find one with just
this code.
"""

from __future__ import annotations

import base64
import hashlib

import msgspec

from sync.protocol import signing
from sync.protocol.errors import WireError

MAGIC = b"NTMG1\n"
SIZE = 16 * 1024
"""No greeting is longer."""
NAME_LENGTH = 100
_LETTERS = str.maketrans("01", "OI")


class Greeting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``name``: of the person, as they call themselves; ``key``: Ed25519, ``sealing_key``: X25519 public key;
    ``stream``: of the team they lead, "" for a member."""

    name: str
    key: bytes
    sealing_key: bytes
    stream: str = ""
    signature: bytes = b""

    @property
    def device(self) -> str:
        """How the laptop is called until a server names it."""
        return signing.key_id(self.key)


def write_greeting(greeting: Greeting, private: bytes) -> bytes:
    """The bytes of the file, signed."""
    signature = signing.sign(private, signing.HELLO, signing.unsigned(greeting))
    return MAGIC + msgspec.json.encode(msgspec.structs.replace(greeting, signature=signature))


def is_greeting(data: bytes) -> bool:
    """Whether a file begins like one."""
    return data[: len(MAGIC)] == MAGIC


def read_greeting(data: bytes) -> Greeting:
    """What a file holds, its signature found true; WireError ``bundle_damaged``."""
    try:
        if not is_greeting(data) or len(data) > SIZE:
            raise ValueError
        greeting = msgspec.json.decode(data[len(MAGIC) :], type=Greeting)
    except (msgspec.DecodeError, RecursionError, ValueError):
        raise WireError("bundle_damaged", reason="greeting") from None
    if len(greeting.key) != 32 or len(greeting.sealing_key) != 32 or len(greeting.name) > NAME_LENGTH:
        raise WireError("bundle_damaged", reason="greeting")
    if not signing.verify(greeting.key, signing.HELLO, signing.unsigned(greeting), greeting.signature):
        raise WireError("bundle_damaged", reason="signature")
    return greeting


def code_of(key: bytes, sealing_key: bytes) -> str:
    """The code people compare: twelve letters and digits in three groups."""
    told = hashlib.blake2b(key + sealing_key, digest_size=8, person=b"ntmdesk.greeting").digest()
    letters = base64.b32encode(told).decode()[:12]
    return "-".join(letters[i : i + 4] for i in range(0, 12, 4))


def plain_code(typed: str) -> str:
    """A typed code without blanks, dashes and case; 0 and 1, which no code holds, are read as O and I."""
    return "".join(c for c in typed.upper() if c.isalnum()).translate(_LETTERS)
