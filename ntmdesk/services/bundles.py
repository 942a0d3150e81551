"""Bundles: what waits here in one file for a stick, and what came on one taken in (rules 15, 16, 24)."""

from __future__ import annotations

import io
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from os.path import isfile
from pathlib import Path
from typing import Any, BinaryIO

from ntmdesk.errors import AppError, UserError
from ntmdesk.services import greetings, mass_change
from ntmdesk.services.bundle_intake import BundleIntake, Tally
from ntmdesk.services.bundle_parts import Readers, cut_all, load_of, parts_of, readers_of
from ntmdesk.services.bundle_room import records_in, require_room
from ntmdesk.services.greetings import Met, leads_team, roster_signers
from ntmdesk.services.newer_catalogue import catalogue_for, take_newer_catalogue
from ntmdesk.services.syncing import wire_errors
from ntmdesk.store.database import Store
from ntmdesk.store.replica import StoreReplica
from ntmdesk.store.surroundings import PROGRAM
from ntmdesk.system.whole_files import told, write_whole
from sync.protocol.bundle_room import MARGIN, room_to_take_in
from sync.protocol.bundles import SEALED_BYTES, Bundle, BundleHead, Part, What, read_bundle, write_bundle
from sync.protocol.errors import WireError
from sync.protocol.greetings import SIZE, is_greeting, read_greeting
from sync.protocol.rosters import Mate
from sync.protocol.signed_catalogues import unpack_catalogue

ENDING = ".ntmb"
"""Of files that people carry."""


