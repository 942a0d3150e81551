"""Households and persons: ages, what a consent covers, and who may be the same person recorded twice.

A possible double is always explained by its reasons and never decided by the program.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from ntmdesk.domain import forms
from ntmdesk.domain.births import Birth, BirthError
from ntmdesk.domain.text import canonical_name, fold, spelling_twin

ELDER_AGE = 60
"""Age from which a person counts as elderly (Luật Người cao tuổi, article 2)."""

ACCOUNT_AGE = 14
"""Age from which a person registers an e-identity account without a guardian (Nghị định 69/2024)."""

CHILD_CONSENT_AGE = 7
"""From seven years the child consents beside the guardian; below, the guardian alone (Nghị định 356/2025)."""

ID_PURPOSE = "identity"
"""Purpose that a live consent must cover before an identity number is stored."""


def birth_of(text: object) -> Birth | None:
    """A stored birth, or None when it is blank or cannot be read."""
    try:
        return Birth.parse(str(text)) if text else None
    except BirthError:
        return None


def birth_year(text: object) -> int | None:
    """Year of a stored birth."""
    birth = birth_of(text)
    return birth.year if birth else None


def age_on(text: object, day: date) -> int | None:
    """Age in years on a day: exact when the day of birth is known, by calendar years otherwise."""
    birth = birth_of(text)
    if birth is None:
        return None
    return birth.ages(day)[0] if birth.day else birth.age_by_year(day)


def is_elder(text: object, day: date) -> bool:
    """Sixty or more on the day; with only a year of birth, by calendar years."""
    age = age_on(text, day)
    return age is not None and age >= ELDER_AGE


def needs_guardian(text: object, day: date) -> bool:
    """Whether a consent for the person needs a guardian: below fourteen on the day."""
    age = age_on(text, day)
    return age is not None and age < ACCOUNT_AGE


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(str(value)[:10]) if value else None
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Consent:
    """One consent as recorded; lives from ``taken_at`` until it is withdrawn."""

    id: str
    subject: str
    purposes: frozenset[str]
    legal_basis: str
    taken_at: date | None
    withdrawn_at: date | None

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Consent:
        """Reads shown fields of a record of kind ``consent``."""
        return cls(
            id=str(row.get("id", "")),
            subject=str(row.get("subject", "")),
            purposes=frozenset(forms.texts(row.get("purposes"))),
            legal_basis=str(row.get("legal_basis", "")),
            taken_at=_day(row.get("taken_at")),
            withdrawn_at=_day(row.get("withdrawn_at")),
        )

    def is_live(self, today: date) -> bool:
        """Not withdrawn by today.  The day it was taken is not judged: a laptop's clock may be wrong."""
        return self.withdrawn_at is None or self.withdrawn_at > today


def live_purposes(consents: Iterable[Consent], today: date) -> frozenset[str]:
    """Everything the living consents of one person cover together."""
    return frozenset(p for consent in consents if consent.is_live(today) for p in consent.purposes)


def consent_covers(consents: Iterable[Consent], purpose: str, today: date) -> bool:
    """Whether one living consent covers the purpose."""
    return purpose in live_purposes(consents, today)


@dataclass(frozen=True, slots=True)
class Known:
    """What is compared when looking for doubles: one person, or a household by its head."""

    name: str
    birth: str = ""
    lane: str = ""
    hamlet: str = ""
    phone: str = ""
    id_number: str = ""
    address: str = ""
    sex: str = ""


REASONS = (
    "same_number",
    "same_phone",
    "same_name",
    "similar_name",
    "same_birth_year",
    "same_lane",
    "same_address",
)
"""Why two records may be one, the strongest first."""

_WEIGHT = {
    "same_number": 100,
    "same_phone": 35,
    "same_name": 40,
    "similar_name": 30,
    "same_birth_year": 30,
    "same_lane": 20,
    "same_address": 25,
}
DOUBTFUL = 60
"""From this weight on a person is asked before saving."""


def name_key(name: str) -> str:
    """Folded name with one spelling of final i and y, for finding candidates."""
    words = []
    for word in fold(name).split():
        twin = spelling_twin(word)
        words.append(min(word, twin) if twin else word)
    return " ".join(words)


def _names_alike(a: str, b: str) -> str | None:
    if not a.strip() or not b.strip():
        return None
    if canonical_name(a) == canonical_name(b):
        return "same_name"
    first, second = name_key(a).split(), name_key(b).split()
    if first == second:
        return "similar_name"
    short, long = sorted((first, second), key=len)
    if len(short) >= 2 and short[0] == long[0] and short[-1] == long[-1] and set(short) <= set(long):
        return "similar_name"
    return None


def digits(text: str) -> str:
    """Only the digits of a text."""
    return "".join(c for c in text if c.isdigit())


def reasons_for(a: Known, b: Known) -> tuple[str, ...]:
    """What the two have in common, the strongest reason first; nothing when something speaks against it.

    Against it: two different identity numbers, years of birth more than one apart, different sexes.
    """
    mine, theirs = digits(a.id_number), digits(b.id_number)
    if mine and theirs:
        if mine == theirs:
            return ("same_number", *(r for r in _shared(a, b) if r != "same_number"))
        if len(mine) == len(theirs):
            return ()
    year_a, year_b = birth_year(a.birth), birth_year(b.birth)
    if year_a and year_b and abs(year_a - year_b) > 1:
        return ()
    if a.sex and b.sex and a.sex != b.sex:
        return ()
    return _shared(a, b)


def _shared(a: Known, b: Known) -> tuple[str, ...]:
    found: list[str] = []
    alike = _names_alike(a.name, b.name)
    if alike:
        found.append(alike)
    phone_a, phone_b = digits(a.phone)[-9:], digits(b.phone)[-9:]
    if len(phone_a) == 9 and phone_a == phone_b:
        found.append("same_phone")
    year = birth_year(a.birth)
    if year and year == birth_year(b.birth):
        found.append("same_birth_year")
    if (
        a.lane.strip()
        and name_key(a.lane) == name_key(b.lane)
        and (a.hamlet == b.hamlet or not a.hamlet or not b.hamlet)
    ):
        found.append("same_lane")
    if a.address.strip() and name_key(a.address) == name_key(b.address):
        found.append("same_address")
    return tuple(sorted(found, key=REASONS.index))


def weigh(reasons: Iterable[str]) -> int:
    """How much the reasons weigh together; from ``DOUBTFUL`` on they are shown before saving."""
    return sum(_WEIGHT.get(reason, 0) for reason in reasons)


def are_doubtful(reasons: tuple[str, ...]) -> bool:
    """Whether a person should look: enough weight, and more than a shared telephone or place."""
    named = "same_name" in reasons or "similar_name" in reasons
    return "same_number" in reasons or (named and weigh(reasons) >= DOUBTFUL)
