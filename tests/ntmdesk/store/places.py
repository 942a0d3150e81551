"""Real encrypted stores in temporary folders, with the shipped catalogue, a clock that only tests move and
random bytes that repeat."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from ntmdesk.store.database import Store
from ntmdesk.store.surroundings import Author, Surroundings
from ntmdesk.store.unit_of_work import UnitOfWork
from sync.protocol.kinds import Catalogue
from sync.protocol.kinds_load import load

RESOURCES = Path(__file__).resolve().parents[3] / "resources"
KEY = bytes(range(32))
LAN = Author("0c0ffee0-0000-4000-8000-000000000001", "Nguyễn Thị Lan")
MINH = Author("0c0ffee0-0000-4000-8000-000000000002", "Lê Văn Minh")


@cache
def shipped_catalogue() -> Catalogue:
    """The catalogue of the checkout."""
    root = RESOURCES / "catalogues"
    files = sorted(p for p in root.rglob("*.toml"))
    return load({p.relative_to(root).as_posix(): p.read_text("utf-8") for p in files})


class Clock:
    """Stands still until a test moves it."""

    def __init__(self, start: datetime = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)) -> None:
        self.now = start

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        """Moves on: ``forward(days=1)``."""
        self.now += timedelta(**by)


def counted_entropy(seed: str) -> Callable[[int], bytes]:
    """Bytes that look random and are the same in every run."""
    numbers = itertools.count()

    def entropy(size: int) -> bytes:
        return hashlib.shake_256(f"{seed}/{next(numbers)}".encode()).digest(size)

    return entropy


@dataclass
class Place:
    """A home folder with a store in it."""

    home: Path
    clock: Clock = field(default_factory=Clock)
    machine: str = "machine-1"
    catalogue: Catalogue = field(default_factory=shipped_catalogue)
    seed: str = "store"

    def __post_init__(self) -> None:
        self._entropy = counted_entropy(self.seed)

    def surroundings(self, **changed: Any) -> Surroundings:
        values: dict[str, Any] = {
            "catalogue": self.catalogue,
            "clock": self.clock,
            "machine": self.machine,
            "entropy": self._entropy,
        }
        return Surroundings(**{**values, **changed})

    def create(self) -> Store:
        return Store.create(self.home, KEY, self.surroundings())

    def open(self, key: bytes = KEY, **changed: Any) -> Store:
        return Store.open(self.home, key, self.surroundings(**changed))


def hamlet(uow: UnitOfWork, code: str = "15880-001", name: str = "Thôn 1") -> str:
    """A hamlet to refer to."""
    values = {
        "name": name,
        "local_code": code,
        "commune": "15880",
        "code_list": "nso-2025-07",
        "type": "thon",
    }
    return uow.records.add("hamlet", values)


def household(uow: UnitOfWork, head: str, code: str, **more: Any) -> str:
    """A household of hamlet 15880-001."""
    return uow.records.add("household", {"head_name": head, "code": code, "hamlet": "15880-001", **more})


def resident(uow: UnitOfWork, name: str, **more: Any) -> str:
    """A person."""
    return uow.records.add("resident", {"full_name": name, **more})
