"""What goes into a bundle: own packets since the last receipt, those of others, receipts, readers' rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ntmdesk.errors import UserError
from ntmdesk.services.greetings import own_roster
from ntmdesk.store.database import Store
from ntmdesk.store.replica import StoreReplica
from ntmdesk.store.unit_of_work import UnitOfWork
from ntmdesk.store.vouchers import kept_vouchers
from sync.protocol.bodies import pack_rows
from sync.protocol.bundles import BundlePage, HasRead, Held, Part, What, json_part, page_part
from sync.protocol.carry_notes import CarryNote, sign_note
from sync.protocol.frames import SMALL
from sync.protocol.messages import Limits
from sync.protocol.pages import Row
from sync.protocol.rosters import LEADING, Mate, encode_roster
from sync.protocol.signed_catalogues import pack_catalogue

PAGE_RECORDS = 2_000
LIMITS = Limits()


@dataclass(frozen=True)
class Readers:
    """Whom a bundle is sealed to.  ``keys``: X25519; ``mates``: laptops among them; ``team``: rows and
    receipts of others go along."""

    keys: tuple[bytes, ...]
    mates: tuple[Mate, ...]
    team: bool


@dataclass(frozen=True)
class Load:
    """What a bundle will hold, counted before it is written.  ``pages``: the readers' rows, as they go."""

    stream: str
    server: str
    own: tuple[Held, ...]
    others: tuple[Held, ...]
    records: int
    bytes: int
    pages: tuple[Part, ...] = ()


def cut_all(store: Store, stream: str) -> None:
    """Cuts packets until everything changed here is in one; each cut is a transaction of its own.
    While an unusual loss waits to be confirmed nothing is cut."""
    replica = StoreReplica(store)
    with store.look() as uow:
        number = uow.carrying.own_cut(stream) + 1
    while True:
        packet = replica.packet(stream, number, LIMITS)
        if packet is None:
            return
        number = packet.head.number + 1


def readers_of(uow: UnitOfWork, to: str) -> Readers:
    """The readers of a bundle for the ``server`` (it and the leaders), the ``team``, or one laptop by id.

    This laptop reads its own bundles too: one that was restored finds there what it had.  UserError
    ``no_readers`` when nobody's key, or not that laptop's, is known.
    """
    joined = uow.peers.joined()
    own = uow.peers.keys.sealing_public
    mates = [m for m in uow.mates.all() if not m.revoked and m.sealing_key and m.sealing_key != own]
    if to == "server":
        chosen = [m for m in mates if m.role in LEADING] or ([] if joined else mates)
    elif to == "team":
        chosen = mates
    else:
        chosen = [m for m in mates if m.device == to]
        if not chosen:
            raise UserError("no_readers")
    keys = [m.sealing_key for m in chosen]
    if joined is not None and joined.enrolment.server_sealing_key:
        keys.append(joined.enrolment.server_sealing_key)
    if not keys:
        raise UserError("no_readers")
    return Readers((*keys, own), tuple(chosen), to != "server")


def load_of(uow: UnitOfWork, stream: str, readers: Readers) -> Load:
    """What a bundle of this stream would hold now."""
    joined = uow.peers.joined()
    carrying = uow.carrying
    own = tuple(carrying.own_waiting(stream))
    others = tuple(carrying.waiting(stream))
    size = sum(len(carrying.own_data(stream, held) or b"") for held in own)
    size += sum(len(carrying.data(stream, held) or b"") for held in others)
    if not readers.team:
        size += sum(len(one.data) for one in carrying.sealed(stream))
    server = joined.enrolment.server if joined else ""
    standing = uow.peers.reading(stream)
    pages = tuple(_rows(uow, stream, readers, standing[0])) if readers.team and standing else ()
    size += sum(len(part.data) for part in pages)
    return Load(stream, server, own, others, carrying.count(stream, (*own, *others)), size, pages)


def parts_of(
    uow: UnitOfWork, load: Load, readers: Readers, epochs: Sequence[object], catalogue: bytes | None
) -> Iterator[Part]:
    """The parts in the order in which a reader can take them: first who is who, then what was written."""
    carrying = uow.carrying
    stream = load.stream
    roster = own_roster(uow) or uow.mates.roster()
    if roster is not None:
        yield Part(What.ROSTER, encode_roster(roster))
    if catalogue is not None:
        yield Part(What.CATALOGUE, pack_catalogue(catalogue))
    yield json_part(What.KNOWS, uow.spans.knows())
    standing = uow.peers.reading(stream)
    if standing is not None:
        yield json_part(What.READ, HasRead(*standing))
    if epochs:
        yield json_part(What.EPOCHS, epochs)
    vouchers = kept_vouchers(uow)
    if vouchers:
        yield json_part(What.VOUCHERS, vouchers)
    proofs = uow.certified.proofs()
    if proofs:
        yield json_part(What.PROOFS, [*proofs])
    receipts = carrying.receipts(stream, standing[0]) if standing is not None else []
    if receipts:
        yield json_part(What.RECEIPTS, receipts)
    for held in (*load.own, *load.others):
        data = carrying.own_data(stream, held) or carrying.data(stream, held)
        if data is not None:
            yield Part(What.PACKET, data)
    notes = _notes(uow, stream, load.others)
    if notes:
        yield json_part(What.NOTES, notes)
    if readers.team:
        yield from load.pages
    else:
        for one in carrying.sealed(stream):
            yield Part(What.BUNDLE, one.data)


def _notes(uow: UnitOfWork, stream: str, others: Sequence[Held]) -> list[CarryNote]:
    keys = uow.peers.keys
    return [
        sign_note(CarryNote(stream, held.origin, held.number, held.hash, keys.public), keys.signing)
        for held in others
    ]


def _rows(uow: UnitOfWork, stream: str, readers: Readers, epoch: str) -> Iterator[Part]:
    """What the readers do not hold yet, by their own word, and how far that brings them.

    In a team without a server packets never end, so they alone bring everything.
    """
    if not epoch:
        return
    span = uow.spans.span_for(stream, [mate.device for mate in readers.mates], epoch)
    some: list[Row] = []
    for kind, id, image in uow.spans.records(stream, span):
        some.append(Row(kind, id, image.encode()))
        if len(some) == PAGE_RECORDS:
            yield page_part(BundlePage(len(some)), pack_rows(some, SMALL))
            some = []
    if some:
        yield page_part(BundlePage(len(some)), pack_rows(some, SMALL))
    yield json_part(What.SPAN, span)
