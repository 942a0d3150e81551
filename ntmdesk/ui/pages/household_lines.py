"""Lines of the list of households in words: a household, or somebody found by name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from ntmdesk.domain.text import fold
from ntmdesk.services.people import HouseholdLine
from ntmdesk.services.suggestions import Suggested
from ntmdesk.ui.translation import translate
from ntmdesk.ui.widgets.state_mark import state_told


@dataclass(frozen=True, slots=True)
class ListLine:
    """One row: a household, or a person found by name.  ``key``: folded, typed words are looked for in it."""

    kind: str
    id: str
    household: str
    title: str
    detail: str
    tail: str
    state: str = ""
    key: str = ""

    @property
    def words(self) -> str:
        """As a screen reader says it."""
        return ", ".join(
            part for part in (self.title, self.detail, self.tail, state_told(self.state)) if part
        )


def household_line(home: HouseholdLine, today: date) -> ListLine:
    """A household in words: lane, people, when it was visited."""
    parts = [home.lane]
    if home.members_n is not None:
        parts.append(translate("HouseholdList", "{n} people").format(n=home.members_n))
    if home.vneid_missing:
        parts.append(translate("HouseholdList", "{n} without VNeID").format(n=home.vneid_missing))
    if home.last_visit is None:
        tail = translate("HouseholdList", "never")
    else:
        same = home.last_visit.year == today.year
        tail = f"{home.last_visit:%d/%m}" if same else f"{home.last_visit:%m/%Y}"
    detail = " · ".join(p for p in parts if p)
    name = home.head_name or translate("HouseholdList", "household {name}").format(name=home.code).strip()
    key = fold(f"{home.head_name} {home.lane} {home.code}")
    return ListLine("household", home.id, home.id, name, detail, tail, home.state, key)


def person_line(found: Suggested) -> ListLine:
    """A person in words."""
    parts = [translate("HouseholdList", "person"), str(found.birth_year or ""), found.lane]
    if found.household_head:
        parts.append(translate("HouseholdList", "household {name}").format(name=found.household_head))
    detail = " · ".join(part for part in parts if part)
    return ListLine(
        "resident", found.id, found.household_id, found.name, detail, found.number_tail, found.state
    )


def found_line(found: Suggested) -> ListLine:
    """A household found by something that does not stand in its line: a phone, a number."""
    return ListLine("household", found.id, found.id, found.name, found.lane, found.number_tail, found.state)
