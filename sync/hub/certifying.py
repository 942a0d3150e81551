"""What a copy may claim of other replicas: no more than they certified themselves (rule 13).

Every packet certifies in its head the highest counter its replica has issued, and how far the laptop's former
ids go that it names; the newest word of each replica bounds what anybody may say of it, also in what a
deletion claims to have seen.  Of a replica nobody here has heard of, only a leader may bring anything: a
member of a team that worked without a server may never come to this one.  A device is not bounded by its own
former ids: a store that was moved or restored brings, under its new id, what the old one had not sent.

A server that went back to a backup has forgotten certificates, and a value or an overwrite may come back
before its author does, or without (rule 29).  So every page carries the server's signed word of what was
certified by then, and laptops show it to a later life; of what came to them by hand they show the heads that
its authors signed.  What was taken without its author's certificate counts as certified from then on: it is
served, so it may have to come back.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Set
from functools import cached_property

from sync.hub.ports import Archive, ArchiveTransaction, Device
from sync.hub.writing import LEADERS, server_replica
from sync.protocol.dots import COUNTER_STEP
from sync.protocol.errors import WireError
from sync.protocol.packets import Packet, PacketHead
from sync.protocol.proofs import Proof
from sync.protocol.replica_ids import IDS, names
from sync.protocol.vouchers import Voucher, sign_voucher, voucher_is_true


def own_words(archive: Archive, vouchers: Iterable[Voucher], streams: Set[str]) -> list[Voucher]:
    """The vouchers that this server gave of these streams; needs no lock.

    WireError ``bad_signature`` for one that only says so.
    """
    own = [v for v in vouchers if v.server == archive.server and v.stream in streams]
    if not all(voucher_is_true(voucher, archive.public_keys) for voucher in own):
        raise WireError("bad_signature", what="voucher")
    return own


def believe(tx: ArchiveTransaction, words: Iterable[Voucher]) -> bool:
    """Takes over what this server says (``own_words``) was certified.

    Whether it has forgotten some of its present life: a word of it tells of later saves than it knows.
    """
    epoch, forgot = tx.epoch().random, False
    for voucher in words:
        own = voucher.certified.get(server_replica(epoch, voucher.stream), 0)
        forgot = forgot or (voucher.epoch == epoch and own > tx.state(voucher.stream).highest)
        tx.vouch(voucher.stream, voucher.certified)
    return forgot


def voucher_of(tx: ArchiveTransaction, archive: Archive, epoch: str, stream: str) -> Voucher:
    """This server's word on what the replicas of a stream have certified by now, its own ids among them."""
    certified = dict(tx.vouched(stream))
    highest = tx.state(stream).highest
    for own in server_ids(tx, stream):
        certified[own] = max(certified.get(own, 0), highest)
    certified[server_replica(epoch, stream)] = highest  # exactly: more than this tells that it went back
    return sign_voucher(Voucher(archive.server, epoch, stream, certified), archive.private_key)


def server_ids(tx: ArchiveTransaction, stream: str) -> set[str]:
    """Ids under which this server has written in the lives of its present line."""
    return {server_replica(epoch.random, stream) for epoch in tx.epochs_since("")}


def owns(tx: ArchiveTransaction, stream: str, replica: str, device: Device) -> bool:
    """Whether a replica id is a laptop's, which is noted then.

    It is the laptop's that signed with it first; one that this server has heard of, not knowing whose it is,
    only the laptop's whose key it names.  Nobody has more than ``IDS``.
    """
    owner = tx.replica_of(replica)
    if owner is None and (names(replica, device.key) or not tx.certified(stream, (replica,))):
        if tx.ids_of(device.id) >= IDS:
            return False
        tx.claim(replica, device.id)
        return True
    return owner == device.id


def has_too_many_ids(tx: ArchiveTransaction, replica: str, device: Device) -> bool:
    """Whether an id that is not a laptop's might be, had it fewer: a fresh one would not help."""
    return tx.replica_of(replica) is None and tx.ids_of(device.id) >= IDS


def hear(tx: ArchiveTransaction, stream: str, words: Collection[tuple[str, int]], device: Device) -> None:
    """Takes a laptop's word on how far ids of its own go, never the server's.

    The words stand in a head already found to be signed by ``device``; what is far above anything known here
    is not taken.
    """
    servers = server_ids(tx, stream) if words else set()
    for replica, counter in words:
        if replica in servers:
            continue
        if owns(tx, stream, replica, device) and counter <= tx.state(stream).highest + COUNTER_STEP:
            tx.vouch(stream, {replica: counter})


def signer_of(signed: Packet | Proof, mates: Mapping[str, Device]) -> Device | None:
    """The laptop that signed something; needs no lock.  The one whose key the id names is tried first."""
    replica = signed.head.replica
    likeliest = sorted(mates.values(), key=lambda mate: not names(replica, mate.key))
    return next((mate for mate in likeliest if signed.signed_by(mate.key)), None)


def signed_heads(
    stream: str, proofs: Iterable[Proof], mates: Mapping[str, Device]
) -> list[tuple[PacketHead, Device]]:
    """What laptops of the stream certify by heads of packets that did not come here; needs no lock.

    Not by heads of another stream: what a laptop saved in a former team it brings to this one anew, and
    nobody may speak of it before.
    """
    here = [proof for proof in proofs if proof.head.stream == stream]
    found = [(proof.head, signer_of(proof, mates)) for proof in here]
    return [(head, author) for head, author in found if author is not None]


def believe_heads(tx: ArchiveTransaction, stream: str, heads: Iterable[tuple[PacketHead, Device]]) -> None:
    """Takes over what ``signed_heads`` found."""
    for head, author in heads:
        hear(tx, stream, head.certified.items(), author)


def note_brought(
    tx: ArchiveTransaction, stream: str, device: Device, brought: Mapping[str, int], now: int
) -> None:
    """Writes down whose saves came by another's hand, without their author's packet (rule 29)."""
    for replica, dots in sorted(brought.items()):
        tx.note("brought", now, stream, device.id, replica, {"dots": dots})


class Certificates:
    """What the replicas of one stream have certified to this server, asked for once each.

    ``author``: whose packets are judged by it.
    """

    def __init__(self, tx: ArchiveTransaction, stream: str, author: Device) -> None:
        self._tx = tx
        self._author = author
        self._stream = stream
        self._known: dict[str, int | None] = {}

    def bounds(self, replicas: Set[str]) -> dict[str, int]:
        """Replica -> how far it may be spoken of, of those that are bounded."""
        new = replicas - self._known.keys()
        if new:
            certified = self._tx.certified(self._stream, new)
            self._known.update({replica: self._bound(replica, certified.get(replica)) for replica in new})
        return {r: n for r in replicas if (n := self._known[r]) is not None}

    def _bound(self, replica: str, certified: int | None) -> int | None:
        if replica in self._servers:
            return max(certified or 0, self._tx.state(self._stream).highest)
        owner = self._tx.replica_of(replica)
        if owner == self._author.id:
            return None
        if self._author.role in LEADERS and (owner is None or certified is None):
            return None  # what was taken of somebody unknown counts as certified, but is not all there is
        return certified or 0

    @cached_property
    def _servers(self) -> set[str]:
        return server_ids(self._tx, self._stream)
