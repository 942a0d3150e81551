"""``ntmdesk-server`` and ``python -m sync.server``."""

from __future__ import annotations

import sys


def main() -> int:
    """Runs one command with the process's arguments."""
    from sync.server.cli import main as run

    return run()


if __name__ == "__main__":
    sys.exit(main())
