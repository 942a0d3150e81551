"""Vietnamese telephone numbers: read, show, mask.

A mobile number has 10 digits (0, then 3 5 7 8 or 9), a landline 11 (02 and the area).  Carrier prefixes
are not checked: published tables differ and change.
"""

from __future__ import annotations

import re

from ntmdesk.domain.id_numbers import BULLET, IdentifierError, digits_of

_RENUMBERED = {
    "0120": "070", "0121": "079", "0122": "077", "0123": "083", "0124": "084", "0125": "085", "0126": "076",
    "0127": "081", "0128": "078", "0129": "082", "0162": "032", "0163": "033", "0164": "034", "0165": "035",
    "0166": "036", "0167": "037", "0168": "038", "0169": "039", "0186": "056", "0188": "058", "0199": "059",
}  # fmt: skip
_MOBILE = re.compile(r"0[35789]\d{8}", re.ASCII)
_LANDLINE = re.compile(r"02\d{9}", re.ASCII)
_WIDE_AREAS = ("024", "028")  # Hà Nội and Hồ Chí Minh: three digits of area, eight of subscriber


def read_phone(text: str) -> str:
    """The digits of a number, beginning with 0; ``+84``, ``0084`` and separators are understood.

    Raises ``IdentifierError``: ``phone_empty``, ``phone_not_digits``, ``phone_renumbered`` (a mobile number
    of 11 digits from before 2018; the new one is suggested), ``phone_lost_zero`` (suggested with it),
    ``phone_length``, ``phone_prefix``.
    """
    digits = re.sub(r"[()/]", "", digits_of(text))
    if not digits:
        raise IdentifierError("phone_empty")
    if digits.startswith("+84"):
        digits = "0" + digits[3:].removeprefix("0")
    elif digits.startswith("0084"):
        digits = "0" + digits[4:].removeprefix("0")
    elif digits.startswith("84") and _known("0" + digits[2:]):
        digits = "0" + digits[2:]
    if re.fullmatch(r"\d+", digits, re.ASCII) is None:
        raise IdentifierError("phone_not_digits")
    if _known(digits):
        return digits
    if len(digits) == 11 and digits[:4] in _RENUMBERED:
        raise IdentifierError("phone_renumbered", _RENUMBERED[digits[:4]] + digits[4:])
    if _known("0" + digits):
        raise IdentifierError("phone_lost_zero", "0" + digits)
    expected = 11 if digits.startswith("02") else 10
    raise IdentifierError("phone_prefix" if len(digits) == expected else "phone_length")


def _known(digits: str) -> bool:
    return bool(_MOBILE.fullmatch(digits) or _LANDLINE.fullmatch(digits))


def _groups(digits: str) -> tuple[str, str, str]:
    area = 3 if digits.startswith(_WIDE_AREAS) else 4
    last = 4 if len(digits) == 11 else 3
    return digits[:area], digits[area:-last], digits[-last:]


def format_phone(text: str | None) -> str:
    """``0912 345 678``, ``024 3825 1234``, ``0237 385 1234``; what is no number is shown as it stands."""
    if not text:
        return ""
    try:
        return " ".join(_groups(read_phone(text)))
    except IdentifierError:
        return text


def mask_phone(text: str | None) -> str:
    """``09•• ••• 678``: the last group and the beginning; what is no number is hidden whole."""
    if not text:
        return ""
    try:
        digits = read_phone(text)
    except IdentifierError:
        return BULLET * 5
    area, middle, last = _groups(digits)
    return f"{area[:2]}{BULLET * (len(area) - 2)} {BULLET * len(middle)} {last}"
