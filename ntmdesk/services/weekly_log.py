"""The weekly log of a team: shown, written, handed in, opened again.

A draft counts its figures from the records each time; a handed-in log shows what was frozen, byte for byte,
and tells what has changed since.  Handing in and opening again belong to the leader.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from ntmdesk.domain.catalogue import Work
from ntmdesk.domain.cumulative import FROZEN, Figure
from ntmdesk.domain.facts import LogFact, TeamFact
from ntmdesk.domain.log_form import LogForm
from ntmdesk.domain.periods import PeriodError, Week
from ntmdesk.domain.weekly_log import (
    COUNTED_KINDS,
    NARRATIVE,
    AdjustedFigure,
    Adjustment,
    Missing,
    adjusted,
    hash_of,
    is_frozen,
    late,
    read_figures,
    snapshot,
    unwritten,
)
from ntmdesk.errors import UserError
from ntmdesk.services.clock import now, today
from ntmdesk.services.documents import Document
from ntmdesk.services.indicators import WeekFacts, gather, own_team
from ntmdesk.services.log_sections import sections
from ntmdesk.services.persons import my_member, require_leader
from ntmdesk.services.records import add as add_record
from ntmdesk.store.standings import standings_of
from ntmdesk.store.unit_of_work import UnitOfWork
from sync.protocol.dots import Dot
from sync.protocol.kinds_cells import natural_id

KIND = "weekly_log"
STANDARD = "standard"
QUIET_AFTER_S = 86_400
"""Seconds without a word from the upper server after which the log says that figures may be behind."""


@dataclass(frozen=True, slots=True)
class LogView:
    """One week's log as it stands.

    ``sections``: counted tables of section II (``log_sections``).  ``narrative``: what people wrote.
    ``adjustments``: records of the week that changed since it was handed in; ``adjusted``: what that does to
    its figures.  ``dots``: what a form remembers as seen.  ``hash``: name of the frozen snapshot, "" of a
    draft.  ``as_of``: when the figures were counted.
    """

    week: Week
    status: str
    id: str | None
    form: LogForm
    figures: tuple[Figure, ...]
    sections: tuple[Mapping[str, Any], ...]
    narrative: Mapping[str, Any]
    adjustments: tuple[Adjustment, ...]
    adjusted: tuple[AdjustedFigure, ...]
    missing: tuple[Missing, ...]
    as_of: str
    frozen: bool
    hash: str
    number: str
    record: Mapping[str, Any]
    dots: Mapping[str, Dot]

    @property
    def start(self) -> date:
        """First day of the week."""
        return self.week.start

    @property
    def end(self) -> date:
        """Last day of the week."""
        return self.week.end

    def document(self) -> dict[str, Any]:
        """The binding JSON of the verb ``week``, without ``files``."""
        return {
            "week": self.week.name,
            "from": self.start.isoformat(),
            "to": self.end.isoformat(),
            "status": self.status,
            "figures": {f.code: f.document() for f in self.figures},
            "adjustments": [
                *({"kind": a.kind, "id": a.id, "change": a.change} for a in self.adjustments),
                *({"code": a.code, "before": a.before, "after": a.after} for a in self.adjusted),
            ],
            "missing": [m.document() for m in self.missing],
            "files": [],
        }


@dataclass(frozen=True, slots=True)
class LogLine:
    """One week in the list of logs.  ``state``: where its record stands with the server, or ``review``."""

    week: str
    start: date
    end: date
    status: str
    id: str
    submitted_at: str
    late_records: int
    state: str = ""


def week_of(uow: UnitOfWork, text: str | None = None) -> Week:
    """The reporting week of a name such as ``2026-W47``, or of today, by the team's own cut-off.

    UserError ``invalid`` (field ``week``) when there is no such week.
    """
    team = own_team(uow)
    cutoff = team.cutoff if team and 1 <= team.cutoff <= 7 else 7
    if text is None:
        return Week.of(today(uow), cutoff)
    try:
        return Week.parse(text, cutoff)
    except PeriodError as wrong:
        raise UserError("invalid", field="week", value=text) from wrong


def form_of(uow: UnitOfWork, team: TeamFact | None) -> LogForm:
    """The form the team reports in; the standard one when its own is not in the catalogue."""
    forms = Work(uow.catalogue).log_forms
    return forms.get(team.log_form if team else "") or forms[STANDARD]


def show(uow: UnitOfWork, week: Week) -> LogView:
    """The log of a week as it stands; nothing is written.  A week without a record is a draft."""
    team = own_team(uow)
    row = _row(uow, team, week)
    status = str(row.get("status") or "draft")
    frozen = row.get("snapshot")
    if is_frozen(status) and isinstance(frozen, Mapping):
        return _frozen_view(uow, week, team, row, status, frozen)
    return _draft_view(uow, week, team, row, status)


def compile(uow: UnitOfWork, week: Week) -> LogView:
    """Makes the draft when there is none; a handed-in log stays as it is.  UserError ``no_team``."""
    if _row(uow, _team(uow), week).get("id") is None:
        _make(uow, week, {})
    return show(uow, week)


def edit(
    uow: UnitOfWork, week: Week, changes: Mapping[str, Any], seen: Mapping[str, Dot] | None = None
) -> LogView:
    """Writes narrative fields (and ``number``) of a draft, which is made when there is none.

    UserError ``log_submitted`` once it is handed in, ``unknown_field``, ``invalid``, ``no_team``.
    """
    for name in changes:
        if name not in (*NARRATIVE, "number"):
            raise UserError("unknown_field", field=name, kind=KIND)
    row = _row(uow, _team(uow), week)
    if row.get("id") is None:
        _make(uow, week, changes)
    else:
        if is_frozen(str(row.get("status") or "draft")):
            raise UserError("log_submitted", week=week.name)
        uow.records.set(KIND, row["id"], changes, seen)
    return show(uow, week)


def submit(uow: UnitOfWork, week: Week) -> LogView:
    """Freezes the log and hands it in, by the leader.

    UserError ``not_your_role``, ``log_submitted`` when it already is, ``no_team``, ``week_not_begun``.
    """
    require_leader(uow)
    team = _team(uow)
    row = _row(uow, team, week)
    if is_frozen(str(row.get("status") or "draft")):
        raise UserError("log_submitted", week=week.name)
    if week.start > today(uow):
        raise UserError("week_not_begun", week=week.name, start=week.start.isoformat())
    if row.get("id") is None:
        _make(uow, week, {})
        row = _row(uow, team, week)
    view = _draft_view(uow, week, team, row, "draft")
    days = (week.start.isoformat(), week.end.isoformat())
    frozen = snapshot(
        week,
        view.form.name,
        uow.catalogue.version,
        view.as_of,
        uow.author.person,
        view.figures,
        view.sections,
        view.narrative,
        uow.figures.hashes(COUNTED_KINDS, *days),
    )
    changes: dict[str, Any] = {"snapshot": frozen, "status": "submitted", "submitted_at": view.as_of}
    if my_member(uow) is not None:
        changes["submitted_by"] = uow.author.person
    uow.records.set(KIND, row["id"], changes)
    return show(uow, week)


def reopen(uow: UnitOfWork, week: Week, reason: str) -> LogView:
    """Makes a handed-in log a draft again, by the leader; what was frozen stays in the record's history.

    UserError ``not_your_role``, ``not_submitted``, ``invalid`` (field ``reason``) without a reason,
    ``log_locked`` when the upper level has locked it.
    """
    require_leader(uow)
    row = _row(uow, _team(uow), week)
    status = str(row.get("status") or "draft")
    if not is_frozen(status):
        raise UserError("not_submitted", week=week.name)
    if status == "locked":
        raise UserError("log_locked", week=week.name)
    if not reason.strip():
        raise UserError("invalid", field="reason")
    changes: dict[str, Any] = {"status": "draft", "reopen_reason": reason.strip(), "snapshot": None}
    frozen = row.get("snapshot")
    if isinstance(frozen, Mapping):
        changes["revision_of"] = hash_of(frozen)
    uow.records.set(KIND, row["id"], changes)
    return show(uow, week)


def logs(uow: UnitOfWork, limit: int = 60) -> list[LogLine]:
    """The team's logs, newest week first, each with the number of records that are late for it."""
    team = own_team(uow)
    found: list[tuple[Week, LogFact]] = []
    for log in uow.figures.logs():
        if team is None or log.team == team.id:
            try:
                found.append((Week.parse(log.week, team.cutoff if team else 7), log))
            except PeriodError:
                continue
    found.sort(key=lambda f: f[0], reverse=True)
    states = standings_of(uow, "weekly_log", [log.id for _, log in found[:limit]])
    return [
        LogLine(
            log.week,
            week.start,
            week.end,
            log.status,
            log.id,
            log.submitted_at,
            len(_late(uow, week, log.snapshot)) if log.status in FROZEN and log.snapshot else 0,
            states.get(log.id, ""),
        )
        for week, log in found[:limit]
    ]


