"""What a sender may not take away: values of leaders and of the server, in cells and as whole records."""

from __future__ import annotations

from sync.hub.ports import Judge
from sync.hub.writing import LEADERS
from sync.protocol.cells import Cell, winner, winning_value
from sync.protocol.dots import Dot, covers
from sync.protocol.records import Record


def is_guarded(judge: Judge, role: str, kind: str, name: str, cell: Cell) -> bool:
    """Whether what stands in an ordinary cell is not for this role to take away."""
    if kind not in judge.guarded or name.startswith("_") or not cell.siblings:
        return False
    writer = judge.writer(kind, name, winning_value(cell))
    return writer == "server" or (writer == "leader" and role not in LEADERS)


def replacements_refused(
    judge: Judge, role: str, kind: str, name: str, came: Cell, stood: Cell
) -> dict[Dot, str]:
    """Verdicts on new values that take the place of one which a member may not write."""
    top = winner(stood)
    if role in LEADERS or top is None or not covers(came.context, top) or top in came.siblings:
        return {}
    if not is_guarded(judge, role, kind, name, stood):
        return {}
    return {dot: "not_your_role" for dot in came.siblings if not covers(stood.context, dot)}


def deletions_refused(judge: Judge, role: str, base: Record, came: Cell, stood: Cell) -> dict[Dot, str]:
    """Verdicts on new deletions of a record in which something stands that the sender may not write."""
    fresh = [
        dot
        for dot in came.siblings.keys() - stood.siblings.keys()
        if dot.counter > stood.context.get(dot.replica, 0)
    ]
    if not fresh or not any(
        is_guarded(judge, role, base.kind, name, cell) for name, cell in base.cells.items()
    ):
        return {}
    return dict.fromkeys(fresh, "not_your_role")
