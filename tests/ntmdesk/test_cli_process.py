"""The command line as its own process: no Qt, one document, exit codes, two at once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.together.server import RealServer

PASSPHRASE = "một câu thật dài"
HAMLET = {"local_code": "15880-001", "name": "Thôn 1", "type": "thon", "commune": "15880"}


def environment(**more: str) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("NTMDESK_")}
    return {**kept, "NTMDESK_PASSPHRASE": PASSPHRASE, "PYTHONIOENCODING": "ascii", **more}


def run(home: Path, *words: str, typed: str = "", **more: str) -> tuple[int, Any, str]:
    """Exit code, document and stderr of one verb."""
    done = subprocess.run(
        [sys.executable, "-m", "ntmdesk", *words, "--home", str(home), "--json"],
        input=typed.encode(),
        capture_output=True,
        env=environment(**more),
        timeout=120,
        check=False,
    )
    return done.returncode, json.loads(done.stdout.decode("utf-8")), done.stderr.decode("utf-8", "replace")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store made by the program itself, with its real key slots."""
    folder = tmp_path_factory.mktemp("máy") / "nhà của tổ"
    code, made, _ = run(folder, "init", "--name", "Nguyễn Thị Hoa")
    assert code == 0
    assert Path(made["home"]) == folder
    code, done, _ = run(folder, "add", "hamlet", typed=json.dumps(HAMLET))
    assert (code, done["refused"]) == (0, [])
    return folder


def test_vietnamese_goes_through_whatever_the_terminal(home: Path) -> None:
    code, done, _ = run(home, "add", "household", typed='{"head_name":"Đặng Thị Hoà","lane":"Ngõ 4"}')
    assert code == 0
    code, row, err = run(home, "get", "household", done["ids"][0])
    assert (code, row["head_name"], err) == (0, "Đặng Thị Hoà", "")


def test_a_reader_who_has_heard_enough_is_no_error_of_the_program(home: Path) -> None:
    words = [sys.executable, "-m", "ntmdesk", "list", "hamlet", "--home", str(home)]
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()
    ) as listing:
        assert listing.stdout is not None
        assert listing.stderr is not None
        listing.stdout.close()
        assert listing.stderr.read() == b""
    assert listing.returncode == 1


def test_failure_is_one_document_and_exit_one(home: Path) -> None:
    code, document, _ = run(home, "get", "household", "none")
    assert (code, document["error"]["code"]) == (1, "not_found")
    code, document, _ = run(home, "status", NTMDESK_PASSPHRASE="sai nhưng cũng dài")
    assert (code, document["error"]["code"]) == (1, "wrong_passphrase")
    assert run(home, "nonsense")[0] == 2


def test_no_passphrase_and_no_terminal(home: Path) -> None:
    kept = environment()
    del kept["NTMDESK_PASSPHRASE"]
    done = subprocess.run(
        [sys.executable, "-m", "ntmdesk", "status", "--home", str(home), "--json"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env=kept,
        timeout=120,
        check=False,
    )
    assert done.returncode == 1
    assert json.loads(done.stdout)["error"]["code"] == "passphrase_required"


def test_no_verb_loads_qt(home: Path) -> None:
    program = (
        "import sys; from ntmdesk.cli import main; code = main(sys.argv[1:]); "
        "loaded = sorted(m for m in sys.modules if m.partition('.')[0] in ('PySide6', 'shiboken6')); "
        "sys.exit(f'loaded {loaded}' if loaded else code)"
    )
    for verb in (["status"], ["list", "hamlet"], ["check"], ["week", "show"], ["--help"]):
        done = subprocess.run(
            [sys.executable, "-c", program, *verb, "--home", str(home)],
            capture_output=True,
            env=environment(),
            timeout=120,
            check=False,
        )
        assert b"loaded" not in done.stderr, (verb, done.stderr)


def test_two_commands_write_at_once(home: Path) -> None:
    """Each waits for the other; nothing is lost and every household has its own code."""
    rows = [json.dumps({"head_name": f"Hộ {n}", "lane": "Ngõ 9"}) for n in range(20)]
    words = [sys.executable, "-m", "ntmdesk", "add", "household", "--home", str(home), "--json"]
    running = [
        subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()
        )
        for _ in range(2)
    ]
    outputs = [process.communicate("\n".join(rows).encode(), timeout=120) for process in running]
    assert [process.returncode for process in running] == [0, 0], outputs
    ids = [id for out, _ in outputs for id in json.loads(out)["ids"]]
    assert len(set(ids)) == 40
    listed = run(home, "list", "household", "--where", "lane=Ngõ 9")[1]
    assert {row["id"] for row in listed["rows"]} == set(ids)
    assert len({row["code"] for row in listed["rows"]}) == 40


@pytest.mark.together
def test_enrol_and_sync_with_a_real_server(tmp_path: Path) -> None:
    with RealServer(tmp_path) as server:
        server.team_add("T01", "Tổ thôn 1", hamlets=["Thôn 1"])
        code = server.invite("T01", "leader")["code"]
        home = tmp_path / "máy"
        assert run(home, "init", "--name", "Nguyễn Thị Hoa")[0] == 0
        exit_code, joined, _ = run(home, "enrol", server.url, code)
        assert exit_code == 0, joined
        assert set(joined) == {"team", "role", "device", "pulled"}
        assert joined["role"] == "leader"
        _, done, _ = run(home, "add", "household", typed='{"head_name":"Trần Văn Đức"}')
        assert done["refused"] == []
        exit_code, numbers, _ = run(home, "sync")
        assert exit_code == 0, numbers
        assert list(numbers) == [
            "sent",
            "accepted",
            "refused",
            "received",
            "conflicts",
            "pending",
            "rounds",
            "bytes_up",
            "bytes_down",
        ]
        assert (numbers["sent"], numbers["accepted"], numbers["pending"]) == (1, 1, 0)
        assert run(home, "get", "household", done["ids"][0])[1]["state"] == "accepted"
        status = run(home, "status")[1]
        assert (status["enrolled"], status["role"], status["pending"]) == (True, "leader", 0)
    exit_code, document, _ = run(home, "sync")
    assert (exit_code, document["error"]["code"]) == (1, "server_down")