def _frozen_view(
    uow: UnitOfWork,
    week: Week,
    team: TeamFact | None,
    row: Mapping[str, Any],
    status: str,
    frozen: Mapping[str, Any],
) -> LogView:
    work = Work(uow.catalogue)
    told = read_figures(frozen, work.indicators)
    changes = _late(uow, week, frozen)
    moved: tuple[AdjustedFigure, ...] = ()
    if changes:
        facts = gather(uow, week, [f.code for f in told])
        moved = adjusted(
            told, [facts.figure(work.indicators[f.code]) for f in told if f.code in work.indicators]
        )
    form = work.log_forms.get(str(frozen.get("form"))) or form_of(uow, team)
    return LogView(
        week=week,
        status=status,
        id=row["id"],
        form=form,
        figures=told,
        sections=tuple(frozen.get("sections") or ()),
        narrative=frozen.get("narrative") or {},
        adjustments=changes,
        adjusted=moved,
        missing=(),
        as_of=str(frozen.get("at") or ""),
        frozen=True,
        hash=hash_of(frozen),
        number=str(row.get("number") or ""),
        record=row,
        dots=uow.records.dots(KIND, row["id"]),
    )


def _draft_view(
    uow: UnitOfWork, week: Week, team: TeamFact | None, row: Mapping[str, Any], status: str
) -> LogView:
    work = Work(uow.catalogue)
    form = form_of(uow, team)
    extra = [code for s in form.sections for code in s.indicators]
    codes = list(dict.fromkeys((*form.indicators, *extra)))
    facts = gather(uow, week, codes)
    told = tuple(facts.figure(work.indicators[code]) for code in codes if code in work.indicators)
    narrative = {k: row[k] for k in NARRATIVE if row.get(k) not in (None, "", [])}
    id = row.get("id")
    return LogView(
        week=week,
        status=status,
        id=id,
        form=form,
        figures=told,
        sections=tuple(sections(uow, form, facts)),
        narrative=narrative,
        adjustments=(),
        adjusted=(),
        missing=_missing(uow, facts, told, narrative, form),
        as_of=now(uow).isoformat(timespec="seconds"),
        frozen=False,
        hash="",
        number=str(row.get("number") or ""),
        record=row,
        dots=uow.records.dots(KIND, id) if id else {},
    )


