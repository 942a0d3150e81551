"""``add get list set delete restore``: records of any kind."""

from __future__ import annotations

import argparse
import re
import sys
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from ntmdesk.cli.answer import Answer, Table
from ntmdesk.cli.desk import Desk, Words
from ntmdesk.domain.dates import format_date, format_moment

if TYPE_CHECKING:
    from ntmdesk.cli.verbs import Verbs
    from ntmdesk.services.records import Refused
    from ntmdesk.store.unit_of_work import UnitOfWork
    from sync.protocol.kinds import Field, Kind

_ADDED: Words = ("Đã ghi {n} bản ghi.", "{n} records were written.")
_REFUSED: Words = ("Dòng {line}: {message}", "Line {line}: {message}")
_SHOWN: Words = ("{n} trên tổng số {total}.", "{n} of {total}.")
_FIELD: Words = ("Mục", "Field")
_VALUE: Words = ("Giá trị", "Value")
_STATE: Words = ("Trạng thái", "State")
_DELETED: Words = ("Đã xóa", "Deleted")
_STATES: dict[str, Words] = {
    "local": ("ở máy này", "on this laptop"),
    "carried": ("đang mang đi", "carried"),
    "received": ("đã nhận", "received"),
    "accepted": ("đã chấp nhận", "accepted"),
    "refused": ("bị từ chối", "refused"),
}
_NOW: Words = ("{id}: {state}", "{id}: {state}")
_BAD_JSON: Words = ("không phải một bản ghi JSON", "not a record in JSON")
_MASKED = {"id_number", "phone"}
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def register(verbs: Verbs) -> None:
    """Adds the verbs."""
    kind = verbs.say(("loại sổ", "kind of record"))
    parser = verbs.add("add", add, help=("ghi mới từ các dòng JSON", "record new ones from lines of JSON"))
    parser.add_argument("kind", metavar="KIND", help=kind)
    parser.add_argument("file", metavar="FILE", nargs="?", default="-")
    parser = verbs.add("get", get, help=("xem một bản ghi", "show one record"))
    parser.add_argument("kind", metavar="KIND", help=kind)
    parser.add_argument("id", metavar="ID")
    parser = verbs.add("list", list_rows, help=("liệt kê", "list records"))
    parser.add_argument("kind", metavar="KIND", help=kind)
    parser.add_argument("--where", metavar="F=V", action="append", default=[])
    parser.add_argument("--search", metavar="T")
    parser.add_argument("--limit", metavar="N", type=_count)
    parser.add_argument("--deleted", action="store_true")
    parser = verbs.add("set", set_fields, help=("sửa mục của bản ghi", "change fields"))
    parser.add_argument("kind", metavar="KIND", help=kind)
    parser.add_argument("id", metavar="ID")
    parser.add_argument("changes", metavar="F=V", nargs="+")
    for name, run, words in (
        ("delete", delete, ("bỏ vào thùng rác", "put into the trash")),
        ("restore", restore, ("lấy lại từ thùng rác", "take out of the trash")),
    ):
        parser = verbs.add(name, run, help=words)
        parser.add_argument("kind", metavar="KIND", help=kind)
        parser.add_argument("id", metavar="ID")


def _count(text: str) -> int:
    number = int(text)
    if number < 0:
        raise ValueError(text)
    return number


def lines_of(file: str) -> Iterator[str]:
    """Lines of a UTF-8 file, or of stdin for ``-``.  ``file_not_found``, ``file_unreadable``.

    A line that is no UTF-8 is told by half surrogates, so that it is refused and the lines after it are read.
    """
    from ntmdesk.errors import UserError

    try:
        if file == "-":
            for raw in sys.stdin.buffer:
                yield raw.decode("utf-8", "surrogateescape").rstrip("\r\n")
            return
        with open(file, "rb") as source:
            for raw in source:
                yield raw.decode("utf-8", "surrogateescape").rstrip("\r\n")
    except FileNotFoundError:
        raise UserError("file_not_found", file=file) from None
    except OSError:
        raise UserError("file_unreadable", file=file) from None


