"""The fields that counting reads of each kind, as they stand in ``shown``; absent is blank."""

from __future__ import annotations

from typing import Any

import msgspec


class LineFields(msgspec.Struct):
    """One line of a visit."""

    service: str = ""
    outcome: str = ""


class VisitFields(msgspec.Struct):
    """A support visit."""

    date: str = ""
    household: str = ""
    persons: tuple[str, ...] = ()
    persons_n: int = 0
    lines: tuple[LineFields, ...] = ()


class TrainingFields(msgspec.Struct):
    """A training session."""

    date: str = ""
    topics: tuple[str, ...] = ()
    audience: str = ""
    attended_n: int | None = None
    women_n: int | None = None
    elders_n: int | None = None
    members: tuple[str, ...] = ()


class OutreachFields(msgspec.Struct):
    """An outreach activity."""

    date: str = ""
    type: str = ""
    topics: tuple[str, ...] = ()
    items_n: int | None = None
    reach_n: int | None = None


class WorkdayFields(msgspec.Struct):
    """A work-day."""

    date: str = ""
    member: str = ""
    part: str = ""


class CaseFields(msgspec.Struct):
    """A VNeID follow-up."""

    resident: str = ""
    status: str = ""
    status_date: str = ""
    granted_on: str = ""
    activation_due: str = ""
    integrations: tuple[str, ...] = ()
    failure_reason: str = ""


class HamletFields(msgspec.Struct):
    """A hamlet."""

    local_code: str = ""
    households_total: int | None = None
    residents_total: int | None = None
    residents_14_total: int | None = None
    residents_18_total: int | None = None
    fibre: bool | None = None
    mobile: str = ""


class TeamFields(msgspec.Struct):
    """A team."""

    code: str = ""
    name: str = ""
    status: str = ""
    hamlets: tuple[str, ...] = ()
    cutoff: int = 7
    log_form: str = ""


class MemberFields(msgspec.Struct):
    """A member."""

    full_name: str = ""
    team: str = ""
    role: str = ""
    joined: str = ""
    left: str = ""


class ValueFields(msgspec.Struct):
    """A given figure or a quota."""

    indicator: str = ""
    scope: str = ""
    period: str = ""
    value: float | None = None
    type: str = "opening"
    source: str = ""


class LogFields(msgspec.Struct):
    """A weekly log."""

    team: str = ""
    week: str = ""
    status: str = "draft"
    snapshot: dict[str, Any] | None = None
    submitted_at: str = ""


class NamedFields(msgspec.Struct):
    """Whatever names members."""

    members: tuple[str, ...] = ()
