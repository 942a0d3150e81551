"""The wheel, built without a network: what is in it, what is not, and that it works outside the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built by hatchling itself: no isolation, no index."""
    folder = tmp_path_factory.mktemp("dist")
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=TOP,
        env={**os.environ, "PIP_NO_INDEX": "1"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (built,) = folder.glob("ntmdesk-*.whl")
    return built


@pytest.fixture(scope="module")
def names(wheel: Path) -> frozenset[str]:
    with zipfile.ZipFile(wheel) as archive:
        assert archive.testzip() is None
        return frozenset(archive.namelist())


def test_it_is_one_wheel_for_every_machine(wheel: Path) -> None:
    assert wheel.name.endswith("-py3-none-any.whl")
    assert wheel.stat().st_size < 8_000_000


def test_every_resource_is_inside(names: frozenset[str]) -> None:
    here = {
        f"ntmdesk/_resources/{path.relative_to(TOP / 'resources').as_posix()}"
        for path in (TOP / "resources").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert len(here) > 100
    assert here <= names


def test_every_module_is_inside_and_nothing_else(names: frozenset[str]) -> None:
    modules = {
        path.relative_to(TOP).as_posix()
        for room in ("ntmdesk", "sync")
        for path in (TOP / room).rglob("*.py")
    }
    assert len(modules) > 150
    assert modules <= names
    assert "sync/server/store/migrations/env.py" in names
    tops = {name.partition("/")[0] for name in names}
    (info,) = {top for top in tops if top.endswith(".dist-info")}
    assert tops == {"ntmdesk", "sync", info}
    assert f"{info}/licenses/LICENSE" in names
    assert [n for n in names if "/tests/" in n or n.endswith((".pyc", ".db", ".key", ".log"))] == []


def test_the_licence_and_the_commands_are_named(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (metadata,) = [n for n in archive.namelist() if n.endswith(".dist-info/METADATA")]
        (entries,) = [n for n in archive.namelist() if n.endswith(".dist-info/entry_points.txt")]
        said, commands = archive.read(metadata).decode(), archive.read(entries).decode()
    assert "License-Expression: GPL-3.0-or-later" in said
    assert "Requires-Python: >=3.11" in said
    for command in ("ntmdesk = ", "ntmdesk-server = ", "ntmdesk-window = "):
        assert f"\n{command}" in f"\n{commands}"


def test_it_works_where_there_is_no_checkout(wheel: Path, tmp_path: Path) -> None:
    """Unpacked into an empty folder: a store, a week's figures, a server, all with the wheel's own files."""
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)

    def run(*words: str) -> str:
        done = subprocess.run(
            [sys.executable, *words],
            cwd=tmp_path,
            env={**os.environ, "NTMDESK_PASSPHRASE": "một câu thật dài", "PYTHONPATH": str(site)},
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    where = "import ntmdesk, sync; print(ntmdesk.__file__, sync.__file__)"
    assert run("-c", where).split() == [str(site / room / "__init__.py") for room in ("ntmdesk", "sync")]
    home, server = str(tmp_path / "sổ"), str(tmp_path / "máy chủ")
    desk = ("-m", "ntmdesk", "--home", home, "--json")
    assert "recovery_code" in run(*desk, "init", "--name", "Nguyễn Thị Hoa")
    assert '"I06"' in run(*desk, "week", "show", "--week", "2026-W46")
    assert '"catalogue":1' in run("-m", "sync.server", "init", "--data", server, "--json")