def add(desk: Desk, options: argparse.Namespace) -> Answer:
    """One record a line; a refused line stops nothing."""
    from ntmdesk.services import records

    found = records.add_lines(desk.begin, options.kind, lines_of(options.file))
    refused = [
        {
            "line": r.line,
            "code": r.code,
            "field": r.field,
            "message": sentence(desk, r),
            "problem": r.problem,
        }
        for r in found.refused
    ]
    count = sum(id is not None for id in found.ids)
    text = [desk.say(_ADDED, n=count)]
    text += [
        desk.say(_REFUSED, line=r["line"], message=f"{r['field']} {r['message']}".strip()) for r in refused
    ]
    return Answer({"ids": found.ids, "refused": refused}, text)


def sentence(desk: Desk, refused: Refused) -> str:
    """What is wrong with a line, in words."""
    from ntmdesk import messages

    if refused.problem == "bad_json":
        return desk.say(_BAD_JSON)
    if refused.problem and refused.problem in messages.PROBLEMS:
        return messages.problem(refused.problem, refused.details, desk.language)
    return messages.message(refused.code, refused.details, desk.language)


def get(desk: Desk, options: argparse.Namespace) -> Answer:
    """Fields, id, kind, state and history of one record."""
    from ntmdesk.services import records

    with desk.look() as uow:
        row = records.get(uow, options.kind, options.id)
        kind = uow.catalogue.kind(options.kind)
        rows = [
            [desk.label(f.label), value_text(desk, uow, f, row[f.name])] for f in kind.fields if f.name in row
        ]
    rows.append([desk.say(_STATE), state_text(desk, row["state"])])
    return Answer(row, Table([desk.say(_FIELD), desk.say(_VALUE)], rows))


def list_rows(desk: Desk, options: argparse.Namespace) -> Answer:
    """Rows of a kind."""
    from ntmdesk.services import records, trash

    with desk.look() as uow:
        where = conditions(desk, uow, options.kind, options.where)
        found = records.list_rows(
            uow, options.kind, where or None, options.search, options.limit, options.deleted
        )
        rows = trash.told(uow, found.rows) if options.deleted else found.rows
        kind = uow.catalogue.kind(options.kind)
        text = [] if desk.json else _table(desk, uow, kind, rows, options.deleted)
    document = {"rows": rows, "total": found.total}
    return Answer(document, [*text, desk.say(_SHOWN, n=len(rows), total=found.total)])


def _table(
    desk: Desk, uow: UnitOfWork, kind: Kind, rows: list[dict[str, Any]], deleted: bool
) -> list[str | Table]:
    fields = [f for name in kind.columns if (f := kind.field(name)) is not None]
    headings = ["id", *(desk.label(f.label) for f in fields), *([desk.say(_DELETED)] if deleted else [])]
    lines = [[row["id"], *(value_text(desk, uow, f, row.get(f.name)) for f in fields)] for row in rows]
    if deleted:
        for row, line in zip(rows, lines, strict=True):
            line.append(_deletion(uow, row))
    return [Table(headings, lines)] if rows else []


def _deletion(uow: UnitOfWork, row: dict[str, Any]) -> str:
    """When and by whom a row of the trash was deleted, as far as it is known; "" for a living one."""
    if not row.get("_deleted"):
        return ""
    parts = (day_text(row["_deleted_at"] or ""), person_text(uow, row["_deleted_by"] or ""))
    return " · ".join(part for part in parts if part) or "–"


def conditions(desk: Desk, uow: UnitOfWork, kind: str, texts: Sequence[str]) -> dict[str, Any]:
    """What every ``--where F=V`` asks for; all of them must hold, also several of one field.

    Raises as ``condition``; wrong usage without ``=``.
    """
    from ntmdesk.store.questions import Every

    asked: dict[str, list[Any]] = {}
    for name, text in (assignment(desk, text) for text in texts):
        asked.setdefault(name, []).append(condition(uow, kind, name, text))
    return {name: values[0] if len(values) == 1 else Every(values) for name, values in asked.items()}


def condition(uow: UnitOfWork, kind: str, name: str, text: str) -> Any:
    """The value a field is asked for; one element for sets.  ``state``: where a record stands.

    UserError ``unknown_kind``, ``unknown_field``, ``invalid``; ``unknown_reference`` for a natural code that
    nothing has.  An id may name a record that has not come yet.
    """
    from ntmdesk.errors import UserError
    from ntmdesk.services import records

    text = unicodedata.normalize("NFC", text)
    if name in ("id", "state"):
        return text
    known = uow.catalogue.kinds.get(kind)
    if known is None:
        raise UserError("unknown_kind", kind=kind)
    found = known.field(name)
    if found is None:
        raise UserError("unknown_field", kind=kind, field=name)
    if found.refers and text and uow.records.find(found.refers, text) is None and not _ID.fullmatch(text):
        raise UserError("unknown_reference", field=name, value=text)
    if found.type in ("choices", "references"):
        return text or None
    return records.read_value(uow, kind, name, text)


