"""The demo as somebody sees it who types one command: its numbers, its files, Ctrl+C, a second run."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.together.server import REPOSITORY

pytestmark = [
    pytest.mark.together,
    pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="looks for processes in /proc"),
]

SIGNS = (
    "server/server.db",
    "laptops/leader/ntmdesk.db",
    "laptops/volunteer-2/keys.json",
    "lists/danh-sach-ho.csv",
)
"""Files by which one sees how far the story has come; a run is stopped at one of them."""


def start(out: Path) -> subprocess.Popen[bytes]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("NTMDESK_")}
    return subprocess.Popen(
        [sys.executable, "-m", "ntmdesk", "demo", "--no-window", "--json", "--out", str(out)],
        cwd=REPOSITORY,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def left_behind(out: Path) -> list[str]:
    """Command lines of living processes that name the folder."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = file.read_bytes().decode("utf-8", "replace")
        except OSError:
            continue
        if str(out) in words and int(file.parent.name) != os.getpid():
            found.append(words.replace("\0", " "))
    return found


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for both runs; what lay there before is not the demo's."""
    folder = tmp_path_factory.mktemp("làm thử") / "out"
    folder.mkdir()
    (folder / "ghi chú.txt").write_text("của tôi", "utf-8")
    return folder


def test_ctrl_c_leaves_no_process_behind(out: Path) -> None:
    sign = random.Random().choice(SIGNS)
    demo = start(out)
    deadline = time.monotonic() + 240
    while not (out / sign).exists() and demo.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    assert demo.poll() is None, (sign, demo.communicate())
    assert left_behind(out)
    demo.send_signal(signal.SIGINT)
    told, _ = demo.communicate(timeout=60)
    assert (demo.returncode, json.loads(told)["error"]["code"]) == (1, "cancelled"), sign
    assert left_behind(out) == [], sign


def test_the_whole_demo_in_the_same_folder(out: Path) -> None:
    demo = start(out)
    told, said = demo.communicate(timeout=900)
    document: dict[str, Any] = json.loads(told)
    assert demo.returncode == 0, (document, said.decode("utf-8", "replace")[-2000:])
    assert left_behind(out) == []
    assert set(document) == {"steps", "files"}
    steps = {step["step"]: step for step in document["steps"]}
    assert list(steps) == [
        *("server_up", "teams", "enrolled", "lists_in", "line_lost", "recorded", "line_back", "synced"),
        *("settled", "log", "handed_in", "pictures"),
    ]
    assert steps["enrolled"]["roles"] == ["leader", "member", "member"]
    lists = steps["lists_in"]
    assert lists["sent"] == lists["accepted"] > 300
    assert steps["line_lost"]["code"] in ("server_down", "offline")
    recorded = steps["recorded"]
    assert all(
        waiting >= count > 40 for waiting, count in zip(recorded["waiting"], recorded["records"], strict=True)
    )
    synced = steps["synced"]
    assert synced["sent"] == synced["accepted"] == sum(recorded["waiting"])
    assert (synced["refused"], synced["pending"]) == (0, [0, 0, 0])
    assert synced["conflicts"] == steps["settled"]["conflicts"] == 1
    assert steps["settled"]["joined"] == 1
    figures = steps["log"]["figures"]
    assert figures["I06"]["period"] > 0
    assert (steps["handed_in"]["pending"], steps["handed_in"]["at_server"]) == (0, 1)
    files = [Path(name) for name in document["files"]]
    assert all(file.is_file() and file.stat().st_size > 1_000 for file in files)
    assert {file.suffix for file in files} == {".docx", ".pdf", ".png"}
    (docx,) = [file for file in files if file.suffix == ".docx"]
    with zipfile.ZipFile(docx) as archive:
        assert "Hoằng Giang" in archive.read("word/document.xml").decode("utf-8")
    (pdf,) = [file for file in files if file.suffix == ".pdf"]
    assert pdf.read_bytes().startswith(b"%PDF-")
    assert (out / "ghi chú.txt").read_text("utf-8") == "của tôi"