def _missing(
    uow: UnitOfWork,
    facts: WeekFacts,
    told: Sequence[Figure],
    narrative: Mapping[str, Any],
    form: LogForm,
) -> tuple[Missing, ...]:
    week, found = facts.week, []
    flow = facts.tally.flow
    if not (flow.visits or flow.trainings or flow.outreach):
        found.append(Missing("no_records"))
    on = week.end.isoformat()
    latest = uow.figures.last_work([m.id for m in facts.stock.members], on)
    day = min(today(uow), week.end)
    for member in sorted(facts.stock.members, key=lambda m: m.id):
        if (member.left and member.left <= on) or latest.get(member.id, "") >= week.start.isoformat():
            continue
        last = latest.get(member.id)
        days = (day - date.fromisoformat(last)).days if last else None
        found.append(Missing("member_silent", {"member": member.id, "name": member.name, "days": days}))
    status = uow.peers.status()
    age = status.get("data_age_s")
    if status.get("enrolled") and (age is None or age > QUIET_AFTER_S):
        found.append(Missing("not_synced", {"data_age_s": age}))
    found += [Missing("section_empty", {"field": name}) for name in unwritten(narrative)]
    shown = frozenset(form.indicators)
    found += [
        Missing("figure_blank", {"code": f.code})
        for f in told
        if f.code in shown and f.period is None and f.cumulative is None
    ]
    return tuple(found)


def _late(uow: UnitOfWork, week: Week, frozen: Mapping[str, Any]) -> tuple[Adjustment, ...]:
    present = uow.figures.hashes(COUNTED_KINDS, week.start.isoformat(), week.end.isoformat())
    return late(frozen.get("records") or {}, present)


def _team(uow: UnitOfWork) -> TeamFact:
    team = own_team(uow)
    if team is None:
        raise UserError("no_team")
    return team


def _row(uow: UnitOfWork, team: TeamFact | None, week: Week) -> Mapping[str, Any]:
    """The record of the week, {} when there is none (or it is in the trash)."""
    if team is None:
        return {}
    id = natural_id(uow.catalogue.kind(KIND), {"team": team.id, "week": week.name})
    return uow.records.peek(KIND, id) or {}


def _make(uow: UnitOfWork, week: Week, narrative: Mapping[str, Any]) -> None:
    team = _team(uow)
    values = {
        "team": team.id,
        "week": week.name,
        "from": week.start.isoformat(),
        "to": week.end.isoformat(),
        "status": "draft",
        **{k: v for k, v in narrative.items() if v is not None},
    }
    add_record(uow, KIND, values)


def document(uow: UnitOfWork, week: Week, annexes: Collection[int] = ()) -> Document:
    """The log as a document; ``annexes``: numbers of those wanted (1 holds names).  UserError ``invalid``."""
    from ntmdesk.services.log_document import log_document

    return log_document(uow, show(uow, week), annexes)
