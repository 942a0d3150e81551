"""The other laptops of the team: their keys by the signed roster, or met by hand where there is no server."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ntmdesk.store.meta import keep_meta, read_meta
from sync.protocol.rosters import Mate, Roster, decode_roster, encode_roster, roster_is_true
from sync.protocol.signing import key_id

if TYPE_CHECKING:
    from ntmdesk.store.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class Acquaintance:
    """A laptop whose greeting came on a stick.  ``confirmed``: its code was compared; ``stream``: the team it
    leads, "" for a member; ``at``: when it was first met, seconds since 1970."""

    device: str
    name: str
    role: str
    key: bytes = field(repr=False)
    sealing_key: bytes = field(repr=False)
    stream: str
    at: int
    confirmed: bool


class Mates:
    """The team's laptops inside one unit of work."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow
        self._db = uow.db

    def own_device(self) -> str:
        """How others call this laptop: as enrolled, else by its key."""
        joined = self._uow.peers.joined()
        return joined.enrolment.device if joined else key_id(self._uow.peers.keys.public)

    def key_of(self, device: str) -> str:
        """The id of a laptop's key, which stays; the same for one that already goes by it."""
        roster = self.roster()
        mates = roster.mates if roster is not None else ()
        return next((key_id(mate.key) for mate in mates if mate.device == device), device)

    def roster(self) -> Roster | None:
        """The newest roster that came, None before the first."""
        said = read_meta(self._db, "roster")
        return None if said is None else decode_roster(said.encode())

    def keep_roster(self, roster: Roster, signers: tuple[bytes, ...]) -> bool:
        """Keeps a roster signed by one of ``signers`` with a higher number than the one here; whether it
        did."""
        known = self.roster()
        if known is not None and known.stream == roster.stream and known.number >= roster.number:
            return False
        if not roster_is_true(roster, signers):
            return False
        keep_meta(self._db, "roster", encode_roster(roster).decode())
        return True

    def members_mark(self) -> str:
        """Differs once a member record came or changed (whoever enrols has one), and every day."""
        return f"{self._uow.today().isoformat()} {self.members_seq()}"

    def members_seq(self) -> int:
        """Number of the last change of a member record; 0 without one."""
        row = self._db.execute("SELECT coalesce(max(seq), 0) FROM record WHERE kind='member'").fetchone()
        return int(row[0])

    def roster_mark(self) -> str:
        """The mark at which the roster was last asked for; "" before the first time."""
        return str(read_meta(self._db, "roster_mark") or "")

    def note_roster_mark(self, mark: str) -> None:
        """Remembers it."""
        keep_meta(self._db, "roster_mark", mark)

    def all(self) -> tuple[Mate, ...]:
        """Every laptop known of the team, this one and shut-out ones too."""
        roster = self.roster()
        listed = roster.mates if roster is not None and roster.stream == self._uow.stream() else ()
        if self._uow.peers.joined() is not None:
            return listed
        known = {mate.key for mate in listed}
        return (*listed, *(mate for mate in self.met() if mate.key not in known))

    def met(self) -> tuple[Mate, ...]:
        """Laptops met by hand whose codes were compared: the team before it met a server."""
        return tuple(
            Mate(a.device, "", a.role, a.key, a.sealing_key) for a in self.acquaintances() if a.confirmed
        )

    def by_key(self, key: bytes) -> Mate | None:
        """The laptop that signs with a key."""
        return next((mate for mate in self.all() if mate.key == key), None)

    def name_of(self, device: str) -> str:
        """Who enrolled a laptop, by name; "" where nobody knows."""
        mate = next((m for m in self.all() if m.device == device), None)
        if mate is not None and mate.member:
            here = self._uow.records.find("member", mate.member)
            if here is not None:
                return str(self._uow.records.get("member", here).get("full_name") or "")
        met = next((a for a in self.acquaintances() if a.device == device), None)
        return met.name if met is not None else ""

    def acquaintances(self) -> list[Acquaintance]:
        """Laptops met by hand, the first met first."""
        rows = self._db.execute(
            "SELECT device, name, role, key, sealing_key, stream, at, confirmed IS NOT NULL "
            "FROM acquaintance ORDER BY at, device"
        )
        return [
            Acquaintance(device, name, role, key, sealing_key, stream, at, bool(confirmed))
            for device, name, role, key, sealing_key, stream, at, confirmed in rows
        ]

    def meet(self, device: str, name: str, role: str, key: bytes, sealing_key: bytes, stream: str) -> None:
        """Writes down a greeting; a laptop with the same key met before keeps its confirmation."""
        self._db.execute(
            "INSERT INTO acquaintance(device, name, role, key, sealing_key, stream, at) "
            "VALUES(?,?,?,?,?,?,?) ON CONFLICT(device) DO UPDATE SET name=excluded.name, "
            "role=excluded.role, stream=excluded.stream",
            (device, name, role, key, sealing_key, stream, int(self._uow.now().timestamp())),
        )

    def confirm(self, device: str) -> None:
        """The person has compared the laptop's code aloud."""
        at = int(self._uow.now().timestamp())
        self._db.execute(
            "UPDATE acquaintance SET confirmed=? WHERE device=? AND confirmed IS NULL", (at, device)
        )

    def found_team(self, stream: str) -> None:
        """This laptop belongs to a team without a server from now on; what was recorded alone joins it."""
        self._db.execute("INSERT OR IGNORE INTO stream(id, of) VALUES(?, 'team')", (stream,))
        self._db.execute("UPDATE record SET stream=? WHERE stream=''", (stream,))
        self._db.execute("UPDATE outgoing SET stream=? WHERE stream=''", (stream,))
        keep_meta(self._db, "local_team", stream)

    def local_team(self) -> str:
        """The stream of the team without a server, "" where there is none."""
        return str(read_meta(self._db, "local_team") or "")

    def former_team(self) -> str:
        """The stream a team without a server had before it met one, "" where there was none."""
        return str(read_meta(self._db, "former_team") or "")
