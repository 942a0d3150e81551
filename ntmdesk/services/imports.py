"""Lists of households and residents in: planned row by row, explained, then written in small transactions.

A row is added, changes what it finds, is the same, looks like a double, is refused or skipped; importing the
same file again changes nothing.  Rows find their record by code or number, else by name and place.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ntmdesk.errors import UserError
from ntmdesk.services import consents, records
from ntmdesk.services.clock import today
from ntmdesk.services.csv_sheets import Sheet, SheetRow, heading_key, read_sheet
from ntmdesk.services.import_columns import Columns, propose, read_mapping, synonyms
from ntmdesk.services.import_matching import DoubleFound, Matching, matching_for
from ntmdesk.services.import_values import NO, Flaw, Read, read_cell
from ntmdesk.services.steps import QUIET, Step
from ntmdesk.store.unit_of_work import UnitOfWork
from ntmdesk.system.whole_files import told
from sync.protocol.validation import Problem, normalise, validate

__all__ = ["Columns", "Imported", "PlannedRow", "Preview", "Refused", "Sheet", "plan_rows", "preview",
           "propose", "read", "read_file", "read_mapping", "run"]  # fmt: skip

Begin = Callable[[], AbstractContextManager[UnitOfWork]]
BATCH = 200
"""Rows that share a transaction."""

CONSENT = {
    "purposes": ["identity", "support"],
    "legal_basis": "consent",
    "channel": "paper",
}
"""What a mark in the column "Đồng ý" stands for: a signed list on paper."""

HELD = "held_without_consent"
"""The warning at a number that was held back while its person was taken."""


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """What will become of one row.

    ``action``: ``add change same double refuse skip``.  ``values``: fields as they would be written (of a
    change only what differs).  ``match``: id of the record it was found to be.  ``consent``: a consent comes
    with it.  ``doubles``: records it may be, each with reasons.  ``held``: numbers the row brings that no
    consent covers; they are not written.
    """

    line: int
    action: str
    values: Mapping[str, Any]
    problems: tuple[Flaw, ...] = ()
    warnings: tuple[Flaw, ...] = ()
    match: str | None = None
    consent: bool = False
    doubles: tuple[DoubleFound, ...] = ()
    held: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Preview:
    """The first rows and how many there are of each action; nothing was written."""

    lines: tuple[PlannedRow, ...]
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that was not taken, by its first problem."""

    line: int
    code: str
    field: str
    value: str = ""

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return {"line": self.line, "code": self.code, "field": self.field, "message": self.value}


@dataclass(slots=True)
class Imported:
    """What an import did, or with ``dry_run`` would do.  ``rows``: rows of data in the file."""

    rows: int
    added: int = 0
    changed: int = 0
    same: int = 0
    doubles: list[DoubleFound] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    warnings: list[tuple[int, Flaw]] = field(default_factory=list)
    skipped: tuple[tuple[int, str], ...] = ()
    unknown: tuple[str, ...] = ()
    cancelled: bool = False
    dry_run: bool = False
    ids: list[str] = field(default_factory=list)

    def document(self) -> dict[str, Any]:
        """The binding JSON of the verb ``import``, and what else is worth knowing."""
        return {
            "rows": self.rows,
            "added": self.added,
            "changed": self.changed,
            "doubles": len(self.doubles),
            "refused": [r.document() for r in self.refused],
            "same": self.same,
            "found": [d.document() for d in self.doubles],
            "warnings": [{"line": n, "code": w.code, "field": w.field} for n, w in self.warnings],
            "skipped": [{"line": n, "why": why} for n, why in self.skipped],
            "unknown": list(self.unknown),
            "cancelled": self.cancelled,
            "dry_run": self.dry_run,
        }


def read_file(path: Path) -> bytes:
    """The bytes of a file a person chose; UserError ``not_found``, EnvironmentProblem ``read_only``."""
    try:
        return path.read_bytes()
    except OSError as problem:
        raise told(problem, path) from problem


def read(data: bytes, kind: str, chosen: Mapping[str, str] | None = None) -> Sheet:
    """The table of a file.  UserError ``import_unreadable`` (reason), ``import_kind``, ``not_yet``."""
    known = set(synonyms(kind).headings) | {heading_key(h) for h in chosen or {}}
    return read_sheet(data, known.__contains__)


