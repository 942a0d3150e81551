"""No everyday question reads the whole table of records: each is answered through an index."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from ntmdesk.store import parallel
from ntmdesk.store.database import Store
from ntmdesk.store.packets import Packets
from ntmdesk.store.present_life import untold
from ntmdesk.store.standings import standings_of
from tests.ntmdesk.store.places import LAN, hamlet, household, resident


@contextmanager
def no_whole_table(store: Store) -> Iterator[None]:
    """Explains every statement that ran inside, with its parameters."""
    ran: list[str] = []
    store.db.set_trace_callback(ran.append)
    try:
        yield
    finally:
        store.db.set_trace_callback(None)
    asked = [sql for sql in ran if sql.lstrip().upper().startswith(("SELECT", "UPDATE", "DELETE", "INSERT"))]
    assert asked
    for sql in asked:
        if "find_" in sql and sql.startswith("INSERT"):
            continue
        plan = [str(step[3]) for step in store.db.execute(f"EXPLAIN QUERY PLAN {sql}")]
        for step in plan:
            whole = step.startswith(("SCAN record", "SCAN save", "SCAN history", "SCAN link"))
            assert not whole or "USING" in step, (sql, plan)


@pytest.fixture
def home(store: Store) -> str:
    with store.begin(LAN) as uow:
        hamlet(uow)
        return household(uow, "Nguyễn Văn Ba", "H-1")


def test_recording(store: Store, home: str) -> None:
    with no_whole_table(store), store.begin(LAN) as uow:
        one, two = resident(uow, "A", household=home), resident(uow, "B")
        uow.records.set("resident", one, {"birth": "1958"})
        pair = sorted((one, two))
        uow.records.add("sameness", {"of": "resident", "a": pair[0], "b": pair[1], "verdict": "same"})
        uow.records.delete("resident", two)
        uow.records.restore("resident", two)
        uow.drafts.save("visit", None, {})


def test_asking(store: Store, home: str) -> None:
    with no_whole_table(store), store.look() as uow:
        for kind in ("household", "resident", "support_visit", "vneid_case", "hamlet", "weekly_log"):
            uow.records.list(kind, limit=20)
            uow.records.keys(kind)
            uow.records.count(kind)
        uow.records.list("resident", where={"household": home})
        uow.records.list("support_visit", since="2026-11-01", until="2026-11-30")
        uow.records.list("household", search="ba")
        uow.records.find("household", "H-1")
        uow.records.referring(home)
        uow.records.candidates("resident", {"full_name": "A", "phone": "0912345678"})
        uow.records.conflicts()
        uow.records.brought_back()
        uow.search.people("ba")
        uow.search.anything("thôn")
        uow.history.of(home)
        uow.peers.status()
        uow.peers.quarantine()


def test_counting(store: Store, home: str) -> None:
    with no_whole_table(store), store.look() as uow:
        figures = uow.figures
        for ask in (figures.visits, figures.trainings, figures.outreach, figures.workdays):
            ask("2026-11-01", "2026-11-30")
        for stand in (figures.cases, figures.households, figures.residents, figures.hamlets, figures.teams):
            stand()
        figures.members()
        figures.households_visited("2026-11-01", "2026-11-30")
        figures.marks(("support_visit",), "2026-11-01", "2026-11-30")
        uow.registers.homes("ba")
        figures.values()
        figures.logs()
        figures.hashes(("support_visit", "training"), "2026-11-01", "2026-11-30")


def test_what_people_see_of_sync(store: Store, home: str) -> None:
    with store.begin(LAN) as uow:
        uow.records.set("household", home, {"members_n": 4})
    with no_whole_table(store), store.look() as uow:
        for state in ("unsent", "local", "carried", "refused", "received", "review"):
            uow.records.count("household", {"state": state})
        uow.losses.held()
        uow.losses.waiting()
        uow.settlements.since(0)
        parallel.since(uow, 0)
        untold(uow)
        standings_of(uow, "household", [home])


def test_a_receipt_reads_no_record_that_is_as_the_server_has_it(store: Store) -> None:
    ran: list[str] = []
    with store.begin(LAN) as uow:
        store.db.set_trace_callback(ran.append)
        Packets(uow).release("team", 1, ())
        store.db.set_trace_callback(None)
    (update,) = (sql for sql in ran if sql.startswith("UPDATE record "))
    plan = [str(step[3]) for step in store.db.execute(f"EXPLAIN QUERY PLAN {update}")]
    assert "record_there" in plan[0], plan
