"""Is the file what it should be?  Each question has a name and an answer; nothing is repaired here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from ntmdesk.store import sqlcipher, views
from ntmdesk.store.database import Store
from ntmdesk.store.shapes import DELETED, JOINED, LIVING, decode_shown
from ntmdesk.store.unit_of_work import UnitOfWork
from sync.protocol.cells import same_value
from sync.protocol.image import decode_image, encode_image, image_hash
from sync.protocol.packets import packet_hash


@dataclass(frozen=True)
class Check:
    """One answer.  ``name``: ``encryption pages structure references records derived links packets counter``.

    ``details``: counts and ids, never a field's value."""

    name: str
    ok: bool
    details: dict[str, Any] = field(default_factory=dict)


def check(store: Store, progress: Callable[[int, int], None] | None = None) -> list[Check]:
    """Asks everything, deepest last: every page's code, every record's hash and what is derived from it.

    Reads only; takes seconds on a large store.  ``progress``: (records done, all).
    """
    with store.look() as uow:
        return [*_engine(store), *_records(uow, progress), _packets(uow), _counter(uow)]


def _engine(store: Store) -> Iterator[Check]:
    db = store.db
    yield Check(
        "encryption",
        bool(db.execute("PRAGMA cipher_version").fetchone()) and not sqlcipher.is_plain(store.path),
    )
    broken = _answers(db, "PRAGMA cipher_integrity_check")
    yield Check("pages", not broken, {"broken": len(broken)} if broken else {})
    said = _answers(db, "PRAGMA quick_check(5)")
    yield Check("structure", said == ["ok"], {} if said == ["ok"] else {"found": len(said)})
    lost = _answers(db, "PRAGMA foreign_key_check")
    yield Check("references", not lost, {"found": len(lost)} if lost else {})


def _answers(db: Any, pragma: str) -> list[str]:
    try:
        return [str(row[0]) for row in db.execute(pragma).fetchall()]
    except sqlcipher.DatabaseError as error:
        return [type(error).__name__]


def _records(uow: UnitOfWork, progress: Callable[[int, int], None] | None) -> Iterator[Check]:
    total = uow.db.execute("SELECT count(*) FROM record").fetchone()[0]
    wrong: list[str] = []
    stale: list[str] = []
    unlinked: list[str] = []
    links: dict[int, set[bytes]] = {}
    for target, n in uow.db.execute("SELECT target, n FROM link"):
        links.setdefault(n, set()).add(target)
    rows = uow.db.execute("SELECT n, id, kind, life, shown, cells, hash, open, back, day, sort FROM record")
    for done, (n, id, kind, life, shown, cells, hash_, open_, back, day, sort) in enumerate(rows, 1):
        if progress is not None and done % 1000 == 0:
            progress(done, total)
        try:
            record = decode_image(kind, id, cells.encode())
            true = encode_image(record) == cells.encode() and image_hash(kind, id, cells.encode()) == hash_
        except (ValueError, TypeError, IndexError):
            true = False
        if not true:
            wrong.append(id)
            continue
        derived = uow.shape(kind).derive(record)
        alive = life in (LIVING, JOINED) if derived.life == LIVING else life == derived.life
        same = same_value(derived.shown, decode_shown(shown))
        if not (
            alive
            and same
            and (derived.open, derived.back, derived.day, derived.sort) == (open_, back, day, sort)
        ):
            stale.append(id)
        if links.pop(n, set()) != set(derived.links):
            unlinked.append(id)
    yield _ids("records", wrong, total)
    yield _ids("derived", stale + _unsearchable(uow), total)
    yield _ids("links", unlinked + [str(n) for n in links], total)


def _unsearchable(uow: UnitOfWork) -> list[str]:
    """Kinds whose search table does not hold exactly the records that have words."""
    bad = []
    for name, shape in uow.shapes.items():
        table = views.quote(views.search_table(name))
        there = {n for (n,) in uow.db.execute(f"SELECT rowid FROM {table}")}
        wanted = {
            n
            for n, shown in uow.db.execute(
                "SELECT n, shown FROM record WHERE kind=? AND life IN (?,?,?)",
                (name, LIVING, DELETED, JOINED),
            )
            if shape.terms(decode_shown(shown)) is not None
        }
        if there != wanted:
            bad.append(name)
    return bad


def _packets(uow: UnitOfWork) -> Check:
    bad = [
        f"{stream}/{number}"
        for stream, number, hash_, data in uow.db.execute("SELECT stream, number, hash, data FROM packet")
        if packet_hash(data) != hash_
    ]
    return _ids("packets", bad, len(bad))


def _counter(uow: UnitOfWork) -> Check:
    top = uow.db.execute("SELECT coalesce(max(counter), 0) FROM save").fetchone()[0]
    return Check(
        "counter", top <= uow.counter, {} if top <= uow.counter else {"counter": uow.counter, "saved": top}
    )


def _ids(name: str, ids: list[str], total: int) -> Check:
    return Check(name, not ids, {"count": len(ids), "first": ids[:5]} if ids else {"count": total})