def preview(
    uow: UnitOfWork,
    kind: str,
    sheet: Sheet,
    columns: Columns,
    limit: int = 20,
    sure: Collection[int] = (),
) -> Preview:
    """What would become of the rows; the first ``limit`` of them in full.  ``sure``: as in ``run``."""
    matching = matching_for(uow, kind)
    planned = plan_rows(uow, kind, sheet.rows, columns, matching, sure)
    counts: dict[str, int] = {}
    for row in planned:
        counts[row.action] = counts.get(row.action, 0) + 1
    return Preview(tuple(planned[:limit]), counts)


def run(
    begin: Begin,
    kind: str,
    sheet: Sheet,
    columns: Columns,
    dry_run: bool = False,
    step: Step = QUIET,
    batch: int = BATCH,
    sure: Collection[int] = (),
) -> Imported:
    """Imports a table.  ``begin`` opens a unit of work; each batch of rows is one transaction, and a row is
    written whole or not at all.  ``sure``: lines to add although they look like doubles.

    Cancelling stops between batches; what was written stays, and the import may be run again.
    UserError ``import_missing`` (fields) when a needed column is not mapped.
    """
    if columns.missing:
        raise UserError("import_missing", fields=list(columns.missing))
    result = Imported(len(sheet.rows), skipped=sheet.skipped, unknown=columns.unknown, dry_run=dry_run)
    run_ = _Run(begin, kind, columns, dry_run, frozenset(sure), result)
    step.tell(0, len(sheet.rows), "import")
    for first in range(0, len(sheet.rows), batch):
        if step.cancelled:
            result.cancelled = True
            break
        run_.batch(sheet.rows[first : first + batch])
        step.tell(min(first + batch, len(sheet.rows)), len(sheet.rows), "import")
    return result


class _Stopped(Exception):
    """A row was refused while it was being written: the batch goes back and is done without it."""

    def __init__(self, line: int, refusal: Refused) -> None:
        super().__init__(line)
        self.line = line
        self.refusal = refusal


@dataclass(slots=True)
class _Run:
    """One import while it runs."""

    begin: Begin
    kind: str
    columns: Columns
    dry_run: bool
    sure: Collection[int]
    result: Imported
    matching: Matching | None = None
    lines: dict[str, int] = field(default_factory=dict)

    def batch(self, rows: Sequence[SheetRow]) -> None:
        """Writes some rows in one transaction; what comes to be refused only then is left out whole."""
        left = list(rows)
        while left:
            before = dict(self.matching.lines) if self.matching else self.lines
            try:
                with self.begin() as uow:
                    self.matching = self.matching or matching_for(uow, self.kind, before)
                    planned = plan_rows(uow, self.kind, left, self.columns, self.matching, self.sure)
                    ids = [None if self.dry_run else self._write(uow, row) for row in planned]
            except _Stopped as stopped:
                self.result.refused.append(stopped.refusal)
                left = [row for row in left if row.line != stopped.line]
                self.matching = None
                self.lines = before
                continue
            for row, id in zip(planned, ids, strict=True):
                _tell(self.result, row, id)
            return

    def _write(self, uow: UnitOfWork, row: PlannedRow) -> str | None:
        try:
            id = _write(uow, self.kind, row)
        except UserError as refused:
            raise _Stopped(row.line, _refusal(row.line, refused)) from refused
        if id is not None and self.matching is not None:
            self.matching.settle(row.line, id)
        return id


def plan_rows(
    uow: UnitOfWork,
    kind: str,
    rows: Sequence[SheetRow],
    columns: Columns,
    matching: Matching,
    sure: Collection[int] = (),
) -> list[PlannedRow]:
    """Decides for each row; ``matching`` remembers the rows so that doubles within the file are found."""
    planned = []
    for row in rows:
        found = _plan(uow, kind, row, columns, matching, row.line in sure)
        if found.action in ("add", "change", "same"):
            # held numbers are not written, yet they tell namesakes within the file apart
            matching.remember(row.line, found.match, {**found.values, **found.held})
        planned.append(found)
    return planned


