"""Values that have not the form of their field, as a broken or newer laptop sends: no page falls over."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from ntmdesk.domain.periods import Week
from ntmdesk.errors import AppError
from ntmdesk.services import (
    home,
    inbox,
    indicators,
    people,
    persons,
    records,
    search,
    suggestions,
    training,
    trash,
    visits,
    vneid,
    weekly_log,
)
from ntmdesk.store.foreign import merge_foreign
from ntmdesk.store.unit_of_work import UnitOfWork
from sync.protocol.dots import Dot
from sync.protocol.image import encode_image
from sync.protocol.kinds import SET_TYPES, Field
from sync.protocol.pages import Row
from sync.protocol.records import Stamp, create

from .conftest import Bench

WEEK = Week(2026, 47)
READS: dict[str, Callable[[UnitOfWork], Any]] = {
    "today": home.today_page,
    "tasks": home.tasks,
    "glance": home.glance,
    "weeks": home.weeks,
    "lanes": home.lane_list,
    "line": home.line_state,
    "households": people.household_overview,
    "last visits": people.last_visits,
    "follow-ups": visits.follow_ups,
    "next steps": visits.next_steps,
    "visits of today": visits.today_list,
    "frequent services": visits.frequent_services,
    "start of a visit": visits.start,
    "board": vneid.board,
    "due": vneid.due,
    "sessions": training.sessions,
    "start of a session": training.start,
    "log": lambda uow: weekly_log.show(uow, WEEK),
    "logs": weekly_log.logs,
    "document": lambda uow: weekly_log.document(uow, WEEK, (1, 2, 3)),
    "find": lambda uow: search.find(uow, "nguyen"),
    "find little": lambda uow: search.find(uow, "y"),
    "suggest": lambda uow: suggestions.suggest(uow, "a"),
    "conflicts": lambda uow: list(uow.records.conflicts()),
    "merged": inbox.merged,
    "brought back": inbox.brought_back,
    "settled": inbox.settled,
    "team": persons.team_of,
    "hamlets": persons.hamlets_of,
    "members": persons.members_of,
    "me": persons.my_member,
    "trash": trash.lying,
    "deleted": records.deleted_rows,
    "flow": lambda uow: indicators.flow_of(uow, WEEK.start, WEEK.end),
}
NASTY: tuple[Any, ...] = ({"a": [1]}, [1, "x"], [["x"]], 5, "không", True, 10**15, -1.5, "", [])


def nasty_cells(field: Field, nasty: Any) -> dict[str, Any]:
    """Cells of one field that hold a nasty value, as elements of it and as it were none."""
    if field.type == "rows":
        whole = {"#": nasty, **{column.name: nasty for column in field.columns}}
        return {f"{field.name}/r1": nasty, f"{field.name}/r2": whole, f"{field.name}/r3": {"#": 1}}
    if field.type in SET_TYPES:
        return {f"{field.name}/k": nasty}
    return {field.cell: nasty}


def arrive(bench: Bench, kind: str, cells: Mapping[str, Any]) -> str:
    id, replica = str(uuid.uuid4()), uuid.uuid4().hex[:16]
    came = create(kind, id, cells, Dot(1, replica), Stamp(1_790_000_000, "", 1))
    with bench.begin() as uow:
        merge_foreign(uow, uow.stream(), [Row(kind, id, encode_image(came))])
    return id


def told(bench: Bench) -> dict[str, str]:
    """What a look at everything stumbles over."""
    found: dict[str, str] = {}
    for name, read in READS.items():
        try:
            bench.ask(read)
        except AppError:
            continue
        except Exception as error:
            found[name] = repr(error)
    return found


def sound(bench: Bench) -> dict[str, dict[str, Any]]:
    """Cells of records as they should be, into which one nasty value at a time is put."""
    house = arrive(bench, "household", {"head_name": "Nguyễn Văn Tốt"})
    person = arrive(bench, "resident", {"full_name": "Nguyễn Văn Tốt", "household": house})
    line = {"#": 0, "service": "K01", "outcome": "postponed", "follow_up_date": "2026-11-20"}
    return {
        "household": {"head_name": "Trần Thị Tốt"},
        "resident": {"full_name": "Trần Thị Tốt", "household": house},
        "support_visit": {
            "household": house,
            "date": "2026-11-20",
            "place_type": "home",
            "minutes": 5,
            f"persons/{person}": True,
            "lines/l1": line,
        },
        "vneid_case": {"resident": person, "status": "l2_granted", "status_date": "2026-11-01"},
        "training": {"date": "2026-11-20", f"attendance/{person}": {"#": 0, "resident": person}},
    }


@pytest.mark.parametrize("only_nasty", [True, False])
def test_values_in_any_form_stop_no_page(bench: Bench, only_nasty: bool) -> None:
    """``only_nasty``: in all fields of a record; else one among sound ones."""
    assert told(bench) == {}
    good = sound(bench)
    kinds = bench.store.catalogue.kinds
    for name in sorted(kinds) if only_nasty else sorted(good):
        for nasty in NASTY:
            fields = [nasty_cells(field, nasty) for field in kinds[name].fields]
            each = (
                [{key: value for cells in fields for key, value in cells.items()}] if only_nasty else fields
            )
            for cells in each:
                arrive(bench, name, {**good.get(name, {}), **cells} if not only_nasty else cells)
        assert told(bench) == {}, name
        assert bench.ask(lambda uow, name=name: list(records.list_rows(uow, name).rows))


@pytest.mark.parametrize("nasty", NASTY)
def test_pages_of_one_record_are_read_whatever_stands_in_it(bench: Bench, nasty: Any) -> None:
    kinds = bench.store.catalogue.kinds
    for kind, cells in sound(bench).items():
        for field in kinds[kind].fields:
            id = arrive(bench, kind, {**cells, **nasty_cells(field, nasty)})
            with bench.look() as uow:
                row = uow.records.get(kind, id)
                search.title_of(uow, row)
                uow.history.of(id)
                if kind == "household":
                    people.household_page(uow, id)
                    visits.past(uow, id)
                elif kind == "resident":
                    people.resident_page(uow, id)
                elif kind == "vneid_case":
                    vneid.case_history(uow, id)
                elif kind == "training":
                    training.roll_call(uow, id)
