"""The rosters this server signs: the laptops of a team with the keys they sign and are sealed to by."""

from __future__ import annotations

from typing import Any

from sync.hub.ports import Device
from sync.protocol.rosters import Mate, Roster, sign_roster
from sync.server.installation import Installation
from sync.server.store import devices, identity, teams
from sync.server.store.devices import DeviceRow

LIVES = 2**32
"""A roster's number is the life of the server times this, plus the changes in it: it rises in a restored
server too, whose own count went back."""


def roster_of(server: Installation, connection: Any, stream: str) -> Roster:
    """The present roster of a stream, signed.  Reads only."""
    number = identity.life(connection) * LIVES + teams.roster_changes(connection, stream)
    mates = tuple(_mate(row) for row in devices.every_device(connection, stream))
    roster = Roster(server.archive.server, stream, number, server.keys.sealing_public, mates)
    return sign_roster(roster, server.archive.private_key)


def mates_of(connection: Any, stream: str) -> dict[str, Device]:
    """Every laptop of a stream by id, shut-out ones too, as the hub knows devices."""
    team = teams.by_code(connection, stream)
    generation = team.generation if team else 1
    return {
        row.device: Device(row.device, row.key, row.role, {stream: generation}, row.revoked_at is not None)
        for row in devices.every_device(connection, stream)
    }


def _mate(row: DeviceRow) -> Mate:
    return Mate(row.device, row.member, row.role, row.key, row.sealing_key, row.revoked_at is not None)
