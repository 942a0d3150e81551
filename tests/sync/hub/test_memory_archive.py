"""The memory archive passes the exam that the databases have to pass."""

from __future__ import annotations

from collections.abc import Sequence

from sync.hub.ports import Archive
from tests.contracts.archive_exam import ArchiveExam
from tests.fakes import MemoryArchive


class TestMemoryArchive(ArchiveExam):
    def make(self, streams: Sequence[str]) -> Archive:
        return MemoryArchive("0190aaaa-0000-7000-8000-0000000000ff", bytes(32))
