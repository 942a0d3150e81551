"""Records whose id is made of another's: where that is replaced they are written anew, whole."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from ntmdesk.domain.weekly_log import NARRATIVE, is_frozen
from ntmdesk.errors import UserError
from ntmdesk.services.persons import Row
from ntmdesk.services.rewriting import Replaced, may_write
from ntmdesk.store.unit_of_work import UnitOfWork
from sync.protocol.kinds_cells import natural_id

LOG = "weekly_log"
SUBMISSION = ("status", "snapshot", "submitted_at", "submitted_by", "revision_of")
"""Fields of a log that was handed in."""
_SCOPED = (("target", "scope"), ("indicator_value", "scope"))
_CODES = (("hamlet", "local_code"), ("team", "code"))


def move(uow: UnitOfWork, replaced: Replaced) -> None:
    """Logs to the team, quotas and given figures to the scope that stands for theirs; the old to the trash.

    Where there is one already, a log is joined with it if nothing is lost by that; anything else stays
    beside it.  In the caller's transaction.
    """
    _move(uow, LOG, "team", replaced.get("team", {}))
    scopes = {**replaced.get("hamlet", {}), **replaced.get("team", {}), **_codes(uow, replaced)}
    for kind, field in _SCOPED:
        _move(uow, kind, field, scopes)


def _codes(uow: UnitOfWork, replaced: Replaced) -> dict[str, str]:
    """Codes of what is replaced that nothing else goes by: a scope may be told by code."""
    found = {}
    for kind, field in _CODES:
        for made, official in replaced.get(kind, {}).items():
            with suppress(UserError):
                code = uow.records.get(kind, made, deleted=True).get(field)
                if code and not {r["id"] for r in uow.records.list(kind, where={field: code}).rows} - {made}:
                    found[str(code)] = official
    return found


def _move(uow: UnitOfWork, kind: str, field: str, moved: Mapping[str, str]) -> None:
    known = uow.catalogue.kind(kind)
    if not may_write(uow, known.writer):
        return
    own = [f.name for f in known.fields if f.writer != "server"]
    for made, official in moved.items():
        for row in uow.records.list(kind, where={field: made}).rows:
            values = {**{name: row[name] for name in own if name in row}, field: official}
            there = uow.records.peek(kind, str(natural_id(known, values)))
            with suppress(UserError):
                if there is None:
                    uow.records.add(kind, values)
                elif kind != LOG or not _join_logs(uow, row, there):
                    continue
                uow.records.delete(kind, row["id"])


def _join_logs(uow: UnitOfWork, here: Row, there: Row) -> bool:
    """Brings one log into the other of that week; False where both say something, and both stay."""
    if is_frozen(str(there.get("status") or "draft")):
        return False
    frozen = is_frozen(str(here.get("status") or "draft"))
    if not frozen and any(here.get(n) and there.get(n) and here[n] != there[n] for n in NARRATIVE):
        return False
    blank = [n for n in (*NARRATIVE, "number") if here.get(n) and not there.get(n)]
    handed_in = [n for n in SUBMISSION if here.get(n)] if frozen else []
    uow.records.set(LOG, there["id"], {n: here[n] for n in (*blank, *handed_in)})
    return True
