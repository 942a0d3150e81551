"""One person or household recorded twice (rule 34).

A record of kind ``sameness`` joins two others.  A group is what such records connect; all of it is shown
under its smallest living id, references are resolved when read, and nothing is rewritten: ``different`` takes
the group apart again and every list, reference and count is as before.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ntmdesk.store import filling, views
from ntmdesk.store.shapes import JOINED, LIVING, decode_shown, link_key
from ntmdesk.store.stored import by_ids

if TYPE_CHECKING:
    from ntmdesk.store.unit_of_work import UnitOfWork

KIND = "sameness"


class Samenesses:
    """Groups inside one unit of work."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow
        self._db = uow.db
        self._leaders: dict[str, str] | None = None
        self._any: bool | None = None

    @property
    def leaders(self) -> dict[str, str]:
        """Joined record -> the one it is shown under; only records that are not shown themselves."""
        if self._leaders is None:
            self._leaders = dict(
                self._db.execute("SELECT id, leader FROM same WHERE id <> leader").fetchall()
            )
        return self._leaders

    def leader(self, id: str) -> str:
        """The id under which a record is shown: its own, unless it is joined."""
        return self.leaders.get(id, id)

    def group(self, id: str) -> list[str]:
        """All records shown as one with this one, itself included, smallest id first."""
        if not self.leaders:
            return [id]
        leader = self.leader(id)
        found = [i for (i,) in self._db.execute("SELECT id FROM same WHERE leader=? ORDER BY id", (leader,))]
        return found or [id]

    def concerns(self, id: str) -> bool:
        """Whether a sameness record names this id (its coming or going changes a group)."""
        if not self._exists():
            return False
        key = link_key(id)
        sql = "SELECT 1 FROM link JOIN record USING (n) WHERE target=? AND kind=? LIMIT 1"
        return key is not None and self._db.execute(sql, (key, KIND)).fetchone() is not None

    def regroup(self, ids: Iterable[str]) -> None:
        """Works out anew the groups that these records belong to."""
        self._any = None
        done: set[str] = set()
        for id in sorted(set(ids)):
            if id not in done:
                done |= self._settle(self._connected(id))
        self._leaders = None

    def _exists(self) -> bool:
        if self._any is None and not filling.is_complete(self._db):
            self._any = filling.any_joined(self._db)
        if self._any is None:
            sql = f"SELECT 1 FROM record WHERE kind=? AND {views.listed(self._uow.shape(KIND))} LIMIT 1"
            row = self._db.execute(sql, (KIND,)).fetchone()
            self._any = row is not None
        return self._any

    def _connected(self, start: str) -> set[str]:
        found, ahead = {start}, [start]
        while ahead:
            key = link_key(ahead.pop())
            if key is None:
                continue
            for (shown,) in self._db.execute(
                "SELECT shown FROM link JOIN record USING (n) WHERE target=? AND kind=? AND life=?",
                (key, KIND, LIVING),
            ).fetchall():
                said = decode_shown(shown)
                if said.get("verdict") != "same":
                    continue
                for other in (said.get("a"), said.get("b")):
                    if isinstance(other, str) and other not in found:
                        found.add(other)
                        ahead.append(other)
        return found

    def _settle(self, ids: set[str]) -> set[str]:
        rows = [r for r in by_ids(self._db, ids).values() if r.kind != KIND]
        alive = sorted((r for r in rows if r.life in (LIVING, JOINED)), key=lambda r: r.id)
        self._db.executemany("DELETE FROM same WHERE id=?", [(i,) for i in ids])
        for kind in {r.kind for r in alive}:
            group = [r for r in alive if r.kind == kind]
            leader = group[0].id
            if len(group) > 1:
                self._db.executemany("INSERT INTO same VALUES(?,?,?)", [(r.id, kind, leader) for r in group])
            for r in group:
                life = LIVING if r.id == leader else JOINED
                if life != r.life:
                    self._db.execute("UPDATE record SET life=? WHERE n=?", (life, r.n))
                    self._uow.touched.add(kind)
        return ids
