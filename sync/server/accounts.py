"""Who may come in: enrolling a laptop with a one-time code, and knowing a device by its token.

A device reads and writes the streams it is enrolled in and nothing else.  Used from any thread.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import NamedTuple

from sync.hub.ports import Device
from sync.protocol import typed_codes
from sync.protocol.dots import is_replica
from sync.protocol.errors import WireError
from sync.protocol.image import decode_image
from sync.protocol.kinds import Catalogue
from sync.protocol.messages import Enrolment, EnrolRequest, StreamGrant
from sync.protocol.versions import SPOKEN, Versions
from sync.server import codes, own_records
from sync.server.catalogues import Declared
from sync.server.ids import new_id
from sync.server.installation import Installation
from sync.server.store import audit, devices, teams
from sync.server.store.archive import SqlTransaction
from sync.server.store.devices import DeviceRow, Invitation
from sync.server.teams import DAY, plain_name

HEARD_OF_SECONDS = 3_600
"""``seen_at`` is written at most so often."""


class Guest(NamedTuple):
    """Who came in at the door; ``shut_out``: how many laptops of the team may not.

    ``until``: seconds since 1970; as long as nobody commits, the door says the same up to then."""

    device: Device
    shut_out: int
    until: int = 0


class Accounts:
    """Enrolment and the door of one server.  ``now``: seconds since 1970."""

    def __init__(self, server: Installation, now: Callable[[], int], spoken: Versions = SPOKEN) -> None:
        self._spoken = spoken
        self._server = server
        self._now = now

    def door(self, token_text: str) -> Guest:
        """The device behind a token.

        Raises WireError ``not_enrolled`` (unknown token; details reason=idle when it was not heard of for
        too long) or ``revoked``.
        """
        token = codes.Token.parse(token_text)
        if token is None:
            raise WireError("not_enrolled")
        now = self._now()
        with self._server.database.read() as connection:
            found = devices.at_the_door(connection, token.stream, token.device)
        if found is None or not codes.same(found[0].token, token.hash):
            raise WireError("not_enrolled")
        row, generation, shut_out = found
        if row.revoked_at is not None:
            raise WireError("revoked")
        if row.seen_at + self._server.settings.limits.idle_days * DAY < now:
            raise WireError("not_enrolled", reason="idle")
        if row.seen_at + HEARD_OF_SECONDS < now:
            with self._server.database.write() as connection:
                devices.seen(connection, row.stream, row.device, now)
        until = row.seen_at + min(self._server.settings.limits.idle_days * DAY, HEARD_OF_SECONDS)
        device = Device(row.device, row.key, row.role, {row.stream: generation})
        return Guest(device, shut_out, until)

    def enrol(self, request: EnrolRequest) -> Enrolment:
        """Registers a laptop.  The same laptop asking again with its code gets a new token: an answer that
        was lost on the way costs nothing.

        Raises WireError ``too_old``, ``too_new``, ``bad_code``, ``code_expired``, ``code_used``, ``clone``
        (the replica id is another device's), ``bad_message`` (keys or ids without their form).
        """
        self._spoken.check(request.protocol)
        _check_form(request)
        letters = typed_codes.plain(codes.split_invitation(request.code)[0])
        if letters is None:
            raise WireError("bad_code")
        return self._server.database.again(lambda: self._enrol(request, codes.code_hash(letters)))

    def _enrol(self, request: EnrolRequest, code: bytes) -> Enrolment:
        server, now = self._server, self._now()
        declared = server.catalogue.get()
        catalogue = declared.catalogue
        with server.database.read() as connection:
            seen = devices.invitation(connection, code)
        if seen is None:
            raise WireError("bad_code")
        with server.archive.begin([seen.stream]) as transaction:
            connection = transaction.connection
            invitation = devices.invitation(connection, code, locked=True)
            if invitation is None:
                raise WireError("bad_code")
            known = devices.device_of_key(connection, invitation.stream, request.device_key)
            self._check_code(invitation, known, now)
            owner = transaction.replica_of(request.replica)
            if owner is not None and (known is None or owner != known.device):
                raise WireError("clone", replica=request.replica)
            device = known.device if known else new_id()
            asked = unicodedata.normalize("NFC", request.name.strip())
            member, name = self._member(transaction, declared, invitation, request.person, asked, known, now)
            token = codes.Token.new(invitation.stream, device)
            row = DeviceRow(
                stream=invitation.stream,
                device=device,
                member=member,
                name=name,
                role=invitation.role,
                key=request.device_key,
                sealing_key=request.sealing_key,
                token=token.hash,
                made_at=known.made_at if known else now,
                seen_at=now,
            )
            (devices.change_device if known else devices.add_device)(connection, row)
            teams.roster_changed(connection, row.stream)
            transaction.claim(request.replica, device)
            devices.use_invitation(connection, invitation, device, now)
            audit.note(
                connection, "enrol", now, stream=row.stream, actor=device, subject=member, role=row.role
            )
            team = teams.by_code(connection, invitation.stream)
            generation = team.generation if team else 1
            return Enrolment(
                server=server.archive.server,
                device=device,
                token=token.text,
                team=invitation.stream,
                streams=(StreamGrant(invitation.stream, "team", generation),),
                role=row.role,
                member=member,
                hamlets=_hamlets(transaction, catalogue, invitation.stream),
                server_keys=server.archive.public_keys,
                server_sealing_key=server.keys.sealing_public,
                epoch=transaction.epoch(),
                roster=teams.roster_changes(connection, row.stream),
                catalogue=catalogue.version,
                time=now,
            )

    @staticmethod
    def _check_code(invitation: Invitation, known: DeviceRow | None, now: int) -> None:
        if invitation.used_at is not None:
            if known is None or invitation.device != known.device or known.revoked_at is not None:
                raise WireError("code_used")
        elif invitation.expires_at <= now:
            raise WireError("code_expired")

    def _member(
        self,
        transaction: SqlTransaction,
        declared: Declared,
        invitation: Invitation,
        person: str,
        name: str,
        before: DeviceRow | None,
        now: int,
    ) -> tuple[str, str]:
        """The member record of who enrols, and the name it is known by.

        The one the invitation names by its id; else the one this laptop enrolled for before; else the one
        with the person's id; else the only one of that name whom no laptop stands for; else a new one: two
        people of one name never become one member by themselves.
        """
        stream = invitation.stream
        known = {
            id: str(fields.get("full_name") or "")
            for _, id, fields in own_records.living(
                transaction.connection, declared.catalogue, "member", stream
            )
        }
        named = invitation.name.lower() if invitation.name.lower() in known else None
        name = name or (known[named] if named else invitation.name)
        if named is not None:
            member = named
        elif before is not None and before.member in known and plain_name(before.name) == plain_name(name):
            member = before.member
        elif person in known:
            member = person
        else:
            rows = devices.every_device(transaction.connection, stream)
            stood_for = {row.member for row in rows if row.revoked_at is None}
            alike = [id for id, called in known.items() if plain_name(called) == plain_name(name)]
            member = alike[0] if len(alike) == 1 and alike[0] not in stood_for else person
        values: dict[str, object] = {"role": invitation.role, "team": stream}
        if member not in known:
            values["full_name"] = name
        own_records.write(
            transaction,
            self._server.archive,
            declared,
            stream,
            "member",
            values,
            at=now,
            by=member,
            id=member,
        )
        return member, name


def _check_form(request: EnrolRequest) -> None:
    if not is_replica(request.replica):
        raise WireError("bad_message", reason="replica")
    if len(request.device_key) != 32 or len(request.sealing_key) not in (0, 32):
        raise WireError("bad_message", reason="key")
    if not own_records.is_uuid(request.person):
        raise WireError("bad_message", reason="person")
    if len(request.name) > 100:
        raise WireError("bad_message", reason="name")


def _hamlets(transaction: SqlTransaction, catalogue: Catalogue, stream: str) -> tuple[str, ...]:
    stored = transaction.load(stream, [stream]).get(stream)
    if stored is None:
        return ()
    fields = own_records.fields_of(catalogue, decode_image("team", stream, stored.image))
    return tuple(fields.get("hamlets", ()))
