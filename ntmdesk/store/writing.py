"""Putting records into the file: what is shown, cells, history, numbers, words and links, in one transaction.

Everything that changes a record passes here, local saves one by one and arrivals by the page, so that no
change can be stored that would not travel and none can be shown that is not in the cells.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ntmdesk.store import views
from ntmdesk.store.shapes import JOINED, LIVING, UNBORN, Derived, Shape, decode_shown, encode_shown
from ntmdesk.store.stored import Stored
from sync.protocol.cells import EMPTY, Cell, canonical, twin_values
from sync.protocol.dots import Dot
from sync.protocol.image import NO_STAMP, decode_image, encode_image, image_hash
from sync.protocol.records import Record, Stamp

if TYPE_CHECKING:
    from ntmdesk.store.unit_of_work import UnitOfWork

_INSERT = (
    "INSERT INTO record(n, id, kind, stream, life, shown, cells, seq, hash, there, served, sort, day, open, "
    "back) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
)
_UPDATE = (
    "UPDATE record SET stream=?, life=?, shown=?, cells=?, seq=?, hash=?, there=?, served=?, sort=?, day=?, "
    "open=?, back=? WHERE n=?"
)
_WAITS = (
    "INSERT INTO outgoing(n, stream, up) VALUES(?,?,?) "
    "ON CONFLICT(n) DO UPDATE SET up=min(coalesce(up, excluded.up), excluded.up)"
)
_LOST = "INSERT OR IGNORE INTO history(n, cell, counter, replica, at, by, value) VALUES(?,?,?,?,?,?,?)"

SAMENESS = "sameness"


class Arrival(NamedTuple):
    """A record's copy that came by sync.  ``image``: its canonical bytes; ``served``: the server's number.

    ``stream``: where it lives.
    """

    kind: str
    id: str
    stream: str
    image: bytes
    served: int


class Writer:
    """Writes records of one unit of work."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow
        self._db = uow.db

    def save(self, before: Stored | None, after: Record, dot: Dot, what: str) -> None:
        """Stores one local save: the record is *local* now and will be in the next packet."""
        uow, db = self._uow, self._db
        shape = uow.shape(after.kind)
        derived = shape.derive(after)
        image = encode_image(after)
        shown = encode_shown(derived.shown).decode()
        hash_ = image_hash(after.kind, after.id, image)
        seq = uow.next_seq()
        there: bytes | None = None
        if before is None:
            stream, n, served = uow.stream(), uow.next_row(), 0
            life = derived.life
            row = (n, after.id, after.kind, stream, life, shown, image.decode(), seq, hash_, None, 0)
            uow.forget_digests()
            db.execute(_INSERT, (*row, derived.sort, derived.day, derived.open, derived.back))
        else:
            stream, n, served = before.stream, before.n, before.served
            there = before.there
            if there is None and not db.execute("SELECT 1 FROM outgoing WHERE n=?", (n,)).fetchone():
                there = before.hash
            life = JOINED if before.life == JOINED and derived.life == LIVING else derived.life
            row2 = (stream, life, shown, image.decode(), seq, hash_, there, served)
            db.execute(_UPDATE, (*row2, derived.sort, derived.day, derived.open, derived.back, n))
            was = before.record()
            db.executemany(_LOST, list(_lost(n, was, after, dot, uow.stamp())))
            self._mended(was, after)
        db.execute(_WAITS, (n, stream, dot.counter))
        self._index(before, n, shape, derived)
        at = int(uow.now().timestamp())
        db.execute(
            "INSERT INTO save(counter, n, action, at, by, what) VALUES(?,?,?,?,?,?)",
            (dot.counter, n, uow.action, at, uow.author.person, what),
        )
        uow.touched.add(after.kind)
        self._regroup([(before, after.kind, after.id, derived)])

    def arrive(self, rows: Sequence[tuple[Stored | None, Record | None, Arrival]]) -> int:
        """Stores merged copies set-wise; returns how many records changed.

        Each row: what is here, the merged record, the copy.  A copy not here yet is stored as it came.
        """
        uow = self._uow
        inserts: list[tuple[Any, ...]] = []
        updates: list[tuple[Any, ...]] = []
        lost: list[tuple[Any, ...]] = []
        links: list[tuple[bytes, int]] = []
        relinked: list[tuple[int]] = []
        terms: dict[str, list[tuple[int, str]]] = {}
        stale: dict[str, list[tuple[int]]] = {}
        groups: list[tuple[Stored | None, str, str, Derived]] = []
        changed = 0
        highest = 0
        for before, after, copy in rows:
            shape = uow.shape(copy.kind)
            if before is None or after is None:
                after = decode_image(copy.kind, copy.id, copy.image)
                image = copy.image
                hash_ = image_hash(copy.kind, copy.id, image)
                there = None
            else:
                came = image_hash(copy.kind, copy.id, copy.image)
                image = encode_image(after)
                hash_ = image_hash(copy.kind, copy.id, image)
                there = None if hash_ == came else came
                if hash_ == before.hash:
                    if there != before.there or copy.served != before.served:
                        uow.db.execute(
                            "UPDATE record SET there=?, served=?, stream=? WHERE n=?",
                            (there, copy.served, copy.stream, before.n),
                        )
                    continue
            derived = shape.derive(after)
            shown = encode_shown(derived.shown).decode()
            seq = uow.next_seq()
            changed += 1
            life = derived.life
            tail = (derived.sort, derived.day, derived.open, derived.back)
            if before is None:
                n = uow.next_row()
                head = (n, copy.id, copy.kind, copy.stream, life, shown, image.decode(), seq)
                inserts.append((*head, hash_, there, copy.served, *tail))
                if derived.terms is not None:
                    terms.setdefault(copy.kind, []).append((n, derived.terms))
                links += [(target, n) for target in derived.links]
            else:
                n = before.n
                life = JOINED if before.life == JOINED and life == LIVING else life
                head2 = (copy.stream, life, shown, image.decode(), seq)
                updates.append((*head2, hash_, there, copy.served, *tail, n))
                lost += _lost(n, before.record(), after, None, None)
                was = decode_shown(before.shown)
                if _terms(shape, was, before.life) != derived.terms:
                    stale.setdefault(copy.kind, []).append((n,))
                    if derived.terms is not None:
                        terms.setdefault(copy.kind, []).append((n, derived.terms))
                if shape.links(was) != derived.links:
                    relinked.append((n,))
                    links += [(target, n) for target in derived.links]
            highest = max(highest, _highest(after))
            if copy.kind == SAMENESS or uow.samenesses.concerns(copy.id):
                groups.append((before, copy.kind, copy.id, derived))
            uow.touched.add(copy.kind)
        db = self._db
        if inserts:
            uow.forget_digests()
        db.executemany(_INSERT, inserts)
        db.executemany(_UPDATE, updates)
        db.executemany(_LOST, lost)
        db.executemany("DELETE FROM link WHERE n=?", relinked)
        views.write_links(db, links)
        for kind, gone in stale.items():
            if kind in uow.shapes:
                db.executemany(f"DELETE FROM {views.quote(views.search_table(kind))} WHERE rowid=?", gone)
        for kind, found in terms.items():
            if kind in uow.shapes:
                views.write_terms(db, kind, found)
        uow.learn(highest)
        self._regroup(groups)
        return changed

    def _mended(self, was: Record, after: Record) -> None:
        """A new value in a field closes what the server had refused there."""
        refused = self._db.execute(
            "SELECT cell FROM quarantine WHERE id=? AND kind=? AND settled IS NULL", (after.id, after.kind)
        ).fetchall()
        for (cell,) in refused:
            if after.cells.get(cell) is not was.cells.get(cell):
                self._db.execute(
                    "UPDATE quarantine SET settled='mended', settled_at=? "
                    "WHERE id=? AND kind=? AND cell=? AND settled IS NULL",
                    (int(self._uow.now().timestamp()), after.id, after.kind, cell),
                )

    def _index(self, before: Stored | None, n: int, shape: Shape, derived: Derived) -> None:
        db = self._db
        was = decode_shown(before.shown) if before else {}
        if shape.kind is not None:
            old = _terms(shape, was, before.life) if before else None
            if old != derived.terms:
                table = views.quote(views.search_table(shape.name))
                if old is not None:
                    db.execute(f"DELETE FROM {table} WHERE rowid=?", (n,))
                if derived.terms is not None:
                    views.write_terms(db, shape.name, [(n, derived.terms)])
        if before is None or shape.links(was) != derived.links:
            if before is not None:
                db.execute("DELETE FROM link WHERE n=?", (n,))
            views.write_links(db, [(target, n) for target in derived.links])

    def _regroup(self, changes: Iterable[tuple[Stored | None, str, str, Derived]]) -> None:
        samenesses = self._uow.samenesses
        ids: set[str] = set()
        for before, kind, id, derived in changes:
            if kind == SAMENESS:
                for shown in (derived.shown, decode_shown(before.shown) if before else {}):
                    ids.update(v for v in (shown.get("a"), shown.get("b")) if isinstance(v, str))
            elif (before is None or _alive(before.life) != _alive(derived.life)) and samenesses.concerns(id):
                ids.add(id)
        if ids:
            samenesses.regroup(ids)