def assignment(desk: Desk, text: str) -> tuple[str, str]:
    """``f=v`` as a pair; wrong usage without ``=``."""
    name, equals, value = text.partition("=")
    if not equals or not name:
        desk.usage(text)
    return name, value


def set_fields(desk: Desk, options: argparse.Namespace) -> Answer:
    """Changes fields; ``f=`` blanks one."""
    from ntmdesk.services import records

    pairs = [assignment(desk, text) for text in options.changes]
    with desk.begin() as uow:
        records.identify(uow, options.kind, options.id)
        changes = {name: records.read_value(uow, options.kind, name, text) for name, text in pairs}
        row = records.set_fields(uow, options.kind, options.id, changes)
    return _state_answer(desk, row)


def delete(desk: Desk, options: argparse.Namespace) -> Answer:
    """Into the trash."""
    from ntmdesk.services import records

    with desk.begin() as uow:
        row = records.delete(uow, options.kind, options.id)
    return _state_answer(desk, row)


def restore(desk: Desk, options: argparse.Namespace) -> Answer:
    """Out of the trash."""
    from ntmdesk.services import records

    with desk.begin() as uow:
        row = records.restore(uow, options.kind, options.id)
    return _state_answer(desk, row)


def _state_answer(desk: Desk, row: dict[str, Any]) -> Answer:
    document = {"id": row["id"], "state": row["state"]}
    return Answer(document, desk.say(_NOW, id=row["id"], state=state_text(desk, row["state"])))


def state_text(desk: Desk, state: str) -> str:
    """A record's state in words."""
    return desk.say(_STATES[state]) if state in _STATES else state


def value_text(desk: Desk, uow: UnitOfWork, field: Field, value: Any) -> str:
    """A value as people read it: labels for codes, names for references, masked numbers."""
    if value is None:
        return ""
    if field.type in _MASKED:
        from ntmdesk.domain.id_numbers import mask_id_number
        from ntmdesk.domain.telephones import mask_phone

        return mask_id_number(str(value)) if field.type == "id_number" else mask_phone(str(value))
    if field.type in ("choice", "choices"):
        codes = value if isinstance(value, list) else [value]
        return ", ".join(uow.catalogue.choice_label(field.choices, str(c), desk.language) for c in codes)
    if field.type in ("reference", "references"):
        ids = value if isinstance(value, list) else [value]
        return ", ".join(reference_text(uow, field.refers, str(id)) for id in ids)
    if field.type == "rows":
        return str(len(value))
    if field.type == "boolean":
        return desk.say(("có", "yes")) if value else desk.say(("không", "no"))
    if field.type == "object":
        return "…"
    if field.type in ("date", "timestamp"):
        return day_text(str(value))
    if field.type == "birth":
        from ntmdesk.domain.births import BirthError, read_birth

        with suppress(BirthError):
            return read_birth(str(value)).shown
    return str(value)


def day_text(value: str) -> str:
    """A day or a moment in ISO form as people read it, in Vietnam's time; anything else as it stands."""
    try:
        if len(value) == len("2026-11-22"):
            return format_date(date.fromisoformat(value))
        moment = datetime.fromisoformat(value)
    except ValueError:
        return value
    return format_moment(moment) if moment.tzinfo else value


def person_text(uow: UnitOfWork, id: str) -> str:
    """A member, or the person at work, by name; "" for somebody whose record has not come."""
    if id == uow.author.person:
        return uow.author.name
    return reference_text(uow, "member", id) if id and uow.records.find("member", id) else ""


def reference_text(uow: UnitOfWork, kind: str, id: str) -> str:
    """What a person calls the record of a reference; the id of one that is not here."""
    from ntmdesk.services.search import title_of

    key = uow.records.find(kind, id)
    return title_of(uow, uow.records.get(kind, key, deleted=True)) if key else id
