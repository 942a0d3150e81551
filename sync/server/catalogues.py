"""Catalogues on the server: read from a folder, checked, stored by version, and handed to the judge."""

from __future__ import annotations

import importlib.util
import threading
import time
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from sync.hub.judging import CatalogueJudge
from sync.protocol.errors import WireError
from sync.protocol.kinds import Catalogue, CatalogueError
from sync.protocol.kinds_load import load
from sync.protocol.signed_catalogues import SignedCatalogue, sign_catalogue
from sync.server.store import catalogues as rows
from sync.server.store.archive import SqlArchive
from sync.server.store.database import Database

SHIPPED_WITH = "ntmdesk"
"""The package beside which the shipped catalogue lies; only looked for, never imported."""

LOOK_AGAIN_SECONDS = 5.0
EMPTY = Catalogue(0, {}, {})


def shipped(package: str = SHIPPED_WITH) -> Path | None:
    """The shipped catalogue's folder: in the built package's ``_resources``, else in the checkout."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        return None
    home = Path(spec.origin).parent
    for folder in (home / "_resources" / "catalogues", home.parent / "resources" / "catalogues"):
        if (folder / "catalogue.toml").is_file():
            return folder
    return None


def read_folder(folder: Path) -> dict[str, str]:
    """Name to text of the ``.toml`` files of a catalogue; WireError ``not_found`` when the folder is none."""
    files = sorted(folder.rglob("*.toml")) if (folder / "catalogue.toml").is_file() else []
    if not files:
        raise WireError("not_found", folder=str(folder))
    return {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in files}


def check(documents: dict[str, str]) -> Catalogue:
    """The catalogue these files make; WireError ``catalogue_damaged`` (details: file, key, reason)."""
    try:
        return _read(tuple(sorted(documents.items())))
    except CatalogueError as error:
        raise WireError(error.code, **error.details) from error


@lru_cache(maxsize=4)
def _read(documents: tuple[tuple[str, str], ...]) -> Catalogue:
    """Reading a catalogue takes a quarter of a second; nothing in one ever changes."""
    return load(dict(documents))


def store(database: Database, documents: dict[str, str]) -> tuple[Catalogue, bool]:
    """Checks and stores files under their version; the catalogue, and whether it was new here.

    Raises WireError ``catalogue_damaged``; ``catalogue_older`` (details: version, newest) for one below the
    newest stored; ``catalogue_changed`` (details: version) when other files stand under that version:
    laptops that hold them would never ask again.
    """
    catalogue = check(documents)
    with database.write() as connection:
        newest = rows.newest(connection)
        if catalogue.version == newest and rows.files(connection, newest) == documents:
            return catalogue, False
        if catalogue.version < newest:
            raise WireError("catalogue_older", version=catalogue.version, newest=newest)
        if catalogue.version == newest:
            raise WireError("catalogue_changed", version=newest)
        rows.add(connection, catalogue.version, documents)
    return catalogue, True


def signed(archive: SqlArchive, connection: Any) -> SignedCatalogue:
    """The newest stored catalogue with this server's signature; version 0 where there is none."""
    version = rows.newest(connection)
    said = SignedCatalogue(archive.server, version, rows.files(connection, version))
    return sign_catalogue(said, archive.private_key)


class Declared(NamedTuple):
    """A catalogue and the judge made of it."""

    catalogue: Catalogue
    judge: CatalogueJudge


class LiveCatalogue:
    """The newest stored catalogue, noticed within seconds when another process loads one.  Any thread."""

    def __init__(self, database: Database, seconds: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._seconds = seconds
        self._lock = threading.Lock()
        self._looked: float | None = None
        self._declared = Declared(EMPTY, CatalogueJudge(EMPTY))

    def lately(self) -> Declared | None:
        """What was declared when ``get`` last looked; None when it would look again.  Waits for nothing."""
        looked, declared = self._looked, self._declared
        if looked is None or self._seconds() - looked >= LOOK_AGAIN_SECONDS:
            return None
        return declared

    def get(self) -> Declared:
        """What is declared now; an empty catalogue of version 0 where none was loaded."""
        with self._lock:
            now = self._seconds()
            if self._looked is None or now - self._looked >= LOOK_AGAIN_SECONDS:
                self._looked = now
                with self._database.read() as connection:
                    newest = rows.newest(connection)
                    if newest != self._declared.catalogue.version:
                        catalogue = check(rows.files(connection, newest))
                        self._declared = Declared(catalogue, CatalogueJudge(catalogue))
            return self._declared
