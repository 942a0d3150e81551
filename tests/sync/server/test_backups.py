"""Copies that are proved, and going back to one under a new epoch."""

from __future__ import annotations

import errno
import json
import os
import secrets
import sqlite3
import tarfile
from contextlib import closing
from pathlib import Path

import pytest

from sync.hub import answer
from sync.hub.ports import Device
from sync.protocol.errors import WireError
from sync.protocol.pages import Cursor, epoch_is_true, forks_of
from sync.server import backups, checks, cli, folder_lock, listing, restoring, teams
from sync.server.installation import Installation, open_installation
from sync.server.store import schema
from sync.server.store.copying import room_told
from tests.sync.server.conftest import team_on
from tests.sync.server.laptop import AT, Laptop, made_id, outreach, reply_of


def send(server: Installation, stream: str, laptop: Laptop, numbers: range) -> None:
    packet = laptop.packet(stream, {made_id("r", n): outreach(n) for n in numbers})
    device = Device(made_id("device"), laptop.public, "member", {stream: 1})
    judge = server.catalogue.get().judge
    reply = reply_of(
        answer.exchange(server.archive, judge, device, laptop.request([packet]), AT, secrets.token_bytes)
    )
    assert len(reply.receipts) == 1


def backup(server: Installation, file: Path) -> backups.Made:
    return backups.make(server.settings, server.database, file)


def test_a_backup_holds_everything_and_is_closed_to_others(either: Installation, tmp_path: Path) -> None:
    stream = team_on(either)
    send(either, stream, Laptop("a"), range(40))
    made = backup(either, tmp_path / "copy.tar")
    assert made.document["records"] == 43
    assert made.document["verified"] is True
    assert (tmp_path / "copy.tar").stat().st_mode & 0o777 == 0o600
    manifest = backups.unpack(tmp_path / "copy.tar", tmp_path / "out")
    assert manifest.server == either.archive.server
    assert {"server.db", "keys/signing.key", "keys/sealing.key", "tls/server.crt"} <= set(manifest.files)
    with either.database.read() as there, closing(sqlite3.connect(tmp_path / "out" / "server.db")) as here:
        for table in schema.METADATA.sorted_tables:
            expected = {tuple(row) for row in there.execute(table.select())}
            columns = ", ".join(f'"{c.name}"' for c in table.c)
            assert set(here.execute(f'SELECT {columns} FROM "{table.name}"')) == expected, table.name
    assert sorted(p.name for p in tmp_path.iterdir() if p.name.startswith(".")) == []


def test_a_restore_opens_a_child_epoch_that_forks_where_the_copy_was_made(
    either: Installation, tmp_path: Path
) -> None:
    stream, laptop = team_on(either), Laptop("a")
    send(either, stream, laptop, range(10))
    with either.archive.look() as seen:
        old_epoch, at_copy = seen.epoch(), seen.state(stream)
    backup(either, tmp_path / "copy.tar")
    send(either, stream, laptop, range(10, 30))
    either.close()
    done = restoring.restore(either.settings.data, tmp_path / "copy.tar")
    assert (done["epoch"], done["parent"], done["records"]) == (2, 1, 13)
    assert Path(done["kept"]).is_file()
    with open_installation(either.settings.data) as again:
        assert listing.rows(again, "outreach")["total"] == 10
        with again.archive.look() as seen:
            epoch = seen.epoch()
            assert (epoch.number, epoch.parent) == (2, old_epoch.random)
            assert forks_of((epoch,), stream) == at_copy.seq
            assert epoch_is_true(epoch, again.archive.public_keys)
            assert seen.epochs_since(old_epoch.random) == [epoch]
            assert seen.talk(laptop.replica) is None
        assert checks.run(again)["ok"] is True


def test_a_laptop_that_knew_more_is_told_of_the_new_life(server: Installation, tmp_path: Path) -> None:
    stream, laptop = team_on(server), Laptop("a")
    backup(server, tmp_path / "copy.tar")
    send(server, stream, laptop, range(5))
    with server.archive.look() as seen:
        old, state = seen.epoch(), seen.state(stream)
    server.close()
    restoring.restore(server.settings.data, tmp_path / "copy.tar")
    with open_installation(server.settings.data) as again:
        cursor = Cursor(again.archive.server, old.random, stream, 1, state.seq, state.tag)
        device = Device(made_id("device"), laptop.public, "member", {stream: 1})
        judge = again.catalogue.get().judge
        body = laptop.request([], [cursor])
        reply = reply_of(answer.exchange(again.archive, judge, device, body, AT, secrets.token_bytes))
    assert [e.number for e in reply.epochs] == [2]
    assert forks_of(reply.epochs, stream) < state.seq


