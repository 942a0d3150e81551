"""A disk that fills up: every save that was acknowledged is there, and work goes on once there is room."""

from __future__ import annotations

import errno
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest

from ntmdesk.errors import EnvironmentProblem
from ntmdesk.store import backup, sqlcipher
from ntmdesk.store.checks import check
from ntmdesk.store.database import Store
from tests.ntmdesk.store.laptops import small_catalogue
from tests.ntmdesk.store.places import LAN, Place

MEGABYTE = 1 << 20


@dataclass
class SmallDisk:
    """``tighten`` leaves little room for a store, ``widen`` makes room again."""

    folder: Path
    tighten: Callable[[Store], None]
    widen: Callable[[Store], None]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    """A real file system of 3 MB where one can be mounted; else the engine's own limit of pages."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if _mounted(folder):
        filler = folder / "filler"

        def tighten(_: Store) -> None:
            filler.write_bytes(bytes(max(shutil.disk_usage(folder).free - 200_000, 0)))

        yield SmallDisk(folder, tighten, lambda _: filler.unlink())
        subprocess.run(["umount", "-l", str(folder)], check=True)
        return

    def limit(store: Store) -> None:
        pages = store.db.execute("PRAGMA page_count").fetchone()[0]
        store.db.execute(f"PRAGMA max_page_count={pages + 6}")

    yield SmallDisk(folder, limit, lambda store: store.db.execute("PRAGMA max_page_count=1000000"))


def _mounted(folder: Path) -> bool:
    if not sys.platform.startswith("linux") or shutil.which("mount") is None:
        return False
    command = ["mount", "-t", "tmpfs", "-o", "size=3m,mode=700", "tmpfs", str(folder)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def test_a_full_disk(disk: SmallDisk) -> None:
    place = Place(disk.folder / "home", catalogue=small_catalogue())
    saved: list[str] = []
    with place.create() as store:
        disk.tighten(store)

        def record_on_and_on() -> None:
            for n in range(2000):
                with store.begin(LAN) as uow:
                    id = uow.records.add("visit", {"name": f"Lê Văn {n}", "note": "x" * 1500})
                saved.append(id)

        with pytest.raises(EnvironmentProblem) as error:
            record_on_and_on()
        assert error.value.code == "disk_full"
        with store.look() as uow:
            assert {r["id"] for r in uow.records.list("visit").rows} == set(saved)
        disk.widen(store)
        with store.begin(LAN) as uow:
            saved.append(uow.records.add("visit", {"name": "có chỗ rồi"}))
    with place.open() as store:
        with store.look() as uow:
            assert {r["id"] for r in uow.records.list("visit").rows} == set(saved)
        assert [c for c in check(store) if not c.ok] == []


def test_no_room_for_a_backup(disk: SmallDisk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = Place(tmp_path / "home", catalogue=small_catalogue())
    target = disk.folder / "copy.ntmbackup"
    with place.create() as store:
        with store.begin(LAN) as uow:
            for n in range(40):
                uow.records.add("visit", {"name": f"Lê Văn {n}", "note": "x" * 1900})
        made = backup.backup(store, target)
        former = made.file.read_bytes()
        if disk.folder.is_mount():
            (disk.folder / "more").write_bytes(bytes(shutil.disk_usage(disk.folder).free - 300_000))
        else:
            monkeypatch.setattr(backup, "_pack", _no_room)
        with pytest.raises(EnvironmentProblem) as error:
            backup.backup(store, target)
        assert error.value.code == "disk_full"
        assert target.read_bytes() == former
        assert {p.name for p in disk.folder.iterdir()} <= {"copy.ntmbackup", "more"}


def _no_room(*_: object) -> None:
    raise OSError(errno.ENOSPC, "no room")


@pytest.mark.parametrize(("free", "code"), [(0, "disk_full"), (sqlcipher.BESIDE_BYTES, "disk_trouble")])
def test_no_room_beside_the_store_is_a_full_disk_and_no_broken_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, code: str
) -> None:
    """On a full disk the store cannot be opened: the engine calls that an error in reading."""
    error = sqlcipher.dbapi2.OperationalError("disk I/O error")
    error.sqlite_errorcode = 10
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=free))
    problem = sqlcipher.problem_of(error, tmp_path / "ntmdesk.db")
    assert problem is not None
    assert problem.code == code