@dataclass(frozen=True, slots=True)
class Exported:
    """A bundle that was written.  ``records``: in its packets; ``carried``: of these written by others."""

    file: str
    records: int
    bytes: int

    def document(self) -> dict[str, Any]:
        """As the command line prints it."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Imported:
    """What a bundle brought.

    ``records``: in it; ``new``: changed here; ``receipts``: packets confirmed by the server, as news;
    ``maker``: who made it, by name, "" where that is unknown; ``device``: on which laptop, "" for a greeting
    and for the server; ``by_server``: it is the server's answer;
    ``carried``: packets of this laptop that its maker holds; ``sealed``: it is for others and is carried on;
    ``refused``: packets and pages not taken, or not whole; ``clone``: another laptop works under this one's
    id, a new one was taken; ``met``: it was a greeting.
    """

    records: int
    new: int
    receipts: int
    maker: str
    by_server: bool = False
    carried: int = 0
    sealed: bool = False
    refused: int = 0
    clone: bool = False
    met: Met | None = None
    device: str = ""

    def document(self) -> dict[str, Any]:
        """As the command line prints it: people by name, laptops not at all."""
        said = asdict(self)
        said["from"] = said.pop("maker")
        del said["device"]
        said["met"] = self.met.document() if self.met else None
        return said


def export_bundle(
    store: Store, file: Path, to: str = "server", confirmed: bool = False, replace: bool = False
) -> Exported:
    """Writes a bundle for the ``server`` (leaders may read and carry it) or for the ``team``.

    It holds everything since the server's last receipt, however often it was exported before: a lost stick
    leaves no hole.  It takes the place of this laptop's former bundle, and with ``replace`` of whatever has
    that name.  ``confirmed``: an unusual loss is meant.  UserError ``file_exists``, ``confirm_needed``,
    ``no_readers``, ``not_enrolled``, ``not_found`` (folder); EnvironmentProblem ``disk_full``, ``read_only``,
    ``file_in_use``.
    """
    file = Path(file)
    if not replace and isfile(file) and not _is_own(store, file):
        raise UserError("file_exists", file=str(file))
    mass_change.require_confirmed(store, confirmed)
    with wire_errors(), _made(store, to) as (head, pieces, size):
        require_room(file.parent, size + MARGIN)
        written = write_whole(file, pieces, private=False)
    _note(store, {"road": "copied", "sent": head.records})
    return Exported(str(file), head.records, written)


def _is_own(store: Store, file: Path) -> bool:
    """Whether a file is a whole bundle that this laptop has made."""
    with store.look() as uow:
        own = uow.peers.keys.public
    try:
        with file.open("rb") as source:
            return read_bundle(source, file.stat().st_size).head.key == own
    except (OSError, WireError):
        return False


def import_bundle(store: Store, file: Path) -> Imported:
    """Takes in a file from a stick; the file is only read, a second time changes nothing.

    SyncProblem ``bundle_damaged``, ``bundle_foreign``, ``bundle_revoked``, ``too_new``, ``too_large``,
    ``bad_signature``; UserError ``not_found``, ``own_bundle``; EnvironmentProblem ``disk_full``.
    """
    file = Path(file)
    try:
        with file.open("rb") as source:
            done = _take(store, source, file.stat().st_size)
    except OSError as problem:
        if isinstance(problem, AppError):
            raise
        raise told(problem, file) from problem
    if done.met is None and not done.sealed:
        _note(store, {"road": "stick", "device": done.device, "received": done.new})
    return done


def _note(store: Store, run: dict[str, Any]) -> None:
    """Among the past syncs; what was written or taken in is so without it, too."""
    with suppress(AppError), store.begin(PROGRAM) as uow:
        uow.peers.note_run("", run)


def answer_bundle(store: Store, data: bytes) -> tuple[bytes, Imported]:
    """Takes in the bundle of a colleague in the same room and makes the one that answers it, for that laptop.

    Raises as ``import_bundle``; UserError ``no_readers``, with reason ``joined`` where the bundle was taken
    in but its maker is not at the server that this laptop has joined since.
    """
    done = _take(store, io.BytesIO(data), len(data))
    if not done.device:
        raise UserError("no_readers")
    with store.look() as uow:
        left_behind = bool(uow.mates.former_team()) and all(m.device != done.device for m in uow.mates.all())
    if left_behind:
        _note(store, {"road": "point", "device": done.device, "received": done.new})
        raise UserError("no_readers", reason="joined", received=done.new)
    with wire_errors(), _made(store, done.device) as (_, pieces, _):
        return b"".join(pieces), done


def bundle_bytes(store: Store, to: str = "server") -> bytes:
    """A bundle for the collection point of a colleague.  Raises as ``export_bundle``."""
    mass_change.require_confirmed(store)
    with wire_errors(), _made(store, to) as (_, pieces, _):
        return b"".join(pieces)


def take_bytes(store: Store, data: bytes) -> Imported:
    """Takes in what a collection point answered.  Raises as ``import_bundle``."""
    return _take(store, io.BytesIO(data), len(data))


@contextmanager
def _made(store: Store, to: str) -> Iterator[tuple[BundleHead, Iterator[bytes], int]]:
    """(head, pieces, size) of a bundle, read in one steady picture of the store."""
    with store.look() as uow:
        stream = uow.stream()
        if not stream:
            raise UserError("not_enrolled")
        readers_of(uow, to)
    cut_all(store, stream)
    epochs = StoreReplica(store).epochs()
    with store.look() as uow:
        readers: Readers = readers_of(uow, to)
        load = load_of(uow, stream, readers)
        head = BundleHead(
            id=secrets.token_hex(16),
            server=load.server,
            stream=stream,
            maker=uow.mates.own_device(),
            key=b"",
            records=load.records,
            held=(*load.own, *load.others),
        )
        private = uow.peers.keys.signing
        catalogue = catalogue_for(uow, [mate.device for mate in readers.mates])
        parts = parts_of(uow, load, readers, epochs, catalogue)
        yield head, write_bundle(head, parts, readers.keys, private, secrets.token_bytes), load.bytes
    if load.own:
        store.testify(sync=True)


def _take(store: Store, source: BinaryIO, size: int) -> Imported:
    with wire_errors():
        start = source.read(SIZE)
        source.seek(0)
        if is_greeting(start):
            greeting = read_greeting(start if size <= SIZE else b"")
            with store.begin(PROGRAM) as uow:
                met = greetings.meet(uow, greeting)
            return Imported(0, 0, 0, met.name, met=met)
        bundle = read_bundle(source, size)
        require_room(store.home, room_to_take_in(size))
        return _take_bundle(store, bundle, source)


def _take_bundle(store: Store, bundle: Bundle, source: BinaryIO) -> Imported:
    head = bundle.head
    with store.look() as uow:
        stream, former = uow.stream(), uow.mates.former_team()
        joined = uow.peers.joined()
        keys = uow.peers.keys
        server_keys = joined.enrolment.server_keys if joined else ()
        server = joined.enrolment.server if joined else ""
    from_former = bool(former) and head.stream == former
    if not stream or (head.stream != stream and not from_former) or (head.server not in ("", server)):
        raise UserError("bundle_foreign", reason=_why_foreign(store, head))
    if not bundle.is_for(keys.sealing):
        return _carry_on(store, bundle, source)
    coming = records_in(store, stream, bundle.parts(keys.sealing), keys.sealing)
    require_room(store.home, room_to_take_in(bundle.size, coming))
    rosters = BundleIntake(store, stream, None)
    for part in bundle.parts(keys.sealing):
        if part.what is What.ROSTER:
            rosters.take_roster(part.data)
        elif part.what is What.CATALOGUE:
            take_newer_catalogue(store, unpack_catalogue(part.data))
    maker = None if head.key in server_keys else _known_maker(store, head, former=from_former)
    intake = BundleIntake(store, stream, maker, former=from_former)
    tally = intake.take(lambda: _inside(store, bundle, keys.sealing))
    return _imported(store, head.records, tally, maker)


def _imported(store: Store, records: int, tally: Tally, maker: Mate | None) -> Imported:
    with store.look() as uow:
        name = uow.mates.name_of(maker.device) if maker else ""
    return Imported(
        records=records,
        new=len(tally.new),
        receipts=tally.receipts,
        maker=name,
        by_server=maker is None,
        device=maker.device if maker else "",
        carried=tally.carried,
        refused=len(tally.refused),
        clone=tally.clone,
    )


def _inside(store: Store, bundle: Bundle, sealing: bytes) -> Iterator[Part]:
    """The parts, and what others signed in bundles inside that this laptop may open; the others are carried
    on."""
    for part in bundle.parts(sealing):
        if part.what is not What.BUNDLE:
            yield part
            continue
        try:
            inner = read_bundle(io.BytesIO(part.data), len(part.data))
            opened = list(inner.parts(sealing)) if inner.is_for(sealing) else None
        except WireError:
            continue  # one bad bundle stops none beside it
        if opened is None:
            _keep_sealed(store, inner, part.data)
        else:
            yield from (p for p in opened if p.what in (What.PACKET, What.PROOFS))


def _why_foreign(store: Store, head: BundleHead) -> str:
    """What a person is to be told of a bundle of another stream: ``leader_joined`` or ``colleague_joined``
    where its signature, found true before, is of a laptop known here that has gone on to a server
    without this one; ``not_joined`` where it says so of itself only."""
    with store.look() as uow:
        if uow.peers.joined() is not None or not head.server:
            return "team"
        if head.key in roster_signers(uow):
            return "leader_joined"
        return "not_joined" if uow.mates.by_key(head.key) is None else "colleague_joined"


def _carry_on(store: Store, bundle: Bundle, source: BinaryIO) -> Imported:
    """A bundle of the team for other readers: carried as it is until the server has it."""
    if bundle.size > SEALED_BYTES:
        raise UserError("too_large", limit=SEALED_BYTES)
    maker = _known_maker(store, bundle.head)
    source.seek(0)
    _keep_sealed(store, bundle, source.read(bundle.size))
    with store.look() as uow:
        name = uow.mates.name_of(maker.device)
    return Imported(bundle.head.records, 0, 0, name, sealed=True, device=maker.device)


def _keep_sealed(store: Store, bundle: Bundle, data: bytes) -> None:
    head = bundle.head
    with store.begin(PROGRAM) as uow:
        uow.carrying.seal_in(head.id, head.stream, head.held, data)


def _known_maker(store: Store, head: BundleHead, *, former: bool = False) -> Mate:
    with store.look() as uow:
        mates = uow.mates.met() if former else uow.mates.all()
        maker = next((mate for mate in mates if mate.key == head.key), None)
        if maker is None and head.key == uow.peers.keys.public:
            maker = Mate(uow.mates.own_device(), "", "", head.key, b"")
        reason = "" if maker else "maker_unmet" if leads_team(uow) else "maker"
    if maker is None:
        raise UserError("bundle_foreign", reason=reason)
    if maker.revoked:
        raise UserError("bundle_revoked", device=maker.device)
    return maker
