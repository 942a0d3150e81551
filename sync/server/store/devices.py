"""Rows of devices and of the invitations that make them.  Tokens and codes stand here as hashes only."""

from __future__ import annotations

from typing import NamedTuple

import sqlalchemy as sa

from sync.server.store.schema import DEVICE, INVITATION, STREAM


class DeviceRow(NamedTuple):
    """One enrolled laptop.  Times are seconds since 1970; ``revoked_at`` None while it may come in."""

    stream: str
    device: str
    member: str
    name: str
    role: str
    key: bytes
    sealing_key: bytes
    token: bytes
    made_at: int
    seen_at: int
    revoked_at: int | None = None


class Invitation(NamedTuple):
    """A one-time code.  ``device``: who used it."""

    stream: str
    code: bytes
    role: str
    name: str
    made_at: int
    expires_at: int
    used_at: int | None = None
    device: str | None = None


_DEVICE = [DEVICE.c[name] for name in DeviceRow._fields]
_INVITATION = [INVITATION.c[name] for name in Invitation._fields]


_OTHER = DEVICE.alias()
_SHUT_OUT = (
    sa.select(sa.func.count())
    .select_from(_OTHER)
    .where(_OTHER.c.stream == DEVICE.c.stream, _OTHER.c.revoked_at.is_not(None))
    .scalar_subquery()
)
_AT_THE_DOOR = sa.select(*_DEVICE, STREAM.c.generation, _SHUT_OUT).where(
    DEVICE.c.stream == sa.bindparam("its_stream"),
    DEVICE.c.device == sa.bindparam("id"),
    STREAM.c.stream == DEVICE.c.stream,
    STREAM.c.of == "team",
    STREAM.c.code != "",
)


def at_the_door(connection: sa.Connection, stream: str, device: str) -> tuple[DeviceRow, int, int] | None:
    """The device of that id in a team's stream, with the generation of the memberships in it and how many
    laptops of it may not come in any more.  Asked at every request: the statement is built once."""
    row = connection.execute(_AT_THE_DOOR, {"its_stream": stream, "id": device}).first()
    return (DeviceRow(*row[:-2]), row[-2], row[-1]) if row else None


def device_of_key(connection: sa.Connection, stream: str, key: bytes) -> DeviceRow | None:
    """The device with that public key in a stream."""
    query = sa.select(*_DEVICE).where(DEVICE.c.stream == stream, DEVICE.c.key == key)
    row = connection.execute(query).first()
    return DeviceRow(*row) if row else None


def find_devices(connection: sa.Connection, device: str) -> list[DeviceRow]:
    """Devices by id in every stream: what ``revoke`` is given."""
    return [
        DeviceRow(*row) for row in connection.execute(sa.select(*_DEVICE).where(DEVICE.c.device == device))
    ]


def every_device(connection: sa.Connection, stream: str | None = None) -> list[DeviceRow]:
    """All devices, of one stream or of all, oldest first."""
    query = sa.select(*_DEVICE).order_by(DEVICE.c.stream, DEVICE.c.device)
    if stream is not None:
        query = query.where(DEVICE.c.stream == stream)
    return [DeviceRow(*row) for row in connection.execute(query)]


def add_device(connection: sa.Connection, row: DeviceRow) -> None:
    """A newly enrolled laptop."""
    connection.execute(sa.insert(DEVICE).values(**row._asdict()))


def change_device(connection: sa.Connection, row: DeviceRow) -> None:
    """Writes a device's row anew."""
    d = DEVICE.c
    values = {k: v for k, v in row._asdict().items() if k not in ("stream", "device")}
    connection.execute(
        sa.update(DEVICE).where(d.stream == row.stream, d.device == row.device).values(**values)
    )


def seen(connection: sa.Connection, stream: str, device: str, at: int) -> None:
    """Notes that a device was heard of."""
    d = DEVICE.c
    connection.execute(sa.update(DEVICE).where(d.stream == stream, d.device == device).values(seen_at=at))


def add_invitation(connection: sa.Connection, row: Invitation) -> None:
    """A code that has just been made."""
    connection.execute(sa.insert(INVITATION).values(**row._asdict()))


def invitation(connection: sa.Connection, code: bytes, *, locked: bool = False) -> Invitation | None:
    """The invitation of a code's hash, in whatever stream; ``locked`` where the database locks rows."""
    query = sa.select(*_INVITATION).where(INVITATION.c.code == code)
    if locked:
        query = query.with_for_update()
    row = connection.execute(query).first()
    return Invitation(*row) if row else None


def use_invitation(connection: sa.Connection, row: Invitation, device: str, at: int) -> None:
    """Marks a code as used by a device."""
    i = INVITATION.c
    connection.execute(
        sa.update(INVITATION)
        .where(i.stream == row.stream, i.code == row.code)
        .values(used_at=at, device=device)
    )
