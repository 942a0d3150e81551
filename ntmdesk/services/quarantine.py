"""Values that the upper server refused: listed with the reason, written to a file, taken up again.

Mending one and sending it again is ``syncing.send_again``.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ntmdesk import messages
from ntmdesk.domain.id_numbers import mask_id_number
from ntmdesk.errors import UserError
from ntmdesk.services.exports import BOM, Exported, cell_text
from ntmdesk.services.records import iso_moment
from ntmdesk.services.search import title_of
from ntmdesk.store.peers import Quarantined
from ntmdesk.store.unit_of_work import UnitOfWork
from ntmdesk.system.whole_files import write_whole
from sync.protocol.dots import Dot
from sync.protocol.kinds import Field, Kind, words
from sync.protocol.records import DELETED
from sync.protocol.validation import judge_cell
from sync.protocol.values import judge_value

Row = dict[str, Any]

DELETING = ("Xóa bản ghi", "Deleting the record")
"""What is refused when somebody deletes what another role has written in, Vietnamese and English."""

HEADINGS = (
    "kind",
    "id",
    "title",
    "field",
    "value",
    "code",
    "reason",
    "by",
    "written_at",
    "refused_at",
    "dot",
)


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """One refused value.  ``field``: a field, ``field/row id``, or ``@group``; moments are ISO in UTC.

    ``value``: as it was written, personal numbers masked unless they were asked for; ``reason``: the code in
    words.
    """

    kind: str
    id: str
    title: str
    field: str
    value: Any
    code: str
    reason: str
    by: str
    written_at: str | None
    refused_at: str | None
    dot: str

    def document(self) -> dict[str, Any]:
        """As the command line prints it."""
        return {name: getattr(self, name) for name in HEADINGS}


def refused_rows(uow: UnitOfWork, language: str = "vi", reveal: bool = False) -> list[RefusedRow]:
    """Everything refused that nobody has mended or given up, the oldest refusal first.

    ``reveal``: personal numbers whole.
    """
    found, waiting = [], uow.peers.quarantine()
    for item in waiting:
        row = uow.records.get(item.kind, item.id, deleted=True)
        found.append(
            RefusedRow(
                item.kind,
                item.id,
                title_of(uow, titled(row, waiting), language),
                item.field,
                item.value if reveal else _masked(uow.catalogue.kinds.get(item.kind), item),
                item.code,
                reason_of(uow, item, language),
                _name(uow, item.by),
                iso_moment(item.at),
                iso_moment(item.seen_at),
                item.dot.text,
            )
        )
    return found


def export_refused(uow: UnitOfWork, path: Path, language: str = "vi", reveal: bool = False) -> Exported:
    """Writes all refused values to a CSV file that spreadsheets open safely; the file is its owner's alone.

    UserError ``invalid`` (field ``file``) for another ending than ``.csv``; EnvironmentProblem ``disk_full``,
    ``read_only``, ``file_in_use``.
    """
    if path.suffix.lower() != ".csv":
        raise UserError("invalid", field="file", value=path.suffix, allowed=["csv"])
    rows = refused_rows(uow, language, reveal)
    write_whole(path, _csv(rows), private=True)
    return Exported(len(rows), str(path))


def take_up(uow: UnitOfWork, dot: str, field: str) -> None:
    """Takes back that a refused value was given up: it waits to be mended again.  UserError ``not_found``."""
    uow.peers.take_up(Dot.parse(dot), field)


def titled(row: Row, waiting: Sequence[Quarantined]) -> Row:
    """A record with what was refused of it put back where it is blank now, for saying which one is meant."""
    own = {item.field: item.value for item in waiting if item.id == row["id"] and item.kind == row["kind"]}
    return {**own, **{name: value for name, value in row.items() if value is not None}}


def reason_of(uow: UnitOfWork, item: Quarantined, language: str) -> str:
    """Why the server refused a value, in words: of a row or a group at the member that is wrong.

    A value that the catalogue here takes is told so: this one is newer than the refusal, or older than the
    server's.
    """
    kind, code = uow.catalogue.kinds.get(item.kind), item.code
    if kind is None or code not in messages.PROBLEMS or code in (rule.code for rule in kind.rules):
        return reason(kind, code, language, item.field)
    if judge_cell(uow.catalogue, item.kind, item.field, item.value) is None:
        return messages.problem("taken_here", {}, language)
    if isinstance(item.value, Mapping):
        for field in _members(kind, item.field):
            value = item.value.get(field.name)
            judged = judge_value(uow.catalogue, field, value) if value is not None else None
            if judged is not None and judged[0] == code:
                return f"{words(field.label, language)}: {messages.problem(code, judged[1], language)}"
    return reason(kind, code, language, item.field)


def reason(kind: Kind | None, code: str, language: str, name: str = "") -> str:
    """Why the server refused or flagged something, in words: a rule in the catalogue's own, any other code in
    the program's.

    ``name``: what was refused, as in ``RefusedRow.field``; the sentence may say it and its bounds.
    """
    rule = next((r for r in kind.rules if r.code == code), None) if kind else None
    if rule is not None:
        return str(rule.label.get(language) or rule.label.get("vi", code))
    details = _details(kind, name, language)
    of_a_field = code in messages.PROBLEMS and (bool(details) or code not in messages.ERRORS)
    return (messages.problem if of_a_field else messages.message)(code, details, language)


def field_label(kind: Kind | None, name: str, language: str) -> str:
    """What was refused, in words: a field, a row's field, the members of a group, or the deletion."""
    if name == DELETED:
        return DELETING[language == "en"]
    meant = [f for f in kind.fields if _is_meant(f, name)] if kind is not None else []
    return ", ".join(words(f.label, language) for f in meant) or name


