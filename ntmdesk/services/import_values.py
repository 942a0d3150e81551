"""What stands in a cell of a list, as the value of a field: dates, numbers and words as people write them.

What cannot be read is a problem of that row with its code; what was mended is a warning, never silent.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from ntmdesk.domain.births import BirthError, read_birth
from ntmdesk.domain.dates import DateError, read_date
from ntmdesk.domain.id_numbers import IdentifierError
from ntmdesk.domain.telephones import read_phone
from ntmdesk.domain.text import fold, squeeze
from sync.protocol.kinds import Catalogue, Field

YES = frozenset({"x", "co", "yes", "true", "1", "dung", "v", "roi"})
NO = frozenset({"khong", "no", "false", "0", "chua", "-"})
BLANKS = frozenset({"", "-", "--", "nt", "n/a", "na", "null", "none", "khong ro", "chua ro"})
_NUMBER = re.compile(r"(\d{1,3}(?:[.,]\d{3})+|\d+)(?:[.,]0+)?(?:\s*[^\W\d_]+\.?)*")
_EXPONENT = re.compile(r"\d[.,]?\d*[eE]\+?\d+")


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something about a cell.  ``value`` is what stood there, shortened; identity numbers are left out."""

    field: str
    code: str
    value: str = ""


@dataclass(slots=True)
class Read:
    """Values of one row with what was wrong (``problems``) and what was mended (``warnings``)."""

    values: dict[str, Any]
    problems: list[Flaw]
    warnings: list[Flaw]


def read_cell(
    catalogue: Catalogue,
    field: Field,
    text: str,
    words: Mapping[str, str],
    read: Read,
    today: date,
) -> None:
    """Reads one cell into ``read``; a blank cell leaves the field alone."""
    said = squeeze(text) if field.type != "long_text" else text.strip()
    folded = fold(said)
    if folded in BLANKS and not (field.type in ("choice", "boolean") and folded in words):
        return
    reader = _READERS.get(field.type)
    if field.type == "choice":
        code = _choice(catalogue, field, folded, words)
        if code is None:
            read.problems.append(Flaw(field.name, "unknown_choice", said[:60]))
        else:
            read.values[field.name] = code
    elif reader is not None:
        reader(field, said, read, today)
    else:
        read.values[field.name] = said


def _choice(catalogue: Catalogue, field: Field, folded: str, words: Mapping[str, str]) -> str | None:
    if folded in words:
        return words[folded]
    listed = catalogue.lists.get(field.choices)
    if listed is None:
        return None
    for choice in listed.choices:
        names = (choice.code, *choice.label.values(), *choice.short.values())
        if folded in {fold(name) for name in names}:
            return choice.code
    return None


def _integer(field: Field, said: str, read: Read, today: date) -> None:
    found = _NUMBER.fullmatch(said)
    if found is None:
        read.problems.append(Flaw(field.name, "wrong_type", said[:40]))
        return
    read.values[field.name] = int(re.sub(r"[.,]", "", found[1]))


def _boolean(field: Field, said: str, read: Read, today: date) -> None:
    folded = fold(said)
    if folded in YES or folded in NO:
        read.values[field.name] = folded in YES
    else:
        read.problems.append(Flaw(field.name, "wrong_type", said[:40]))


def _date(field: Field, said: str, read: Read, today: date) -> None:
    try:
        read.values[field.name] = read_date(said, today=today).isoformat()
    except DateError:
        read.problems.append(Flaw(field.name, "bad_date", said[:40]))


def _birth(field: Field, said: str, read: Read, today: date) -> None:
    text = said.removesuffix(" 00:00:00").removesuffix(".0")
    try:
        read.values[field.name] = read_birth(text, today=today).text
    except BirthError as wrong:
        read.problems.append(Flaw(field.name, wrong.code, said[:40]))


def _id_number(field: Field, said: str, read: Read, today: date) -> None:
    if _EXPONENT.fullmatch(said.replace(" ", "")):
        read.problems.append(Flaw(field.name, "number_mangled"))
        return
    digits = re.sub(r"[\s.'’`-]", "", re.sub(r"[.,]0$", "", said))
    if not digits.isdigit():
        read.problems.append(Flaw(field.name, "bad_pattern"))
        return
    if field.name == "id_number" and len(digits) in (10, 11):
        read.warnings.append(Flaw(field.name, "zeros_restored"))
        digits = digits.zfill(12)
    elif field.name == "id_number" and len(digits) == 9:
        read.warnings.append(Flaw(field.name, "old_number"))
        read.values.setdefault("old_id", digits)
        return
    elif field.name == "old_id" and len(digits) == 8:
        read.warnings.append(Flaw(field.name, "zeros_restored"))
        digits = digits.zfill(9)
    read.values[field.name] = digits


def _phone(field: Field, said: str, read: Read, today: date) -> None:
    if _EXPONENT.fullmatch(said.replace(" ", "")):
        read.problems.append(Flaw(field.name, "number_mangled"))
        return
    first = re.split(r"[;/,]|\s-\s", re.sub(r"[.,]0$", "", said))[0]
    if len(first) < len(said) - 2:
        read.warnings.append(Flaw(field.name, "first_of_several"))
    try:
        read.values[field.name] = read_phone(first)
    except IdentifierError as wrong:
        if wrong.suggestion:
            read.warnings.append(Flaw(field.name, wrong.code))
            read.values[field.name] = wrong.suggestion
        else:
            read.problems.append(Flaw(field.name, wrong.code))


_READERS = {
    "integer": _integer,
    "boolean": _boolean,
    "date": _date,
    "birth": _birth,
    "id_number": _id_number,
    "phone": _phone,
}
