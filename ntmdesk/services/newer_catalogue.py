"""A catalogue newer than the program's own: it comes from the upper server and lies beside the store."""

from __future__ import annotations

import json
import logging
from pathlib import Path

from ntmdesk.store.database import Store
from ntmdesk.system.whole_files import write_whole
from sync.protocol.kinds import Catalogue, CatalogueError
from sync.protocol.kinds_load import load

FILE = "catalogue.json"
"""In the home folder; it names no person."""

_log = logging.getLogger(__name__)


def take_newer_catalogue(store: Store, data: bytes) -> bool:
    """Keeps what the server sent and goes on with it at once; False when it is not newer or cannot be read.

    A catalogue with a mistake is left alone: the one in force stays.  EnvironmentProblem ``disk_full``.
    """
    found = _read(data)
    if found is None or found.version <= store.catalogue.version:
        return False
    write_whole(store.home / FILE, data)
    store.use(found)
    return True


def kept_catalogue(home: Path, above: int) -> Catalogue | None:
    """The catalogue kept in a home folder when its version is above the given one."""
    try:
        data = (home / FILE).read_bytes()
    except OSError:
        return None
    found = _read(data)
    return found if found is not None and found.version > above else None


def _read(data: bytes) -> Catalogue | None:
    """A catalogue out of ``{"version", "files": {name: text}}``; None for anything else."""
    try:
        said = json.loads(data)
        return load({str(name): str(text) for name, text in said["files"].items()})
    except CatalogueError as error:
        _log.warning("catalogue refused: %s", error.file)
    except (ValueError, KeyError, TypeError, AttributeError):
        _log.warning("catalogue not understood")
    return None
