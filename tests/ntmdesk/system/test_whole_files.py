"""What a file system says, in the words of this program."""

from __future__ import annotations

from pathlib import Path

import pytest

from ntmdesk.errors import UserError
from ntmdesk.system.whole_files import told

MISSING = FileNotFoundError(2, "missing")
CLOSED = PermissionError(13, "closed")


@pytest.mark.parametrize("problem", [MISSING, NotADirectoryError(20, "no folder")])
def test_a_missing_folder_is_named_whether_the_folder_or_a_file_in_it_was_meant(
    problem: OSError, tmp_path: Path
) -> None:
    gone = tmp_path / "usb"
    for error in (told(problem, gone, folder=True), told(problem, gone / "lan.ntmb")):
        assert isinstance(error, UserError)
        assert error.details == {"file": str(gone), "reason": "folder"}


def test_a_missing_file_in_a_folder_that_is_there_is_named_itself(tmp_path: Path) -> None:
    assert told(MISSING, tmp_path / "lan.ntmb").details == {"file": str(tmp_path / "lan.ntmb")}


def test_a_folder_is_no_mistake_where_a_folder_is_meant(tmp_path: Path) -> None:
    assert told(CLOSED, tmp_path).details["reason"] == "is_folder"
    assert told(CLOSED, tmp_path, folder=True).code == "read_only"
