"""Chooses the command line or the window before importing either."""

from __future__ import annotations

import sys

_WITH_VALUE = frozenset({"--home", "--data", "--as", "--lang"})
_ASKS_COMMAND_LINE = frozenset({"-h", "--help", "--version", "--json"})


def main() -> int:
    """``ntmdesk``: bare it opens the window, with a verb it is a command."""
    words = sys.argv[1:]
    if _has_verb(words):
        from ntmdesk.cli import main as run

        return run(words)
    return window()


def window() -> int:
    """``ntmdesk-window``: the window."""
    from ntmdesk.app import main as run

    return int(run(sys.argv[1:]))


def _has_verb(words: list[str]) -> bool:
    skip = False
    for word in words:
        if skip:
            skip = False
        elif word in _ASKS_COMMAND_LINE:
            return True
        elif word in _WITH_VALUE:
            skip = True
        elif not word.startswith("-"):
            return True
    return False


if __name__ == "__main__":
    sys.exit(main())