def _is_meant(field: Field, name: str) -> bool:
    return field.cell == name if name.startswith("@") else field.name == name.split("/")[0]


def _members(kind: Kind, name: str) -> Sequence[Field]:
    if name.startswith("@"):
        return kind.groups.get(name[1:], ())
    field = kind.field(name.split("/")[0])
    return field.columns if field is not None else ()


def _details(kind: Kind | None, name: str, language: str) -> dict[str, Any]:
    """Label and bounds of a refused field; nothing for one that the catalogue here does not know."""
    meant = [f for f in kind.fields if _is_meant(f, name)] if kind is not None else []
    if not meant:
        return {}
    said: dict[str, Any] = {"field": ", ".join(words(f.label, language) for f in meant)}
    if len(meant) == 1 and "/" not in name:
        least, most = meant[0].minimum, meant[0].maximum
        most = meant[0].max_length if most is None else most
        bounds = {"min": least, "max": most}
        said |= {key: int(b) if float(b).is_integer() else b for key, b in bounds.items() if b is not None}
    return said


def _csv(rows: list[RefusedRow]) -> Iterator[bytes]:
    yield BOM
    page = io.StringIO(newline="")
    writer = csv.writer(page, lineterminator="\r\n")
    writer.writerow(HEADINGS)
    for row in rows:
        writer.writerow([cell_text(flat(value)) for value in row.document().values()])
    yield page.getvalue().encode()


def flat(value: Any) -> Any:
    """A number or an object as its text, so that a text that begins like a formula is caught in it too."""
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _masked(kind: Kind | None, item: Quarantined) -> Any:
    if kind is None:
        return item.value
    name = item.field.lstrip("@").split("/")[0]
    field = kind.field(name)
    if isinstance(item.value, Mapping):
        inner: dict[str, Field] = {f.name: f for f in kind.fields}
        inner.update({c.name: c for c in field.columns} if field is not None else {})
        return {k: _mask(inner.get(k), v) for k, v in item.value.items()}
    return _mask(field, item.value)


def _mask(field: Field | None, value: Any) -> Any:
    if field is not None and field.type == "id_number" and isinstance(value, str | int):
        return mask_id_number(str(value))
    return value


def _name(uow: UnitOfWork, member: str) -> str:
    found = uow.records.find("member", member) if member else None
    if found is not None:
        return title_of(uow, uow.records.get("member", found, deleted=True))
    return uow.author.name if member == uow.author.person else ""
