"""Receipts: the server's signed word on one packet.  Only a receipt makes a record *accepted*."""

from __future__ import annotations

import enum

import msgspec

from sync.protocol import signing


class Outcome(enum.StrEnum):
    """What became of a value that was not simply accepted."""

    REFUSED = "refused"
    """It can never stand: wrong type, cap, foreign field.  Its author keeps it in quarantine."""
    LATER = "later"
    """The server does not know this kind, field or choice yet: offered again when its catalogue is newer."""
    FLAGGED = "flagged"
    """Accepted, but a rule between fields is broken now; a person should look."""


class ReceiptException(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """One value with an outcome of its own.  ``dot`` is ``replica:counter``; ``cell`` "" = every cell of
    that dot in this record."""

    dot: str
    kind: str
    id: str
    cell: str
    code: str
    outcome: Outcome


class Receipt(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Covers packet ``number`` of ``origin`` in ``stream``: all its dots but the exceptions are accepted.

    ``epoch``: random of the server's life.  ``seq``: number of the stream after the commit that took the
    packet; void once an epoch forks below it.  ``hash``: of the packet (16 bytes).
    """

    epoch: str
    stream: str
    origin: str
    number: int
    hash: bytes
    seq: int
    exceptions: tuple[ReceiptException, ...] = ()
    signature: bytes = b""


def sign_receipt(receipt: Receipt, private: bytes) -> Receipt:
    """The same receipt with the server's signature."""
    return msgspec.structs.replace(
        receipt, signature=signing.sign(private, signing.RECEIPT, signing.unsigned(receipt))
    )


def receipt_is_true(receipt: Receipt, server_keys: tuple[bytes, ...]) -> bool:
    """Whether one of the server's keys signed exactly this receipt."""
    return signing.verify_any(server_keys, signing.RECEIPT, signing.unsigned(receipt), receipt.signature)
