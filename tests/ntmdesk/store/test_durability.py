"""What was acknowledged stays: processes killed while they record, two processes on one file."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from ntmdesk.errors import EnvironmentProblem
from ntmdesk.store.checks import check
from ntmdesk.store.lock import sync_lock
from tests.ntmdesk.store.laptops import small_catalogue
from tests.ntmdesk.store.places import KEY, LAN, Place

ROOT = Path(__file__).resolve().parents[3]
KILLS = int(os.environ.get("NTM_STORE_KILLS", "20"))

RECORDER = """
import sys
from pathlib import Path
from tests.ntmdesk.store.laptops import small_catalogue
from tests.ntmdesk.store.places import LAN, Place

place = Place(Path(sys.argv[1]), catalogue=small_catalogue(), seed=sys.argv[2])
with place.open() as store:
    print("open", flush=True)
    while True:
        with store.begin(LAN) as uow:
            id = uow.records.add("visit", {"name": "Nguyễn Thị " + "Hoa" * 50})
            uow.records.set("visit", id, {"phone": "0912345678"})
        print(id, flush=True)
"""


def recorder(home: Path, seed: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", RECORDER, str(home), seed], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is POSIX's")
def test_a_killed_recorder_loses_no_acknowledged_record(tmp_path: Path) -> None:
    place = Place(tmp_path / "home", catalogue=small_catalogue())
    place.create().close()
    chance = random.Random(9)
    acknowledged: set[str] = set()
    for kill in range(KILLS):
        process = recorder(place.home, f"kill {kill}")
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        wanted = chance.randrange(1, 25)
        for line, _ in zip(process.stdout, range(wanted), strict=False):
            acknowledged.add(line.strip())
        process.send_signal(signal.SIGKILL)
        acknowledged |= {line.strip() for line in process.stdout if len(line) == 37}
        process.wait()
        process.stdout.close()
    with place.open() as store:
        with store.look() as uow:
            found = {row["id"]: row for row in uow.records.list("visit").rows}
            assert acknowledged <= found.keys()
            assert all(row["phone"] == "0912345678" for row in found.values()), "half a transaction"
            assert len(uow.records.list("visit", search="hoahoa").rows) == len(found)
        assert [c for c in check(store) if not c.ok] == []
    assert len(acknowledged) >= KILLS


def test_a_window_and_a_command_record_into_one_store(tmp_path: Path) -> None:
    place = Place(tmp_path / "home", catalogue=small_catalogue())
    place.create().close()
    process = recorder(place.home, "the other")
    assert process.stdout is not None
    assert process.stdout.readline() == "open\n"
    mine: set[str] = set()
    theirs: set[str] = set()
    with place.open() as store:
        for _ in range(40):
            with store.begin(LAN) as uow:
                mine.add(uow.records.add("visit", {"name": "Lê Văn Minh"}))
            theirs.add(process.stdout.readline().strip())
        process.terminate()
        theirs |= {line.strip() for line in process.stdout if len(line) == 37}
        process.wait()
        process.stdout.close()
        with store.look() as uow:
            here = {row["id"] for row in uow.records.list("visit").rows}
            counters = [c for (c,) in store.db.execute("SELECT counter FROM save")]
        assert mine | theirs <= here
        assert len(counters) == len(set(counters))
        assert [c for c in check(store) if not c.ok] == []


def test_a_reader_keeps_its_picture_while_another_writes(tmp_path: Path) -> None:
    place = Place(tmp_path / "home", catalogue=small_catalogue())
    with place.create() as first, place.open() as second:
        with first.look() as uow:
            assert uow.records.count("visit") == 0
            with second.begin(LAN) as other:
                other.records.add("visit", {"name": "Lê Văn Minh"})
            assert uow.records.count("visit") == 0
        with first.look() as uow:
            assert uow.records.count("visit") == 1


def test_a_store_belongs_to_its_thread(tmp_path: Path) -> None:
    place = Place(tmp_path / "home", catalogue=small_catalogue())
    caught: list[BaseException] = []
    with place.create() as store:

        def elsewhere() -> None:
            try:
                with store.look():
                    pass
            except BaseException as error:
                caught.append(error)

        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join()
    assert len(caught) == 1


def test_transactions_of_one_store_do_not_nest(tmp_path: Path) -> None:
    place = Place(tmp_path / "home", catalogue=small_catalogue())
    with place.create() as store:
        with store.begin(LAN) as uow:
            uow.records.add("visit", {"name": "A"})
            with pytest.raises(RuntimeError), store.begin(LAN):
                pass
        with store.look() as uow:
            assert uow.records.count("visit") == 1


def test_one_sync_at_a_time(tmp_path: Path) -> None:
    with sync_lock(tmp_path):
        with pytest.raises(EnvironmentProblem) as error, sync_lock(tmp_path):
            pass
        assert error.value.code == "locked_elsewhere"
        program = (
            "import sys\nfrom pathlib import Path\nfrom ntmdesk.errors import AppError\n"
            "from ntmdesk.store.lock import sync_lock\n"
            "try:\n    with sync_lock(Path(sys.argv[1])): print('mine')\n"
            "except AppError as e: print(e.code)\n"
        )
        arguments = [sys.executable, "-c", program, str(tmp_path)]
        done = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, check=True)
        assert done.stdout == "locked_elsewhere\n"
    with sync_lock(tmp_path):
        pass


def test_the_key_never_reaches_the_disk(tmp_path: Path) -> None:
    place = Place(tmp_path / "home", catalogue=small_catalogue())
    with place.create() as store, store.begin(LAN) as uow:
        uow.records.add("visit", {"name": "A"})
    for path in place.home.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert KEY not in data
            assert KEY.hex().encode() not in data
