"""One laptop as a process of its own: a real store, a real person's passphrase, the program's own services.

    python -m tests.together.laptop_process HOME

Opens the store (makes it when there is none) and answers each line of JSON on stdin with one line on
stdout: ``{"do": "add", "kind": …}`` -> ``{"ok": …}`` or ``{"error": code, "details": …}``.  ``record`` says
each id as soon as it is committed, so that whoever kills the process knows what was acknowledged.  Waits
between attempts of a sync are not waited for.
"""

from __future__ import annotations

import json
import sys
from functools import partial
from pathlib import Path
from typing import Any

from ntmdesk.services import enrolling, inbox, records, syncing, unlocking, visits
from ntmdesk.services.surroundings import surroundings
from ntmdesk.services.visits import VisitDraft
from ntmdesk.store.backup import backup
from ntmdesk.store.checks import check
from ntmdesk.store.replica import StoreReplica
from sync.engine import runner
from sync.engine.runner import Outcome
from sync.protocol.messages import Limits

PASSPHRASE = "một câu thật dài"
Json = dict[str, Any]


class Bench:
    """The open store and what may be asked of it."""

    def __init__(self, home: Path, name: str) -> None:
        if unlocking.store_there(home):
            opened = unlocking.unlock(home, PASSPHRASE, surroundings(home))
            self.store, self.author = opened.store, opened.author
        else:
            made = unlocking.create(home, PASSPHRASE, name, surroundings(home))
            self.store, self.author = made.store, made.author
        self._outcome: Outcome | None = None
        self._converse = runner.converse

    def do_enrol(self, url: str, code: str) -> Json:
        done = enrolling.enrol(self.store, self.author, url, code)
        self.author = enrolling.author_after(self.store, self.author)
        return done.document()

    def do_add(self, kind: str, values: Json, id: str | None = None) -> str:
        with self.store.begin(self.author) as uow:
            return records.add(uow, kind, values, id)

    def do_set(self, kind: str, id: str, changes: Json) -> Json:
        with self.store.begin(self.author) as uow:
            return records.set_fields(uow, kind, id, changes)

    def do_force(self, kind: str, id: str, changes: Json) -> Json:
        """Past the desk's own check, as a laptop with another catalogue would."""
        with self.store.begin(self.author) as uow:
            return uow.records.set(kind, id, changes)

    def do_delete(self, kind: str, id: str) -> Json:
        with self.store.begin(self.author) as uow:
            return records.delete(uow, kind, id)

    def do_resolve(self, id: str, field: str, choice: str) -> Json:
        with self.store.begin(self.author) as uow:
            return records.resolve(uow, id, field, choice)

    def do_get(self, kind: str, id: str) -> Json:
        with self.store.look(self.author) as uow:
            return uow.records.get(kind, id, deleted=True)

    def do_ids(self, kind: str) -> list[str]:
        with self.store.look(self.author) as uow:
            return sorted(row["id"] for row in uow.records.list(kind).rows)

    def do_states(self, kind: str) -> dict[str, str]:
        with self.store.look(self.author) as uow:
            return {row["id"]: row["state"] for row in uow.records.list(kind).rows}

    def do_merged(self) -> list[Json]:
        with self.store.look(self.author) as uow:
            return [
                {
                    "id": one.id,
                    "ours": [edit.field for edit in one.ours],
                    "theirs": [edit.field for edit in one.theirs],
                }
                for one in inbox.merged(uow)
            ]

    def do_conflicts(self) -> list[Json]:
        with self.store.look(self.author) as uow:
            return [
                {"id": c.id, "field": c.field, "values": sorted(str(v.value) for v in c.values)}
                for c in records.conflicts(uow)
            ]

    def do_quarantine(self) -> list[Json]:
        with self.store.look(self.author) as uow:
            return [
                {"id": q.id, "field": q.field, "value": q.value, "code": q.code, "dot": q.dot.text}
                for q in syncing.refused(uow)
            ]

    def do_send_again(self, dot: str, value: Any) -> Json:
        with self.store.begin(self.author) as uow:
            return syncing.send_again(uow, dot, value)

    def do_status(self) -> Json:
        with self.store.look(self.author) as uow:
            return syncing.status(uow).document()

    def do_check(self) -> list[str]:
        return [c.name for c in check(self.store) if not c.ok]

    def do_replica(self) -> str:
        return self.store.replica

    def do_backup(self, file: str) -> int:
        return backup(self.store, Path(file)).records

    def do_digest(self) -> Json:
        """What this laptop holds of each stream: record -> hash, and the sum that sync compares."""
        replica = StoreReplica(self.store)
        streams = [cursor.stream for cursor in replica.standing().cursors]
        digests = {s: replica.digest(s) for s in streams}
        return {
            "roots": {s: None if d is None else [d.count, d.root] for s, d in digests.items()},
            "records": {
                f"{kind}/{id}": hash.hex()
                for stream in streams
                for (kind, id), hash in replica.hashes(stream).items()
            },
        }

    def do_sync(self, records: int = 2_000) -> Json:
        """One sync by the program's own service.  ``records``: most in one packet and in one page."""
        limits = Limits(packet_records=records, page_records=records)

        def converse(*arguments: Any, **more: Any) -> Outcome:
            self._outcome = self._converse(*arguments, limits=limits, **more)
            return self._outcome

        runner.converse = converse
        numbers = syncing.sync(self.store).document()
        assert self._outcome is not None
        return {**numbers, "notices": [notice.code for notice in self._outcome.notices]}

    def do_record(self, count: int) -> int:
        """So many visits, each with a new household and a new person; every commit is said at once."""
        for n in range(count):
            draft = VisitDraft(
                {
                    "date": "2026-11-20",
                    "place_type": "home",
                    "lines": [{"service": "K01", "outcome": "done"}],
                },
                new_household={"head_name": f"Nguyễn Văn {n}", "lane": "Ngõ 4"},
                new_residents=({"full_name": f"Trần Thị {n}", "birth": "1958"},),
                sure=True,
            )
            with self.store.begin(self.author) as uow:
                made = visits.record(uow, draft)
            say({"committed": [made.visit, made.household, *made.residents]})
        return count


def say(document: Json) -> None:
    """One line, at once."""
    sys.stdout.write(json.dumps(document, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Serves lines until stdin ends."""
    sys.stdin.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    syncing.SystemClock.sleep = lambda self, seconds: None  # type: ignore[method-assign]
    bench = Bench(Path(sys.argv[1]), sys.argv[2])
    say({"ok": bench.store.replica})
    for line in sys.stdin:
        asked = json.loads(line)
        verb = partial(getattr(bench, f"do_{asked.pop('do')}"), **asked)
        try:
            say({"ok": verb()})
        except Exception as error:
            code = getattr(error, "code", None)
            if code is None:
                raise
            details = getattr(error, "details", {})
            say({"error": code, "details": {k: str(v) for k, v in details.items()}})
    bench.store.close()


if __name__ == "__main__":
    main()
