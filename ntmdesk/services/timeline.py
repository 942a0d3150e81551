"""What happened with a household or a person, newest first."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from ntmdesk.domain import forms
from ntmdesk.domain.dates import local_date, moment_at
from ntmdesk.domain.standings import standing_of
from ntmdesk.services.clock import day_of
from ntmdesk.store.history import Change
from ntmdesk.store.unit_of_work import UnitOfWork

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing that happened.

    ``on``: the day it is about; ``at``: when it was written down, if known; ``by``: the writer's member id.
    ``what``: ``visit vneid training consent consent_withdrawn added edited deleted``.  ``data`` by ``what``:
    visit ``{services, outcomes, persons}``, vneid ``{resident, status}``, training
    ``{title, topics, persons_n}``, consent ``{resident, purposes}``, edited ``{fields}``.  ``state``: of a
    visit, where it stands with the server.
    """

    on: date | None
    at: str
    what: str
    kind: str
    id: str
    by: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    state: str = ""


def visit_moment(row: Row) -> Moment:
    """A support visit as one line of a timeline."""
    lines = forms.rows(row.get("lines"))
    data = {
        "services": [line.get("service") for line in lines],
        "outcomes": [line.get("outcome") for line in lines],
        "persons": list(forms.texts(row.get("persons"))),
    }
    members = forms.texts(row.get("members")) or ("",)
    return Moment(
        day_of(row.get("date")), "", "visit", "support_visit", row["id"], members[0], data, standing_of(row)
    )


def consent_moments(rows: Iterable[Row]) -> list[Moment]:
    """Consents given and withdrawn."""
    found = []
    for row in rows:
        data = {"resident": row.get("subject"), "purposes": list(forms.texts(row.get("purposes")))}
        by = str(row.get("taken_by", ""))
        taken = str(row.get("taken_at") or "")
        found.append(Moment(day_of(taken), taken, "consent", "consent", row["id"], by, data))
        ended = str(row.get("withdrawn_at") or "")
        if ended:
            found.append(Moment(day_of(ended), ended, "consent_withdrawn", "consent", row["id"], "", data))
    return found


def case_moments(uow: UnitOfWork, case: Row) -> list[Moment]:
    """Every status a follow-up has had; those saved together with their date are told on that date."""
    found: list[Moment] = []
    by_save: dict[str, dict[str, Change]] = {}
    for change in uow.history.of(str(case["id"])):
        by_save.setdefault(str(change.dot), {})[change.field] = change
    for saved in by_save.values():
        status = saved.get("status")
        if status is None or status.after is None:
            continue
        told = saved.get("status_date")
        on = day_of(told.after) if told else _day_of_save(status)
        data = {"resident": case.get("resident"), "status": status.after, "from": status.before}
        found.append(Moment(on, _moment(status), "vneid", "vneid_case", case["id"], status.by, data))
    if not found:
        data = {"resident": case.get("resident"), "status": case.get("status"), "from": None}
        on = day_of(case.get("status_date"))
        found.append(Moment(on, "", "vneid", "vneid_case", case["id"], "", data))
    return found


def training_moments(uow: UnitOfWork, residents: Collection[str]) -> list[Moment]:
    """Training sessions at which one of the persons was present."""
    sessions = {row["id"]: row for id in residents for row in uow.records.referring(id, "training")}
    found = []
    for row in sessions.values():
        present = {forms.text(r.get("resident")) for r in forms.rows(row.get("attendance"))} & set(residents)
        if present:
            data = {
                "title": row.get("title"),
                "topics": list(forms.texts(row.get("topics"))),
                "persons_n": len(present),
            }
            found.append(Moment(day_of(row.get("date")), "", "training", "training", row["id"], "", data))
    return found


def edit_moments(uow: UnitOfWork, row: Row) -> list[Moment]:
    """When a record was written down and what was changed on it since; one line for each save."""
    saves: dict[str, list[Change]] = {}
    for change in uow.history.of(str(row["id"])):
        saves.setdefault(str(change.dot), []).append(change)
    found = []
    for changes in saves.values():
        first = changes[0]
        fields = sorted({c.field for c in changes if not c.field.startswith("_")})
        gone = any(c.field == "_deleted" and c.after for c in changes)
        born = any(c.field == "_born" for c in changes)
        what = "deleted" if gone else "added" if born else "edited"
        data = {"fields": fields}
        found.append(
            Moment(_day_of_save(first), _moment(first), what, row["kind"], row["id"], first.by, data)
        )
    return found


def newest_first(moments: Iterable[Moment]) -> list[Moment]:
    """Orders a timeline; what has no date stands last."""
    return sorted(moments, key=lambda m: (m.on or date.min, m.at, m.id), reverse=True)


def _day_of_save(change: Change) -> date | None:
    moment = moment_at(change.at)
    return local_date(moment) if moment else None


def _moment(change: Change) -> str:
    moment = moment_at(change.at)
    return moment.isoformat() if moment else ""
