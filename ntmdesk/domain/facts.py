"""What is counted, as the store hands it over: plain values, one per record, no labels.

``id`` is the record; days are ISO text, "" where none is recorded.  References to persons and households are
already those of the group's leader (two records of one person count once).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple


class VisitFact(NamedTuple):
    """One support visit.  ``lines``: (service, outcome); ``unnamed``: persons counted without names."""

    id: str
    day: str
    household: str
    persons: tuple[str, ...]
    unnamed: int
    lines: tuple[tuple[str, str], ...]


class TrainingFact(NamedTuple):
    """One training session.  Counts are None where blank."""

    id: str
    day: str
    topics: frozenset[str]
    audience: str
    attended: int | None
    women: int | None
    elders: int | None
    members: tuple[str, ...]


class OutreachFact(NamedTuple):
    """One outreach activity; ``reach`` None where nobody was counted."""

    id: str
    day: str
    type: str
    topics: frozenset[str]
    items: int | None
    reach: int | None


class WorkdayFact(NamedTuple):
    """One work-day of a member."""

    id: str
    day: str
    member: str
    part: str


class CaseFact(NamedTuple):
    """One VNeID follow-up as it stands."""

    id: str
    resident: str
    status: str
    status_day: str
    granted_on: str
    due: str
    integrations: frozenset[str]
    failure: str = ""


class HouseholdFact(NamedTuple):
    """One household living in the area."""

    id: str
    internet: str
    smartphones: int | None
    digital_family: str
    has_address: bool


class ResidentFact(NamedTuple):
    """One person living in the area, or ``n`` persons alike whose ``id`` nobody asks for ("")."""

    id: str
    birth: str
    sim: str
    n: int = 1


class HamletFact(NamedTuple):
    """One hamlet with its official totals, None where nobody entered them."""

    id: str
    code: str
    households: int | None
    residents: int | None
    residents_14: int | None
    residents_18: int | None
    fibre: bool | None
    mobile: str


class TeamFact(NamedTuple):
    """One team."""

    id: str
    code: str
    name: str
    status: str
    hamlets: tuple[str, ...]
    cutoff: int
    log_form: str


class MemberFact(NamedTuple):
    """One member of a team."""

    id: str
    name: str
    team: str
    role: str
    joined: str
    left: str


class ValueFact(NamedTuple):
    """A given figure or a quota.  ``type`` is that of indicator_value, or ``target``."""

    id: str
    indicator: str
    scope: str
    period: str
    value: float
    type: str
    source: str


class LogFact(NamedTuple):
    """A weekly log as it stands; ``snapshot`` is {} for a draft."""

    id: str
    team: str
    week: str
    status: str
    snapshot: Mapping[str, Any]
    submitted_at: str


@dataclass(frozen=True, slots=True)
class Flow:
    """Everything that happened in some days."""

    visits: Sequence[VisitFact] = ()
    trainings: Sequence[TrainingFact] = ()
    outreach: Sequence[OutreachFact] = ()
    workdays: Sequence[WorkdayFact] = ()

    def since(self, day: str) -> Flow:
        """What happened on ``day`` or later."""
        return Flow(
            [v for v in self.visits if v.day >= day],
            [t for t in self.trainings if t.day >= day],
            [o for o in self.outreach if o.day >= day],
            [w for w in self.workdays if w.day >= day],
        )


@dataclass(frozen=True, slots=True)
class Stock:
    """Everything that stands: the registers as they are now."""

    cases: Sequence[CaseFact] = ()
    households: Sequence[HouseholdFact] = ()
    residents: Sequence[ResidentFact] = ()
    hamlets: Sequence[HamletFact] = ()
    teams: Sequence[TeamFact] = ()
    members: Sequence[MemberFact] = ()


@dataclass(frozen=True, slots=True)
class Given:
    """What people gave: opening figures, office figures, denominators, quotas."""

    values: Sequence[ValueFact] = ()
    scopes: Sequence[frozenset[str]] = field(default=())
    """Names this team goes by, best first: {team id, team code}, then each hamlet's {id, code}."""
