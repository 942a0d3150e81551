"""Records that arrive in columns are stored exactly as if they had come one by one."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ntmdesk.store import filling
from ntmdesk.store.arriving import ForeseenRows, derive_columns
from ntmdesk.store.database import Store
from ntmdesk.store.shapes import Shape, decode_shown, encode_shown, parse_image
from ntmdesk.store.sqlcipher import IntegrityError
from sync.engine.ports import SiftedPage
from sync.engine.sifting import nothing_owned, sift_rows
from sync.protocol.blocks import BlockRows
from sync.protocol.bodies import pack_rows, unpack_body
from sync.protocol.digest import digest_of
from sync.protocol.dots import Dot
from sync.protocol.image import encode_image
from sync.protocol.pages import Cursor, Row
from sync.protocol.records import Stamp, create
from tests.ntmdesk.store.laptops import StoreLaptop
from tests.ntmdesk.store.places import counted_entropy
from tests.sync.protocol.catalogue_files import shipped

STREAM = "0190aaaa-0000-7000-8000-000000000001"
SERVER = "0190aaaa-0000-7000-8000-0000000000ff"
STAMP = Stamp(1, "far", 1)
NAMES = ["Đỗ Thị Hồng", "Lê An", 'Nguyễn "Tám" Hòa', "Ái\nMy", "100%s", ""]


def value_of(chance: random.Random, type_: str) -> Any:
    match type_:
        case "integer":
            return chance.randrange(9)
        case "boolean":
            return chance.random() < 0.5
        case "date":
            return f"2026-0{chance.randint(1, 9)}-1{chance.randrange(10)}"
        case "phone":
            return f"09{chance.randrange(10**8):08d}"
        case "reference":
            return str(uuid.UUID(int=chance.getrandbits(128)))
    return chance.choice([*NAMES, None, 7, {"v": "ký", "sig": "k.00"}, ["a", "b"]])


def some_rows(kind: str, seed: int, n: int) -> list[Row]:
    """Fresh records of a shipped kind, some of their fields and some that nobody knows."""
    chance = random.Random(seed)
    declared = shipped().kinds[kind]
    out = []
    for i in range(n):
        values: dict[str, Any] = {"blood": "O"} if chance.random() < 0.5 else {}
        for f in declared.fields:
            if chance.random() < 0.3:
                continue
            if f.group:
                group = values.setdefault(f"@{f.group}", {})
                group[f.name] = chance.choice(["nhà", None, "x"])
            elif f.type in ("choices", "references"):
                for _ in range(chance.randrange(3)):
                    values[f"{f.name}/{value_of(chance, 'reference')}"] = True
            elif f.type == "rows":
                for at in range(chance.randrange(3)):
                    row = {c.name: value_of(chance, c.type) for c in f.columns if chance.random() < 0.5}
                    values[f"{f.name}/r{chance.randrange(99)}"] = {"#": 2 - at, **row}
            else:
                values[f.name] = value_of(chance, f.type)
        dot = Dot(i + 3, "feedfacefeedface")
        record = create(kind, str(uuid.UUID(int=chance.getrandbits(128))), values, dot, Stamp(1, "far", 1))
        out.append(Row(kind, record.id, encode_image(record), i + 1))
    return out


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize(
    "kind", ["household", "resident", "support_visit", "training", "vneid_case", "consent", "outreach"]
)
def test_columns_tell_what_the_records_tell(kind: str, seed: int) -> None:
    shape = Shape(kind, shipped().kinds[kind])
    (block,) = unpack_body(pack_rows(some_rows(kind, seed, 12))).blocks
    derived = derive_columns(shape, block)
    assert derived is not None
    sort, day = list(derived.sort), list(derived.day)
    links = derived.links or [()] * len(block)
    for i, image in enumerate(block.images()):
        alone = shape.derive_parsed(parse_image(image.encode()))
        assert alone is not None
        assert decode_shown(derived.shown[i]) == alone.shown
        assert len(derived.shown[i]) == len(encode_shown(alone.shown).decode())
        assert (sort[i], day[i], derived.terms[i] or None) == (alone.sort, alone.day, alone.terms)
        assert set(links[i]) == set(alone.links)


def test_what_only_the_record_can_tell_is_left_to_it() -> None:
    shape = Shape("visit", None)
    for cells in ({"@box": "no object"}, {"a": 1, "@box": {"a": 2}}, {"_deleted": []}):
        rows = []
        for i in range(5):
            record = create("visit", f"id{i}", cells, Dot(i + 1, "feedfacefeedface"), Stamp(1, "far", 1))
            rows.append(Row("visit", record.id, encode_image(record), i + 1))
        (block,) = unpack_body(pack_rows(rows)).blocks
        assert derive_columns(shape, block) is None


@pytest.fixture
def laptops(tmp_path: Path) -> Iterator[list[StoreLaptop]]:
    made = [
        StoreLaptop.join(tmp_path / name, STREAM, SERVER, (bytes(32),), counted_entropy("x"))
        for name in ("columns", "singly")
    ]
    yield made
    for laptop in made:
        laptop.store.close()


def named_rows(first: int, n: int) -> list[Row]:
    out = []
    for i in range(first, first + n):
        values = {"name": f"Lê Thị {['Mai', 'Hoa', 'An'][i % 3]}", "phone": f"09{i:08d}", "tags/a": True}
        record = create(
            "visit", str(uuid.UUID(int=i)), values, Dot(i + 1, "feedfacefeedface"), Stamp(1, "f", 1)
        )
        out.append(Row("visit", record.id, encode_image(record), i))
    return out


def test_a_page_in_columns_leaves_the_store_as_one_by_one(laptops: list[StoreLaptop]) -> None:
    for seq, rows in enumerate((named_rows(1, 9), named_rows(7, 9), named_rows(7, 9)), 1):
        good, aside = sift_rows(pack_rows(rows), len(rows), {}, nothing_owned)
        assert isinstance(good, BlockRows)
        assert sorted(good) == sorted(rows)
        assert not aside
        cursor = Cursor(SERVER, "e", STREAM, 1, seq, f"tag{seq}")
        one, other = laptops
        taken = one.take("n" * 32, (), (SiftedPage(STREAM, cursor, good),), 1)
        assert taken == other.take("n" * 32, (), (SiftedPage(STREAM, cursor, list(good)),), 1)
        columns = "id, kind, stream, life, shown, cells, hash, there, served, sort, day, open, back"
        states = []
        for laptop in laptops:
            db = laptop.store.db
            states.append(
                (
                    db.execute(f"SELECT {columns} FROM record ORDER BY id").fetchall(),
                    db.execute("SELECT counter, seq FROM tally").fetchall(),
                    db.execute(
                        "SELECT id FROM find_visit JOIN record ON n = find_visit.rowid "
                        "WHERE find_visit MATCH 'mai' ORDER BY id"
                    ).fetchall(),
                    laptop.digest(STREAM),
                )
            )
        assert states[0] == states[1]
        assert states[0][2]


ORDERS = "SELECT name FROM sqlite_schema WHERE name IN ('record_sort', 'record_day') ORDER BY name"


def filled(laptop: StoreLaptop, pages: int, size: int) -> None:
    """Pages of records that follow each other, as a first sync brings them."""
    for seq in range(1, pages + 1):
        rows = named_rows(1 + (seq - 1) * size, size)
        cursor = Cursor(SERVER, "e", STREAM, 1, seq, f"t{seq}")
        laptop.take("n" * 32, (), (SiftedPage(STREAM, cursor, rows),), 1)


def test_orders_wait_while_a_store_is_filled_and_are_never_missing_for_long(
    laptops: list[StoreLaptop], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filling, "LARGE", 500)
    one, other = laptops
    for laptop in laptops:
        filled(laptop, 2, 500)
        assert laptop.store.db.execute(ORDERS).fetchall() == []
        with laptop.store.look() as uow:
            listed = uow.records.list("visit", limit=3)
            assert [row["name"] for row in listed.rows] == ["Lê Thị An"] * 3
    rows = named_rows(1001, 20)
    one.take("n" * 32, (), (SiftedPage(STREAM, Cursor(SERVER, "e", STREAM, 1, 3, "t3"), rows),), 1)
    assert other.digest(STREAM) is not None
    for laptop in laptops:
        assert laptop.store.db.execute(ORDERS).fetchall() == [("record_day",), ("record_sort",)]


def test_orders_of_a_small_store_are_kept_as_it_grows(laptops: list[StoreLaptop]) -> None:
    filled(laptops[0], 2, 500)
    assert laptops[0].store.db.execute(ORDERS).fetchall() == [("record_day",), ("record_sort",)]


def test_a_store_that_stopped_while_it_was_filled_is_completed_when_it_opens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filling, "LARGE", 500)
    laptop = StoreLaptop.join(tmp_path / "home", STREAM, SERVER, (bytes(32),), counted_entropy("x"))
    filled(laptop, 2, 500)
    assert laptop.store.db.execute(ORDERS).fetchall() == []
    laptop.store.close()
    with Store.open(laptop.store.home, laptop.store.key, laptop.store.surroundings) as store:
        assert store.db.execute(ORDERS).fetchall() == [("record_day",), ("record_sort",)]


def test_what_was_foreseen_is_stored_and_what_the_catalogue_changed_is_computed_anew(
    laptops: list[StoreLaptop],
) -> None:
    one, other = laptops
    rows = named_rows(1, 700)
    good, _ = sift_rows(pack_rows(rows), len(rows), {}, nothing_owned)
    cursor = Cursor(SERVER, "e", STREAM, 1, 1, "t")
    page = one.foresee(SiftedPage(STREAM, cursor, good))
    assert isinstance(page.rows, ForeseenRows)
    assert sorted(page.rows) == sorted(rows)
    assert len(page.rows) == 700
    one.take("n" * 32, (), (page,), 1)
    assert other.store.shapes["visit"] is not page.rows.groups[0].shape
    other.take("n" * 32, (), (page,), 1)
    states = [
        laptop.store.db.execute(
            "SELECT id, shown, cells, hash, served, sort, day, (SELECT count(*) FROM find_visit) "
            "FROM record ORDER BY id"
        ).fetchall()
        for laptop in laptops
    ]
    assert states[0] == states[1]
    assert one.digest(STREAM) == other.digest(STREAM) == digest_of(row[3] for row in states[0])


def test_a_page_that_cannot_be_stored_whole_is_not_stored_at_all(laptops: list[StoreLaptop]) -> None:
    laptop = laptops[0]
    rows = named_rows(1, 700)
    good, _ = sift_rows(pack_rows(rows), len(rows), {}, nothing_owned)
    page = laptop.foresee(SiftedPage(STREAM, Cursor(SERVER, "e", STREAM, 1, 1, "t"), good))
    laptop.store.db.execute(
        "CREATE TRIGGER full BEFORE INSERT ON record WHEN NEW.n = 650 BEGIN SELECT RAISE(ABORT, 'full'); END"
    )
    with pytest.raises(IntegrityError):
        laptop.take("n" * 32, (), (page,), 1)
    laptop.store.db.execute("DROP TRIGGER full")
    assert laptop.held == {}
    assert laptop.standing().cursors[0].seq == 0
    assert laptop.take("n" * 32, (), (page,), 1).received == 700


def test_fewer_pages_are_held_for_the_length_of_a_sync_only(laptops: list[StoreLaptop]) -> None:
    store = laptops[0].store

    def held() -> int:
        return int(store.db.execute("PRAGMA cache_size").fetchone()[0])

    before = held()
    with store.lean():
        assert abs(held()) < abs(before)
    assert held() == before
