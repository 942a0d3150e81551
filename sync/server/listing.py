"""Reading what a server holds: records by kind, figures of the whole, checks."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from sync.protocol import records
from sync.protocol.errors import WireError
from sync.protocol.image import decode_image
from sync.server import own_records
from sync.server.installation import Installation
from sync.server.store import devices, teams
from sync.server.teams import the_team


def rows(
    server: Installation,
    kind: str,
    *,
    team: str | None = None,
    where: Mapping[str, str] | None = None,
    search: str = "",
    limit: int | None = None,
    deleted: bool = False,
) -> dict[str, Any]:
    """``{"rows": [{"id", "team", fields...}], "total"}``; ``total`` before the limit, in id order.

    ``where``: field = value, all must hold.  ``search``: letters anywhere in a text, marks and case aside.
    WireError ``unknown_kind``, ``unknown_field`` (details: field), ``not_found`` (team).
    """
    catalogue = server.catalogue.get().catalogue
    if kind not in catalogue.kinds:
        raise WireError("unknown_kind", kind=kind)
    for name in where or ():
        if name != "id" and catalogue.kind(kind).field(name) is None:
            raise WireError("unknown_field", field=name)
    stream = the_team(server, team).stream if team else None
    found: list[dict[str, Any]] = []
    wanted = _plain(search)
    with server.database.read() as connection:
        codes = {t.stream: t.code for t in teams.every(connection)}
        for of, id, image in teams.images(connection, kind, stream):
            record = decode_image(kind, id, image)
            if not records.is_born(record) or records.is_deleted(record) != deleted:
                continue
            row = {"id": id, "team": codes.get(of, of), **own_records.fields_of(catalogue, record)}
            if all(_matches(row.get(name), value) for name, value in (where or {}).items()) and (
                not wanted or any(wanted in _plain(v) for v in row.values() if isinstance(v, str))
            ):
                found.append(row)
    return {"rows": found if limit is None else found[:limit], "total": len(found)}


def masked(server: Installation, kind: str, found: Mapping[str, Any]) -> dict[str, Any]:
    """The same rows for a screen: of identity numbers the first three and last four digits, of telephones the
    last three."""
    kept = {"id_number": (3, 4), "phone": (0, 3)}
    ends = {
        f.name: kept[f.type] for f in server.catalogue.get().catalogue.kind(kind).fields if f.type in kept
    }
    rows = [
        {name: _masked(value, *ends[name]) if name in ends else value for name, value in row.items()}
        for row in found["rows"]
    ]
    return {**found, "rows": rows}


def _masked(value: Any, first: int, last: int) -> str:
    text = "" if value is None else str(value)
    if len(text) < first + last + 2:
        return "•" * len(text)
    return text[:first] + "•" * (len(text) - first - last) + text[len(text) - last :]


def _matches(value: Any, wanted: str) -> bool:
    if isinstance(value, list):
        return any(_matches(v, wanted) for v in value)
    if isinstance(value, bool):
        return wanted == ("true" if value else "false")
    return ("" if value is None else str(value)) == wanted


def _plain(text: str) -> str:
    marks_apart = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return "".join(c for c in marks_apart if not unicodedata.combining(c))


def stats(server: Installation) -> dict[str, Any]:
    """``{"records": {kind: n}, "teams", "devices", "epoch"}``: living records; devices that may come in."""
    with server.archive.look() as transaction:
        connection = transaction.connection
        number = dict(teams.counts(connection))
        suspects = teams.marked(connection, b'"_deleted":', present=True)
        suspects += teams.marked(connection, b'"_born":[', present=False)
        for kind, id, image in suspects:
            record = decode_image(kind, id, image)
            if records.is_deleted(record) or not records.is_born(record):
                number[kind] -= 1
        epoch = transaction.epoch()
        return {
            "records": {kind: n for kind, n in number.items() if n},
            "teams": len(teams.every(connection)),
            "devices": sum(1 for d in devices.every_device(connection) if d.revoked_at is None),
            "epoch": epoch.number,
        }


def device_rows(server: Installation) -> Sequence[dict[str, Any]]:
    """Devices with their team's code; times in seconds since 1970."""
    with server.database.read() as connection:
        codes = {t.stream: t.code for t in teams.every(connection)}
        return [
            {
                "device": d.device,
                "team": codes.get(d.stream, d.stream),
                "name": d.name,
                "member": d.member,
                "role": d.role,
                "enrolled": d.made_at,
                "seen": d.seen_at,
                "revoked": d.revoked_at is not None,
            }
            for d in devices.every_device(connection)
        ]
