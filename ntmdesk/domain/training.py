"""A training session and its roll-call: who was there and the three counts a report asks for.

The counts come from the roll-call rows unless a person typed them: a signed list on paper may hold more
names than were entered.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from ntmdesk.domain.people import is_elder

COUNTED_FIELDS: Mapping[str, str] = {"attended": "attended_n", "women": "women_n", "elders": "elders_n"}
"""Count to the field of the record that holds it."""


@dataclass(frozen=True, slots=True)
class Attendee:
    """One row of a roll-call, with what is known of the person from the register.

    ``resident`` is empty for a person who is not in the register.  ``sex`` is ``m``, ``f`` or empty.
    """

    row_id: str
    resident: str
    name: str
    sex: str = ""
    birth: str = ""
    lane: str = ""

    @property
    def birth_year(self) -> int | None:
        """Year of birth when one is known."""
        head = self.birth[:4]
        return int(head) if head.isdigit() and len(head) == 4 else None


@dataclass(frozen=True, slots=True)
class Counts:
    """Figures of a session; None is blank, never zero.  ``typed``: those a person typed instead."""

    attended: int | None
    women: int | None
    elders: int | None
    typed: frozenset[str] = frozenset()


def counted(attendees: Iterable[Attendee], on: date | None) -> Counts:
    """Counts the roll-call alone: persons, women, and persons of sixty or more on the day.

    A person in the register is counted once even if two rows name them.
    """
    present: dict[str, Attendee] = {}
    for attendee in attendees:
        present.setdefault(attendee.resident or attendee.row_id, attendee)
    people = present.values()
    return Counts(
        attended=len(present),
        women=sum(1 for p in people if p.sex == "f"),
        elders=sum(1 for p in people if on is not None and is_elder(p.birth, on)),
    )


def typed_counts(
    session: Mapping[str, Any], attendees: Iterable[Attendee], on: date | None
) -> dict[str, int]:
    """The figures a person typed: those above what the roll-call gives, or all when there is no roll-call."""
    rows = tuple(attendees)
    from_rows = counted(rows, on)
    typed = {}
    for count, field in COUNTED_FIELDS.items():
        value = session.get(field)
        if (
            isinstance(value, int)
            and not isinstance(value, bool)
            and (not rows or value > getattr(from_rows, count))
        ):
            typed[count] = value
    return typed


def counts(session: Mapping[str, Any], attendees: Iterable[Attendee], on: date | None) -> Counts:
    """The figures to show: as typed where more people were typed than entered, else from the roll-call.

    ``session``: shown fields of the training record.  Blank where there is neither.
    """
    rows = tuple(attendees)
    typed = typed_counts(session, rows, on)
    if not rows:
        return Counts(typed.get("attended"), typed.get("women"), typed.get("elders"), frozenset(typed))
    from_rows = counted(rows, on)
    return Counts(
        attended=typed.get("attended", from_rows.attended),
        women=typed.get("women", from_rows.women),
        elders=typed.get("elders", from_rows.elders),
        typed=frozenset(typed),
    )


def changed_counts(
    session: Mapping[str, Any], before: Iterable[Attendee], after: Iterable[Attendee], on: date | None
) -> dict[str, int]:
    """Fields of the session to write when its roll-call changes.

    A figure that came from the rows follows them; one that a person typed stays until the rows exceed it.
    """
    typed = typed_counts(session, before, on)
    now = counted(after, on)
    changes: dict[str, int] = {}
    for count, field in COUNTED_FIELDS.items():
        value = getattr(now, count)
        if value < typed.get(count, 0) or session.get(field) == value:
            continue
        changes[field] = value
    return changes