def _plan(
    uow: UnitOfWork, kind: str, row: SheetRow, columns: Columns, matching: Matching, sure: bool
) -> PlannedRow:
    read_row, beside = _read_row(uow, kind, row, columns)
    matching.place(read_row, beside)
    consent = _agreed(beside.get("consent", ""))
    warnings = tuple(read_row.warnings)
    if read_row.problems:
        return PlannedRow(row.line, "refuse", read_row.values, tuple(read_row.problems), warnings)
    values = normalise(uow.catalogue, kind, read_row.values)
    values = {k: v for k, v in values.items() if v is not None}
    match = matching.find(values)
    whole = {**match.values, **values} if match else matching.complete(values)
    judged = validate(uow.catalogue, kind, whole, today=today(uow), strict=False, partial=True)
    problems = [p for p in judged if not p.warning]
    needed = Flaw(matching.NAME, "required")
    if not whole.get(matching.NAME):
        return PlannedRow(row.line, "refuse", values, (needed,), warnings)
    if problems:
        return PlannedRow(row.line, "refuse", values, tuple(map(_flaw, problems)), warnings)
    held: dict[str, Any] = {}
    if kind == "resident" and not consent:
        names = _uncovered(uow, match.id if match else None, match.values if match else {}, values)
        held = {name: values.pop(name) for name in names}
        warnings += tuple(Flaw(name, HELD) for name in names)
    if match is not None:
        if match.line is not None:
            twin = DoubleFound(row.line, match.id, match.line, ("same_row",), match.name)
            return PlannedRow(row.line, "double", values, (), warnings, doubles=(twin,))
        changes = {k: v for k, v in values.items() if match.values.get(k) != v}
        action = "change" if changes else "same"
        return PlannedRow(row.line, action, changes, (), warnings, match.id, consent, held=held)
    doubles = () if sure else matching.doubles(row.line, {**values, **held})
    if doubles:
        return PlannedRow(row.line, "double", values, (), warnings, doubles=doubles)
    return PlannedRow(row.line, "add", matching.complete(values), (), warnings, None, consent, held=held)


def _read_row(
    uow: UnitOfWork, kind_name: str, row: SheetRow, columns: Columns
) -> tuple[Read, dict[str, str]]:
    kind = uow.catalogue.kind(kind_name)
    words = synonyms(kind_name).words
    read_row, beside = Read({}, [], []), {}
    day = today(uow)
    for place, name in columns.columns.items():
        text = row.cells[place] if place < len(row.cells) else ""
        known = kind.field(name)
        if known is None or name == "hamlet":
            beside[name] = text
        else:
            read_cell(uow.catalogue, known, text, words.get(name, {}), read_row, day)
    return read_row, beside


def _agreed(text: str) -> bool:
    folded = heading_key(text)
    return bool(folded) and folded not in NO and folded != "khong dong y"


def _uncovered(
    uow: UnitOfWork, resident: str | None, present: Mapping[str, Any], values: Mapping[str, Any]
) -> list[str]:
    """Numbers that the row brings and no living consent covers: the person is taken, they are held back."""
    uncovered = []
    for name in consents.guarded_fields(uow).keys() & values.keys():
        try:
            consents.require_for(uow, resident, dict(present), {name: values[name]})
        except UserError as refused:
            if refused.code != "consent_required":
                raise
            uncovered.append(name)
    return sorted(uncovered)


def _flaw(problem: Problem) -> Flaw:
    return Flaw(problem.field, problem.code)


def _write(uow: UnitOfWork, kind: str, row: PlannedRow) -> str | None:
    if row.action not in ("add", "change"):
        return row.match
    values = dict(row.values)
    guarded = consents.guarded_fields(uow) if row.consent else {}
    later = {k: values.pop(k) for k in list(values) if k in guarded}
    if row.action == "add":
        id = records.add(uow, kind, values)
    else:
        assert row.match is not None  # noqa: S101
        id = row.match
        if values:
            records.set_fields(uow, kind, id, values)
    if later:
        if not {"identity"} <= consents.consent_of(uow, id).purposes:
            consents.add_consent(uow, {**CONSENT, "subject": id})
        records.set_fields(uow, kind, id, later)
    return id


def _refusal(line: int, error: UserError) -> Refused:
    problems = error.details.get("problems") or ()
    if problems:
        return Refused(line, problems[0].code, problems[0].field)
    return Refused(line, error.code, str(error.details.get("field", "")))


def _tell(result: Imported, row: PlannedRow, id: str | None) -> None:
    if row.action == "add":
        result.added += 1
    elif row.action == "change":
        result.changed += 1
    elif row.action == "same":
        result.same += 1
    elif row.action == "double":
        result.doubles += [replace(d, line=row.line) for d in row.doubles[:1]]
    elif row.action == "refuse":
        first = row.problems[0]
        result.refused.append(Refused(row.line, first.code, first.field, first.value))
    if row.action == "same":
        result.warnings += [(row.line, w) for w in row.warnings if w.code == HELD]
    if row.action in ("add", "change"):
        result.warnings += [(row.line, w) for w in row.warnings]
        if id is not None:
            result.ids.append(id)
