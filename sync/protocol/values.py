"""One value of one field: tidied as typed, and judged by its type, cap, pattern and choice list."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import msgspec

from sync.protocol.kinds import SET_TYPES, Catalogue, Field

ROW_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")
"""What a row's id or a set element may look like: it becomes part of a cell's name."""

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_BIRTH = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_CLOCK = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:Z|[+-]\d{2}:\d{2})?")
_ID_NUMBER = re.compile(r"\d{12}|\d{9}")
_PHONE = re.compile(r"\+?\d{8,15}|\d{3,6}")
_URL = re.compile(r"https?://[^\s/?#]+\.[^\s]*")
_NUMBER_NOISE = re.compile(r"[\s.\-()]")
_SPACES = re.compile(r"\s+")

Judged = tuple[str, dict[str, Any]] | None

_canonical = msgspec.json.Encoder(order="deterministic").encode


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


# --- tidying ---------------------------------------------------------------------------------------------


def _tidy_text(text: str) -> str | None:
    return unicodedata.normalize("NFC", text).strip().strip("\ufeff\u200b").strip() or None


def tidy_unknown(value: Any) -> Any:
    """A value of a field nobody here knows: only an empty text becomes blank."""
    return _tidy_text(value) if isinstance(value, str) else value


def tidy(field: Field, value: Any) -> Any:
    """A value as typed, tidied for its field; what cannot be tidied comes back as it was, to be judged."""
    if value is None:
        return None
    if field.type in SET_TYPES:
        return _tidy_set(value)
    if field.type == "rows":
        return _tidy_rows(field, value)
    if isinstance(value, str):
        return _tidy_one(field, value)
    if field.type == "object":
        return value or None
    if field.type in ("birth", "text") and isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if field.type == "integer" and isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _tidy_one(field: Field, value: str) -> Any:
    text = _tidy_text(value)
    if text is None:
        return None
    if field.type in ("id_number", "phone"):
        return _NUMBER_NOISE.sub("", text)
    if field.type == "long_text":
        return text.replace("\r\n", "\n").replace("\r", "\n")
    if field.type in ("text", "url"):
        return _SPACES.sub(" ", text)
    return text


def _tidy_set(value: Any) -> Any:
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, list | tuple | set | frozenset):
        return value
    elements = [_tidy_text(e) if isinstance(e, str) else e for e in value]
    if isinstance(value, set | frozenset):
        elements.sort(key=str)
    return [e for e in elements if e is not None] or None


def _tidy_rows(field: Field, value: Any) -> Any:
    if not isinstance(value, list | tuple):
        return value
    rows: list[Any] = []
    for row in value:
        if not isinstance(row, Mapping):
            rows.append(row)
            continue
        tidied: dict[str, Any] = {}
        for name, member in row.items():
            column = field.column(name)
            tidied[name] = tidy(column, member) if column else tidy_unknown(member)
        rows.append({k: v for k, v in tidied.items() if v is not None})
    return rows or None


_TRUE = frozenset({"true", "1", "yes", "x", "có", "co", "đúng"})
_FALSE = frozenset({"false", "0", "no", "không", "khong", "sai"})


def from_text(field: Field, text: str) -> Any:
    """A value out of one text, as the command line and spreadsheets give it; None for an empty one.

    Numbers are read with ``.`` or ``,`` before decimals; booleans as true/false, 1/0, có/không, x; sets as
    elements parted by ``,`` or ``;``; rows and objects as JSON.  What cannot be read comes back as text,
    so that validation names it.
    """
    clean = _tidy_text(text)
    if clean is None:
        return None
    if field.type == "boolean":
        word = clean.lower()
        return True if word in _TRUE else False if word in _FALSE else clean
    if field.type in ("integer", "decimal"):
        return _read_number(clean)
    if field.type in SET_TYPES and not clean.startswith("["):
        return [part.strip() for part in re.split(r"[,;]", clean) if part.strip()] or None
    if field.type in (*SET_TYPES, "rows", "object"):
        try:
            return msgspec.json.decode(clean)
        except msgspec.DecodeError:
            return clean
    return clean


def _read_number(text: str) -> int | float | str:
    if re.fullmatch(r"[+-]?\d{1,18}", text, re.ASCII):
        return int(text)
    if re.fullmatch(r"[+-]?\d{1,15}[.,]\d{1,9}", text, re.ASCII):
        return float(text.replace(",", "."))
    return text


# --- judging ---------------------------------------------------------------------------------------------


def judge_value(catalogue: Catalogue, field: Field, value: Any) -> Judged:
    """What is wrong with one value that is not blank: code and details, or None.

    For a set it judges one element.  ``rows`` are judged by their columns elsewhere.
    """
    if field.type in ("choice", "choices"):
        return _judge_choice(catalogue, field, value)
    if field.type in ("reference", "references"):
        return _judge_reference(value)
    if field.type == "boolean":
        return None if isinstance(value, bool) else _wrong(field)
    if field.type in ("integer", "decimal"):
        return _judge_number(field, value)
    if field.type == "object":
        return _judge_object(field, value)
    if not isinstance(value, str):
        return _wrong(field)
    return _judge_text(field, value)


def _wrong(field: Field) -> Judged:
    return "wrong_type", {"type": field.type}


def _judge_choice(catalogue: Catalogue, field: Field, value: Any) -> Judged:
    if not isinstance(value, str):
        return _wrong(field)
    if not _CODE.fullmatch(value):
        return "bad_code", {}
    known = catalogue.lists.get(field.choices)
    if known is None or known.get(value) is None:
        return "unknown_choice", {"value": value, "list": field.choices}
    return None


def _judge_reference(value: Any) -> Judged:
    if not isinstance(value, str):
        return "wrong_type", {"type": "reference"}
    return None if ROW_ID.fullmatch(value) else ("bad_reference", {})


def _judge_number(field: Field, value: Any) -> Judged:
    if isinstance(value, bool) or not isinstance(value, int if field.type == "integer" else int | float):
        return "not_a_number", {"type": field.type}
    if value != value or value in (float("inf"), float("-inf")):
        return "not_a_number", {"type": field.type}
    if field.minimum is not None and value < field.minimum:
        return "too_small", {"min": field.minimum}
    if field.maximum is not None and value > field.maximum:
        return "too_large", {"max": field.maximum}
    return None


def _judge_object(field: Field, value: Any) -> Judged:
    if not isinstance(value, Mapping):
        return _wrong(field)
    try:
        size = len(_canonical(value))
    except (TypeError, msgspec.MsgspecError):
        return _wrong(field)
    if field.max_length is not None and size > field.max_length:
        return "too_long", {"length": size, "max": field.max_length}
    return None


def _judge_text(field: Field, value: str) -> Judged:
    if field.max_length is not None and len(value) > field.max_length:
        return "too_long", {"length": len(value), "max": field.max_length}
    if _UNSTORABLE.search(value):
        return _wrong(field)
    code = _FORMS[field.type](value) if field.type in _FORMS else None
    if code is not None:
        return code, {}
    if field.pattern and not _compiled(field.pattern).fullmatch(value):
        return "bad_pattern", {"pattern": field.pattern}
    return None


_COLUMNS = {
    "text": None,
    "long_text": None,
    "id_number": re.compile(rf"(?:(?:{_ID_NUMBER.pattern})\n)*", re.ASCII),
    "phone": re.compile(rf"(?:(?:{_PHONE.pattern})\n)*", re.ASCII),
}
"""Types of text that are judged a column at a time, with what all values together match."""


def texts_are_fine(field: Field, values: Sequence[str]) -> bool:
    """Whether ``judge_value`` finds nothing wrong with any of many texts; False: ask one by one."""
    if field.type not in _COLUMNS or field.pattern or not values:
        return False
    if field.max_length is not None and max(map(len, values)) > field.max_length:
        return False
    joined = "\n".join((*values, ""))
    if not "".join(values).isprintable() and _UNSTORABLE.search(joined):
        return False
    form = _COLUMNS[field.type]
    return form is None or (joined.count("\n") == len(values) and form.fullmatch(joined) is not None)


def read_date(text: str) -> dt.date | None:
    """A date written YYYY-MM-DD that exists, between 1850 and 2199; None otherwise."""
    if not _DATE.fullmatch(text) or not text.isascii():
        return None
    try:
        date = dt.date.fromisoformat(text)
    except ValueError:
        return None
    return date if 1850 <= date.year <= 2199 else None


def first_day(text: str) -> dt.date | None:
    """The day a date, birth or timestamp begins with; None when it is none."""
    birth = _BIRTH.fullmatch(text)
    if birth:
        year, month, day = birth.groups()
        return read_date(f"{year}-{month or '01'}-{day or '01'}")
    return read_date(text[:10]) if _CLOCK.fullmatch(text) else None


def _date(value: str) -> str | None:
    return None if read_date(value) else "bad_date"


def _birth(value: str) -> str | None:
    good = _BIRTH.fullmatch(value) and value.isascii() and first_day(value)
    return None if good else "bad_birth"


def _time(value: str) -> str | None:
    return None if _TIME.fullmatch(value) and value.isascii() else "bad_time"


def _timestamp(value: str) -> str | None:
    if read_date(value):
        return None
    if not _CLOCK.fullmatch(value) or not value.isascii() or not read_date(value[:10]):
        return "bad_timestamp"
    try:
        dt.datetime.fromisoformat(value)
    except ValueError:
        return "bad_timestamp"
    return None


def _id_number(value: str) -> str | None:
    return None if _ID_NUMBER.fullmatch(value) and value.isascii() else "bad_id_number"


def _phone(value: str) -> str | None:
    return None if _PHONE.fullmatch(value) and value.isascii() else "bad_phone"


def _url(value: str) -> str | None:
    return None if _URL.fullmatch(value) else "bad_url"


_FORMS = {
    "date": _date,
    "birth": _birth,
    "time": _time,
    "timestamp": _timestamp,
    "id_number": _id_number,
    "phone": _phone,
    "url": _url,
}
