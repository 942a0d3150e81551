"""A catalogue newer than the program's own: it comes from the upper server and lies beside the store.

It carries the server's signature, so that it may come by any hand and be handed on.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from pathlib import Path

from ntmdesk.store.database import Store
from ntmdesk.store.unit_of_work import UnitOfWork
from ntmdesk.system.whole_files import write_whole
from sync.protocol.errors import WireError
from sync.protocol.kinds import Catalogue, CatalogueError
from sync.protocol.kinds_load import load
from sync.protocol.signed_catalogues import SignedCatalogue, catalogue_is_true, decode_catalogue

FILE = "catalogue.json"
"""In the home folder; it names no person."""

_log = logging.getLogger(__name__)


def take_newer_catalogue(store: Store, data: bytes) -> bool:
    """Takes in a catalogue of the upper server's, whoever brought it; whether it is newly in force.

    A true one that is in force already is kept for handing on.  One that the server did not sign, an older
    one, or one with a mistake is left alone: the one in force stays.  EnvironmentProblem ``disk_full``.
    """
    from ntmdesk.store.replica import StoreReplica

    with store.look() as uow:
        said = _true(uow, data)
    if said is None:
        return False
    StoreReplica(store).take("", (), (), said.version)  # what the server did not know is offered again
    found = _read(data)
    if found is None or found.version != said.version or found.version < store.catalogue.version:
        return False
    write_whole(store.home / FILE, data)
    if found.version == store.catalogue.version:
        return False
    store.use(found)
    return True


def wants_catalogue(store: Store, version: int) -> bool:
    """Whether to ask the server for its catalogue: it is newer, or a colleague's laptop is known to have an
    older one and there is nothing to hand on yet."""
    if version != store.catalogue.version:
        return version > store.catalogue.version
    with store.look() as uow:
        behind = any(known < version for known in uow.spans.catalogues().values())
        return behind and _to_hand_on(uow)[1] < version


def catalogue_for(uow: UnitOfWork, devices: Iterable[str]) -> bytes | None:
    """The signed catalogue for a bundle to these laptops; None when there is none to hand on, or all of them
    have told that theirs is as new."""
    data, version = _to_hand_on(uow)
    known = uow.spans.catalogues()
    return data if any(known.get(device, 0) < version for device in devices) else None


def _to_hand_on(uow: UnitOfWork) -> tuple[bytes, int]:
    """(what the server sent, its version); version 0 when nothing true is kept."""
    try:
        data = (uow.store.home / FILE).read_bytes()
    except OSError:
        return b"", 0
    said = _true(uow, data)
    return (data, said.version) if said is not None else (b"", 0)


def _true(uow: UnitOfWork, data: bytes) -> SignedCatalogue | None:
    """A catalogue that the server of this laptop has signed; None for anything else."""
    joined = uow.peers.joined()
    try:
        said = decode_catalogue(data)
    except WireError:
        return None
    if joined is not None and said.server == joined.enrolment.server:
        if catalogue_is_true(said, joined.enrolment.server_keys):
            return said
        _log.warning("catalogue without the server's signature: version %d", said.version)
    return None


def kept_catalogue(home: Path, above: int) -> Catalogue | None:
    """The catalogue kept in a home folder when its version is above the given one."""
    try:
        data = (home / FILE).read_bytes()
    except OSError:
        return None
    found = _read(data)
    return found if found is not None and found.version > above else None


def _read(data: bytes) -> Catalogue | None:
    """A catalogue out of ``{"files": {name: text}, ...}``; None for anything else."""
    try:
        said = json.loads(data)
        return load({str(name): str(text) for name, text in said["files"].items()})
    except CatalogueError as error:
        _log.warning("catalogue refused: %s", error.file)
    except (ValueError, KeyError, TypeError, AttributeError):
        _log.warning("catalogue not understood")
    return None
