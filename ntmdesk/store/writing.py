"""Putting records into the file: what is shown, cells, history, numbers, words and links, in one transaction.

Everything that changes a record passes here, local saves one by one and arrivals by the page, so that no
change can be stored that would not travel and none can be shown that is not in the cells.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ntmdesk.store import parallel, views
from ntmdesk.store.insertion import insert
from ntmdesk.store.shapes import (
    JOINED,
    LIVING,
    UNBORN,
    Derived,
    Shape,
    decode_shown,
    encode_shown,
    parse_image,
)
from ntmdesk.store.stored import Stored
from sync.protocol.cells import EMPTY, Cell, canonical, twin_values
from sync.protocol.dots import Dot
from sync.protocol.image import NO_STAMP, decode_image, encode_image, image_hash
from sync.protocol.records import Record, Stamp, highest_counter

if TYPE_CHECKING:
    from ntmdesk.store.unit_of_work import UnitOfWork

INTO = (
    "INSERT INTO record(n, id, kind, stream, life, shown, cells, seq, hash, there, served, sort, day, open, "
    "back)"
)
_INSERT = f"{INTO} VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
_UPDATE = (
    "UPDATE record SET stream=?, life=?, shown=?, cells=?, seq=?, hash=?, there=?, served=?, sort=?, day=?, "
    "open=?, back=? WHERE n=?"
)
_WAITS = (
    "INSERT INTO outgoing(n, stream, up, at) VALUES(?,?,?,?) "
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
            uow.add_up(stream, [hash_], n)
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
        at = int(uow.now().timestamp())
        db.execute(_WAITS, (n, stream, dot.counter, at))
        self._index(before, n, shape, derived)
        db.execute(
            "INSERT INTO save(counter, n, action, at, by, what) VALUES(?,?,?,?,?,?)",
            (dot.counter, n, uow.action, at, uow.author.person, what),
        )
        uow.touched.add(after.kind)
        self.regroup([(before, after.kind, after.id, derived)])

    def arrive(self, copies: Sequence[Arrival]) -> int:
        """Stores copies that are not here yet, as they came; how many."""
        uow = self._uow
        rows: list[tuple[Any, ...]] = []
        links: list[tuple[bytes, int]] = []
        terms: dict[str, list[tuple[int, str]]] = {}
        groups: list[tuple[Stored | None, str, str, Derived]] = []
        kinds: dict[str, Shape] = {}
        came: dict[str, list[bytes]] = {}
        concerns = uow.samenesses.concerns
        n = first = uow.next_row()
        seq = uow.seq
        highest = 0
        for kind, id, stream, image, served in copies:
            shape = kinds.get(kind)
            if shape is None:
                shape = kinds[kind] = uow.shape(kind)
                terms[kind] = []
            parsed = parse_image(image)
            derived = shape.derive_parsed(parsed) or shape.derive(decode_image(kind, id, image))
            shown, life, sort, day, open_, back, words, targets = derived
            seq += 1
            text = encode_shown(shown).decode()
            hash_ = image_hash(kind, id, image)
            cells = image.decode()
            came.setdefault(stream, []).append(hash_)
            rows.append(
                (n, id, kind, stream, life, text, cells, seq, hash_, None, served, sort, day, open_, back)
            )
            if words is not None:
                terms[kind].append((n, words))
            for target in targets:
                links.append((target, n))
            table, _, contexts = parsed
            if table and table[-1][1] > highest:
                highest = table[-1][1]
            if contexts:
                highest = max(highest, *(c for context in contexts.values() for c in context.values()))
            if kind == SAMENESS or concerns(id):
                groups.append((None, kind, id, derived))
            n += 1
        uow.skip_rows(n - first - 1)
        uow.seq = seq
        uow.touched.update(kinds)
        db = self._db
        for stream, hashes in came.items():
            uow.add_up(stream, hashes, first)
        insert(db, INTO, rows)
        views.write_links(db, links)
        for kind, found in terms.items():
            if found and kind in uow.shapes:
                views.write_terms(db, kind, found)
        uow.learn(highest)
        self.regroup(groups)
        return len(rows)

    def merge(self, rows: Sequence[tuple[Stored, Record, Arrival]]) -> int:
        """Stores merged copies: (what is here, merged, the copy); how many records changed."""
        changed = [work for work in rows if self._merge(*work)]
        return len(changed)

    def rewrite(self, before: Stored, after: Record) -> None:
        """Stores a record that says the same in other dots; it waits already for a packet."""
        uow, db = self._uow, self._db
        derived = uow.shape(after.kind).derive(after)
        image = encode_image(after)
        life = JOINED if before.life == JOINED and derived.life == LIVING else derived.life
        db.execute(
            _UPDATE,
            (
                *(before.stream, life, encode_shown(derived.shown).decode(), image.decode(), uow.next_seq()),
                *(image_hash(after.kind, after.id, image), before.there, before.served),
                *(derived.sort, derived.day, derived.open, derived.back, before.n),
            ),
        )
        self._index(before, before.n, uow.shape(after.kind), derived)
        uow.touched.add(after.kind)

    def _merge(self, before: Stored, after: Record, copy: Arrival) -> bool:
        uow, db = self._uow, self._db
        kind, id, stream, came, served = copy
        shape = uow.shape(kind)
        image = encode_image(after)
        hash_ = image_hash(kind, id, image)
        there = None if image == came else image_hash(kind, id, came)
        uow.learn(highest_counter(after))
        if hash_ == before.hash:
            if (there, served, stream) != (before.there, before.served, before.stream):
                db.execute(
                    "UPDATE record SET there=?, served=?, stream=? WHERE n=?",
                    (there, served, stream, before.n),
                )
            return False
        derived = shape.derive(after)
        life = JOINED if before.life == JOINED and derived.life == LIVING else derived.life
        shown = encode_shown(derived.shown).decode()
        row = (stream, life, shown, image.decode(), uow.next_seq(), hash_, there, served)
        db.execute(_UPDATE, (*row, derived.sort, derived.day, derived.open, derived.back, before.n))
        was = before.record()
        db.executemany(_LOST, list(_lost(before.n, was, after, None, None)))
        parallel.note(uow, before.n, was, after)
        self._index(before, before.n, shape, derived)
        uow.touched.add(kind)
        self.regroup([(before, kind, id, derived)])
        return True

    def _mended(self, was: Record, after: Record) -> None:
        """A new value in a field closes what the server had refused there."""
        refused = self._db.execute(
            "SELECT cell FROM quarantine WHERE id=? AND kind=? AND settled IS NULL", (after.id, after.kind)
        ).fetchall()
        for (cell,) in refused:
            if after.cells.get(cell, EMPTY).siblings.keys() - was.cells.get(cell, EMPTY).siblings.keys():
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

    def regroup(self, changes: Iterable[tuple[Stored | None, str, str, Derived]]) -> None:
        """Groups follow records that came, went or joined others: (what was here, kind, id, what is)."""
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
