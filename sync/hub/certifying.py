"""What a copy may claim of other replicas: no more than they certified themselves (rule 13).

A context entry covers values, so one that is too high would make values vanish that nobody has seen.  Every
packet certifies in its header the highest counter its replica has issued; the newest word of each replica
bounds what anybody may say of it, also in what a deletion claims to have seen.  A replica of which no packet
has come is not bounded.  Nor is a device by its own former lives: a store that was moved or restored brings,
under its new id, what the old one had not sent.

A server that went back to a backup has forgotten certificates, and a value or an overwrite may come back
before its author does, or without (rule 29).  So every page carries the server's signed word of what was
certified by then, and laptops show it to a later life: they may bring back exactly what that life's memory
lacks, and nothing beyond.  What was taken without its author's certificate, of a device's former lives or of
a replica never heard of, counts as certified from then on: it is served, so it may have to come back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set

from sync.hub.ports import Archive, ArchiveTransaction, Device
from sync.protocol.cells import Cell, Value, twin_values
from sync.protocol.copies import Copy
from sync.protocol.errors import WireError
from sync.protocol.image import encode_image, parse_image
from sync.protocol.messages import ExchangeRequest
from sync.protocol.records import DELETED, Record, is_deletion
from sync.protocol.vouchers import Voucher, sign_voucher, voucher_is_true


def claims(copies: Iterable[Copy]) -> dict[str, int]:
    """The greatest counter that the copies name for each replica: values, contexts, what deletions saw."""
    highest: dict[str, int] = {}
    for copy in copies:
        table, cells, contexts = copy.parsed
        deletions = cells.get(DELETED, [])[1::2]
        for replica, counter, *_ in table:
            if counter > highest.get(replica, 0):
                highest[replica] = counter
        seen = [context for deletion in deletions if is_deletion(deletion) for _, context in deletion]
        for context in (*contexts.values(), *seen):
            for replica, counter in context.items():
                if counter > highest.get(replica, 0):
                    highest[replica] = counter
    return highest


def believe(tx: ArchiveTransaction, archive: Archive, request: ExchangeRequest, streams: Set[str]) -> None:
    """Takes over what former lives of this server say, by their own signature, was certified."""
    for voucher in request.vouchers or ():
        if voucher.server == archive.server and voucher.stream in streams:
            if not voucher_is_true(voucher, archive.public_keys):
                raise WireError("bad_signature", what="voucher")
            tx.vouch(voucher.stream, voucher.certified)


def voucher_of(tx: ArchiveTransaction, archive: Archive, epoch: str, stream: str) -> Voucher:
    """This server's word on what the replicas of a stream have certified by now."""
    certified = dict(tx.vouched(stream))
    return sign_voucher(Voucher(archive.server, epoch, stream, certified), archive.private_key)


def note_brought(
    tx: ArchiveTransaction, stream: str, device: Device, brought: Mapping[str, int], now: int
) -> None:
    """Writes down whose saves came by another's hand, without their author's packet (rule 29)."""
    for replica, dots in sorted(brought.items()):
        tx.note("brought", now, stream, device.id, replica, {"dots": dots})


class Certificates:
    """What the replicas of one stream have certified to this server, asked for once each."""

    def __init__(self, tx: ArchiveTransaction, stream: str, device: str) -> None:
        self._tx = tx
        self._device = device
        self._stream = stream
        self._known: dict[str, int | None] = {}

    def bounds(self, replicas: Set[str]) -> dict[str, int]:
        """Replica -> highest certified counter, of those that are bounded."""
        new = replicas - self._known.keys()
        if new:
            certified = self._tx.certified(self._stream, new)
            for replica in new:
                own = replica in certified and self._tx.replica_of(replica) == self._device
                self._known[replica] = None if own else certified.get(replica)
        return {r: n for r in replicas if (n := self._known[r]) is not None}


def lowered(
    copy: Copy, bounds: Mapping[str, int], of_values: Mapping[str, int]
) -> tuple[Copy | None, list[tuple[str, str]]]:
    """The copy with every context entry above its bound lowered to it, and the values set aside.

    A value is set aside, as (cell, text of the dot), when it is above its author's bound in ``of_values``;
    what others wrote in the cell stays.  A deletion that claims to have seen too much takes its cell along.
    Entries never go below the dots that stand in the cell.  None when nothing is left of the copy.
    """
    record = copy.record()
    cells: dict[str, Cell] = {}
    aside: list[tuple[str, str]] = []
    for name, cell in record.cells.items():
        forged = {dot for dot in cell.siblings if dot.counter > of_values.get(dot.replica, dot.counter)}
        if name == DELETED:
            seen = {dot for dot, value in cell.siblings.items() if _sees_too_much(value, bounds)}
            if seen:
                aside += [(name, dot.text) for dot in sorted(forged | seen)]
                continue
        aside += [(name, dot.text) for dot in sorted(forged)]
        siblings = {dot: value for dot, value in cell.siblings.items() if dot not in forged}
        top: dict[str, int] = {}
        for dot in siblings:
            top[dot.replica] = max(dot.counter, top.get(dot.replica, 0))
        context = {
            replica: max(min(counter, bounds.get(replica, counter)), top.get(replica, 0))
            for replica, counter in cell.context.items()
        }
        context = {replica: counter for replica, counter in context.items() if counter}
        if context:
            cells[name] = Cell(siblings, context)
    if not cells:
        return None, aside
    living = {dot for cell in cells.values() for dot in cell.siblings}
    stamps = {dot: stamp for dot, stamp in record.stamps.items() if dot in living}
    image = encode_image(Record(copy.kind, copy.id, cells, stamps))
    return Copy(copy.kind, copy.id, copy.seq, parse_image(image)), aside


def _sees_too_much(value: Value, bounds: Mapping[str, int]) -> bool:
    """Whether a deletion claims to have seen more of some replica than its bound."""
    return any(
        type(counter) is int and counter > bounds.get(replica, counter)
        for deletion in twin_values(value)
        if is_deletion(deletion)
        for _, context in deletion
        for replica, counter in context.items()
    )


def exceeding(copy: Copy, bounds: Mapping[str, int]) -> bool:
    """Whether a copy claims more of some replica than its bound."""
    return any(counter > bounds.get(replica, counter) for replica, counter in claims((copy,)).items())
