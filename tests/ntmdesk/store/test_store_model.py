"""A store against the pure model: after every step cells are byte-equal and every list says what they say."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from ntmdesk.domain.text import fold
from ntmdesk.store.replica import StoreReplica
from sync.engine.ports import SiftedPage
from sync.protocol import records
from sync.protocol.dots import Dot
from sync.protocol.image import encode_image
from sync.protocol.pages import Cursor, Row
from sync.protocol.records import Record, Stamp
from tests.ntmdesk.store.laptops import enrolment, small_catalogue
from tests.ntmdesk.store.places import LAN, Place

STREAM = "0190aaaa-0000-7000-8000-000000000001"
SERVER = "0190aaaa-0000-7000-8000-0000000000ff"
IDS = [f"0190bbbb-0000-7000-8000-{n:012d}" for n in range(3)]
FAR = "feedfacefeedface"
NAMES = ["Đỗ Thị Hồng", "Lê An", "Nguyễn Hòa", "Ái"]
FIELDS = st.dictionaries(
    st.sampled_from(["name", "phone", "note"]), st.one_of(st.none(), st.sampled_from(NAMES)), min_size=1
)
FAR_CELLS = st.dictionaries(
    st.sampled_from(["name", "note", "tags/a", "tags/b", "@box", "blood"]),
    st.one_of(st.none(), st.sampled_from(NAMES), st.just({"x": 1})),
    min_size=1,
)


def catalogue_of_texts() -> Any:
    return small_catalogue()


class StoreAndModel(RuleBasedStateMachine):
    """``model``: what is here; ``far``: the same records on another laptop that hears of us now and then."""

    @initialize()
    def start(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="model-"))
        place = Place(self.folder / "home", catalogue=catalogue_of_texts())
        self.clock = place.clock
        self.store = place.create()
        with self.store.begin(LAN) as uow:
            uow.peers.join(enrolment(SERVER, STREAM, (bytes(32),)), "http://127.0.0.1")
        self.replica = StoreReplica(self.store)
        self.model: dict[str, Record] = {}
        self.far: dict[str, Record] = {}
        self.counter = 0
        self.far_counter = 0
        self.seq = 0

    def dot(self) -> tuple[Dot, Stamp]:
        self.counter += 1
        return Dot(self.counter, self.store.replica), Stamp(int(self.clock().timestamp()), LAN.person, 1)

    @rule(id=st.sampled_from(IDS), values=FIELDS)
    def record(self, id: str, values: dict[str, Any]) -> None:
        values = {k: v for k, v in values.items() if k != "phone"}
        here = self.model.get(id)
        with self.store.begin(LAN) as uow:
            if here is None or not records.is_born(here):
                uow.records.add("visit", values, id=id)
                dot, stamp = self.dot()
                cells = {k: v for k, v in values.items() if v is not None}
                made = records.create("visit", id, cells, dot, stamp)
                self.model[id] = made if here is None else records.merge(here, made)
            elif not records.is_deleted(here):
                shown = records.shown(here)
                differing = {k: v for k, v in values.items() if v != shown.get(k)}
                uow.records.set("visit", id, values)
                if differing:
                    dot, stamp = self.dot()
                    self.model[id] = records.edit(here, differing, dot, stamp)

    @rule(id=st.sampled_from(IDS))
    def delete_or_restore(self, id: str) -> None:
        here = self.model.get(id)
        if here is None or not records.is_born(here):
            return
        with self.store.begin(LAN) as uow:
            dot, stamp = self.dot()
            if records.is_deleted(here):
                uow.records.restore("visit", id)
                self.model[id] = records.restore(here, dot, stamp)
            else:
                uow.records.delete("visit", id)
                self.model[id] = records.delete(here, dot, stamp)

    @rule(id=st.sampled_from(IDS), cells=FAR_CELLS, born=st.booleans())
    def edit_far_away(self, id: str, cells: dict[str, Any], born: bool) -> None:
        self.far_counter = 1 + max(
            self.far_counter,
            *(records.highest_counter(r) for r in (*self.far.values(), Record("visit", id, {}, {}))),
        )
        dot, stamp = Dot(self.far_counter, FAR), Stamp(7, "far", 1)
        base = self.far.get(id)
        if base is None:
            base = Record("visit", id, {}, {})
            cells = {**cells, "_born": True} if born else cells
        self.far[id] = records.edit(base, cells, dot, stamp)

    @rule(id=st.sampled_from(IDS))
    def far_away_hears_of_us(self, id: str) -> None:
        if id in self.model:
            mine = self.model[id]
            self.far[id] = records.merge(self.far[id], mine) if id in self.far else mine

    @rule(ids=st.sets(st.sampled_from(IDS), min_size=1))
    def a_page_comes(self, ids: set[str]) -> None:
        rows = []
        for id in sorted(ids & self.far.keys()):
            self.seq += 1
            rows.append(Row("visit", id, encode_image(self.far[id]), self.seq))
            here = self.model.get(id)
            self.model[id] = self.far[id] if here is None else records.merge(here, self.far[id])
            self.counter = max(self.counter, records.highest_counter(self.far[id]))
        cursor = Cursor(SERVER, "e", STREAM, 1, self.seq, f"tag{self.seq}")
        self.replica.take("n" * 32, (), (SiftedPage(STREAM, cursor, rows),), 1)

    @invariant()
    def both_say_the_same(self) -> None:
        if not hasattr(self, "store"):
            return
        with self.store.look() as uow:
            assert uow.counter == self.counter
            stored = dict(uow.db.execute("SELECT id, cells FROM record").fetchall())
            assert stored == {id: encode_image(r).decode() for id, r in self.model.items()}
            living = {
                id: records.shown(r)
                for id, r in self.model.items()
                if records.is_born(r) and not records.is_deleted(r)
            }
            rows = {row["id"]: row for row in uow.records.list("visit").rows}
            assert {
                id: {k: v for k, v in row.items() if k not in ("id", "kind", "state")}
                for id, row in rows.items()
            } == living
            hong = {id for id, s in living.items() if "hong" in fold(str(s.get("name", ""))).split()}
            assert {r["id"] for r in uow.records.list("visit", search="hồng").rows} == hong
            open_ = {
                (id, name) for id, r in self.model.items() if id in living for name in records.conflicts(r)
            }
            told = {(c.id, c.field) for c in uow.records.conflicts()}
            assert told == {(id, name.removeprefix("@")) for id, name in open_}
            back = {id for id in living if records.is_brought_back(self.model[id])}
            assert {r["id"] for r in uow.records.brought_back()} == back

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()
            shutil.rmtree(self.folder)


StoreAndModel.TestCase.settings = settings(
    max_examples=40, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
TestStoreAndModel = StoreAndModel.TestCase
