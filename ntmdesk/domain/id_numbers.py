"""Personal identification numbers: read, check, mask.

The number has 12 digits and no check digit: three for the place where the birth was registered (the 63
provinces of Thông tư 07/2016, which a number keeps for ever), one for century and sex, two for the year
of birth, six drawn at random.  So only its form can be wrong; everything else is a warning.  The old
identity card (CMND) had nine digits without any meaning and is no longer valid since 01/01/2025.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ntmdesk.domain.births import Birth, BirthError

BULLET = "•"

BIRTH_PROVINCES = {
    "001": "Hà Nội", "002": "Hà Giang", "004": "Cao Bằng", "006": "Bắc Kạn", "008": "Tuyên Quang",
    "010": "Lào Cai", "011": "Điện Biên", "012": "Lai Châu", "014": "Sơn La", "015": "Yên Bái",
    "017": "Hòa Bình", "019": "Thái Nguyên", "020": "Lạng Sơn", "022": "Quảng Ninh", "024": "Bắc Giang",
    "025": "Phú Thọ", "026": "Vĩnh Phúc", "027": "Bắc Ninh", "030": "Hải Dương", "031": "Hải Phòng",
    "033": "Hưng Yên", "034": "Thái Bình", "035": "Hà Nam", "036": "Nam Định", "037": "Ninh Bình",
    "038": "Thanh Hóa", "040": "Nghệ An", "042": "Hà Tĩnh", "044": "Quảng Bình", "045": "Quảng Trị",
    "046": "Thừa Thiên Huế", "048": "Đà Nẵng", "049": "Quảng Nam", "051": "Quảng Ngãi", "052": "Bình Định",
    "054": "Phú Yên", "056": "Khánh Hòa", "058": "Ninh Thuận", "060": "Bình Thuận", "062": "Kon Tum",
    "064": "Gia Lai", "066": "Đắk Lắk", "067": "Đắk Nông", "068": "Lâm Đồng", "070": "Bình Phước",
    "072": "Tây Ninh", "074": "Bình Dương", "075": "Đồng Nai", "077": "Bà Rịa - Vũng Tàu",
    "079": "Hồ Chí Minh", "080": "Long An", "082": "Tiền Giang", "083": "Bến Tre", "084": "Trà Vinh",
    "086": "Vĩnh Long", "087": "Đồng Tháp", "089": "An Giang", "091": "Kiên Giang", "092": "Cần Thơ",
    "093": "Hậu Giang", "094": "Sóc Trăng", "095": "Bạc Liêu", "096": "Cà Mau",
}  # fmt: skip


class IdentifierError(ValueError):
    """Text that is no identifier of its kind.

    ``code`` says why; ``suggestion`` is what was probably meant (a lost leading zero, an old telephone
    prefix), to be offered and never taken silently.  The text itself is not in the message.
    """

    def __init__(self, code: str, suggestion: str | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.suggestion = suggestion


def digits_of(text: str) -> str:
    """The text without blanks, dots, hyphens, and the apostrophe a spreadsheet puts before a number."""
    return re.sub(r"[\s.\-\u2010-\u2015\u200b\ufeff]", "", text.strip().removeprefix("'"))


@dataclass(frozen=True, slots=True)
class IdNumber:
    """A personal identification number of 12 digits, or an old CMND number of 9.

    Its ``repr`` is masked, so that it can stand in a log by accident and tell nothing.
    """

    digits: str = field(repr=False)

    @classmethod
    def read(cls, text: str) -> IdNumber:
        """From what a person or a spreadsheet gives; blanks and dots are dropped.

        Raises ``IdentifierError``: ``id_number_empty``, ``id_number_not_digits``, ``id_number_length``
        (with a suggestion where one leading zero seems lost).
        """
        digits = digits_of(text)
        if not digits:
            raise IdentifierError("id_number_empty")
        if re.fullmatch(r"\d+", digits, re.ASCII) is None:
            raise IdentifierError("id_number_not_digits")
        if len(digits) not in (9, 12):
            restored = "0" + digits
            lost = len(restored) == 12 and restored[:3] in BIRTH_PROVINCES
            raise IdentifierError("id_number_length", restored if lost else None)
        return cls(digits)

    def __repr__(self) -> str:
        return f"IdNumber({self.mask()})"

    @property
    def is_old(self) -> bool:
        """Whether it is a CMND number of 9 digits: a legacy key only."""
        return len(self.digits) == 9

    @property
    def province_code(self) -> str | None:
        """The three digits of the place of birth registration; None for a CMND."""
        return None if self.is_old else self.digits[:3]

    @property
    def province(self) -> str | None:
        """The name of that province as it was; None where the code is not one of the 63."""
        return BIRTH_PROVINCES.get(self.digits[:3]) if not self.is_old else None

    @property
    def sex(self) -> str | None:
        """``m`` or ``f`` as the fourth digit says; None for a CMND."""
        return None if self.is_old else "mf"[int(self.digits[3]) % 2]

    @property
    def birth_year(self) -> int | None:
        """The year of birth as the number says; None for a CMND."""
        if self.is_old:
            return None
        return 1900 + 100 * (int(self.digits[3]) // 2) + int(self.digits[4:6])

    def mask(self) -> str:
        """``038•••••0123``: enough to tell two members of a household apart, not enough to use."""
        shown = "" if self.is_old else self.digits[:3]
        return shown + BULLET * 5 + self.digits[-4:]

    def warnings(self, sex: str | None = None, birth: str | Birth | None = None) -> tuple[str, ...]:
        """What does not fit together; never a reason to refuse.

        ``sex`` is ``m`` or ``f``; ``birth`` a stored date of birth of any precision; what is not given, or
        cannot be read, is not compared.  Codes: ``old_id_number``, ``unknown_birth_province``
        (born abroad, or by a later rule), ``implausible_century``, ``sex_differs``, ``birth_year_differs``.
        """
        if self.is_old:
            return ("old_id_number",)
        found = []
        if self.province is None:
            found.append("unknown_birth_province")
        if self.digits[3] >= "4":
            found.append("implausible_century")
        if sex in ("m", "f") and sex != self.sex:
            found.append("sex_differs")
        year = _year(birth)
        if year is not None and year != self.birth_year:
            found.append("birth_year_differs")
        return tuple(found)


def _year(birth: str | Birth | None) -> int | None:
    try:
        return Birth.parse(birth).year if isinstance(birth, str) else birth.year if birth else None
    except BirthError:
        return None


def mask_id_number(text: str | None) -> str:
    """A stored number for the screen; anything that is no number is hidden whole, absent stays empty."""
    if not text:
        return ""
    try:
        return IdNumber.read(text).mask()
    except IdentifierError:
        return BULLET * 5
