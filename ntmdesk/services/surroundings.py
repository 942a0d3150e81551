"""What a store is opened with: the catalogue in force, the administrative units, clock and machine."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from ntmdesk.domain.units import Units
from ntmdesk.services.catalogues import FOLDER, read_catalogue
from ntmdesk.services.newer_catalogue import kept_catalogue
from ntmdesk.store.surroundings import Surroundings
from ntmdesk.system.assets import Assets, assets
from ntmdesk.system.machine import machine_mark
from sync.protocol.kinds import Catalogue

_PARTS = ("", "kinds", "lists", "log_forms")


def utc_now() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


def catalogue_names(shipped: Assets) -> list[str]:
    """Names of all catalogue files among the resources."""
    folders = [f"{FOLDER}{part}".rstrip("/") for part in _PARTS]
    return [name for folder in folders for name in shipped.names(folder, ".toml")]


@lru_cache(maxsize=1)
def shipped_catalogue() -> Catalogue:
    """The catalogue this program came with, read once.  EnvironmentProblem ``catalogue_damaged``."""
    shipped = assets()
    return read_catalogue(shipped.read_text, catalogue_names(shipped))


@lru_cache(maxsize=1)
def shipped_units() -> Units:
    """Both lists of administrative units; the old one is unpacked when it is first asked for."""
    shipped = assets()
    return Units(shipped.read_text("units/current.tsv"), lambda: shipped.read_bytes("units/legacy.tsv.xz"))


def surroundings(home: Path | None = None, clock: Callable[[], datetime] | None = None) -> Surroundings:
    """What ``Store.create`` and ``Store.open`` need.

    ``home``: a newer catalogue that came there by sync is taken instead of the shipped one.
    """
    shipped = shipped_catalogue()
    newer = kept_catalogue(home, shipped.version) if home is not None else None
    return Surroundings(
        catalogue=newer or shipped,
        clock=clock or utc_now,
        units=shipped_units(),
        machine=machine_mark(),
    )
