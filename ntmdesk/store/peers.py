"""The upper server as this laptop knows it: enrolment, what waits, what was receipted, what was refused."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from ntmdesk.errors import UserError
from ntmdesk.store.devices import DeviceKeys, read_keys
from ntmdesk.store.meta import keep_meta, read_meta
from ntmdesk.store.stored import by_id
from sync.protocol.cells import alike, canonical, winner
from sync.protocol.dots import Dot
from sync.protocol.messages import Enrolment

if TYPE_CHECKING:
    from ntmdesk.store.unit_of_work import UnitOfWork

PACKET_WEEKS = 8
"""Packets are kept this long after their receipt: a server that lost them asks again."""


@dataclass(frozen=True)
class Joined:
    """An enrolment with the road to its server.  ``fingerprint``: of its own certificate, "" if none."""

    url: str
    fingerprint: str
    enrolment: Enrolment = field(repr=False)


@dataclass(frozen=True)
class Quarantined:
    """A value of this laptop that the server refused.  ``field``: cell name; ``at``: when it was written,
    ``seen_at``: when the refusal came, seconds since 1970."""

    id: str
    kind: str
    field: str
    dot: Dot
    value: Any
    code: str
    by: str
    at: int
    seen_at: int


@dataclass(frozen=True)
class Run:
    """How one sync ended: ``code`` "" when all was done."""

    at: int
    code: str
    numbers: dict[str, Any]


class Peers:
    """The server's side of things inside one unit of work."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow
        self._db = uow.db

    @property
    def keys(self) -> DeviceKeys:
        """This laptop's own keys."""
        return read_keys(self._db)

    def join(self, enrolment: Enrolment, url: str, fingerprint: str = "") -> None:
        """Keeps an enrolment; everything recorded before joins the team's stream.

        UserError ``enrolled_already`` when the laptop belongs to another team.
        """
        known = self.joined()
        if known is not None and (known.enrolment.server, known.enrolment.team) != (
            enrolment.server,
            enrolment.team,
        ):
            raise UserError("enrolled_already", team=known.enrolment.team)
        keep_meta(self._db, "enrolment", msgspec.json.encode(enrolment).decode())
        keep_meta(self._db, "url", url)
        keep_meta(self._db, "fingerprint", fingerprint)
        team = next((g.stream for g in enrolment.streams if g.of == "team"), enrolment.team)
        for grant in enrolment.streams:
            self._db.execute(
                "INSERT INTO stream(id, of, generation) VALUES(?,?,?) "
                "ON CONFLICT(id) DO UPDATE SET of=excluded.of, generation=excluded.generation",
                (grant.stream, grant.of, grant.generation),
            )
        self._db.execute("UPDATE record SET stream=? WHERE stream=''", (team,))
        self._db.execute("UPDATE outgoing SET stream=? WHERE stream=''", (team,))
        self._leave_local_team(team)

    def _leave_local_team(self, team: str) -> None:
        """A team without a server meets one: everything it holds is offered there, whoever wrote it; its own
        packets and numbers end."""
        local = read_meta(self._db, "local_team")
        if not local or local == team:
            return
        self._db.execute("UPDATE record SET stream=?, there=NULL WHERE stream=?", (team, local))
        self._db.execute("DELETE FROM outgoing WHERE stream=?", (local,))
        self._db.execute(
            "INSERT INTO outgoing(n, stream, up) SELECT n, stream, 0 FROM record WHERE stream=? "
            "ON CONFLICT(n) DO UPDATE SET up=0",
            (team,),
        )
        for table in ("packet", "carried", "sealed", "tag"):
            self._db.execute(f"DELETE FROM {table} WHERE stream=?", (local,))
        self._db.execute("DELETE FROM stream WHERE id=?", (local,))
        keep_meta(self._db, "former_team", local)
        self._db.execute("DELETE FROM meta WHERE key IN ('local_team', 'roster')")

    def joined(self) -> Joined | None:
        """The enrolment, None before there is one."""
        said = read_meta(self._db, "enrolment")
        if said is None:
            return None
        enrolment = msgspec.json.decode(said, type=Enrolment)
        return Joined(
            str(read_meta(self._db, "url") or ""), str(read_meta(self._db, "fingerprint") or ""), enrolment
        )

    def reading(self, stream: str) -> tuple[str, int, int, str] | None:
        """(epoch, generation, seq, tag): up to where the server's stream was read; None without a server."""
        if self.joined() is None:
            return None
        row = self._db.execute(
            "SELECT epoch, generation, seq, tag FROM stream WHERE id=?", (stream,)
        ).fetchone()
        return None if row is None else (row[0], row[1], row[2], row[3])

    def unsent(self) -> int:
        """Records without a receipt."""
        return self._number("SELECT count(*) FROM outgoing")

    def has_unsent(self, more_than: int) -> bool:
        """Whether more records than that are without a receipt; counts no further."""
        found = self._number(f"SELECT count(*) FROM (SELECT 1 FROM outgoing LIMIT {more_than + 1})")
        return found > more_than

    def pending(self) -> int:
        """Records that the server has not taken whole: without a receipt, or receipted with a value that it
        only holds (``later``) until it knows more."""
        return self.unsent() + self._number(
            "SELECT count(*) FROM record WHERE (id, kind) IN "
            "(SELECT id, kind FROM exception WHERE outcome='later') AND n NOT IN (SELECT n FROM outgoing)"
        )

    def status(self) -> dict[str, Any]:
        """``pending refused conflicts last_receipt data_age_s enrolled team role replica epoch``.

        ``last_receipt``: seconds since 1970, None before the first.  ``data_age_s``: seconds since the oldest
        change without a receipt, None when nothing waits.
        """
        joined = self.joined()
        now = int(self._uow.now().timestamp())
        oldest = self._db.execute("SELECT min(at) FROM outgoing WHERE at > 0").fetchone()[0]
        return {
            "pending": self.pending(),
            "refused": self._number("SELECT count(DISTINCT id) FROM quarantine WHERE settled IS NULL"),
            "conflicts": self.open_conflicts(),
            "last_receipt": read_meta(self._db, "last_receipt"),
            "data_age_s": None if oldest is None else max(now - oldest, 0),
            "enrolled": joined is not None,
            "team": joined.enrolment.team if joined else None,
            "role": joined.enrolment.role if joined else None,
            "replica": self._uow.replica,
            "epoch": read_meta(self._db, "epoch"),
        }

    def brought_back(self) -> int:
        """Living records that somebody deleted and an unseen edit keeps alive, until a person chooses."""
        return self._number(
            "SELECT count(*) FROM record WHERE (open > 0 OR back > 0) AND back = 1 AND life IN (1, 3)"
        )

    def open_conflicts(self) -> int:
        """Conflicting fields of living records."""
        return self._number(
            "SELECT coalesce(sum(open), 0) FROM record WHERE (open > 0 OR back > 0) AND life IN (1, 3)"
        )

    def quarantine(self) -> list[Quarantined]:
        """Refused values that nobody has mended or dropped yet, the oldest refusal first."""
        rows = self._db.execute(
            "SELECT kind, id, cell, counter, replica, value, code, by, at, seen_at FROM quarantine "
            "WHERE settled IS NULL ORDER BY seen_at, counter"
        )
        return [
            Quarantined(id, kind, cell, Dot(counter, replica), msgspec.json.decode(value), code, by, at, seen)
            for kind, id, cell, counter, replica, value, code, by, at, seen in rows
        ]

    def settle(self, item: Quarantined, how: str) -> None:
        """Closes a refused value: ``mended`` (a new edit was made) or ``dropped``.  It stays on file."""
        done = self._db.execute(
            "UPDATE quarantine SET settled=?, settled_at=? "
            "WHERE kind=? AND id=? AND cell=? AND counter=? AND replica=?",
            (how, int(self._uow.now().timestamp()), item.kind, item.id, item.field, *item.dot),
        )
        if done.rowcount != 1:
            raise UserError("not_found", id=item.id)
        self._uow.next_seq()
        self._uow.touched.add(item.kind)

    def take_up(self, dot: Dot, field: str) -> None:
        """Lets a refused value that was given up wait again; ``not_found``."""
        row = self._db.execute(
            "UPDATE quarantine SET settled=NULL, settled_at=NULL "
            "WHERE cell=? AND counter=? AND replica=? AND settled='dropped' RETURNING kind",
            (field, *dot),
        ).fetchone()
        if row is None:
            raise UserError("not_found", dot=dot.text)
        self._uow.next_seq()
        self._uow.touched.add(row[0])

    def set_aside(
        self, kind: str, id: str, cell: str, dot: Dot, value: Any, code: str, by: str, at: int
    ) -> bool:
        """Puts a refused value into the quarantine; False when it was there already."""
        done = self._db.execute(
            "INSERT OR IGNORE INTO quarantine(kind, id, cell, counter, replica, value, code, by, at, "
            "seen_at) VALUES(?,?,?,?,?,?,?,?,?,?)",
            (kind, id, cell, *dot, canonical(value).decode(), code, by, at, int(self._uow.now().timestamp())),
        )
        if done.rowcount:
            self._uow.next_seq()
            self._uow.touched.add(kind)
        return bool(done.rowcount)

    def flagged(self) -> list[tuple[str, str, str, str]]:
        """(kind, id, cell, code) of records that the server accepted but a person should look at."""
        rows = self._db.execute(
            "SELECT kind, id, cell, code FROM exception WHERE outcome='flagged' ORDER BY at"
        )
        return [(kind, id, cell, code) for kind, id, cell, code in rows]

    def note_run(self, code: str, numbers: dict[str, Any]) -> None:
        """Remembers how a sync ended; the newest 200 are kept."""
        at = int(self._uow.now().timestamp())
        self._db.execute(
            "INSERT INTO sync_run(at, code, numbers) VALUES(?,?,?)",
            (at, code, msgspec.json.encode(numbers).decode()),
        )
        self._db.execute("DELETE FROM sync_run WHERE n <= (SELECT max(n) FROM sync_run) - 200")

    def runs(self, limit: int = 50) -> list[Run]:
        """Past syncs, newest first."""
        rows = self._db.execute("SELECT at, code, numbers FROM sync_run ORDER BY n DESC LIMIT ?", (limit,))
        return [Run(at, code, msgspec.json.decode(numbers)) for at, code, numbers in rows]

    def write_again(self, item: Quarantined, value: Any) -> None:
        """Writes a mended value over what is shown now and settles the quarantine; ``not_found``."""
        here = by_id(self._db, item.kind, item.id)
        if here is None:
            raise UserError("not_found", kind=item.kind, id=item.id)
        cell = here.record().cells.get(item.field)
        top = winner(cell) if cell is not None else None
        seen = alike(cell, top) if cell is not None and top is not None else ()
        self._uow.records.write(here, {item.field: value}, {item.field: seen}, "mend")
        self.settle(item, "mended")

    def is_member(self, person: str, member: str) -> None:
        """The team knew a person of this laptop before: their saves carry that member's id from now on."""
        keep_meta(self._db, f"member:{person}", member)

    def member_of(self, person: str) -> str:
        """The member id of a person of this laptop: their own id unless the team knew them before."""
        return str(read_meta(self._db, f"member:{person}") or person)

    def _number(self, sql: str) -> int:
        return int(self._db.execute(sql).fetchone()[0])
