"""The log: what happened, never to whom."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from ntmdesk.errors import EnvironmentProblem, UserError
from ntmdesk.system.logs import HIDDEN, safe, start_logs, stop_logs


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    handler = start_logs(tmp_path / "logs")
    yield tmp_path / "logs"
    stop_logs(handler)


def read(folder: Path) -> str:
    return (folder / "ntmdesk.log").read_text("utf-8")


def test_a_line_is_in_utc_and_tells_counts(folder: Path) -> None:
    logging.getLogger("ntmdesk.services.syncing").info("sent %d of %d, %s", 12, 15, "support_visit")
    line = read(folder)
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ INFO ntmdesk\.services\.syncing: sent 12 of 15, support_visit\n",
        line,
    )


@pytest.mark.parametrize(
    "value",
    [
        "Nguyễn Thị Hoa",
        "Le Van Binh",
        "038190000123",
        "0912345678",
        "+84912345678",
        38190000123,
        912345678,
        "a" * 81,
    ],
)
def test_people_do_not_come_in(folder: Path, value: object) -> None:
    logging.getLogger("ntmdesk.x").warning("seen %s", value)
    text = read(folder)
    assert HIDDEN in text
    assert str(value) not in text


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        3,
        2.5,
        "store_damaged",
        "0193f2c4-7a10-7c3e-8b55-1f2e3d4c5b6a",
        "15880-001",
        "2026-W47",
        "9f86d081884c7d65",
    ],
)
def test_ids_counts_and_codes_do(value: object) -> None:
    assert safe(value) == value


def test_a_hidden_text_where_a_number_belongs_breaks_nothing(folder: Path) -> None:
    logging.getLogger("ntmdesk.x").info("sent %d", 38190000123)
    logging.getLogger("ntmdesk.x").info("sent %(n)s by %(who)s", {"n": 2, "who": "Lê Bình"})
    assert "sent %d" in read(folder)
    assert f"sent 2 by {HIDDEN}" in read(folder)


def test_an_exception_is_told_without_its_text(folder: Path) -> None:
    log = logging.getLogger("sync.engine")
    try:
        raise UserError("invalid", field="full_name", value="Nguyễn Thị Hoa")
    except UserError:
        log.exception("job failed")
    try:
        raise ValueError("Nguyễn Thị Hoa")
    except ValueError:
        log.exception("job failed")
    text = read(folder)
    assert "UserError invalid" in text
    assert "ValueError" in text
    assert "test_logs.py" in text
    assert "Hoa" not in text
    assert "raise" not in text


def test_libraries_stay_silent(folder: Path) -> None:
    logging.getLogger("urllib3.connectionpool").error("GET /v1/exchange?name=Hoa")
    logging.getLogger("ntmdesk.x").debug("too fine")
    assert read(folder) == ""


def test_files_turn_over(folder: Path) -> None:
    log = logging.getLogger("ntmdesk.x")
    line = "x" * 10_000
    for _ in range(800):
        log.info(line)
    files = sorted(path.name for path in folder.iterdir())
    assert files == ["ntmdesk.log", *(f"ntmdesk.log.{number}" for number in range(1, 6))]
    assert all(path.stat().st_size <= 1_000_000 for path in folder.iterdir())


def test_a_file_that_cannot_turn_over_goes_on(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def held(*_: object) -> None:
        raise PermissionError(13, "held by another process")

    monkeypatch.setattr("os.rename", held)
    log = logging.getLogger("ntmdesk.x")
    for _ in range(120):
        log.info("x" * 10_000)
    log.info("still here")
    assert read(folder).endswith("still here\n")


def test_a_closed_folder_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(*_: object, **__: object) -> None:
        raise PermissionError(13, "closed")

    monkeypatch.setattr(Path, "mkdir", closed)
    with pytest.raises(EnvironmentProblem):
        start_logs(tmp_path / "logs")


def test_nothing_is_written_after_the_end(tmp_path: Path) -> None:
    handler = start_logs(tmp_path)
    stop_logs(handler)
    logging.getLogger("ntmdesk.x").info("late")
    assert read(tmp_path) == ""