def test_restoring_one_copy_again_and_again_makes_one_line_of_lives(
    server: Installation, tmp_path: Path
) -> None:
    backup(server, tmp_path / "copy.tar")
    server.close()
    numbers = [restoring.restore(server.settings.data, tmp_path / "copy.tar")["epoch"] for _ in range(3)]
    assert numbers == [2, 3, 4]
    with open_installation(server.settings.data) as again, again.archive.look() as seen:
        line = seen.epochs_since("")
    assert [e.parent for e in line] == ["", *(e.random for e in line[:-1])]


def test_a_restore_that_is_cut_short_leaves_no_old_life_in_place(
    server: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup(server, tmp_path / "copy.tar")
    with server.archive.look() as seen:
        old = seen.epoch()
    server.close()
    real = os.replace

    def cut_short(source: str | Path, target: str | Path) -> None:
        real(source, target)
        if Path(target).name == "server.db":
            raise KeyboardInterrupt

    monkeypatch.setattr(restoring.os, "replace", cut_short)
    with pytest.raises(KeyboardInterrupt):
        restoring.restore(server.settings.data, tmp_path / "copy.tar")
    monkeypatch.undo()
    with open_installation(server.settings.data) as again, again.archive.look() as seen:
        assert seen.epoch().parent == old.random


def test_a_backup_makes_a_server_on_an_empty_machine(either: Installation, tmp_path: Path) -> None:
    stream = team_on(either)
    send(either, stream, Laptop("a"), range(7))
    backup(either, tmp_path / "copy.tar")
    either.close()
    restoring.restore(tmp_path / "new machine", tmp_path / "copy.tar")
    with open_installation(tmp_path / "new machine") as again:
        assert again.archive.server == either.archive.server
        assert again.archive.public_keys == either.archive.public_keys
        assert again.fingerprint == either.fingerprint
        assert listing.rows(again, "outreach")["total"] == 7


def test_a_copy_of_sqlite_comes_back_into_postgresql(
    server: Installation, tmp_path: Path, postgres_url: object
) -> None:
    stream = team_on(server)
    send(server, stream, Laptop("a"), range(25))
    with server.archive.look() as seen:
        digest = seen.digest(stream)
    backup(server, tmp_path / "copy.tar")
    restoring.restore(tmp_path / "pg", tmp_path / "copy.tar", postgres_url())  # type: ignore[operator]
    with open_installation(tmp_path / "pg") as again:
        assert not again.database.is_sqlite
        with again.archive.look() as seen:
            assert seen.digest(stream) == digest


def test_a_running_server_is_not_restored_over(server: Installation, tmp_path: Path) -> None:
    backup(server, tmp_path / "copy.tar")
    with folder_lock.held(server.settings.data), pytest.raises(WireError, match="server_running"):
        restoring.restore(server.settings.data, tmp_path / "copy.tar")


def test_a_damaged_backup_changes_nothing(server: Installation, tmp_path: Path) -> None:
    team_on(server)
    backup(server, tmp_path / "copy.tar")
    whole = (tmp_path / "copy.tar").read_bytes()
    place = whole.index(b"SQLite format 3") + 5_000
    bad: list[bytes] = [
        b"",
        b"nothing like it" * 100,
        whole[: len(whole) // 2],
        whole[:place] + b"\xff\xfe" + whole[place + 2 :],
    ]
    server.close()
    for number, content in enumerate(bad):
        file = tmp_path / f"bad{number}.tar"
        file.write_bytes(content)
        with pytest.raises(WireError) as caught:
            restoring.restore(server.settings.data, file)
        assert caught.value.code == "backup_damaged", number
    with pytest.raises(WireError, match="not_found"):
        restoring.restore(server.settings.data, tmp_path / "nowhere.tar")
    with open_installation(server.settings.data) as again:
        assert listing.stats(again)["epoch"] == 1
        assert listing.stats(again)["teams"] == 1


def test_a_backup_that_would_write_elsewhere_is_refused(server: Installation, tmp_path: Path) -> None:
    backup(server, tmp_path / "copy.tar")
    with tarfile.open(tmp_path / "copy.tar") as tar:
        manifest = json.loads(tar.extractfile("manifest.json").read())  # type: ignore[union-attr]
    manifest["files"]["../escaped.key"] = "0" * 64
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    with tarfile.open(tmp_path / "evil.tar", "w") as tar:
        tar.add(tmp_path / "manifest.json", "manifest.json")
    with pytest.raises(WireError, match="backup_damaged"):
        backups.unpack(tmp_path / "evil.tar", tmp_path / "out")


def test_a_database_past_reading_is_set_aside_by_a_restore(server: Installation, tmp_path: Path) -> None:
    team_on(server)
    backup(server, tmp_path / "copy.tar")
    server.close()
    server.settings.database_file.write_bytes(b"SQLite format 3\0" + bytes(4_000))
    done = restoring.restore(server.settings.data, tmp_path / "copy.tar")
    assert Path(done["kept"]).name.startswith("damaged-")
    with open_installation(server.settings.data) as again:
        assert listing.stats(again)["teams"] == 1


def test_a_backup_replaces_no_file(server: Installation, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("dear")
    with pytest.raises(WireError, match="file_exists"):
        backup(server, tmp_path / "mine.txt")
    with pytest.raises(WireError, match="not_found"):
        backup(server, tmp_path / "no" / "copy.tar")
    assert (tmp_path / "mine.txt").read_text() == "dear"


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (OSError(errno.EROFS, "read-only"), "read_only"),
        (OSError(errno.EACCES, "closed"), "read_only"),
        (OSError(errno.ENOSPC, "full"), "disk_full"),
        (OSError(errno.ENOENT, "gone"), "not_found"),
    ],
)
def test_a_stick_that_takes_no_backup_is_told_as_it_is(
    server: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: OSError, code: str
) -> None:
    def fail(database: object, file: object) -> None:
        raise failure

    monkeypatch.setattr(backups, "copy_out", fail)
    with pytest.raises(WireError) as told:
        backup(server, tmp_path / "copy.tar")
    assert told.value.code == code
    assert list(tmp_path.glob("*.tar")) == []


def test_a_full_stick_stops_a_backup(
    server: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(database: object, file: Path) -> None:
        with room_told(file):
            error = sqlite3.OperationalError("database or disk is full")
            error.sqlite_errorcode = sqlite3.SQLITE_FULL
            raise error

    monkeypatch.setattr(backups, "copy_out", fail)
    with pytest.raises(WireError, match="disk_full"):
        backup(server, tmp_path / "copy.tar")


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (sqlite3.SQLITE_FULL, "disk_full"),
        (sqlite3.SQLITE_IOERR_SHMSIZE, "disk_full"),
        (sqlite3.SQLITE_READONLY, "read_only"),
    ],
)
def test_a_full_or_closed_disk_makes_laptops_wait_and_tells_the_keeper(
    server: Installation, number: int, reason: str
) -> None:
    def fail() -> None:
        with server.database.read():
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode = number
            raise error

    with pytest.raises(WireError, match="busy") as told:
        fail()
    assert told.value.details["reason"] == reason
    assert cli.plainly(told.value) == reason


