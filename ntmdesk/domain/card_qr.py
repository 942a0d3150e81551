"""The QR code of an identity card, read defensively: no official description of it was found.

The card of 2021 holds seven fields between bars: number, CMND (may be empty), name, birth, sex, place of
residence, day of issue.  Some readers drop the CMND (six fields); the card of 2024 has more fields, whose
order is not confirmed, among them a cancelled number and the parents' names: what stands behind the
seventh field is left unread, since no purpose here needs it.  The text itself is never kept.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date

from ntmdesk.domain.births import Birth, BirthError, read_birth
from ntmdesk.domain.id_numbers import IdentifierError, IdNumber
from ntmdesk.domain.text import fold, squeeze

_TELEX = re.compile(r"aa|ee|oo|dd|aw|ow|uw|[aeiouy][a-z]*[sfrxj]\b")
_VNI = re.compile(r"[^\W\d_]+[0-9]+[^\W_]*")
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class CardQr:
    """What a card's QR code says.  ``repr`` tells the layout and the warnings only.

    ``layout``: ``2021`` (seven fields), ``short`` (six, without CMND) or ``long`` (more than seven).
    ``warnings``: ``telex_mangled`` and ``vni_mangled`` (the scanner typed while an input method was on),
    ``marks_lost`` (the scanner cannot type Vietnamese), ``birth_unread``, ``sex_unread``, ``issued_unread``,
    and those of the number against sex and birth.
    """

    number: IdNumber = field(repr=False)
    old_number: str | None = field(repr=False)
    full_name: str = field(repr=False)
    birth: Birth | None = field(repr=False)
    sex: str | None = field(repr=False)
    address: str = field(repr=False)
    issued: date | None = field(repr=False)
    layout: str
    warnings: tuple[str, ...]

    @property
    def is_trustworthy(self) -> bool:
        """Whether name and address may be taken over; number, birth and sex survive mangling."""
        return not {"telex_mangled", "vni_mangled", "marks_lost"} & set(self.warnings)


def read_card_qr(text: str) -> CardQr:
    """Read the text of a card's QR code.

    Raises ``IdentifierError``: ``card_layout`` where the text is no card as known (show it
    once, store nothing), ``card_number`` where the first field is no number of 12 digits.
    """
    line = squeeze(text)
    fields = [part.strip() for part in line.split("|")]
    if len(fields) < 6:
        raise IdentifierError("card_layout")
    number = _number(fields[0])
    old: str | None
    if re.fullmatch(r"\d*", fields[1], re.ASCII):
        if len(fields) < 7:
            raise IdentifierError("card_layout")
        old, (name, born, sex, address, issued) = fields[1] or None, fields[2:7]
        layout = "2021" if len(fields) == 7 else "long"
    else:
        name, born, sex, address, issued = fields[1:6]
        old = fields[6] if len(fields) > 6 and re.fullmatch(r"\d{9}", fields[6], re.ASCII) else None
        layout = "short" if len(fields) == 6 else "long"
    if not _WORD.search(name):
        raise IdentifierError("card_layout")
    birth, gender, day = _birth(born), _sex(sex), _day(issued)
    if birth is None and gender is None:
        raise IdentifierError("card_layout")
    warnings = [
        *_mangling(name, sex, address),
        *(["birth_unread"] if birth is None else []),
        *(["sex_unread"] if gender is None else []),
        *(["issued_unread"] if day is None and issued else []),
        *number.warnings(gender, birth),
    ]
    return CardQr(number, old, name, birth, gender, address, day, layout, tuple(warnings))


def _number(text: str) -> IdNumber:
    try:
        number = IdNumber.read(text)
    except IdentifierError:
        raise IdentifierError("card_number") from None
    if number.is_old:
        raise IdentifierError("card_number")
    return number


def _birth(text: str) -> Birth | None:
    try:
        return read_birth(text)
    except BirthError:
        return None


def _day(text: str) -> date | None:
    birth = _birth(text)
    return birth.earliest if birth is not None and birth.precision == "day" else None


def _sex(text: str) -> str | None:
    """Also from what a mangling scanner makes of it: ``Nuwx``, ``Nu74``, ``N?``."""
    plain = fold(text)
    return "m" if plain.startswith("nam") else "f" if plain.startswith("n") else None


def _mangling(name: str, sex: str, address: str) -> list[str]:
    """Signs that the text came through a keyboard: a card writes all its Vietnamese marks."""
    if _VNI.search(name) or _VNI.fullmatch(sex):
        return ["vni_mangled"]
    if not name.isascii():
        return ["marks_lost"] if "\ufffd" in name + address else []
    words = fold(f"{name} {sex}")
    if _TELEX.search(words):
        return ["telex_mangled"]
    lost = "?" in name or "?" in sex or unicodedata.normalize("NFC", sex) in ("Nu", "N", "NU")
    return ["marks_lost"] if lost else []
