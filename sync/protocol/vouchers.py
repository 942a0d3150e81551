"""A server's word on what the replicas of a stream had certified, kept by those who read the stream.

A server that has gone back to a backup no longer knows how far each replica had come.  Whoever reads a
stream keeps the newest word of each life and shows it to a later one, so that what a restore forgot may come
back before its author does, and nobody can claim more than that (rules 13, 29).
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from sync.protocol import signing

KEPT = 8
"""So many words are kept at most."""


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


class Words(msgspec.Struct, frozen=True, array_like=True):
    """What a laptop keeps of one stream's vouchers.  ``last``: came with a page; ``others``: what ``last``
    does not say, oldest first: of former lives, and what came by hand."""

    last: Voucher | None = None
    others: tuple[Voucher, ...] = ()

    @property
    def all(self) -> tuple[Voucher, ...]:
        """Every word kept."""
        return (*self.others, self.last) if self.last is not None else self.others

    def with_page(self, new: Voucher) -> Words:
        """After a page brought a word: the server says this now, whatever it said before."""
        return Words(new, tuple(v for v in self.all if not _says_all(new.certified, v.certified))[-KEPT:])

    def with_hand(self, new: Voucher) -> Words:
        """After a word came by another's hand, of any age."""
        if any(_says_all(v.certified, new.certified) for v in self.all):
            return self
        rest = [v for v in self.others if not _says_all(new.certified, v.certified)]
        return Words(self.last, (*rest, new)[-KEPT:])

    def to_show(self, epoch: str) -> tuple[Voucher, ...]:
        """Those that the server, in its life ``epoch``, may not know: of former lives, and of the present one
        what no page has said: the server may have gone back behind it."""
        if not epoch:
            return ()
        return tuple(v for v in self.all if v is not self.last or v.epoch != epoch)


def _says_all(more: Mapping[str, int], less: Mapping[str, int]) -> bool:
    return all(more.get(replica, 0) >= counter for replica, counter in less.items())
