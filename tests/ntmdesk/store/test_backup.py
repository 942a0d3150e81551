"""Backups that count only when they open, and the way back."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from ntmdesk.errors import AppError, EnvironmentProblem, UserError
from ntmdesk.store import backup, vault
from ntmdesk.store.checks import check
from ntmdesk.store.lock import replacing
from ntmdesk.store.vault import Person, Vault
from tests.ntmdesk.store.cheap_keys import cheap_keys
from tests.ntmdesk.store.laptops import small_catalogue
from tests.ntmdesk.store.places import KEY, LAN, Place

__all__ = ["cheap_keys"]
ROOT = Path(__file__).resolve().parents[3]
PASS = "đồng chiêm trũng"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "home", catalogue=small_catalogue())


def fill(place: Place, count: int = 3) -> Path:
    target = place.home.parent / "usb" / "copy.ntmbackup"
    with place.create() as store:
        for i in range(count):
            with store.begin(LAN) as uow:
                uow.records.add("visit", {"name": f"Lê Văn {i}"})
        made = backup.backup(store, target)
        assert (made.file, made.records, made.verified) == (target, count, True)
    return target


def test_a_backup_restores_elsewhere_under_a_new_id(place: Place, tmp_path: Path) -> None:
    target = fill(place)
    with place.open() as store:
        id, counter = store.replica, store.counter
    other = Place(tmp_path / "other", catalogue=place.catalogue, seed="other")
    assert backup.restore(other.home, target, KEY) == 3
    with other.open() as store:
        assert store.replica != id
        assert store.counter >= counter
        with store.look() as uow:
            assert [r["name"] for r in uow.records.list("visit").rows] == ["Lê Văn 0", "Lê Văn 1", "Lê Văn 2"]
        assert [c for c in check(store) if not c.ok] == []


@pytest.mark.parametrize("former", [0o022, 0o077])
def test_keys_and_copies_are_their_owners_only(
    place: Place, tmp_path: Path, cheap_keys: vault.Cost, former: int
) -> None:
    slots = Vault(place.home)
    place.home.mkdir()
    slots._entropy = lambda size: KEY[:size]
    slots.create(Person("p", "Lan"), PASS)
    former = os.umask(former)
    try:
        target = fill(place)
        backup.restore(tmp_path / "other", target, KEY)
    finally:
        os.umask(former)
    if os.name == "posix":
        modes = [p.stat().st_mode & 0o777 for p in (target, tmp_path / "other" / "keys.json")]
        assert modes == [0o600, 0o600]
        assert (tmp_path / "other").stat().st_mode & 0o777 == 0o700


def test_restoring_over_a_store_keeps_what_was_there(place: Place) -> None:
    target = fill(place)
    with place.open() as store:
        id = store.replica
        with store.begin(LAN) as uow:
            uow.records.add("visit", {"name": "sau bản sao"})
    backup.restore(place.home, target, KEY)
    with place.open() as store:
        assert store.replica != id
        with store.look() as uow:
            assert uow.records.count("visit") == 3
    aside = place.home / "backups" / "replaced-001"
    assert {p.name for p in aside.iterdir()} >= {"ntmdesk.db", "state.json"}
    kept = Place(aside, catalogue=place.catalogue)
    with kept.open() as store, store.look() as uow:
        assert uow.records.count("visit") == 4


HOLDER = """
import sys
from pathlib import Path
from tests.ntmdesk.store.laptops import small_catalogue
from tests.ntmdesk.store.places import LAN, Place
with Place(Path(sys.argv[1]), catalogue=small_catalogue()).open() as store:
    for line in sys.stdin:
        with store.begin(LAN) as uow:
            uow.records.add("visit", {"name": line.strip()})
        print("saved", flush=True)