def test_check_finds_what_is_wrong(server: Installation) -> None:
    stream = team_on(server)
    laptop = Laptop("a")
    send(server, stream, laptop, range(3))
    send(server, stream, laptop, range(3, 6))

    def wrong() -> list[str]:
        return [c["name"] for c in checks.run(server)["checks"] if not c["ok"]]

    assert wrong() == ["backup"]
    assert checks.run(server)["ok"] is True
    (server.settings.keys / "signing.key").chmod(0o640)
    with server.database.write() as connection:
        connection.execute(schema.PACKET.delete().where(schema.PACKET.c.number == 1))
        connection.execute(
            schema.RECORD.update().where(schema.RECORD.c.id == made_id("r", 1)).values(seq=10_000)
        )
        connection.execute(
            schema.RECORD.update().where(schema.RECORD.c.id == made_id("r", 2)).values(image=b"{}")
        )
    assert wrong() == ["database", "streams", "packets", "keys", "backup"]
    assert checks.run(server)["ok"] is False
    with pytest.raises(WireError, match="store_damaged"):
        backup(server, server.settings.data / "copy.tar")


def test_a_device_revoked_after_the_copy_must_be_revoked_again_and_the_audit_says_so(
    server: Installation, tmp_path: Path
) -> None:
    team_on(server)
    backup(server, tmp_path / "copy.tar")
    teams.invite(server, "T01", "leader", "", 7)
    server.close()
    restoring.restore(server.settings.data, tmp_path / "copy.tar")
    with open_installation(server.settings.data) as again, again.database.read() as connection:
        actions = [
            row.action for row in connection.execute(schema.AUDIT.select().order_by(schema.AUDIT.c.id))
        ]
    assert actions == ["init", "team_add", "restore"]
