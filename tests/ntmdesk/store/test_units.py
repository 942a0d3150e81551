"""Administrative units are read like records, though they ship as a file."""

from __future__ import annotations

import pytest

from ntmdesk.domain.units import Units
from ntmdesk.errors import UserError
from ntmdesk.store.database import Store
from sync.protocol.kinds_cells import natural_id
from tests.ntmdesk.store.places import LAN, RESOURCES, Place


@pytest.fixture(scope="module")
def units() -> Units:
    folder = RESOURCES / "units"
    return Units((folder / "current.tsv").read_text("utf-8"), (folder / "legacy.tsv.xz").read_bytes)


@pytest.fixture
def store(place: Place, units: Units) -> Store:
    place.create().close()
    return place.open(units=units)


def test_units_are_found_by_code_name_and_id(store: Store) -> None:
    with store, store.look() as uow:
        id = uow.records.find("unit", "15880")
        assert id == natural_id(store.catalogue.kind("unit"), {"code_list": "nso-2025-07", "code": "15880"})
        row = uow.records.get("unit", str(id))
        assert (row["name"], row["type"], row["province"], row["state"]) == (
            "Xã Hoằng Giang",
            "xa",
            "38",
            "accepted",
        )
        assert [r["code"] for r in uow.records.list("unit", search="hoang giang", limit=1).rows] == ["15880"]
        assert uow.records.list("unit").total == 3355
        assert uow.records.list("unit", where={"province": "38", "type": "xa"}).total > 100
        assert uow.records.find("unit", "99999") is None
        with pytest.raises(UserError):
            uow.records.get("unit", "99999")


def test_a_reference_takes_a_units_code(store: Store) -> None:
    values = {"name": "Thôn 1", "local_code": "15880-001", "code_list": "nso-2025-07", "type": "thon"}
    with store, store.begin(LAN) as uow:
        id = uow.records.add("hamlet", {**values, "commune": "15880"})
        assert uow.records.get("hamlet", id)["commune"] == uow.records.find("unit", "15880")
        assert uow.records.list("hamlet", where={"commune": "15880"}).total == 1
        with pytest.raises(UserError) as error:
            uow.records.add("hamlet", {**values, "local_code": "15880-002", "commune": "15881x"})
        assert error.value.code == "unknown_reference"
