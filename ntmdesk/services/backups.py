"""Verified copies of the store: on demand, by themselves once a day, and the way back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ntmdesk.errors import UserError
from ntmdesk.services.steps import QUIET, Step
from ntmdesk.store import backup as _backup
from ntmdesk.store.database import Store
from ntmdesk.store.lock import sync_lock
from ntmdesk.store.surroundings import Surroundings

ENDING = ".ntmbackup"
DAILY = "daily"


@dataclass(frozen=True, slots=True)
class BackupDone:
    """A finished copy, or a finished way back; ``replica``: the id a restored store took."""

    file: str
    records: int
    verified: bool
    replica: str | None = None

    def document(self) -> dict[str, Any]:
        """As the command line prints it."""
        said: dict[str, Any] = {"file": self.file, "records": self.records, "verified": self.verified}
        return said if self.replica is None else {**said, "replica": self.replica}


def backup(store: Store, path: Path, step: Step | None = None) -> BackupDone:
    """A copy that was opened and checked before it counts.  Not inside a transaction.

    EnvironmentProblem ``disk_full``, ``read_only``, ``store_damaged``.
    """
    progress = step or QUIET
    progress.tell(0, 1, "backup")
    made = _backup.backup(store, path)
    progress.tell(1, 1, "backup")
    return BackupDone(str(made.file), made.records, made.verified)


def restore(
    home: Path, path: Path, passphrase: str, surroundings: Surroundings, person: str | None = None
) -> BackupDone:
    """Puts a copy in place of the store of a folder; what was there is kept in ``backups``.

    The passphrase is that of a person of the copy.  The restored store takes a new replica id at once.
    UserError ``not_found`` (file), ``not_a_backup wrong_passphrase ambiguous locked_elsewhere``.
    """
    key, _ = _backup.read_slots(path).open(passphrase, person)
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with sync_lock(home):
        records = _backup.restore(home, path, key)
        with Store.open(home, key, surroundings) as store:
            replica = store.replica
    return BackupDone(str(path), records, True, replica)


def rotate(store: Store, keep: int = 7) -> Path | None:
    """The copy of the day; the newest ``keep`` stay.  None when today's is there already."""
    if keep < 1:
        raise UserError("bad_value", field="keep")
    day = store.surroundings.clock().astimezone(UTC) + timedelta(hours=7)
    folder = store.home / _backup.FOLDER
    path = folder / f"{DAILY}-{day:%Y%m%d}{ENDING}"
    if path.exists():
        return None
    _backup.backup(store, path)
    for old in sorted(folder.glob(f"{DAILY}-*{ENDING}"))[:-keep]:
        old.unlink(missing_ok=True)
    return path


def last(home: Path) -> datetime | None:
    """When the newest copy in the store's own folder was made; None without one."""
    folder = home / _backup.FOLDER
    if not folder.is_dir():
        return None
    times = [path.stat().st_mtime for path in folder.glob(f"*{ENDING}")]
    return datetime.fromtimestamp(max(times), UTC) if times else None
