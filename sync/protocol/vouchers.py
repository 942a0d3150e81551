"""A server's word on what the replicas of a stream had certified, kept by those who read the stream.

A server that has gone back to a backup no longer knows how far each replica had come.  Whoever reads a
stream keeps the newest word of each life and shows it to a later one, so that what a restore forgot may come
back before its author does, and nobody can claim more than that (rules 13, 29).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from sync.protocol import signing

KEPT = 8
"""Words of so many lives are kept at most."""


class Voucher(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``certified``: replica -> the greatest counter it has certified, as of a page of this ``epoch``."""

    server: str
    epoch: str
    stream: str
    certified: dict[str, int]
    signature: bytes = b""


def sign_voucher(voucher: Voucher, private: bytes) -> Voucher:
    """The same voucher with the server's signature."""
    return msgspec.structs.replace(
        voucher, signature=signing.sign(private, signing.VOUCHER, signing.unsigned(voucher))
    )


def voucher_is_true(voucher: Voucher, server_keys: tuple[bytes, ...]) -> bool:
    """Whether one of the server's keys signed exactly this voucher."""
    return signing.verify_any(server_keys, signing.VOUCHER, signing.unsigned(voucher), voucher.signature)


def kept(known: Iterable[Voucher], new: Voucher) -> tuple[Voucher, ...]:
    """What is worth keeping of one stream's vouchers once ``new`` has come, oldest first."""
    others = [v for v in known if v.epoch != new.epoch and not _says_all(new.certified, v.certified)]
    return (*others[-(KEPT - 1) :], new)


def to_show(known: Sequence[Voucher], epoch: str) -> tuple[Voucher, ...]:
    """Those that the present life of the server, named by ``epoch``, may not know."""
    return tuple(voucher for voucher in known if epoch and voucher.epoch != epoch)


def _says_all(more: Mapping[str, int], less: Mapping[str, int]) -> bool:
    return all(more.get(replica, 0) >= counter for replica, counter in less.items())
