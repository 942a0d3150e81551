"""What the server keeper does about teams: adding one with its hamlets, inviting, revoking."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from sync.protocol import typed_codes
from sync.protocol.errors import WireError
from sync.protocol.image import decode_image
from sync.protocol.kinds import Catalogue
from sync.server import codes, own_records
from sync.server.catalogues import Declared
from sync.server.ids import new_id
from sync.server.installation import Installation
from sync.server.store import audit, devices, teams
from sync.server.store.archive import SqlTransaction
from sync.server.store.devices import DeviceRow, Invitation
from sync.server.store.teams import Team

ROLES = {"leader": "leader", "deputy": "deputy", "volunteer": "member", "member": "member"}
"""What an invitation may be for, and the role code of the member record it makes."""

DAY = 86_400
COMMUNE = re.compile(r"\d{5}")
TEAM_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}")


def plain_name(name: str) -> str:
    """A name as two spellings of it are compared: NFC, no doubled spaces, case aside."""
    return " ".join(unicodedata.normalize("NFC", name).split()).casefold()


def add_team(
    server: Installation, code: str, name: str, commune: str, hamlets: Sequence[str]
) -> dict[str, Any]:
    """Makes a team, its stream and its hamlets; ``{"team", "hamlets": [{"id", "local_code"}]}``.

    A hamlet of that name in the commune is taken, not doubled.  The same code and name again adds hamlets
    only.  Raises WireError ``invalid``, ``id_in_use`` (the code has another name), ``no_catalogue``.
    """
    if not TEAM_CODE.fullmatch(code):
        raise WireError("invalid", problems=[{"field": "code", "code": "bad_pattern"}])
    if not COMMUNE.fullmatch(commune):
        raise WireError("invalid", problems=[{"field": "commune", "code": "bad_pattern"}])
    declared = server.catalogue.get()
    if "team" not in declared.catalogue.kinds:
        raise WireError("no_catalogue")
    return server.database.again(lambda: _add_team(server, declared, code, name, commune, hamlets))


def _add_team(
    server: Installation, declared: Declared, code: str, name: str, commune: str, hamlets: Sequence[str]
) -> dict[str, Any]:
    now = server.now()
    with server.database.read() as connection:
        known = teams.by_code(connection, code)
    if known and plain_name(known.name) != plain_name(name):
        raise WireError("id_in_use", id=code)
    stream = known.stream if known else new_id()
    others = [] if known is None else [stream]
    with server.archive.begin(others) as transaction:
        if known is None:
            if teams.by_code(transaction.connection, code):
                raise WireError("busy", retry_after=1, cancelled=True)  # somebody just made it: look again
            teams.add(transaction.connection, stream, code, name, now)
            transaction.lock([stream], now)
        made = [_hamlet(server, transaction, declared, stream, commune, h, now) for h in hamlets]
        stored = transaction.load(stream, [stream]).get(stream)
        before: list[str] = []
        if stored is not None:
            record = decode_image("team", stream, stored.image)
            before = own_records.fields_of(declared.catalogue, record).get("hamlets", [])
        ids = list(dict.fromkeys([*before, *(h["id"] for h in made)]))
        values = {"code": code, "name": name, "hamlets": ids, "commune": commune, "status": "active"}
        own_records.write(
            transaction,
            server.archive,
            declared,
            stream,
            "team",
            values,
            at=now,
            by=server.administrator,
            id=stream,
        )
        audit.note(
            transaction.connection,
            "team_add",
            now,
            stream=stream,
            actor=server.administrator,
            subject=stream,
            hamlets=len(made),
        )
    return {"team": stream, "hamlets": made}


def _hamlet(
    server: Installation,
    transaction: SqlTransaction,
    declared: Declared,
    stream: str,
    commune: str,
    name: str,
    now: int,
) -> dict[str, str]:
    catalogue = declared.catalogue
    unit = own_records.unit_id(catalogue, commune)
    taken: dict[str, Any] | None = None
    codes_used: set[str] = set()
    for found, id, fields in own_records.living(transaction.connection, catalogue, "hamlet"):
        codes_used.add(str(fields.get("local_code")))
        if fields.get("commune") == unit and plain_name(str(fields.get("name"))) == plain_name(name):
            taken = {"id": id, **fields}
            if found == stream:
                return {"id": id, "local_code": str(fields.get("local_code"))}
    if taken is None:
        number = next(n for n in range(1, 1000) if f"{commune}-{n:03d}" not in codes_used)
        taken = {
            "id": new_id(),
            "local_code": f"{commune}-{number:03d}",
            "name": name,
            "type": _hamlet_type(catalogue, name),
            "commune": commune,
            "code_list": own_records.UNIT_LIST,
        }
    id = taken.pop("id")
    own_records.write(
        transaction,
        server.archive,
        declared,
        stream,
        "hamlet",
        taken,
        at=now,
        by=server.administrator,
        id=id,
    )
    return {"id": id, "local_code": str(taken["local_code"])}


def _hamlet_type(catalogue: Catalogue, name: str) -> str:
    spelled = plain_name(name)
    for choice in catalogue.choices("hamlet_types").offered:
        if spelled.startswith(plain_name(str(choice.label.get("vi", ""))) + " "):
            return choice.code
    return "thon"


def the_team(server: Installation, code: str) -> Team:
    """The team of a code; WireError ``not_found``."""
    with server.database.read() as connection:
        team = teams.by_code(connection, code)
    if team is None:
        raise WireError("not_found", team=code)
    return team


def invite(server: Installation, team_code: str, role: str, name: str, days: int) -> tuple[str, int]:
    """Makes a one-time code for a team; the code's letters in groups, and when it ends.

    ``name``: who it is for, by name, or by the id of a member record that the laptop is then enrolled for.

    Raises WireError ``not_found`` (team), ``invalid`` (role or days).
    """
    if role not in ROLES:
        raise WireError("invalid", problems=[{"field": "role", "code": "unknown_choice"}])
    if not 1 <= days <= 90:
        raise WireError(
            "invalid", problems=[{"field": "days", "code": "too_large" if days > 90 else "too_small"}]
        )
    team = the_team(server, team_code)
    code, now = codes.new_code(), server.now()
    row = Invitation(
        stream=team.stream,
        code=codes.code_hash(typed_codes.plain(code) or ""),
        role=ROLES[role],
        name=unicodedata.normalize("NFC", name.strip()),
        made_at=now,
        expires_at=now + days * DAY,
    )
    with server.database.write() as connection:
        devices.add_invitation(connection, row)
        audit.note(
            connection,
            "invite",
            now,
            stream=team.stream,
            actor=server.administrator,
            subject=team.stream,
            role=row.role,
        )
    return code, row.expires_at


def revoke(server: Installation, device: str) -> DeviceRow:
    """Shuts a device out from its next exchange on; once more is no change.  WireError ``not_found``."""
    with server.database.write() as connection:
        found = devices.find_devices(connection, device)
        if not found:
            raise WireError("not_found", device=device)
        for row in found:
            if row.revoked_at is None:
                now = server.now()
                devices.change_device(connection, row._replace(revoked_at=now))
                teams.roster_changed(connection, row.stream)
                audit.note(
                    connection,
                    "revoke",
                    now,
                    stream=row.stream,
                    actor=server.administrator,
                    subject=row.device,
                )
        return devices.find_devices(connection, device)[0]