def _alive(life: int) -> bool:
    return life in (LIVING, JOINED)


def _terms(shape: Shape, shown: dict[str, object], life: int) -> str | None:
    return None if life == UNBORN else shape.terms(shown)


def _highest(record: Record) -> int:
    top = 0
    for cell in record.cells.values():
        for counter in cell.context.values():
            if counter > top:
                top = counter
    return top


def _lost(
    n: int, before: Record, after: Record, dot: Dot | None, stamp: Stamp | None
) -> Iterable[tuple[int, str, int, str, int, str, str | None]]:
    """History rows for values that ``after`` no longer holds, and for rows and elements taken away."""
    for name, old in before.cells.items():
        new = after.cells.get(name, EMPTY)
        if new is old or not old.siblings or new.siblings.keys() == old.siblings.keys():
            continue
        for gone, value in old.siblings.items():
            if gone in new.siblings:
                continue
            at, by, _ = before.stamps.get(gone, NO_STAMP)
            for each in twin_values(value):
                yield n, name, gone.counter, gone.replica, at, by, canonical(each).decode()
        if not new.siblings:
            mark = dot or _remover(old, new)
            if mark is not None:
                at, by = (stamp.at, stamp.by) if stamp else (0, "")
                yield n, name, mark.counter, mark.replica, at, by, None


def _remover(old: Cell, new: Cell) -> Dot | None:
    newer = [Dot(c, r) for r, c in new.context.items() if c > old.context.get(r, 0)]
    return max(newer, default=None)
