"""Records the server itself writes: teams, hamlets, members, targets, opening figures.

They are ordinary records of the team's stream under the server's own dots, so that laptops get them by sync.
"""

from __future__ import annotations

import datetime
import secrets
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from sync.hub import writing
from sync.protocol import records, validation
from sync.protocol.cells import plain, winning_value
from sync.protocol.errors import WireError
from sync.protocol.image import decode_image
from sync.protocol.kinds import Catalogue, Kind
from sync.protocol.kinds_cells import assemble, natural_id, row_positions, to_cells, with_row_ids
from sync.protocol.records import Record
from sync.server.catalogues import Declared
from sync.server.ids import new_id
from sync.server.store import teams
from sync.server.store.archive import SqlArchive, SqlTransaction

UNIT_LIST = "nso-2025-07"
"""The list of administrative units in force; a unit's id is made of list and code."""

VIETNAM = datetime.timezone(datetime.timedelta(hours=7))
"""The day that dates are judged against."""


def cell_values(record: Record) -> dict[str, Any]:
    """The winning value of each ordinary cell, signatures taken off."""
    return {
        name: plain(winning_value(cell))
        for name, cell in record.cells.items()
        if cell.siblings and not records.is_reserved(name)
    }


def fields_of(catalogue: Catalogue, record: Record) -> dict[str, Any]:
    """What a record shows, by field; a kind the catalogue does not know is shown as it is."""
    kind = catalogue.kinds.get(record.kind)
    return records.shown(record) if kind is None else assemble(kind, cell_values(record))


def living(
    connection: Any, catalogue: Catalogue, kind: str, stream: str | None = None
) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(stream, id, fields) of the born and not deleted records of a kind."""
    for found, id, image in teams.images(connection, kind, stream):
        record = decode_image(kind, id, image)
        if records.is_born(record) and not records.is_deleted(record):
            yield found, id, fields_of(catalogue, record)


def unit_id(catalogue: Catalogue, code: str) -> str:
    """The record id of an administrative unit of the list in force."""
    return natural_id(catalogue.kind("unit"), {"code_list": UNIT_LIST, "code": code}) or code


def write(
    transaction: SqlTransaction,
    archive: SqlArchive,
    declared: Declared,
    stream: str,
    kind_name: str,
    values: Mapping[str, Any],
    *,
    at: int,
    by: str,
    id: str | None = None,
) -> str:
    """Adds a record to a locked stream, or sets the given fields of one that is there; its id.

    References may be natural codes.  Fields whose writer is the server are signed.  Raises WireError:
    ``unknown_kind``, ``invalid`` (details: problems = field and code), ``unknown_reference`` (details: field,
    value), ``id_in_use`` (details: id).
    """
    catalogue = declared.catalogue
    if kind_name not in catalogue.kinds:
        raise WireError("unknown_kind", kind=kind_name)
    kind = catalogue.kind(kind_name)
    tidy = validation.normalise(catalogue, kind_name, values)
    tidy = _resolved(transaction, catalogue, kind, stream, tidy)
    record_id = id or natural_id(kind, tidy) or new_id()
    tidy = with_row_ids(kind, tidy, lambda field, place: _row_id(record_id, field, place))
    stored = transaction.load(stream, [record_id]).get(record_id)
    if stored is not None and stored.kind != kind_name:
        raise WireError("id_in_use", id=record_id)
    cells = cell_values(decode_image(kind_name, record_id, stored.image)) if stored else {}
    before = assemble(kind, cells)
    problems = validation.errors(
        validation.validate(
            catalogue,
            kind_name,
            {**before, **tidy},
            today=datetime.datetime.fromtimestamp(at, VIETNAM).date(),
            before=before,
        )
    )
    if problems:
        raise WireError("invalid", problems=[{"field": p.path, "code": p.code} for p in problems])
    filled = tidy if stored else {name: value for name, value in tidy.items() if value is not None}
    changes = to_cells(kind, filled, before, row_positions(cells))
    writing.write_record(
        transaction,
        archive,
        stream,
        kind_name,
        record_id,
        changes,
        at=at,
        by=by,
        judge=declared.judge,
        random=secrets.token_bytes,
    )
    return record_id


def _row_id(record: str, field: str, place: int) -> str:
    return str(uuid.uuid5(uuid.UUID(record), f"{field}/{place}")) if is_uuid(record) else f"{field}-{place}"


def is_uuid(text: str) -> bool:
    """Whether a text is a UUID."""
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


def _resolved(
    transaction: SqlTransaction, catalogue: Catalogue, kind: Kind, stream: str, values: Mapping[str, Any]
) -> dict[str, Any]:
    out = dict(values)
    for name, value in values.items():
        field = kind.field(name)
        if field is None or not field.refers or value is None:
            continue
        if field.type == "reference" and isinstance(value, str):
            out[name] = _referred(transaction, catalogue, stream, name, field.refers, value)
        elif field.type == "references" and isinstance(value, list):
            out[name] = [_referred(transaction, catalogue, stream, name, field.refers, v) for v in value]
    return out


def _referred(
    transaction: SqlTransaction, catalogue: Catalogue, stream: str, field: str, refers: str, value: str
) -> str:
    if is_uuid(value):
        return value
    if refers == "unit":
        return unit_id(catalogue, value)
    code_field = catalogue.kind(refers).code_field
    if code_field:
        for _, id, fields in living(transaction.connection, catalogue, refers, stream):
            if fields.get(code_field) == value:
                return id
    raise WireError("unknown_reference", field=field, value=value)
