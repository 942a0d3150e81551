"""Handing on at the server what this laptop carries for others (rule 16).

First what replicas have certified, where the server may not know it: it believes of a replica no more than
that.  Then the names of the packets: those the server has come back as receipts.  The others follow, in
loads a slow line can bear; bundles nobody here can open go as they are.  Nothing of the own conversation
waits for it: a trouble here is told and the packets stay.  So does what the server refuses; where its reason
will not pass by itself the carrier is told, and need not name it again before something has changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from sync.engine.replies import decode_reply
from sync.protocol.bundles import Held
from sync.protocol.codec import encode_message
from sync.protocol.errors import WireError
from sync.protocol.messages import RELAY_HELD, Notice, RelayReply, RelayRequest
from sync.protocol.receipts import Receipt, receipt_is_true
from sync.protocol.versions import SPOKEN, Versions

LOAD_BYTES = 256 * 1024
"""One request carries about so much; a single packet may be longer."""
PROOFS = 500
"""One request carries at most so many heads."""
LASTING = frozenset({"signature", "revoked", "origin", "too_many_ids", "count"})
"""Reasons against a packet that hold as long as the server's life, roster and catalogue are the same.  Not
among them: what a newer program could read, and counters that others may catch up with."""
LASTING_OF_BUNDLES = frozenset({"bundle_damaged", "bundle_foreign", "bundle_revoked"})


class Carrier(Protocol):
    """What a laptop carries, as sync sees it.  Every method is one transaction."""

    def stream(self) -> str:
        """The team's stream."""

    def server_keys(self) -> tuple[bytes, ...]:
        """Whose receipts count."""

    def waiting(self) -> Sequence[Held]:
        """Packets of others without a receipt, those that were declined left out."""

    def packet(self, held: Held) -> bytes | None:
        """The bytes of one."""

    def bundles(self) -> Sequence[tuple[str, Sequence[Held], bytes]]:
        """(id, packets inside, bytes) of bundles that this laptop cannot open, those declined left out."""

    def declined(self) -> Sequence[Notice]:
        """What the server has said of those left out."""

    def decline(self, epoch: str, said: Mapping[str, Notice]) -> None:
        """In its life ``epoch`` the server has refused packets (hash in hex) and bundles (id) for good."""

    def proofs(self) -> Sequence[bytes]:
        """Heads by which replicas certify more than the server is known to have heard of."""

    def proved(self) -> None:
        """The server has been shown all of them."""

    def take_receipts(self, receipts: Sequence[Receipt]) -> int:
        """Keeps receipts, already found true; how many were news."""

    def let_go(self, bundle: str) -> None:
        """A bundle has arrived."""


class RelayRoad(Protocol):
    """A road that takes relays.  WireError only."""

    def relay(self, body: bytes) -> bytes:
        """POST /v1/relay."""


@dataclass(frozen=True, slots=True)
class HandedOn:
    """``packets``: brought to the server; ``receipts``: that were news; ``notices``: what it said."""

    packets: int = 0
    receipts: int = 0
    notices: tuple[Notice, ...] = ()


def hand_on(carrier: Carrier, road: RelayRoad, spoken: Versions = SPOKEN) -> HandedOn:
    """Hands on everything that is carried, in the highest version both sides speak; nothing is asked when
    nothing is.  WireError from the road; what was receipted before stays so."""
    work = _Work(carrier, road, spoken)
    proofs = carrier.proofs()
    for at in range(0, len(proofs), PROOFS):
        work.ask(parts=tuple(proofs[at : at + PROOFS]))
    if proofs:
        carrier.proved()
    held = list(carrier.waiting())
    for at in range(0, len(held), RELAY_HELD):
        some = held[at : at + RELAY_HELD]
        reply = work.ask(held=tuple(some))
        wanted = [some[place] for place in reply.wanted if 0 <= place < len(some)]
        for load in _loads(carrier, wanted):
            work.packets += len(load)
            reply = work.ask(parts=tuple(data for _, data in load))
            work.decline(reply.epoch, _declined([one for one, _ in load], reply))
    for id, inside, data in carrier.bundles():
        reply = work.ask(held=tuple(inside[:RELAY_HELD]))
        if reply.wanted:
            work.packets += len(reply.wanted)
            told = work.ask(held=tuple(inside[:RELAY_HELD]), parts=(data,))
            reply = work.ask(held=tuple(inside[:RELAY_HELD]))
            if reply.wanted and _is_final(told):
                work.decline(reply.epoch, {id: _of_bundle(told)})
        if not reply.wanted:
            carrier.let_go(id)
    work.hear(carrier.declined())
    return HandedOn(work.packets, work.receipts, tuple(work.notices))


