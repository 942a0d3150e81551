"""``check``: whether the store is whole, and what to do where it is not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from ntmdesk.services.steps import QUIET, Step
from ntmdesk.store import checks as _checks
from ntmdesk.store.database import Store

ADVICE: Mapping[str, str] = {
    "encryption": "restore_backup",
    "pages": "restore_backup",
    "structure": "restore_backup",
    "references": "restore_backup",
    "records": "restore_backup",
    "packets": "restore_backup",
    "counter": "restore_backup",
    "derived": "reopen",
    "links": "reopen",
}
"""What to do when a check fails: ``restore_backup`` (copy the folder aside first), ``reopen`` (made anew)."""


@dataclass(frozen=True, slots=True)
class Check:
    """One check; ``advice`` is a code, empty where all is well."""

    name: str
    ok: bool
    advice: str


@dataclass(frozen=True, slots=True)
class Checked:
    """All checks of one run."""

    ok: bool
    checks: list[Check]

    def document(self) -> dict[str, Any]:
        """As the command line prints it."""
        return asdict(self)


def check(store: Store, step: Step | None = None) -> Checked:
    """Looks at the file, its pages, every record's own sum, and what must agree with what.  Reads only."""
    progress = step or QUIET
    answers = _checks.check(store, lambda done, total: progress.tell(done, total, "check"))
    found = [Check(c.name, c.ok, "" if c.ok else ADVICE.get(c.name, "restore_backup")) for c in answers]
    return Checked(all(c.ok for c in found), found)
