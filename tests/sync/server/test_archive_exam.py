"""The exam every archive takes, on both databases."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from sync.hub.ports import Archive
from tests.contracts.archive_exam import ArchiveExam
from tests.sync.server.conftest import Make


@pytest.fixture(autouse=True)
def maker(request: pytest.FixtureRequest, make_server: Make) -> None:
    """Hands the maker to the class before the exam asks it for an archive."""
    request.instance.make_server = make_server


class TestSqlite(ArchiveExam):
    make_server: Make

    def make(self, streams: Sequence[str]) -> Archive:
        return self.make_server("sqlite").archive


@pytest.mark.postgres
class TestPostgresql(ArchiveExam):
    make_server: Make

    def make(self, streams: Sequence[str]) -> Archive:
        return self.make_server("postgresql").archive
