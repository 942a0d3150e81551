"""What the catalogue makes of the schema: a view per kind, a search table per kind, indexes by natural code.

All of it is made again when the catalogue says something else; records whose kind changed shape are computed
anew in the same transaction.  A view and the index behind it use the very same expression
``shown->>'field'``, otherwise the index would not be used.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence

from ntmdesk.store.shapes import DELETED, JOINED, LIVING, Shape, encode_shown
from ntmdesk.store.sqlcipher import Connection
from sync.protocol.image import decode_image
from sync.protocol.kinds import Catalogue, Kind

_TABLES = {
    *(
        "meta",
        "tally",
        "incarnation",
        "record",
        "outgoing",
        "link",
        "history",
        "save",
        "draft",
        "same",
        "week_sum",
    ),
    *("stream", "tag", "packet", "exception", "quarantine", "aside", "sync_run", "_sqlite_migrations"),
}


def quote(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def text(value: str) -> str:
    """A text as an SQL literal (names of kinds and fields in schema statements, which take no parameters)."""
    return "'" + value.replace("'", "''") + "'"


def shown(field: str) -> str:
    """The expression for a shown field, the same in views, indexes and questions."""
    return f"shown->>{text(field)}"


def listed(shape: Shape) -> str:
    """True of every record of a known kind; names the partial index that holds just these."""
    return "sort IS NOT NULL" if shape.sort_by else "day IS NOT NULL" if shape.day else "1"


def view_name(kind: str) -> str:
    """The view of a kind: its own name, unless a table of the store is called so."""
    return f"{kind}_record" if kind in _TABLES else kind


def search_table(kind: str) -> str:
    """The full-text table of a kind."""
    return f"find_{kind}"


def view_sql(kind: Kind, shape: Shape) -> str:
    """A view with real column names; living records only, those joined under another left out."""
    fields = "".join(f",\n  {shown(f.name)} AS {quote(f.name)}" for f in kind.fields)
    return (
        f"CREATE VIEW {quote(view_name(kind.name))} AS SELECT id, n AS record_n, stream, seq{fields}\n"
        f"FROM record WHERE kind = {text(kind.name)} AND life = {LIVING} AND {listed(shape)}"
    )


def code_index_sql(kind: Kind) -> str:
    """The partial index that finds a record by its natural code."""
    return (
        f"CREATE INDEX {quote(f'code_{kind.name}')} ON record({shown(kind.code_field)}) "
        f"WHERE kind = {text(kind.name)}"
    )


def search_sql(kind: str) -> str:
    """A contentless full-text table: the words are folded by the program, the rows are records."""
    return (
        f"CREATE VIRTUAL TABLE {quote(search_table(kind))} USING fts5(terms, content='', "
        "contentless_delete=1, detail='none', tokenize='unicode61 remove_diacritics 0', prefix='1 2 3')"
    )


def shapes_of(catalogue: Catalogue) -> dict[str, Shape]:
    """A shape for every kind of a catalogue."""
    return {name: Shape(name, kind) for name, kind in catalogue.kinds.items()}


def fingerprint(catalogue: Catalogue, shapes: Mapping[str, Shape]) -> str:
    """Stands for everything ``refresh`` would make."""
    said: list[str] = []
    for name in sorted(catalogue.kinds):
        kind = catalogue.kinds[name]
        said += [view_sql(kind, shapes[name]), kind.code_field, search_sql(name), shapes[name].mark]
    return hashlib.sha256("\n".join(said).encode()).hexdigest()


def refresh(db: Connection, catalogue: Catalogue, shapes: Mapping[str, Shape]) -> bool:
    """Brings views, search tables and indexes to what the catalogue says; False when they were already.

    Runs inside the caller's write transaction.  Records of a kind whose shape changed are computed anew.
    """
    wanted = fingerprint(catalogue, shapes)
    row = db.execute("SELECT value FROM meta WHERE key='views'").fetchone()
    if row is not None and row[0] == wanted:
        return False
    for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type='view'").fetchall():
        db.execute(f"DROP VIEW {quote(name)}")
    _codes(db, catalogue)
    marks = dict(db.execute("SELECT substr(key, 7), value FROM meta WHERE key LIKE 'shape:%'").fetchall())
    tables = {n for (n,) in db.execute("SELECT name FROM sqlite_schema WHERE type='table'").fetchall()}
    for name, shape in sorted(shapes.items()):
        db.execute(view_sql(catalogue.kinds[name], shape))
        if search_table(name) not in tables:
            db.execute(search_sql(name))
        elif marks.get(name) == shape.mark:
            continue
        if marks.get(name) != shape.mark:
            recompute(db, shape)
            _remember(db, f"shape:{name}", shape.mark)
    _remember(db, "views", wanted)
    return True


def _codes(db: Connection, catalogue: Catalogue) -> None:
    there = dict(db.execute("SELECT name, sql FROM sqlite_schema WHERE name GLOB 'code_*'").fetchall())
    wanted = {f"code_{k.name}": code_index_sql(k) for k in catalogue.kinds.values() if k.code_field}
    for name in there:
        if there[name] != wanted.get(name):
            db.execute(f"DROP INDEX {quote(name)}")
    for name, sql in wanted.items():
        if there.get(name) != sql:
            db.execute(sql)


def recompute(db: Connection, shape: Shape) -> int:
    """Computes shown values, order, words and links of every record of a kind from its cells; how many.

    Groups are kept: a record shown under another stays so while it lives.
    """
    total = 0
    if search_table(shape.name) in {
        n for (n,) in db.execute("SELECT name FROM sqlite_schema WHERE type='table'").fetchall()
    }:
        db.execute(
            f"INSERT INTO {quote(search_table(shape.name))}({quote(search_table(shape.name))}) "
            "VALUES('delete-all')"
        )
    last = 0
    while True:
        rows = db.execute(
            "SELECT n, id, cells, life FROM record WHERE kind=? AND n>? ORDER BY n LIMIT 1000",
            (shape.name, last),
        ).fetchall()
        if not rows:
            return total
        last = rows[-1][0]
        changed, terms, links = [], [], []
        for n, id, cells, life in rows:
            d = shape.derive(decode_image(shape.name, id, cells.encode()))
            now = JOINED if life == JOINED and d.life == LIVING else d.life
            changed.append((encode_shown(d.shown).decode(), now, d.sort, d.day, d.open, d.back, n))
            if d.terms is not None and now in (LIVING, DELETED):
                terms.append((n, d.terms))
            links += [(target, n) for target in d.links]
        db.executemany("UPDATE record SET shown=?, life=?, sort=?, day=?, open=?, back=? WHERE n=?", changed)
        db.executemany("DELETE FROM link WHERE n=?", [(r[0],) for r in rows])
        write_links(db, links)
        write_terms(db, shape.name, terms)
        total += len(rows)


def write_terms(db: Connection, kind: str, terms: Iterable[tuple[int, str]]) -> None:
    """Puts words of records (n, terms) into the search table of their kind; nothing may be there yet."""
    table = quote(search_table(kind))
    db.executemany(f"INSERT INTO {table}(rowid, terms) VALUES(?, ?)", terms)


def write_following_terms(db: Connection, kind: str, first: int, terms: Sequence[str | None]) -> None:
    """``write_terms`` for the records from ``first`` on, None for one without words.

    One statement and not a list of values: the search table closes its books before each that has one.
    """
    db.execute(
        f"INSERT INTO {quote(search_table(kind))}(rowid, terms) "
        "SELECT ? + key, value FROM json_each(?) WHERE value IS NOT NULL",
        (first, encode_shown(terms).decode()),
    )


def write_links(db: Connection, links: Iterable[tuple[bytes, int]]) -> None:
    """Notes which records (n) name which (16 bytes)."""
    db.executemany("INSERT OR IGNORE INTO link(target, n) VALUES(?, ?)", links)


def _remember(db: Connection, key: str, value: str) -> None:
    db.execute(
        "INSERT INTO meta VALUES(?,?) ON CONFLICT(key) DO UPDATE SET value=excluded.value", (key, value)
    )
