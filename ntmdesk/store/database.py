"""One open encrypted store: opening, checking, refusing, migrating; transactions begin here.

Opening: header and key -> refuse a newer file -> verified backup -> migrate -> views and search tables ->
witness.  A failure stops with the file as it was.  A ``Store`` belongs to the thread that opened it; the
window and a command may each have their own on one file.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from ntmdesk.domain.text import plain_sort_key, sort_key
from ntmdesk.errors import AppError, EnvironmentProblem, UserError
from ntmdesk.store import backup, filling, sqlcipher, views
from ntmdesk.store.devices import make_keys
from ntmdesk.store.lives import mint
from ntmdesk.store.lock import Presence
from ntmdesk.store.migrations import migrations, names
from ntmdesk.store.shapes import Shape
from ntmdesk.store.sqlcipher import Connection, doors
from ntmdesk.store.stillness import Stillness
from ntmdesk.store.surroundings import PROGRAM, Author, Surroundings
from ntmdesk.store.unit_of_work import UnitOfWork
from ntmdesk.store.vault import Vault
from ntmdesk.store.witness import Witness, place, read_witness, reason_for_new_life, write_witness
from sync.protocol.kinds import Catalogue

FILE = "ntmdesk.db"
SENT_KEPT = 20_000
"""About so many receipted records of one conversation are remembered."""


class Store:
    """An open store: ``home``, ``surroundings``, ``catalogue``, ``replica``; ``db`` is this floor's only.

    Made by ``create`` or ``open``; closed in the thread that opened it."""

    def __init__(self, home: Path, key: bytes, surroundings: Surroundings, db: Connection) -> None:
        self.home = home
        self.key = key
        self.surroundings = surroundings
        self.catalogue: Catalogue = surroundings.catalogue
        self.shapes: dict[str, Shape] = views.shapes_of(self.catalogue)
        self.db = db
        self.stillness = Stillness(db)
        self.replica = ""
        self.counter = 0
        self._witnessed = 0
        self._inside = False
        self._presence: Presence | None = None
        self.sent: dict[int, int] = {}
        """Records of the present conversation that have their receipt: rowid and since when they waited."""

    def lately_sent(self, rows: Iterable[tuple[int, int]]) -> None:
        """Remembers what was receipted, for telling edits that met; of a first great push not all."""
        if len(self.sent) < SENT_KEPT:
            self.sent.update((n, at) for n, at in rows if at)

    @property
    def path(self) -> Path:
        """The store's file."""
        return self.home / FILE

    @classmethod
    def create(cls, home: Path, key: bytes, surroundings: Surroundings) -> Store:
        """A new, empty store in a folder that has none.

        UserError ``store_exists``; EnvironmentProblem ``disk_full``, ``read_only``, ``no_encryption``.
        """
        path = home / FILE
        with doors(path):
            home.mkdir(parents=True, exist_ok=True)
            if os.name == "posix":
                home.chmod(0o700)
            if path.exists():
                raise UserError("store_exists", file=FILE)
            new = home / f".{FILE}.{os.getpid()}.new"
            _remove(new)
            try:
                store = cls(home, key, surroundings, sqlcipher.connect(new, key, create=True))
                try:
                    store._lay_out()
                finally:
                    store.db.close()
                if sqlcipher.is_plain(new):
                    raise EnvironmentProblem("no_encryption")
                if path.exists():
                    raise UserError("store_exists", file=FILE)
                new.replace(path)
            finally:
                _remove(new)
        return cls.open(home, key, surroundings)

    @classmethod
    def open(cls, home: Path, key: bytes, surroundings: Surroundings) -> Store:
        """The store of a folder, migrated to this program's schema and catalogue.

        UserError ``no_store``, ``not_a_store``, ``wrong_passphrase``; EnvironmentProblem ``store_damaged``,
        ``store_too_new``, ``disk_full``, ``read_only``, ``no_encryption``, ``locked_elsewhere`` (another
        one is being put in its place).
        """
        path = home / FILE
        _must_be_store(path)
        presence = Presence(home)
        try:
            return cls._opened(home, key, surroundings, presence)
        except BaseException:
            presence.end()
            raise

    @classmethod
    def _opened(cls, home: Path, key: bytes, surroundings: Surroundings, presence: Presence) -> Store:
        path = home / FILE
        with doors(path):
            store = cls(home, key, surroundings, sqlcipher.connect(path, key))
            store._presence = presence
            try:
                store._enter()
                store._migrate()
                store._wake()
            except BaseException:
                store.db.close()
                raise
        return store

    @contextmanager
    def begin(self, author: Author) -> Iterator[UnitOfWork]:
        """One write transaction: committed and durable on leaving, rolled back by any exception.

        Waits while another process writes.  EnvironmentProblem ``disk_full``, ``read_only``, ``store_busy``.
        """
        with doors(self.path), self._once():
            self.db.execute("BEGIN IMMEDIATE")
            try:
                work = UnitOfWork(self, author, writing=True)
                yield work
                work.finish()
                self.db.execute("COMMIT")
            except BaseException:
                self._roll_back()
                raise
            self.replica, self.counter = work.replica, work.counter
        if work.leaving:
            self.testify(sync=True)
        elif work.counter > self._witnessed:
            with suppress(AppError):  # what was saved is saved; the witness lags until the next save
                self.testify(sync=False)

    @contextmanager
    def look(self, author: Author = PROGRAM) -> Iterator[UnitOfWork]:
        """One read transaction: a steady picture; writing is refused.  ``author``: for whom it is read."""
        with doors(self.path), self._once():
            self.db.execute("PRAGMA query_only=ON")
            try:
                self.db.execute("BEGIN")
                yield UnitOfWork(self, author, writing=False)
            finally:
                self._roll_back()
                self.db.execute("PRAGMA query_only=OFF")

    @contextmanager
    def lean(self) -> Iterator[None]:
        """Holds fewer pages in memory meanwhile: for syncs, which meet few of them twice."""
        self.db.execute(f"PRAGMA cache_size=-{sqlcipher.LEAN_CACHE_KIB}")
        try:
            yield
        finally:
            self.db.execute(f"PRAGMA cache_size=-{sqlcipher.CACHE_KIB}")

    def testify(self, *, sync: bool) -> None:
        """Writes the witness: what this place has seen the store issue.  Called before anything leaves.

        The numbers are read again: another process may have gone on since this one's last transaction.
        """
        self.replica, self.counter = _tally(self.db)
        witness = Witness(
            self.replica, self.counter, self.surroundings.machine, place(self.home), self._salt()
        )
        write_witness(self.home, witness, sync=sync)
        self._witnessed = self.counter

    def use(self, catalogue: Catalogue) -> None:
        """Goes on with a newer catalogue: views, search and shown values follow, no cell is rewritten."""
        shapes = views.shapes_of(catalogue)
        with doors(self.path), self._once():
            self.db.execute("BEGIN IMMEDIATE")
            try:
                views.refresh(self.db, catalogue, shapes)
                self.db.execute("COMMIT")
            except BaseException:
                self._roll_back()
                raise
        self.catalogue, self.shapes = catalogue, shapes
        self.stillness.forget()

    def close(self) -> None:
        """Closes the file; a second call does nothing."""
        if self.db is None:
            return
        with doors(self.path):
            try:
                if self.counter > 0 and self.replica:
                    self.testify(sync=True)
            finally:
                self.db.close()
                self.db = None
                if self._presence is not None:
                    self._presence.end()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _lay_out(self) -> None:
        self.db.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        self.db.execute("PRAGMA synchronous=FULL")
        self._migrate()
        self.db.execute("BEGIN IMMEDIATE")
        self._remember_place()
        make_keys(self.db, self.surroundings.entropy)
        mint(self.db, self.surroundings, "made")
        self.db.execute("COMMIT")
        self.replica, self.counter = _tally(self.db)
        self.testify(sync=True)

    def _enter(self) -> None:
        try:
            sqlcipher.set_up(self.db)
        except sqlcipher.DatabaseError as error:
            raise self._why_closed(error) from error
        for name, key in (("text_key", plain_sort_key), ("person_key", sort_key)):
            self.db.create_function(name, 1, lambda text, key=key: None if text is None else key(str(text)))
        pages = self.db.execute("PRAGMA page_count").fetchone()[0]
        wal = self.path.with_name(FILE + "-wal")
        if not (wal.exists() and wal.stat().st_size) and pages * sqlcipher.PAGE > self.path.stat().st_size:
            raise EnvironmentProblem("store_damaged", file=FILE, reason="shorter")
        try:
            (tables,) = self.db.execute(
                "SELECT count(*) FROM sqlite_schema WHERE name IN ('record', '_sqlite_migrations')"
            ).fetchone()
        except sqlcipher.DatabaseError as error:
            raise self._why_closed(error) from error
        if not tables:
            raise UserError("not_a_store", file=FILE)

    def _why_closed(self, error: BaseException) -> Exception:
        problem = sqlcipher.problem_of(error, self.path)
        if problem is None:
            return EnvironmentProblem("store_damaged", file=FILE, reason="unreadable")
        if problem.code != "not_a_store":
            return problem
        slots = Vault(self.home)
        if not slots.matches(self.key):
            return UserError("wrong_passphrase")
        witness = read_witness(self.home)
        if witness is not None and witness.salt and witness.salt != self._salt():
            return UserError("not_a_store", file=FILE)
        return _damaged("first_page") if slots.exists() else UserError("wrong_passphrase")

    def _migrate(self) -> None:
        db = sqlcipher.wrap(self.db)
        applied = {step.name for step in migrations.applied(db)}
        if applied - set(names()):
            raise EnvironmentProblem("store_too_new", file=FILE)
        pending = [name for name in names() if name not in applied]
        if pending and applied:
            self._check_whole()
            backup.before_migration(self)
        self.db.execute("BEGIN IMMEDIATE")
        try:
            if pending:
                migrations.apply(db)
            views.refresh(self.db, self.catalogue, self.shapes)
            filling.complete(self.db)
            if pending and self.db.execute("PRAGMA foreign_key_check").fetchone():
                raise EnvironmentProblem("store_damaged", file=FILE, reason="foreign_keys")
            self.db.execute("COMMIT")
        except BaseException:
            self._roll_back()
            raise

    def _check_whole(self) -> None:
        said = self.db.execute("PRAGMA quick_check(1)").fetchone()
        if said is None or said[0] != "ok":
            raise EnvironmentProblem("store_damaged", file=FILE, reason="quick_check")

    def _wake(self) -> None:
        self.replica, self.counter = _tally(self.db)
        reason = self._reason()
        if reason:
            self.db.execute("BEGIN IMMEDIATE")
            try:
                self.replica, self.counter = _tally(self.db)
                reason = self._reason()
                if reason:
                    witness = read_witness(self.home)
                    mint(self.db, self.surroundings, reason, at_least=witness.counter if witness else 0)
                    self._remember_place()
                self.db.execute("COMMIT")
            except BaseException:
                self._roll_back()
                raise
            self.replica, self.counter = _tally(self.db)
            self.testify(sync=True)
        else:
            self._witnessed = self.counter
            witness = read_witness(self.home)
            if witness is not None and not witness.salt:
                self.testify(sync=False)

    def _reason(self) -> str:
        stored = dict(
            self.db.execute("SELECT key, value FROM meta WHERE key IN ('machine', 'folder')").fetchall()
        )
        return reason_for_new_life(
            read_witness(self.home),
            self.replica,
            self.counter,
            self.surroundings.machine,
            place(self.home),
            (stored.get("machine", ""), stored.get("folder", "")),
        )

    def _remember_place(self) -> None:
        pairs = [("machine", self.surroundings.machine), ("folder", place(self.home))]
        self.db.executemany(
            "INSERT INTO meta VALUES(?,?) ON CONFLICT(key) DO UPDATE SET value=excluded.value", pairs
        )

    def _salt(self) -> str:
        try:
            with self.path.open("rb") as file:
                return file.read(16).hex()
        except OSError:
            return ""

    def _roll_back(self) -> None:
        if self.db.in_transaction:
            self.db.rollback()

    @contextmanager
    def _once(self) -> Iterator[None]:
        if self._inside:
            raise RuntimeError("a transaction of this store is open already")
        self._inside = True
        try:
            yield
        finally:
            self._inside = False


def _must_be_store(path: Path) -> None:
    with doors(path):
        if not path.exists():
            raise UserError("no_store", file=FILE)
        if not path.is_file() or sqlcipher.is_plain(path):
            raise UserError("not_a_store", file=FILE)
        size = path.stat().st_size
        if size < sqlcipher.PAGE:
            witness = read_witness(path.parent)
            head = path.read_bytes()[:16].hex()
            ours = size == 0 or (witness is not None and len(head) == 32 and witness.salt == head)
            raise _damaged("shorter") if ours else UserError("not_a_store", file=FILE)


def _damaged(reason: str) -> EnvironmentProblem:
    return EnvironmentProblem("store_damaged", file=FILE, reason=reason)


def _tally(db: Connection) -> tuple[str, int]:
    row: Any = db.execute("SELECT replica, counter FROM tally").fetchone()
    if row is None:
        raise _damaged("no_tally")
    return row[0], row[1]


def _remove(path: Path) -> None:
    for name in (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
        name.unlink(missing_ok=True)
    path.with_name(path.name + "-journal").unlink(missing_ok=True)
