"""A carry note: the signed word of a laptop that it holds a packet of another and will hand it on (rule 16).

It makes a record *carried* and nothing more: no watermark moves, nothing is forgotten at its origin.
"""

from __future__ import annotations

import msgspec

from sync.protocol import signing


class CarryNote(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Packet ``number`` of ``origin`` in ``stream`` with this ``hash`` (16 bytes) lies at the laptop whose
    Ed25519 key is ``carrier``."""

    stream: str
    origin: str
    number: int
    hash: bytes
    carrier: bytes
    signature: bytes = b""


def sign_note(note: CarryNote, private: bytes) -> CarryNote:
    """The same note with the carrier's signature."""
    return msgspec.structs.replace(
        note, signature=signing.sign(private, signing.CARRY, signing.unsigned(note))
    )


def note_is_true(note: CarryNote) -> bool:
    """Whether its carrier signed exactly this; whether the carrier is a mate is the roster's to say."""
    return signing.verify(note.carrier, signing.CARRY, signing.unsigned(note), note.signature)
