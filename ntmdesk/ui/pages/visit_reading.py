"""What the visit page reads in the worker: what the form offers, who a visit is for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ntmdesk.domain.kinds import Catalogue
from ntmdesk.domain.standings import standing_of
from ntmdesk.services import people, persons, records, visits
from ntmdesk.services.doubles import Double
from ntmdesk.services.people import HouseholdPage, ResidentPage
from ntmdesk.services.timeline import visit_moment
from ntmdesk.ui.pages.moments import moment_words
from ntmdesk.ui.pages.visit_form import Around
from ntmdesk.ui.widgets.timeline import TimelineItem

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Who:
    """A household or a person; ``household`` is empty for a person who belongs to none."""

    kind: str
    id: str
    name: str
    household: str

    def body(self) -> dict[str, str]:
        """As JSON for a draft; ``Who(**body)`` reads it back."""
        return {"kind": self.kind, "id": self.id, "name": self.name, "household": self.household}


@dataclass(frozen=True, slots=True)
class Start:
    """What the form offers, what it starts with, and what was written down today."""

    around: Around
    values: dict[str, Any]
    today: tuple[TimelineItem, ...]


def read_start(uow: Any, catalogue: Catalogue) -> Start:
    """Read it all for the person at work."""
    members = tuple((m["id"], str(m.get("full_name", ""))) for m in persons.members_of(uow))
    hamlets = tuple((h["id"], str(h.get("name", ""))) for h in persons.hamlets_of(uow))
    around = Around(uow.author.person, members, hamlets, tuple(visits.frequent_services(uow)))
    written = []
    timed = sorted(visits.today_list(uow), key=lambda row: str(row.get("start") or ""), reverse=True)
    for row in timed:  # those without a time keep their order behind
        who = who_of(uow, row)
        words = who.name if who else moment_words(visit_moment(row), catalogue, {})
        when = str(row.get("start") or "•")
        written.append(TimelineItem(when, words, key=("support_visit", row["id"]), state=standing_of(row)))
    return Start(around, visits.start(uow), tuple(written))


def read_who(uow: Any, kind: str, id: str, deleted: bool = False) -> Who:
    """A household or a resident by id.  UserError ``not_found``, for one in the trash unless ``deleted``."""
    row = uow.records.get(kind, id, deleted=deleted)
    if kind == "household":
        return Who(kind, row["id"], str(row.get("head_name", "")), row["id"])
    return Who(kind, row["id"], str(row.get("full_name", "")), str(row.get("household") or ""))


def who_of(uow: Any, row: Row) -> Who | None:
    """Who a visit was for, also one in the trash: its first person, else its household; None for nobody."""
    household = str(row.get("household") or "")
    for kind, id in (*(("resident", p) for p in (row.get("persons") or ())[:1]), ("household", household)):
        if id and uow.records.find(kind, id):
            who = read_who(uow, kind, id, deleted=True)
            return Who(kind, str(id), who.name, household)
    return None


def read_side(uow: Any, who: Who) -> HouseholdPage | ResidentPage:
    """The past of the household, or of a person without one."""
    return people.household_page(uow, who.household) if who.household else people.resident_page(uow, who.id)


def read_doubles(uow: Any, questions: list[tuple[str, Row]]) -> list[Double]:
    """Who may be recorded already, the likeliest first."""
    found = [
        double
        for kind, values in questions
        for double in people.doubles(uow, kind, records.fill_in(uow, kind, values))
    ]
    return sorted(found, key=lambda double: -double.score)
