"""What can be done with a record of any kind: add, read, list, change, delete, join, undo."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from dataclasses import field as column
from itertools import islice
from typing import Any

from ntmdesk.domain.dates import moment_at
from ntmdesk.errors import UserError
from ntmdesk.services import consents
from ntmdesk.services.filling import fill_in
from ntmdesk.services.persons import LEADING
from ntmdesk.store.conflicts import Conflict
from ntmdesk.store.records import Listing
from ntmdesk.store.unit_of_work import UnitOfWork
from sync.protocol.dots import Dot
from sync.protocol.kinds import UnknownKind
from sync.protocol.validation import writer_of

__all__ = ["Conflict", "Listing", "fill_in"]

Row = dict[str, Any]
Begin = Callable[[], AbstractContextManager[UnitOfWork]]

MERGEABLE = frozenset({"household", "resident"})
"""Kinds of which two records may turn out to be one."""

BATCH = 500
"""Lines that share a transaction: one power cut loses at most these, and none that was acknowledged."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A line that was not taken.  ``details`` are for the sentence; ``problem`` the code at the field."""

    line: int
    code: str
    field: str
    problem: str = ""
    details: Mapping[str, Any] = column(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Added:
    """What became of the lines: one id a line, None where it was refused."""

    ids: list[str | None]
    refused: list[Refused]


@dataclass(frozen=True, slots=True)
class Merged:
    """Two records joined or separated: ``id`` as asked, ``into`` the other, ``sameness`` the verdict's id."""

    id: str
    into: str
    sameness: str


@dataclass(frozen=True, slots=True)
class Undone:
    """What was taken back: the record saved last, its fields, and (kind, id) of all records of that save."""

    kind: str
    id: str
    fields: tuple[str, ...]
    records: tuple[tuple[str, str], ...] = ()


def add(uow: UnitOfWork, kind: str, values: Mapping[str, Any], id: str | None = None) -> str:
    """A new record; returns its id.  The same id and values again change nothing.

    UserError ``unknown_kind invalid unknown_reference id_in_use consent_required not_your_role``.
    """
    _know(uow, kind)
    present = _present(uow, kind, id)
    filled = fill_in(uow, kind, dict(values)) if present is None else {**present, **values}
    _may_write(uow, kind, filled)
    if kind == "resident":
        consents.require_for(uow, id, present or {}, filled)
    return uow.records.add(kind, filled, id=id)


def add_lines(begin: Begin, kind: str, lines: Iterable[str]) -> Added:
    """Adds one record for each line of JSON; a refused line stops nothing.

    ``begin`` opens a transaction; every 500 lines share one.  UserError ``unknown_kind``.
    """
    ids: list[str | None] = []
    refused: list[Refused] = []
    numbered = enumerate(lines, 1)
    with begin() as uow:
        _know(uow, kind)
    for batch in _batches(numbered, BATCH):
        taken: list[str | None] = []
        with begin() as uow:
            for number, line in batch:
                try:
                    taken.append(_add_line(uow, kind, line))
                except UserError as error:
                    taken.append(None)
                    refused.append(refusal(number, error))
        ids += taken
    return Added(ids, refused)


def _batches(lines: Iterator[tuple[int, str]], size: int) -> Iterator[list[tuple[int, str]]]:
    while batch := list(islice(lines, size)):
        yield batch


def _add_line(uow: UnitOfWork, kind: str, line: str) -> str:
    try:
        values = json.loads(line.lstrip("\ufeff"), parse_constant=_no_number)
        json.dumps(values, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError):
        raise UserError("invalid", reason="bad_json") from None
    if not isinstance(values, dict):
        raise UserError("invalid", reason="bad_json")
    if values.pop("kind", kind) != kind:
        raise UserError("invalid", reason="other_kind")
    id = values.pop("id", None)
    if id is not None and not isinstance(id, str):
        raise UserError("invalid", reason="wrong_type", field="id")
    return add(uow, kind, values, id=id)


def _no_number(text: str) -> None:
    """NaN and the infinities are no JSON."""
    raise ValueError(text)


def refusal(line: int, error: UserError) -> Refused:
    """An error as the refusal of one line, told at the first field that has a problem."""
    problems = error.details.get("problems") or ()
    if problems:
        first = problems[0]
        code = first.code if first.code == "unknown_field" else error.code
        where = f"{first.field}/{first.row}/{first.column}".rstrip("/") if first.row else first.field
        return Refused(line, code, where, first.code, dict(first.details))
    details = error.details
    return Refused(line, error.code, str(details.get("field", "")), str(details.get("reason", "")), details)


def get(uow: UnitOfWork, kind: str, key: str, deleted: bool = False) -> Row:
    """A record by id or natural code: its fields, ``id kind state`` and ``history``, oldest change first.

    UserError ``unknown_kind``, ``not_found``.
    """
    id = identify(uow, kind, key, deleted=deleted)
    row = uow.records.get(kind, id, deleted=deleted)
    history = [
        {
            "at": iso_moment(c.at),
            "by": c.by,
            "device": c.device,
            "field": c.field,
            "from": c.before,
            "to": c.after,
        }
        for c in reversed(uow.history.of(id))
    ]
    return {**row, "history": history}


def list_rows(
    uow: UnitOfWork,
    kind: str,
    where: Mapping[str, Any] | None = None,
    search: str | None = None,
    limit: int | None = None,
    deleted: bool = False,
) -> Listing:
    """Rows of a kind: by Vietnamese sort key, else newest date first; ``total`` before the limit.

    UserError ``unknown_kind``, ``unknown_field``.
    """
    _know(uow, kind)
    return uow.records.list(
        kind, where=dict(where) if where else None, search=search, limit=limit, deleted=deleted
    )


def set_fields(
    uow: UnitOfWork,
    kind: str,
    key: str,
    changes: Mapping[str, Any],
    seen: Mapping[str, Dot] | None = None,
) -> Row:
    """Changes fields; None blanks one.  ``seen``: the dots that were on the screen (``records.dots``).

    UserError ``not_found invalid unknown_field unknown_reference consent_required not_your_role``.
    """
    id = identify(uow, kind, key)
    now = uow.records.get(kind, id)
    _may_write(uow, kind, changes)
    if uow.author.role not in LEADING:
        _may_write(uow, kind, {name: now.get(name) for name in changes})
    if kind == "resident":
        consents.require_for(uow, id, now, changes)
    return uow.records.set(kind, id, dict(changes), seen=dict(seen) if seen is not None else None)


def delete(uow: UnitOfWork, kind: str, key: str) -> Row:
    """Puts a record into the trash; it can be restored.  UserError ``not_found``, ``not_your_role``."""
    id = identify(uow, kind, key)
    _may_write(uow, kind, uow.records.get(kind, id, deleted=True))
    return uow.records.delete(kind, id)


def restore(uow: UnitOfWork, kind: str, key: str) -> Row:
    """Takes a record out of the trash."""
    return uow.records.restore(kind, identify(uow, kind, key, deleted=True))


def deleted_rows(uow: UnitOfWork, kind: str | None = None) -> list[Row]:
    """What lies in the trash, of one kind or of all."""
    kinds = [kind] if kind else list(uow.catalogue.kinds)
    return [row for name in kinds for row in uow.records.list(name, deleted=True).rows if row.get("_deleted")]


def merge(uow: UnitOfWork, kind: str, key: str, into: str) -> Merged:
    """Says that two records are one household or person; neither is lost and ``unmerge`` takes it back.

    UserError ``invalid`` for other kinds or for one record with itself, ``not_found``.
    """
    _mergeable(kind)
    a, b = identify(uow, kind, key), identify(uow, kind, into)
    if a == b:
        raise UserError("invalid", reason="same_record")
    return Merged(a, b, _say_sameness(uow, kind, a, b, "same"))


def unmerge(uow: UnitOfWork, kind: str, key: str) -> Merged:
    """Says that a record is not what it was joined with.  UserError ``not_found`` when with none."""
    _mergeable(kind)
    id = identify(uow, kind, key)
    joined = [
        row
        for side in ("a", "b")
        for row in uow.records.list("sameness", where={"of": kind, "verdict": "same", side: id}).rows
    ]
    if not joined:
        raise UserError("not_found", kind="sameness", id=id)
    others = [row["b"] if row["a"] == id else row["a"] for row in joined]
    said = [_say_sameness(uow, kind, id, other, "different") for other in others]
    return Merged(id, others[0], said[0])


def _say_sameness(uow: UnitOfWork, kind: str, a: str, b: str, verdict: str) -> str:
    first, second = sorted((a, b))
    known = uow.records.list("sameness", where={"of": kind, "a": first, "b": second}, deleted=True).rows
    if known:
        id = str(known[0]["id"])
        if known[0].get("_deleted"):
            uow.records.restore("sameness", id)
        if known[0].get("verdict") != verdict:
            uow.records.set("sameness", id, {"verdict": verdict})
        return id
    return uow.records.add("sameness", {"of": kind, "a": first, "b": second, "verdict": verdict})


def conflicts(uow: UnitOfWork, kind: str | None = None) -> list[Conflict]:
    """Fields that two people changed at once and nobody has settled yet."""
    return uow.records.conflicts(kind)


def resolve(uow: UnitOfWork, key: str, field: str, choice: str, seen: Collection[str] | None = None) -> Row:
    """Settles one conflict: ``mine``, ``theirs``, ``dot:REPLICA:N`` or ``value:TEXT``.

    ``mine`` was written by this replica, ``theirs`` is the single other.  ``seen``: the dots that were on the
    screen; a value that came since stays.  UserError ``not_found`` when there is no such conflict,
    ``ambiguous`` (dots) when the word fits several values or none, ``invalid``.
    """
    found = [c for c in uow.records.conflicts() if c.id == key and c.field == field]
    if not found:
        raise UserError("not_found", id=key, field=field)
    conflict = found[0]
    named = None if seen is None else [Dot.parse(text) for text in seen]
    word, _, rest = choice.partition(":")
    if word == "value":
        uow.records.resolve(conflict.id, field, None, read_value(uow, conflict.kind, field, rest), named)
        return uow.records.get(conflict.kind, conflict.id)
    if word == "dot":
        chosen = [v for v in conflict.values if v.dot.text == rest]
        if not chosen:
            raise UserError("not_found", id=key, field=field, dot=rest)
    elif word in ("mine", "theirs"):
        chosen = [v for v in conflict.values if (v.writer == uow.replica) == (word == "mine")]
        if len(chosen) != 1:
            raise UserError("ambiguous", dots=[v.dot.text for v in conflict.values])
    else:
        raise UserError("bad_value", field="choice")
    uow.records.resolve(conflict.id, field, chosen[0].dot, chosen[0].value, named)
    return uow.records.get(conflict.kind, conflict.id)


def read_value(uow: UnitOfWork, kind: str, name: str, text: str) -> Any:
    """A value typed as text, by the type of its field: ``true``, ``12``, ``["a","b"]``, ``a,b``; "" is blank.

    UserError ``unknown_field``, ``invalid`` when the text is not of the type.
    """
    known = uow.catalogue.kind(kind)
    found = known.field(name)
    if found is None and name not in known.groups and "/" not in name:
        raise UserError("unknown_field", kind=kind, field=name)
    if text == "":
        return None
    if found is None or found.type in ("integer", "decimal", "boolean", "object", "rows"):
        try:
            return json.loads(text)
        except ValueError:
            raise UserError("invalid", field=name, reason="wrong_type") from None
    if found.type in ("choices", "references"):
        if text.startswith("["):
            try:
                return json.loads(text)
            except ValueError:
                raise UserError("invalid", field=name, reason="wrong_type") from None
        return [part.strip() for part in text.split(",") if part.strip()]
    return text


def undo(uow: UnitOfWork) -> Undone:
    """Takes back the last save of the person at work, as an ordinary new edit.

    UserError ``nothing_to_undo``; ``moved_on`` when somebody changed the fields since.
    """
    done = uow.history.last(uow.author)
    if done is None:
        raise UserError("nothing_to_undo")
    saves = uow.history.undo(done)
    main = saves[-1]
    dots = {save.dot for save in saves if save.id == main.id}
    fields = {c.field for c in uow.history.of(main.id) if c.dot in dots and not c.field.startswith("_")}
    records = tuple(dict.fromkeys((save.kind, save.id) for save in saves))
    return Undone(main.kind, main.id, tuple(sorted(fields)), records)


def iso_moment(seconds: int) -> str | None:
    """Seconds since 1970 as an ISO moment in UTC; None where no moment is known (0)."""
    moment = moment_at(seconds)
    return moment.isoformat() if moment else None


def identify(uow: UnitOfWork, kind: str, key: str, deleted: bool = False) -> str:
    """The id of a record named by id or natural code.  UserError ``unknown_kind``, ``not_found``."""
    _know(uow, kind)
    found = uow.records.find(kind, key)
    if found is not None:
        return found
    if deleted:
        return key
    raise UserError("not_found", kind=kind, id=key)


def _present(uow: UnitOfWork, kind: str, id: str | None) -> Row | None:
    """The fields of a record that is here already, so that adding it again is compared with all of them."""
    if id is None or uow.records.find(kind, id) != id:
        return None
    row = uow.records.get(kind, id)
    return {name: value for name, value in row.items() if uow.catalogue.kind(kind).field(name)}


def _know(uow: UnitOfWork, kind: str) -> None:
    try:
        uow.catalogue.kind(kind)
    except UnknownKind:
        raise UserError("unknown_kind", kind=kind) from None


def _mergeable(kind: str) -> None:
    if kind not in MERGEABLE:
        raise UserError("invalid", reason="not_mergeable", kind=kind)


def _may_write(uow: UnitOfWork, kind_name: str, values: Mapping[str, Any]) -> None:
    """Refuses what the person's role may not write, before the upper server would refuse it."""
    _know(uow, kind_name)
    kind = uow.catalogue.kind(kind_name)
    needed = {kind.writer}
    for name, value in values.items():
        found = kind.field(name)
        if found is not None and value is not None:
            needed.add(writer_of(uow.catalogue, kind_name, found.cell, value))
    if "server" in needed:
        raise UserError("not_your_role", needed="server")
    if "leader" in needed and uow.author.role not in LEADING:
        raise UserError("not_your_role", needed="leader")
