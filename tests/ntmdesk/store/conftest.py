"""A fresh encrypted store for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ntmdesk.store.database import Store
from tests.ntmdesk.store.places import Place


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A home folder without a store."""
    return Place(tmp_path / "home")


@pytest.fixture
def store(place: Place) -> Iterator[Store]:
    """An open, empty store in ``place``."""
    with place.create() as opened:
        yield opened
