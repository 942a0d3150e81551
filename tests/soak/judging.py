"""The server's catalogue in a schedule: one that changes in what it refuses for good."""

from __future__ import annotations

from sync.protocol.cells import Value
from tests.fakes import FakeJudge

NEVER, NOT_YET, NO_MORE = "cấm ", "rộng ", "hẹp "
"""Beginnings of values that no catalogue takes, that only the newest does, and that only the first did."""
CODES = {NEVER: "bad_value", NOT_YET: "too_large", NO_MORE: "too_long"}


class SoakJudge(FakeJudge):
    """A judge whose catalogues differ in what they refuse for good, not only in what they know."""

    def judge(self, kind: str, cell: str, value: Value) -> str | None:
        for beginning, code in CODES.items():
            if isinstance(value, str) and value.startswith(beginning):
                taken = {NEVER: False, NOT_YET: self.version > 2, NO_MORE: self.version < 2}[beginning]
                return super().judge(kind, cell, "") if taken else code
        return super().judge(kind, cell, value)
