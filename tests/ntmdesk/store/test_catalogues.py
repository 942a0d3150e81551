"""A newer catalogue: views, order, search and shown values follow; no cell is rewritten."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ntmdesk.store.checks import check
from ntmdesk.store.views import view_name
from ntmdesk.store.writing import Arrival
from sync.protocol import records
from sync.protocol.dots import Dot
from sync.protocol.image import encode_image
from sync.protocol.kinds import Catalogue
from sync.protocol.kinds_load import load
from sync.protocol.records import Stamp
from tests.ntmdesk.store.laptops import CATALOGUE
from tests.ntmdesk.store.places import LAN, Place

KIND = CATALOGUE["kinds/visit.toml"]


def catalogue(**files: str) -> Catalogue:
    return load({**CATALOGUE, **{f"kinds/{name}.toml": text for name, text in files.items()}})


RENAMED = KIND.replace('"phone"', '"telephone"').replace(
    'name = "telephone"\ntype = "telephone"', 'name = "telephone"\naliases = ["phone"]\ntype = "phone"'
)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "home", catalogue=catalogue())


def columns(store: Any, view: str) -> list[str]:
    return [row[1] for row in store.db.execute(f"PRAGMA table_info({view})")]


def test_a_renamed_field_keeps_its_values(place: Place) -> None:
    with place.create() as store, store.begin(LAN) as uow:
        id = uow.records.add("visit", {"name": "Lê Văn Minh", "phone": "0912345678"})
        before = uow.records.record(id)
    place.catalogue = catalogue(visit=RENAMED)
    with place.open() as store:
        assert "telephone" in columns(store, "visit")
        with store.begin(LAN) as uow:
            assert uow.records.get("visit", id)["telephone"] == "0912345678"
            assert uow.records.record(id) == before
            assert uow.records.list("visit", where={"telephone": "0912345678"}).total == 1
            uow.records.set("visit", id, {"telephone": None})
            assert "telephone" not in uow.records.get("visit", id)
        assert [c for c in check(store) if not c.ok] == []


def test_what_becomes_searchable_is_found(place: Place) -> None:
    with place.create() as store:
        with store.begin(LAN) as uow:
            uow.records.add("visit", {"name": "Lê Văn Minh", "note": "cạnh đình làng"})
            assert uow.records.list("visit", search="đình").total == 0
        store.use(catalogue(visit=KIND.replace('search = ["name", "phone"]', 'search = ["name", "note"]')))
        with store.look() as uow:
            assert uow.records.list("visit", search="đình").total == 1
            assert uow.records.list("visit", search="minh").total == 1
        assert [c for c in check(store) if not c.ok] == []


def test_records_of_a_kind_that_becomes_known(place: Place) -> None:
    born = records.create(
        "drone",
        "01939d1c-0000-7000-8000-0000000000aa",
        {"name": "Ong Nâu"},
        Dot(7, "f" * 16),
        Stamp(1, "", 9),
    )
    with place.create() as store:
        with store.begin(LAN) as uow:
            uow.writer.arrive([Arrival("drone", born.id, "s", encode_image(born), 1)])
        store.use(catalogue(drone=KIND.replace('name = "visit"', 'name = "drone"', 1)))
        with store.look() as uow:
            assert [r["name"] for r in uow.records.list("drone").rows] == ["Ong Nâu"]
            assert uow.records.list("drone", search="nau").total == 1
        assert store.db.execute("SELECT name FROM drone").fetchall() == [("Ong Nâu",)]


def test_the_same_catalogue_again_changes_nothing(place: Place) -> None:
    with place.create() as store:
        with store.begin(LAN) as uow:
            uow.records.add("visit", {"name": "A"})
        before = store.db.total_changes
        store.use(catalogue())
        assert store.db.total_changes == before


def test_a_kind_named_like_a_table_gets_a_view_of_another_name(place: Place) -> None:
    place.catalogue = catalogue(draft=KIND.replace('name = "visit"', 'name = "draft"', 1))
    assert view_name("draft") == "draft_record"
    with place.create() as store:
        with store.begin(LAN) as uow:
            uow.records.add("draft", {"name": "A"})
            uow.drafts.save("x", None, {})
        assert store.db.execute("SELECT name FROM draft_record").fetchall() == [("A",)]
