"""Where a record stands with the upper server, as lists show it, and the ways a list is narrowed by it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

FLAGS = "_flagged"
"""Key of a row: codes of the rules between fields that the server found broken in what it accepted."""

REVIEW = "review"
"""Accepted, and a person should look at it: two valid edits met and a rule between fields is broken."""

NARROWED = ("unsent", "refused", REVIEW)
"""Ways to narrow a list: no receipt yet, a value was refused, accepted but to be looked at."""

_MEANT: Mapping[str, Collection[str]] = {"unsent": ("local", "carried")}


def standing_of(row: Mapping[str, Any]) -> str:
    """``local carried received accepted refused`` as the row says, ``review`` for a flagged accepted one."""
    state = str(row.get("state", "local"))
    return REVIEW if state == "accepted" and row.get(FLAGS) else state


def fits(standing: str, wanted: str) -> bool:
    """Whether a standing belongs to one of ``NARROWED`` (or is the standing of that name)."""
    return standing in _MEANT.get(wanted, (wanted,))


def counted(standings: Collection[str]) -> dict[str, int]:
    """How many of these standings each of ``NARROWED`` leaves."""
    return {wanted: sum(fits(each, wanted) for each in standings) for wanted in NARROWED}