class _Work:
    def __init__(self, carrier: Carrier, road: RelayRoad, spoken: Versions) -> None:
        self._carrier = carrier
        self._road = road
        self._spoken = spoken
        self._protocol = spoken.maximum
        self._stream = carrier.stream()
        self._keys = carrier.server_keys()
        self.packets = self.receipts = 0
        self.notices: list[Notice] = []

    def ask(self, held: tuple[Held, ...] = (), parts: tuple[bytes, ...] = ()) -> RelayReply:
        reply = self._answer(held, parts)
        for receipt in reply.receipts:
            if not receipt_is_true(receipt, self._keys):
                raise WireError("bad_signature", what="receipt", number=receipt.number)
        self.receipts += self._carrier.take_receipts(reply.receipts)
        self.hear(reply.notices)
        return reply

    def hear(self, notices: Iterable[Notice]) -> None:
        self.notices += [n for n in notices if n not in self.notices]

    def decline(self, epoch: str, said: Mapping[str, Notice]) -> None:
        if said:
            self._carrier.decline(epoch, said)

    def _answer(self, held: tuple[Held, ...], parts: tuple[bytes, ...]) -> RelayReply:
        request = RelayRequest(self._protocol, self._stream, held, parts)
        try:
            answer = self._road.relay(encode_message(request))
        except WireError as error:
            common = self._spoken.common(error)
            if common is None or common >= self._protocol:
                raise
            self._protocol = common
            return self._answer(held, parts)
        return decode_reply(answer, RelayReply)


def _loads(carrier: Carrier, wanted: Sequence[Held]) -> Iterator[list[tuple[Held, bytes]]]:
    load: list[tuple[Held, bytes]] = []
    size = 0
    for held in wanted:
        data = carrier.packet(held)
        if data is None:
            continue
        if load and size + len(data) > LOAD_BYTES:
            yield load
            load, size = [], 0
        load.append((held, data))
        size += len(data)
    if load:
        yield load


def _declined(load: Sequence[Held], reply: RelayReply) -> dict[str, Notice]:
    """Packets of one load, by their hash, that the server has refused for good.

    A refusal names origin and number; of two packets of one number it is not said which was meant, so both
    must have been refused.
    """
    taken = {receipt.hash for receipt in reply.receipts}
    found: dict[str, Notice] = {}
    for held in load:
        said = [notice for notice in reply.notices if _is_of(notice, held)]
        twins = [one for one in load if (one.origin, one.number) == (held.origin, held.number)]
        final = all(notice.details.get("reason") in LASTING for notice in said)
        if said and final and len(said) == len(twins) and held.hash not in taken:
            found[held.hash.hex()] = said[0]
    return found


def _is_of(notice: Notice, held: Held) -> bool:
    told = notice.details.get("origin"), notice.details.get("number")
    return notice.code == "packet_refused" and told == (held.origin, held.number)


def _is_final(told: RelayReply) -> bool:
    """Whether a bundle that the server has been given would be no more use to it as things stand."""
    return all(
        notice.details.get("reason") in (LASTING if notice.code == "packet_refused" else LASTING_OF_BUNDLES)
        for notice in told.notices
        if notice.code in ("packet_refused", "bundle_refused")
    )


def _of_bundle(told: RelayReply) -> Notice:
    """What is to be told of a bundle of which the server misses something still."""
    refused = (notice for notice in told.notices if notice.code in ("packet_refused", "bundle_refused"))
    return next(refused, Notice("bundle_refused", {"reason": "missing"}))