"""


@pytest.mark.skipif(os.name != "posix", reason="on Windows the system itself refuses to move an open file")
@pytest.mark.parametrize("end", ["closed", "killed"])
def test_no_store_is_replaced_while_another_process_has_it_open(place: Place, end: str) -> None:
    target = fill(place)
    command = [sys.executable, "-c", HOLDER, str(place.home)]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdin is not None
        assert other.stdout is not None

        def save_there(name: str) -> None:
            assert other.stdin is not None
            assert other.stdout is not None
            print(name, file=other.stdin, flush=True)
            assert other.stdout.readline() == "saved\n"

        save_there("trước")
        with place.open() as one, place.open() as two, one.look() as uow, two.look():
            assert uow.records.count("visit") == 4
        with pytest.raises(EnvironmentProblem, match="locked_elsewhere"):
            backup.restore(place.home, target, KEY)
        save_there("sau")
        with place.open() as store, store.look() as uow:
            assert uow.records.count("visit") == 5
        if end == "killed":
            other.kill()
        else:
            other.stdin.close()
        other.wait(30)
    assert backup.restore(place.home, target, KEY) == 3
    with place.open() as store, store.look() as uow:
        assert uow.records.count("visit") == 3


@pytest.mark.skipif(os.name != "posix", reason="on Windows the system itself refuses to move an open file")
def test_a_store_of_the_same_process_keeps_a_restore_away_until_it_is_closed(place: Place) -> None:
    target = fill(place)
    first, second = place.open(), place.open()
    first.close()
    with pytest.raises(EnvironmentProblem, match="locked_elsewhere"):
        backup.restore(place.home, target, KEY)
    assert not (place.home / "backups").exists()
    second.close()
    with replacing(place.home), pytest.raises(EnvironmentProblem, match="locked_elsewhere"):
        place.open()
    assert backup.restore(place.home, target, KEY) == 3


def test_where_the_system_keeps_an_open_file_in_its_place_nothing_moves(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = fill(place)
    before = {p.name for p in place.home.iterdir()}
    replace = Path.replace

    def refuses(path: Path, to: Path) -> Path:
        if path == place.home / "ntmdesk.db":
            raise PermissionError(13, "in use")
        return replace(path, to)

    monkeypatch.setattr(Path, "replace", refuses)
    monkeypatch.setattr(backup, "WINDOWS", True)
    with pytest.raises(EnvironmentProblem, match="locked_elsewhere"):
        backup.restore(place.home, target, KEY)
    assert {p.name for p in place.home.iterdir() if p.name != "backups"} == before
    assert list((place.home / "backups").iterdir()) == []


def test_the_slots_travel_with_the_backup(place: Place, cheap_keys: vault.Cost) -> None:
    slots = Vault(place.home)
    place.home.mkdir()
    slots._entropy = lambda size: KEY[:size]
    key, _ = slots.create(Person("p", "Lan"), PASS)
    assert key == KEY
    target = fill(place)
    assert backup.read_slots(target).open(PASS)[0] == KEY
    with pytest.raises(UserError) as error:
        backup.restore(place.home, target, bytes(32))
    assert error.value.code == "wrong_passphrase"
    with place.open() as store, store.look() as uow:
        assert uow.records.count("visit") == 3


@pytest.mark.parametrize("at", [0.02, 0.3, 0.6, 0.9])
def test_one_flipped_bit_is_noticed_and_nothing_is_replaced(place: Place, at: float) -> None:
    target = fill(place, 40)
    with zipfile.ZipFile(target) as archive:
        whole = archive.getinfo("ntmdesk.db")
        start = whole.header_offset + 200
        size = whole.file_size - 300
    data = bytearray(target.read_bytes())
    data[start + int(size * at)] ^= 4
    target.write_bytes(data)
    with pytest.raises(AppError) as error:
        backup.restore(place.home, target, KEY)
    assert error.value.code in ("store_damaged", "not_a_backup")
    with place.open() as store, store.look() as uow:
        assert uow.records.count("visit") == 40
    assert not (place.home / "backups").exists()


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x03\x04 no"])
def test_what_is_no_backup(place: Place, tmp_path: Path, content: bytes) -> None:
    wrong = tmp_path / "x.ntmbackup"
    wrong.write_bytes(content)
    with pytest.raises(UserError) as error:
        backup.restore(place.home, wrong, KEY)
    assert error.value.code == "not_a_backup"
    with pytest.raises(UserError) as missing:
        backup.restore(place.home, tmp_path / "nothing", KEY)
    assert missing.value.code == "not_found"


def test_a_zip_of_something_else(place: Place, tmp_path: Path) -> None:
    wrong = tmp_path / "x.zip"
    with zipfile.ZipFile(wrong, "w") as archive:
        archive.writestr("a.txt", "a")
    with pytest.raises(UserError) as error:
        backup.read_slots(wrong)
    assert error.value.code == "not_a_backup"


def test_a_copy_that_does_not_hold_all_rows_is_no_backup(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(place)
    target = place.home.parent / "second.ntmbackup"
    real = backup._counts
    monkeypatch.setattr(backup, "_counts", lambda db: {k: v + (k == "record") for k, v in real(db).items()})
    calls = iter([real, backup._counts])
    monkeypatch.setattr(backup, "_counts", lambda db: next(calls)(db))
    with place.open() as store, pytest.raises(EnvironmentProblem) as error:
        backup.backup(store, target)
    assert error.value.code == "store_damaged"
    assert not target.exists()


def test_a_damaged_store_gives_no_backup_and_keeps_the_former_one(place: Place) -> None:
    target = fill(place, 200)
    former = target.read_bytes()
    path = place.home / "ntmdesk.db"
    data = bytearray(path.read_bytes())
    data[-5000] ^= 1
    path.write_bytes(data)
    with place.open() as store, pytest.raises(AppError) as error:
        backup.backup(store, target)
    assert error.value.code == "store_damaged"
    assert target.read_bytes() == former


def test_nothing_in_a_backup_is_readable(place: Place) -> None:
    assert "Lê Văn".encode() not in fill(place).read_bytes()
