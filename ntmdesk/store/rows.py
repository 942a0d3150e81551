"""Rows as the floors above read them: shown fields, id, kind and state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ntmdesk.domain.standings import FLAGS, standing_of
from ntmdesk.domain.text import fold
from ntmdesk.store import shipped, views
from ntmdesk.store.questions import conditions_of
from ntmdesk.store.shapes import DELETED, JOINED, LIVING, decode_shown, link_key
from ntmdesk.store.stored import Stored, batches
from sync.protocol.kinds import Kind

if TYPE_CHECKING:
    from ntmdesk.store.unit_of_work import UnitOfWork

Row = dict[str, Any]
WAITS = "outgoing.n IS NOT NULL, iif(up IS NULL, packet, NULL)"
"""Whether a record waits for a receipt, and in which packet all of it lies."""
_READ = (
    f"SELECT record.n, id, kind, life, shown, {WAITS}, there IS NOT NULL "
    "FROM record LEFT JOIN outgoing USING (n)"
)


class Rows:
    """Builds rows; what is asked once per transaction (states, groups) is remembered in it."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow
        self._db = uow.db
        self._seen_seq = -1
        self._refused: frozenset[tuple[str, str]] = frozenset()
        self._later: frozenset[tuple[str, str]] = frozenset()
        self._differing: frozenset[tuple[str, str]] | None = None
        self._flags: dict[tuple[str, str], list[str]] = {}
        self._carried: frozenset[int] = frozenset()

    def one(self, kind: Kind, id: str, *, deleted: bool) -> Row | None:
        """The row of an id; None when it is not here, not born, or in the trash and not asked for."""
        row = self._db.execute(f"{_READ} WHERE id=? AND kind=?", (id, kind.name)).fetchone()
        if row is None:
            return shipped.unit(self._uow.store.surroundings.units, id) if kind.name == "unit" else None
        life = row[3]
        if life in (LIVING, JOINED) or (deleted and life == DELETED):
            return self._row(row)
        return None

    def many(self, ns: Sequence[int]) -> list[Row]:
        """Rows of these rowids in their order."""
        found: dict[int, Row] = {}
        for some in batches(list(ns), 900):
            marks = ",".join("?" * len(some))
            for row in self._db.execute(f"{_READ} WHERE record.n IN ({marks})", list(some)):
                found[row[0]] = self._row(row)
        return [found[n] for n in ns if n in found]

    def referring(self, id: str, kind: str | None) -> list[Row]:
        """Living rows that name any record of the id's group."""
        keys = [k for i in self._uow.samenesses.group(id) if (k := link_key(i)) is not None]
        if not keys:
            return []
        marks = ",".join("?" * len(keys))
        sql = f"{_READ} WHERE record.n IN (SELECT n FROM link WHERE target IN ({marks})) AND life = {LIVING}"
        parameters: list[Any] = [*keys]
        if kind is not None:
            sql += " AND kind = ?"
            parameters.append(kind)
        return [self._row(row) for row in self._db.execute(f"{sql} ORDER BY seq DESC", parameters)]

    def values(self, here: Stored) -> dict[str, Any]:
        """The shown fields of a stored record, as stored: references not resolved."""
        return decode_shown(here.shown)

    def resolved(self, kind: Kind | None, shown: Mapping[str, Any]) -> dict[str, Any]:
        """Shown fields with references to joined records read as the one they are shown under."""
        leaders = self._uow.samenesses.leaders
        if not leaders or kind is None:
            return dict(shown)
        out = dict(shown)
        for field in kind.fields:
            value = out.get(field.name)
            if value is None:
                continue
            if field.type == "reference":
                out[field.name] = leaders.get(value, value)
            elif field.type == "references" and isinstance(value, list):
                out[field.name] = list(dict.fromkeys(leaders.get(v, v) for v in value))
            elif field.type == "rows" and isinstance(value, list):
                names = [c.name for c in field.columns if c.type == "reference"]
                out[field.name] = [
                    {**r, **{n: leaders.get(r[n], r[n]) for n in names if isinstance(r.get(n), str)}}
                    if isinstance(r, dict)
                    else r
                    for r in value
                ]
        return out

    def state(self, id: str, kind: str, waits: bool, packet: int | None, differs: bool | None = None) -> str:
        """``refused``: a value waits in the quarantine; ``local``: no receipt yet (``waits``), ``carried``
        when another laptop holds the packet with all of it; ``received``: the server cannot judge a value
        yet; ``carried`` too when a colleague's value came here and the server is not known to hold it;
        else ``accepted``.  ``differs``: whether the server is known to hold something else (``there``);
        None looks it up, once for all records of the transaction."""
        self._refresh()
        if (kind, id) in self._refused:
            return "refused"
        if waits:
            return "carried" if packet in self._carried else "local"
        if (kind, id) in self._later:
            return "received"
        if differs is None:
            differs = (kind, id) in self._differ()
        return "carried" if differs else "accepted"

    def _differ(self) -> frozenset[tuple[str, str]]:
        if self._differing is None:
            self._differing = frozenset(
                self._db.execute("SELECT kind, id FROM record WHERE there IS NOT NULL").fetchall()
            )
        return self._differing

    def standing(
        self, id: str, kind: str, waits: bool, packet: int | None, differs: bool | None = None
    ) -> str:
        """The state, or ``review`` for what the server accepted and flagged."""
        state = self.state(id, kind, waits, packet, differs)
        return standing_of({"state": state, FLAGS: self._flags.get((kind, id))})

    def shipped(self, kind: Kind) -> bool:
        """Whether the rows of a kind come from the shipped file of administrative units."""
        return kind.name == "unit" and self._uow.store.surroundings.units is not None

    def shipped_list(
        self, kind: Kind, where: Mapping[str, Any] | None, search: str | None, limit: int | None
    ) -> tuple[list[Row], int]:
        """Units of the shipped list, corrections that came by sync laid over them."""
        listed = views.listed(self._uow.shape(kind.name))
        sql = f"{_READ} WHERE kind={views.text(kind.name)} AND life={LIVING} AND {listed}"
        corrected = map(self._row, self._db.execute(sql))
        own = {row["code"]: row for row in corrected if isinstance(row.get("code"), str)}
        words = fold(search or "").split()
        found = []
        for row, text in shipped.units(self._uow.store.surroundings.units):
            each = own.get(row["code"], row)
            if each is not row:
                text = f" {fold(str(each.get('name', '')))} {row['code']}"
            if any(str(each.get(k)) != str(v) for k, v in conditions_of(where) if v is not None):
                continue
            if all(f" {word}" in text for word in words):
                found.append(each)
        return (found if limit is None else found[:limit]), len(found)

    def _row(self, row: tuple[Any, ...]) -> Row:
        _, id, kind, life, shown, waits, packet, differs = row
        values = decode_shown(shown)
        if self._uow.samenesses.leaders:
            values = self.resolved(self._uow.catalogue.kinds.get(kind), values)
        out: Row = {"id": id, "kind": kind, "state": self.state(id, kind, bool(waits), packet, bool(differs))}
        out.update((k, v) for k, v in values.items() if k not in out)
        if out["state"] == "accepted" and (kind, id) in self._flags:
            out[FLAGS] = list(self._flags[kind, id])
        if life == DELETED:
            out["_deleted"] = True
        return out

    def _refresh(self) -> None:
        seq = self._uow.seq
        if self._seen_seq == seq:
            return
        self._seen_seq = seq
        self._refused = frozenset(
            self._db.execute("SELECT kind, id FROM quarantine WHERE settled IS NULL").fetchall()
        )
        self._later = frozenset(
            self._db.execute("SELECT kind, id FROM exception WHERE outcome='later'").fetchall()
        )
        self._differing = None
        self._flags = {}
        for kind, id, code in self._db.execute(
            "SELECT DISTINCT kind, id, code FROM exception WHERE outcome='flagged' ORDER BY kind, id, code"
        ):
            self._flags.setdefault((kind, id), []).append(code)
        self._carried = frozenset(
            n
            for (n,) in self._db.execute(
                "SELECT number FROM packet WHERE replica=? AND carried IS NOT NULL AND receipt IS NULL",
                (self._uow.replica,),
            )
        )
