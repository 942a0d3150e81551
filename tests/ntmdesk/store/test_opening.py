"""Opening: what is a store, what is none, what is damaged, newer or older; and that nothing is ever plain."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import sys
from pathlib import Path

import pytest
import sqlcipher3
import sqlite_utils

from ntmdesk.errors import AppError, EnvironmentProblem, UserError
from ntmdesk.store import migrations, sqlcipher
from ntmdesk.store.database import Store
from tests.bounded import obey_rights
from tests.ntmdesk.store.places import KEY, LAN, Place, hamlet, household, resident

NAME = "Trần Thị Ngọc Ánh"


def opening(place: Place, key: bytes = KEY) -> AppError:
    with pytest.raises(AppError) as error:
        place.open(key)
    return error.value


def filled(place: Place, people: int = 60) -> Place:
    with place.create() as store, store.begin(LAN) as uow:
        hamlet(uow)
        household(uow, NAME, "H-1")
        for i in range(people):
            resident(uow, f"{NAME} {i}", phone=f"09120000{i:02}")
    return place


def test_sqlite_utils_catches_the_encrypted_engines_errors() -> None:
    assert sqlite_utils.db.sqlite3 is sqlcipher3
    db = sqlcipher.wrap(sqlcipher3.connect(":memory:"))
    db["t"].drop(ignore=True)
    db.execute("CREATE TABLE t(a)")
    assert list(db.query("INSERT INTO t VALUES(1) RETURNING a")) == [{"a": 1}]
    assert not db.conn.in_transaction


def test_nothing_in_the_home_is_readable(place: Place) -> None:
    filled(place)
    for path in place.home.rglob("*"):
        if path.is_file() and path.name != "state.json":
            data = path.read_bytes()
            assert NAME.encode() not in data
            assert b"SQLite format 3" not in data
            assert b"CREATE TABLE" not in data


def test_the_write_ahead_log_is_encrypted_too(place: Place) -> None:
    with place.create() as store:
        with store.begin(LAN) as uow:
            resident(uow, NAME)
        log = store.path.with_name("ntmdesk.db-wal").read_bytes()
        assert len(log) > 4096
        assert NAME.encode() not in log


def test_every_connection_writes_through(store: Store) -> None:
    said = {
        p: store.db.execute(f"PRAGMA {p}").fetchone()[0]
        for p in ("journal_mode", "synchronous", "foreign_keys")
    }
    assert said == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_a_build_that_cannot_encrypt_is_refused(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlcipher.dbapi2, "connect", lambda _uri, **_: sqlite3.connect(":memory:"))
    with pytest.raises(EnvironmentProblem) as error:
        place.create()
    assert error.value.code == "no_encryption"
    assert not place.home.joinpath("ntmdesk.db").exists()


def test_a_second_store_in_one_home_is_refused(store: Store, place: Place) -> None:
    with pytest.raises(UserError) as error:
        place.create()
    assert error.value.code == "store_exists"
    with store.look() as uow:
        assert uow.records.count("household") == 0


def test_no_store(place: Place) -> None:
    assert opening(place).code == "no_store"


@pytest.mark.parametrize("content", [b"hello", b"x" * 9000, os.urandom(20480)])
def test_a_file_that_is_no_store(place: Place, content: bytes) -> None:
    filled(place)
    (place.home / "ntmdesk.db").write_bytes(content)
    assert opening(place).code == "not_a_store"


def test_a_plain_database_is_refused(place: Place) -> None:
    place.home.mkdir()
    plain = sqlite3.connect(place.home / "ntmdesk.db")
    plain.execute("CREATE TABLE record(a)")
    plain.commit()
    plain.close()
    assert opening(place).code == "not_a_store"


def test_an_encrypted_database_that_is_no_store(place: Place) -> None:
    place.home.mkdir()
    other = sqlcipher.connect(place.home / "ntmdesk.db", KEY, create=True)
    other.execute("CREATE TABLE something(a)")
    other.commit()
    other.close()
    assert opening(place).code == "not_a_store"


def test_a_wrong_key(place: Place) -> None:
    filled(place)
    assert opening(place, bytes(32)).code == "wrong_passphrase"


@pytest.mark.parametrize("kept", [0, 1, 100, 4095, 4096, 5000, 0.5, 0.9, 0.99])
def test_a_truncated_file_is_told_as_damaged(place: Place, kept: float) -> None:
    filled(place)
    path = place.home / "ntmdesk.db"
    data = path.read_bytes()
    size = int(len(data) * kept) if isinstance(kept, float) else kept
    path.write_bytes(data[:size])
    error = opening(place)
    assert error.code == ("not_a_store" if 0 < size < 16 else "store_damaged")
    assert path.read_bytes() == data[:size]


def test_a_damaged_first_page_is_told_as_damaged(place: Place) -> None:
    filled(place)
    path = place.home / "ntmdesk.db"
    data = bytearray(path.read_bytes())
    data[100] ^= 1
    path.write_bytes(data)
    from ntmdesk.store.vault import Vault

    assert not Vault(place.home).exists()
    assert opening(place).code == "wrong_passphrase"  # without slots nothing tells a key from a page
    (place.home / "keys.json").write_text(json.dumps({"v": 1, "check": _check(KEY), "slots": []}))
    assert opening(place).code == "store_damaged"


def _check(key: bytes) -> str:
    from ntmdesk.store import vault

    return vault._check(key)


def test_a_newer_store_is_refused_untouched(place: Place) -> None:
    filled(place)
    db = sqlcipher.connect(place.home / "ntmdesk.db", KEY)
    db.execute(
        "INSERT INTO _sqlite_migrations(migration_set, name, applied_at) "
        "VALUES('ntmdesk', 'm9999_future', '')"
    )
    db.commit()
    db.close()
    assert opening(place).code == "store_too_new"


def test_a_kept_store_of_the_first_schema_opens(tmp_path: Path) -> None:
    kept = Path(__file__).resolve().parents[2] / "data" / "databases" / "0.1.0"
    home = tmp_path / "home"
    shutil.copytree(kept, home)
    with Place(home).open() as store:
        with store.look() as uow:
            rows = uow.records.list("household").rows
            assert [r["head_name"] for r in rows] == ["Nguyễn Văn Ba", "Đỗ Thị Hồng"]
            assert uow.search.people("hong")[0].name == "Đỗ Thị Hồng"
            visit = uow.records.list("support_visit").rows[0]
            assert [line["service"] for line in visit["lines"]] == ["K01", "K26"]
        with store.begin(LAN) as uow:
            uow.records.set("household", rows[0]["id"], {"members_n": 7})
        from ntmdesk.store.checks import check

        assert [c for c in check(store) if not c.ok] == []


def pretend_older(place: Place) -> None:
    """Makes a store look as if its last step were still to come."""
    db = sqlcipher.connect(place.home / "ntmdesk.db", KEY)
    db.execute("DROP TABLE sync_run")
    db.execute("DELETE FROM _sqlite_migrations WHERE name='m0002_sync'")
    for name in ("stream", "tag", "packet", "exception", "quarantine", "aside"):
        db.execute(f"DROP TABLE {name}")
    db.commit()
    db.close()


def test_a_migration_is_preceded_by_a_backup_that_opens(place: Place) -> None:
    filled(place)
    db = sqlcipher.connect(place.home / "ntmdesk.db", KEY)
    for trigger in ("record_gone", "record_changed"):
        db.execute(f"DROP TRIGGER {trigger}")
    db.commit()
    db.close()
    pretend_older(place)
    with place.open() as store, store.look() as uow:
        assert uow.records.count("household") == 1
    backups = list((place.home / "backups").glob("before-migration-*.ntmbackup"))
    assert len(backups) == 1


def test_a_failing_migration_leaves_the_old_file(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(place)
    steps = [*migrations.migrations._migrations]

    def broken(db: sqlite_utils.Database) -> None:
        db.execute("CREATE TABLE half(a)")
        db.execute("DELETE FROM record")
        raise RuntimeError("power")

    try:
        migrations.migrations()(broken)
        with pytest.raises(RuntimeError, match="power"):
            place.open()
    finally:
        migrations.migrations._migrations[:] = steps
    assert list((place.home / "backups").iterdir())
    with place.open() as store, store.look() as uow:
        assert uow.records.count("resident") == 60
        tables = {n for (n,) in store.db.execute("SELECT name FROM sqlite_schema")}
        assert "half" not in tables


def test_a_step_halfway_then_a_later_one_failing_rolls_back_both(place: Place) -> None:
    filled(place)
    steps = [*migrations.migrations._migrations]

    def fine(db: sqlite_utils.Database) -> None:
        db.execute("CREATE TABLE fine(a)")

    def broken(db: sqlite_utils.Database) -> None:
        raise RuntimeError("power")

    try:
        migrations.migrations()(fine)
        migrations.migrations()(broken)
        with pytest.raises(RuntimeError, match="power"):
            place.open()
    finally:
        migrations.migrations._migrations[:] = steps
    with place.open() as store:
        assert store.db.execute("SELECT count(*) FROM sqlite_schema WHERE name='fine'").fetchone()[0] == 0


def test_a_full_disk_says_so_and_loses_nothing(place: Place) -> None:
    with place.create() as store:
        with store.begin(LAN) as uow:
            first = resident(uow, NAME)
        pages = store.db.execute("PRAGMA page_count").fetchone()[0]
        store.db.execute(f"PRAGMA max_page_count={pages + 4}")
        saved = [first]

        def fill_the_disk() -> None:
            for i in range(200):
                with store.begin(LAN) as uow:
                    id = resident(uow, f"{NAME} {i}", notes="x" * 400)
                saved.append(id)

        with pytest.raises(EnvironmentProblem) as error:
            fill_the_disk()
        assert error.value.code == "disk_full"
        with store.look() as uow:
            assert {r["id"] for r in uow.records.list("resident").rows} == set(saved)
        store.db.execute("PRAGMA max_page_count=1000000")
        with store.begin(LAN) as uow:
            resident(uow, "sau khi dọn ổ đĩa")


@pytest.mark.skipif(sys.platform == "win32", reason="folder rights are POSIX's")
def test_a_read_only_folder(place: Place) -> None:
    filled(place)
    error = _in_read_only_folder(place)
    assert error == "read_only"


def _in_read_only_folder(place: Place) -> str:
    """Opens the store in a child from a folder it may only read."""
    import subprocess

    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from tests.ntmdesk.store.places import KEY, Place\n"
        "from ntmdesk.errors import AppError\n"
        "try:\n    Place(Path(sys.argv[1])).open()\n"
        "except AppError as error:\n    print(error.code)\n"
    )
    place.home.chmod(0o555)
    (place.home / "ntmdesk.db").chmod(0o444)
    done = subprocess.run(
        [sys.executable, "-c", program, str(place.home)],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).resolve().parents[3],
        preexec_fn=obey_rights,
    )
    place.home.chmod(0o755)
    assert done.stdout, done.stderr
    return done.stdout.strip()
