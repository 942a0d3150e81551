"""Who may already be recorded: looked up before saving, explained, and left to the person to decide."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ntmdesk.domain.people import Known, are_doubtful, birth_year, reasons_for, weigh
from ntmdesk.errors import UserError
from ntmdesk.store.unit_of_work import UnitOfWork

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Double:
    """A record that may be the same household or person; ``reasons`` the strongest first."""

    kind: str
    id: str
    name: str
    lane: str
    birth_year: int | None
    household_head: str
    reasons: tuple[str, ...]
    score: int


def doubles(
    uow: UnitOfWork, kind: str, values: Mapping[str, Any], exclude: str | None = None
) -> list[Double]:
    """Records of the kind that may be the one described by ``values``, the most likely first.

    ``exclude``: the record's own id when it is recorded already.  Pairs that somebody called different or the
    same are left out.
    """
    wanted = _known(uow, kind, values)
    found: list[Double] = []
    settled = _settled(uow, kind, exclude)
    for row in uow.records.candidates(kind, values):
        if row["id"] == exclude or row["id"] in settled:
            continue
        reasons = reasons_for(wanted, _known(uow, kind, row))
        if are_doubtful(reasons):
            found.append(_double(uow, kind, row, reasons))
    return sorted(found, key=lambda d: (-d.score, d.id))


def refuse_doubles(uow: UnitOfWork, kind: str, values: Mapping[str, Any]) -> None:
    """UserError ``possible_doubles`` (doubles) when there is one; what was typed stays on the screen."""
    found = doubles(uow, kind, values)
    if found:
        raise UserError("possible_doubles", kind=kind, doubles=found)


def _known(uow: UnitOfWork, kind: str, values: Mapping[str, Any]) -> Known:
    text = {name: str(value) for name, value in values.items() if isinstance(value, str)}
    if kind == "household":
        return Known(
            name=text.get("head_name", ""),
            lane=text.get("lane", ""),
            hamlet=_hamlet(uow, text.get("hamlet", "")),
            address=text.get("address_text", ""),
        )
    household = uow.records.peek("household", text.get("household")) or {}
    return Known(
        name=text.get("full_name", ""),
        birth=text.get("birth", ""),
        lane=str(household.get("lane", "")),
        hamlet=str(household.get("hamlet", "")) or _hamlet(uow, text.get("hamlet", "")),
        phone=text.get("phone", ""),
        id_number=text.get("id_number", "") or text.get("old_id", ""),
        sex=text.get("sex", ""),
    )


def _hamlet(uow: UnitOfWork, key: str) -> str:
    """The id of a hamlet named by id or code."""
    return (uow.records.find("hamlet", key) or "") if key else ""


def _double(uow: UnitOfWork, kind: str, row: Row, reasons: tuple[str, ...]) -> Double:
    household = row if kind == "household" else uow.records.peek("household", row.get("household")) or {}
    return Double(
        kind=kind,
        id=str(row["id"]),
        name=str(row.get("head_name" if kind == "household" else "full_name", "")),
        lane=str(household.get("lane", "")),
        birth_year=birth_year(row.get("birth")),
        household_head=str(household.get("head_name", "")),
        reasons=reasons,
        score=weigh(reasons),
    )


def _settled(uow: UnitOfWork, kind: str, id: str | None) -> frozenset[str]:
    if id is None:
        return frozenset()
    pairs = [
        (row.get("a"), row.get("b"))
        for side in ("a", "b")
        for row in uow.records.list("sameness", where={"of": kind, side: id}).rows
    ]
    return frozenset(str(x) for pair in pairs for x in pair if x != id)
