"""Makes the store kept in ``tests/data/databases/<version>``: one real file of this release's schema.

Run once per release, never again for a released version: later programs must open exactly this file.
Everything in it is invented.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from ntmdesk import __version__  # noqa: E402
from tests.ntmdesk.store.places import LAN, Place, hamlet, household, resident  # noqa: E402


def main() -> None:
    """Writes ``ntmdesk.db``."""
    kept = ROOT / "tests" / "data" / "databases" / __version__
    if kept.exists():
        raise SystemExit(f"{kept} is there: a released file is never made again")
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        fill(home)
        kept.mkdir(parents=True)
        shutil.copy(home / "ntmdesk.db", kept)


def fill(home: Path) -> None:
    """A small store with a bit of everything."""
    with Place(home, seed=__version__).create() as store:
        with store.begin(LAN) as uow:
            hamlet(uow)
            ba = household(uow, "Nguyễn Văn Ba", "H-1", members_n=4, lane="Ngõ Đình")
            hong = household(uow, "Đỗ Thị Hồng", "H-2", poverty="near")
            hoa = resident(uow, "Nguyễn Thị Hoà", household=ba, birth="1958", sex="f", phone="0912345678")
            gone = resident(uow, "Lê Văn Tám", household=hong)
            uow.records.add(
                "support_visit",
                {
                    "date": "2026-11-20",
                    "place_type": "home",
                    "hamlet": "15880-001",
                    "household": ba,
                    "persons": [hoa],
                    "members": [LAN.person],
                    "lines": [
                        {"service": "K01", "outcome": "done"},
                        {"service": "K26", "outcome": "done"},
                    ],
                },
            )
        with store.begin(LAN) as uow:
            uow.records.set("household", ba, {"members_n": 5})
            uow.records.delete("resident", gone)
            uow.drafts.save("visit", None, {"note": "dở dang"})
        store.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


if __name__ == "__main__":
    main()
