"""Handed-in logs stay as they were while the program itself rewrites records they were counted from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ntmdesk.domain.facts import LogFact
from ntmdesk.domain.weekly_log import COUNTED_KINDS, hash_of
from ntmdesk.store.unit_of_work import UnitOfWork
from sync.protocol.rosters import LEADING

KIND = "weekly_log"
SUBMITTED = "submitted"


@contextmanager
def unmoved(uow: UnitOfWork) -> Iterator[None]:
    """Around changes that are no work of people: a handed-in log does not tell them as late (rule 35).

    Its snapshot lists the records it was counted from by hash.  Each that is still as listed goes on being
    so, under its new hash; what people had changed since stays told.  Only a leader writes a snapshot, so for
    others nothing is done, nor to a log that the upper server has approved.  In the caller's transaction.
    """
    if uow.author.role not in LEADING:
        yield
        return
    before = {hash_of(log.snapshot): _present(uow, log.snapshot) for log in _submitted(uow)}
    yield
    for log in _submitted(uow):
        present = before.get(hash_of(log.snapshot))
        listed = log.snapshot.get("records")
        if present is None or not listed:
            continue
        now = _present(uow, log.snapshot)
        records = {
            kind: {
                id: now.get(kind, {}).get(id, hash_) if present.get(kind, {}).get(id) == hash_ else hash_
                for id, hash_ in some.items()
            }
            for kind, some in listed.items()
        }
        if records != listed:
            uow.records.set(KIND, log.id, {"snapshot": {**log.snapshot, "records": records}})


def _submitted(uow: UnitOfWork) -> list[LogFact]:
    return [log for log in uow.figures.logs() if log.status == SUBMITTED and log.snapshot]


def _present(uow: UnitOfWork, snapshot: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    return uow.figures.hashes(COUNTED_KINDS, str(snapshot.get("from")), str(snapshot.get("to")))
