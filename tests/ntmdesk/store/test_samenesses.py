"""One person recorded twice: one group, one line in the list, reversible."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ntmdesk.store.database import Store
from ntmdesk.store.unit_of_work import UnitOfWork
from tests.ntmdesk.store.places import LAN, Place, hamlet, household, resident


def join(uow: UnitOfWork, a: str, b: str, verdict: str = "same", of: str = "household") -> str:
    """As the service does: one record for the pair, changed when it is there."""
    first, second = sorted((a, b))
    known = uow.records.list("sameness", where={"a": first, "b": second}).rows
    if known:
        uow.records.set("sameness", known[0]["id"], {"verdict": verdict})
        return str(known[0]["id"])
    return uow.records.add("sameness", {"of": of, "a": first, "b": second, "verdict": verdict})


@pytest.fixture
def homes(store: Store) -> list[str]:
    with store.begin(LAN) as uow:
        hamlet(uow)
        return sorted(household(uow, f"Hộ {n}", f"H-{n}") for n in range(4))


def listed(store: Store) -> list[str]:
    with store.look() as uow:
        return sorted(r["id"] for r in uow.records.list("household").rows)


def test_a_group_is_shown_under_its_smallest_id(store: Store, homes: list[str]) -> None:
    a, b, c, d = homes
    with store.begin(LAN) as uow:
        join(uow, b, c)
        join(uow, c, a)
        assert uow.samenesses.group(c) == [a, b, c]
        assert uow.samenesses.leader(b) == a
    assert listed(store) == [a, d]
    with store.begin(LAN) as uow:
        join(uow, c, a, "different")
    assert listed(store) == [a, b, d]
    with store.begin(LAN) as uow:
        join(uow, b, c, "different")
    assert listed(store) == homes


def test_references_are_read_through_the_group_and_never_rewritten(store: Store, homes: list[str]) -> None:
    a, b, *_ = homes
    with store.begin(LAN) as uow:
        one, two = resident(uow, "A", household=a), resident(uow, "B", household=b)
        before = uow.records.record(two)
        join(uow, a, b)
        assert uow.records.get("resident", two)["household"] == a
        for key in (a, b):
            assert {r["id"] for r in uow.records.list("resident", where={"household": key}).rows} == {
                one,
                two,
            }
            assert {r["id"] for r in uow.records.referring(key, "resident")} == {one, two}
        assert uow.records.record(two) == before
        seq = uow.seq
        uow.records.set("resident", two, {"household": a})
        assert uow.seq == seq
        join(uow, a, b, "different")
        assert uow.records.get("resident", two)["household"] == b


def test_the_leader_in_the_trash_gives_way(store: Store, homes: list[str]) -> None:
    a, b, c, d = homes
    with store.begin(LAN) as uow:
        join(uow, a, b)
        uow.records.delete("household", a)
    assert listed(store) == [b, c, d]
    with store.begin(LAN) as uow:
        uow.records.restore("household", a)
    assert listed(store) == [a, c, d]


def test_a_joined_record_that_comes_later_finds_its_group(store: Store, homes: list[str]) -> None:
    from ntmdesk.store.writing import Arrival
    from sync.protocol import records
    from sync.protocol.dots import Dot
    from sync.protocol.image import encode_image
    from sync.protocol.records import Stamp

    a = homes[0]
    late = "ffffffff-0000-7000-8000-000000000001"
    record = records.create(
        "household", late, {"head_name": "Muộn"}, Dot(900, "feedfacefeedface"), Stamp(1, "", 1)
    )
    with store.begin(LAN) as uow:
        join(uow, a, late)
        assert uow.samenesses.group(a) == [a]
        uow.writer.arrive([Arrival("household", late, "", encode_image(record), 1)])
        assert uow.samenesses.group(a) == [a, late]
    assert listed(store) == homes


def test_people_and_households_make_groups_of_their_own(store: Store, homes: list[str]) -> None:
    with store.begin(LAN) as uow:
        one, two = resident(uow, "A"), resident(uow, "B")
        join(uow, one, two, of="resident")
        assert uow.records.count("resident") == 1
        assert uow.search.people("a")[0].id == min(one, two) or uow.search.people("b")[0].id == min(one, two)
    assert listed(store) == homes


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from(["same", "different", "delete", "restore"]), st.integers(0, 4), st.integers(0, 4)
        ),
        max_size=14,
    )
)
def test_every_living_record_is_in_one_group_and_one_list(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int, int]]
) -> None:
    """Against a plain model: connected components of the pairs that are the same."""
    place = Place(tmp_path_factory.mktemp("same") / "home")
    with place.create() as store:
        with store.begin(LAN) as uow:
            hamlet(uow)
            ids = [household(uow, f"Hộ {n}", f"H-{n}") for n in range(5)]
        pairs: set[tuple[str, str]] = set()
        dead: set[str] = set()
        for what, i, j in steps:
            a, b = sorted((ids[i], ids[j]))
            with store.begin(LAN) as uow:
                if what in ("same", "different"):
                    if a == b:
                        continue
                    join(uow, a, b, what)
                    (pairs.add if what == "same" else pairs.discard)((a, b))
                elif what == "delete" and a not in dead:
                    uow.records.delete("household", a)
                    dead.add(a)
                elif what == "restore" and a in dead:
                    uow.records.restore("household", a)
                    dead.discard(a)
            groups = {id: id for id in ids}
            for _ in ids:
                for x, y in pairs:
                    groups[x] = groups[y] = min(groups[x], groups[y])
            leaders = {
                min(i for i in ids if groups[i] == groups[id] and i not in dead)
                for id in ids
                if id not in dead
            }
            assert set(listed(store)) == leaders
            with store.look() as uow:
                assert all(uow.samenesses.leader(id) in leaders for id in ids if id not in dead)
