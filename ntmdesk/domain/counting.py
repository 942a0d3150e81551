"""What some days add up to: occurrences, persons, households, each with the records behind it.

The counting rules (domain reference 8.1): lượt = lines + persons counted without names; người = distinct
persons; hộ = distinct households; an unnamed person adds to occurrences only.  Blank is not zero.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from ntmdesk.domain.facts import Flow, VisitFact

DAYS_OF_PART: Mapping[str, float] = {"full": 1.0, "half": 0.5, "night": 1.0}
"""Work-days one entry is worth; a night is paid as a day."""

DONE = frozenset({"done"})
"""The outcome that counts as work delivered; half done is not yet delivered."""


@dataclass(frozen=True, slots=True)
class Counted:
    """A figure and the ids of the records it was counted from; ``value`` None is blank."""

    value: int | float | None
    records: tuple[str, ...] = ()


BLANK = Counted(None)


@dataclass(slots=True)
class Tally:
    """The sums of one stretch of days, made in a single pass."""

    lines: int = 0
    unnamed: int = 0
    persons: set[str] = field(default_factory=set)
    households: set[str] = field(default_factory=set)
    by_service: dict[str, list[VisitFact]] = field(default_factory=dict)
    flow: Flow = field(default_factory=Flow)

    @classmethod
    def of(cls, flow: Flow) -> Tally:
        """Counts what happened in ``flow``."""
        tally = cls(flow=flow)
        by_service, persons, households = tally.by_service, tally.persons, tally.households
        lines = unnamed = 0
        for visit in flow.visits:
            given = visit.lines
            lines += len(given)
            unnamed += visit.unnamed
            persons.update(visit.persons)
            if visit.household:
                households.add(visit.household)
            for service, _ in given:
                met = by_service.get(service)
                if met is None:
                    by_service[service] = [visit]
                elif met[-1] is not visit:
                    met.append(visit)
        tally.lines, tally.unnamed = lines, unnamed
        return tally

    def occurrences(self, services: Collection[str] = ()) -> Counted:
        """Lượt; of some services only when they are named.  Unnamed persons of a visit count once, and for
        named services when one of the visit's lines is of them."""
        if not services:
            ids = tuple(v.id for v in self.flow.visits if v.lines or v.unnamed)
            return Counted(self.lines + self.unnamed, ids)
        total, ids_of = 0, []
        for visit in self._with(services):
            total += sum(1 for service, _ in visit.lines if service in services) + visit.unnamed
            ids_of.append(visit.id)
        return Counted(total, tuple(ids_of))

    def filings(self, services: Collection[str]) -> Counted:
        """Lines of the services that ended in work delivered; persons without names add nothing."""
        total, ids = 0, []
        for visit in self._with(services):
            done = sum(1 for s, o in visit.lines if s in services and o in DONE)
            if done:
                total += done
                ids.append(visit.id)
        return Counted(total, tuple(ids))

    def people(self) -> Counted:
        """Người: distinct persons named."""
        return Counted(len(self.persons), tuple(v.id for v in self.flow.visits if v.persons))

    def homes(self) -> Counted:
        """Hộ: distinct households visited."""
        return Counted(len(self.households), tuple(v.id for v in self.flow.visits if v.household))

    def homes_done(self, services: Collection[str]) -> Counted:
        """Distinct households in which one of the services was delivered."""
        homes: set[str] = set()
        ids = []
        for visit in self._with(services):
            if visit.household and any(s in services and o in DONE for s, o in visit.lines):
                homes.add(visit.household)
                ids.append(visit.id)
        return Counted(len(homes), tuple(ids))

    def sessions(self) -> Counted:
        """Training classes."""
        return Counted(len(self.flow.trainings), tuple(t.id for t in self.flow.trainings))

    def attendances(self, topics: Collection[str] = ()) -> Counted:
        """Σ attended, of sessions with one of the topics when they are named.  A session whose attendance is
        blank adds nothing; when every one is blank, the sum is blank."""
        met = [t for t in self.flow.trainings if not topics or t.topics & frozenset(topics)]
        known = [t.attended for t in met if t.attended is not None]
        if met and not known:
            return Counted(None, tuple(t.id for t in met))
        return Counted(sum(known), tuple(t.id for t in met))

    def reached(self, topics: Collection[str]) -> Counted:
        """Σ persons reached by outreach on the topics."""
        met = [o for o in self.flow.outreach if o.topics & frozenset(topics) and o.reach is not None]
        return Counted(sum(o.reach or 0 for o in met), tuple(o.id for o in met))

    def workdays(self) -> Counted:
        """Ngày công: full day 1, half ½, night 1; a member's date holds one day and one night at most."""
        worked: dict[tuple[str, str, bool], float] = {}
        for w in self.flow.workdays:
            key = (w.member, w.day, w.part == "night")
            worked[key] = min(1.0, worked.get(key, 0.0) + DAYS_OF_PART.get(w.part, 0.0))
        return Counted(_plain(sum(worked.values())), tuple(w.id for w in self.flow.workdays))

    def _with(self, services: Collection[str]) -> Iterable[VisitFact]:
        """Visits with a line of one of the services, each once."""
        found = [self.by_service[s] for s in services if s in self.by_service]
        if len(found) < 2:
            return found[0] if found else ()
        return {v.id: v for visits in found for v in visits}.values()


def add(*parts: Counted) -> Counted:
    """The sum of figures; a blank adds nothing, and blanks alone stay blank."""
    known = [p.value for p in parts if p.value is not None]
    records = tuple(dict.fromkeys(r for p in parts for r in p.records))
    return Counted(_plain(sum(known)) if known else None, records)


def ratio(numerator: float | None, denominator: float | None) -> float | None:
    """The share, or None ("—") when either is blank or the denominator is 0."""
    if numerator is None or not denominator:
        return None
    return numerator / denominator


def _plain(value: float) -> int | float:
    return int(value) if float(value).is_integer() else value
