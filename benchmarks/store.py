"""The encrypted store by itself: a durable save, search per keystroke, packets cut, pages merged.

    python -m benchmarks.store [--residents 100000] [--records 10000]

Prints one JSON line per figure.  ``bare`` is the same engine, key and pragmas with one plain table: ratios
against it in one run are what counts, machines differ.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

from ntmdesk.store import sqlcipher
from ntmdesk.store.database import Store
from ntmdesk.store.replica import StoreReplica
from ntmdesk.store.surroundings import Author, Surroundings
from sync.engine.ports import SiftedPage
from sync.protocol import records
from sync.protocol.dots import Dot
from sync.protocol.image import encode_image
from sync.protocol.kinds import Catalogue
from sync.protocol.kinds_load import load
from sync.protocol.messages import Enrolment, Limits, StreamGrant
from sync.protocol.pages import Cursor, Epoch, Row
from sync.protocol.records import Stamp

ROOT = Path(__file__).resolve().parents[1] / "resources" / "catalogues"
KEY = bytes(range(32))
STREAM = "0190aaaa-0000-7000-8000-000000000001"
SERVER = "0190aaaa-0000-7000-8000-0000000000ff"
AUTHOR = Author("0c0ffee0-0000-4000-8000-000000000001", "Nguyễn Thị Lan")
FAMILY = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Huỳnh", "Phan", "Vũ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô")
MIDDLE = ("Văn", "Thị", "Hữu", "Đức", "Ngọc", "Minh", "Thanh", "Quang", "Xuân", "Thu", "Kim", "Hồng", "Gia")
GIVEN = (
    "An", "Anh", "Ánh", "Bình", "Châu", "Chi", "Cường", "Dung", "Dũng", "Duy", "Dương", "Đạt", "Đông",
    "Đức", "Giang", "Hà", "Hải", "Hạnh", "Hiền", "Hiếu", "Hoa", "Hòa", "Hoàng", "Hùng", "Huệ", "Hương",
    "Khánh", "Khôi", "Lan", "Linh", "Loan", "Long", "Mai", "Minh", "Nam", "Nga", "Ngân", "Nghĩa",
    "Nhung", "Phong", "Phúc", "Phương", "Phượng", "Quân", "Quý", "Sơn", "Tâm", "Thảo", "Thắng", "Thịnh",
    "Thủy", "Tiến", "Trang", "Trung", "Tuấn", "Tuyết", "Tùng", "Vân", "Việt", "Vinh", "Xuân", "Yến",
)  # fmt: skip


def shipped() -> Catalogue:
    """The catalogue of the checkout."""
    files = sorted(ROOT.rglob("*.toml"))
    return load({p.relative_to(ROOT).as_posix(): p.read_text("utf-8") for p in files})


def name(chance: random.Random) -> str:
    """An invented name."""
    return " ".join((chance.choice(FAMILY), chance.choice(MIDDLE), chance.choice(GIVEN)))


def id_of(chance: random.Random) -> str:
    """A random record id."""
    text = f"{chance.getrandbits(128):032x}"
    return f"{text[:8]}-{text[8:12]}-7{text[13:16]}-8{text[17:20]}-{text[20:]}"


def tell(what: str, **figures: float | int | str) -> None:
    """One line."""
    print(json.dumps({"what": what, **figures}, ensure_ascii=False), flush=True)


def spread(seconds: Iterable[float]) -> dict[str, float]:
    """Median, p95 and maximum in milliseconds."""
    ms = sorted(s * 1000 for s in seconds)
    return {
        "median_ms": round(statistics.median(ms), 3),
        "p95_ms": round(ms[int(len(ms) * 0.95) - 1], 3),
        "max_ms": round(ms[-1], 3),
    }


def timed(work: Callable[[], object]) -> float:
    """Seconds."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def row(chance: random.Random, kind: str, counter: int, values: dict[str, object]) -> Row:
    """A record as a page brings it."""
    record = records.create(
        kind, id_of(chance), values, Dot(counter, "feedfacefeedface"), Stamp(1_790_000_000, AUTHOR.person, 1)
    )
    return Row(kind, record.id, encode_image(record), counter)


def resident(chance: random.Random, counter: int) -> Row:
    """A person."""
    values: dict[str, object] = {
        "full_name": name(chance),
        "birth": str(chance.randrange(1935, 2020)),
        "sex": chance.choice("mf"),
        "phone": f"09{chance.randrange(10**8):08}",
        "id_number": f"038{chance.randrange(10**9):09}",
        "household": id_of(chance),
    }
    return row(chance, "resident", counter, values)


def visit(chance: random.Random, counter: int) -> Row:
    """A visit of about the ten fields of the peers' benchmark."""
    values: dict[str, object] = {
        "date": f"2026-{chance.randrange(1, 13):02}-{chance.randrange(1, 29):02}",
        "place_type": "home",
        "hamlet": "0190bbbb-0000-7000-8000-000000000001",
        "household": id_of(chance),
        "minutes": chance.choice([10, 15, 20, 30, 45]),
        "notes": " ".join(name(chance) for _ in range(5)),
        f"members/{AUTHOR.person}": True,
        "lines/a": {"#": 0, "service": f"K{chance.randrange(1, 39):02}", "outcome": "done"},
        "lines/b": {"#": 1, "service": f"K{chance.randrange(1, 39):02}", "outcome": "done"},
    }
    return row(chance, "support_visit", counter, values)


def take(replica: StoreReplica, rows: list[Row], size: int = 2000) -> float:
    """Merges rows by the page; seconds."""
    started = time.perf_counter()
    for at in range(0, len(rows), size):
        some = rows[at : at + size]
        seq = some[-1].seq
        cursor = Cursor(SERVER, "e", STREAM, 1, seq, f"{seq:016x}")
        replica.take("0" * 32, (), (SiftedPage(STREAM, cursor, some),), 1)
    return time.perf_counter() - started


def bare_inserts(home: Path, rows: list[Row], size: int = 2000) -> float:
    """The same bytes into one plain table of the same engine; seconds."""
    db = sqlcipher.connect(home / "bare.db", KEY, create=True)
    sqlcipher.set_up(db)
    db.execute("CREATE TABLE r(id TEXT PRIMARY KEY, kind TEXT, image TEXT) STRICT")
    started = time.perf_counter()
    for at in range(0, len(rows), size):
        db.execute("BEGIN IMMEDIATE")
        db.executemany(
            "INSERT INTO r VALUES(?,?,?)", [(r.id, r.kind, r.image.decode()) for r in rows[at : at + size]]
        )
        db.execute("COMMIT")
    seconds = time.perf_counter() - started
    db.close()
    return seconds


def bare_commits(home: Path, body: str, times: int) -> list[float]:
    """Durable commits of one row of the same bytes."""
    db = sqlcipher.connect(home / "commits.db", KEY, create=True)
    sqlcipher.set_up(db)
    db.execute("CREATE TABLE r(n INTEGER PRIMARY KEY, body TEXT) STRICT")

    def commit() -> None:
        db.execute("BEGIN IMMEDIATE")
        db.execute("INSERT INTO r(body) VALUES(?)", (body,))
        db.execute("COMMIT")

    seconds = [timed(commit) for _ in range(times)]
    db.close()
    return seconds


def saves(store: Store, times: int) -> tuple[list[float], str]:
    """Durable saves of a visit with three lines, and the bytes of one."""
    with store.begin(AUTHOR) as uow:
        values = {"name": "Thôn 1", "local_code": "15880-001", "commune": "15880", "code_list": "nso-2025-07"}
        place = uow.records.find("hamlet", "15880-001") or uow.records.add(
            "hamlet", {**values, "type": "thon"}
        )
    body = {
        "date": "2026-11-20",
        "place_type": "home",
        "hamlet": place,
        "members": [AUTHOR.person],
        "lines": [{"service": f"K{n:02}", "outcome": "done"} for n in (1, 5, 26)],
    }
    ids: list[str] = []

    def save() -> None:
        with store.begin(AUTHOR) as uow:
            ids.append(uow.records.add("support_visit", body))

    seconds = [timed(save) for _ in range(times)]
    sizes = store.db.execute("SELECT shown, cells FROM record WHERE id=?", (ids[-1],)).fetchone()
    return seconds, "".join(sizes)


def keystrokes(store: Store, chance: random.Random, people: int) -> list[float]:
    """Every prefix of names, telephone tails and lanes as they are typed."""
    wanted = [name(chance).lower() for _ in range(20)] + ["hoa", "nguyen thi", "đặng", "duc", "5678", "0912"]
    seconds = []
    with store.look() as uow:
        for text in wanted:
            for end in range(1, len(text) + 1):
                seconds.append(timed(lambda typed=text[:end]: uow.search.people(typed)))
    return seconds


def enrol(store: Store) -> StoreReplica:
    """Makes the store a member of a team."""
    enrolment = Enrolment(
        SERVER, "d", "t", STREAM, (StreamGrant(STREAM, "team"),), "member", "m", (), (bytes(32),), bytes(32),
        Epoch(SERVER, 1, ""), 1, 1, 0,
    )  # fmt: skip
    with store.begin(AUTHOR) as uow:
        uow.peers.join(enrolment, "http://127.0.0.1")
    return StoreReplica(store)


def main() -> None:
    """All figures."""
    options = argparse.ArgumentParser()
    options.add_argument("--residents", type=int, default=100_000)
    options.add_argument("--records", type=int, default=10_000)
    asked = options.parse_args()
    chance = random.Random(1)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        surroundings = Surroundings(shipped(), lambda: datetime.now(UTC), machine="bench")
        with Store.create(home / "home", KEY, surroundings) as store:
            replica = enrol(store)
            rows = [visit(chance, n + 1) for n in range(asked.records)]
            seconds = take(replica, rows)
            bare = bare_inserts(home, rows)
            tell("pages merged", per_s=round(asked.records / seconds), bare_per_s=round(asked.records / bare))
            again = take(replica, rows)
            tell("the same pages again", per_s=round(asked.records / again))
            first = timed(lambda: replica.digest(STREAM))
            tell(
                "digest",
                first_ms=round(first * 1000, 1),
                again_ms=round(timed(lambda: replica.digest(STREAM)) * 1000, 2),
            )
            replica.offer(STREAM, [r.id for r in rows])
            number, started = 1, time.perf_counter()
            while packet := replica.packet(STREAM, number, Limits(packet_bytes=2**22)):
                number = packet.head.number + 1
            tell(
                "packets cut",
                per_s=round(asked.records / (time.perf_counter() - started)),
                packets=number - 1,
            )
            people = [resident(chance, asked.records + n + 1) for n in range(asked.residents)]
            tell("residents merged", per_s=round(asked.residents / take(replica, people)))
            seconds_, body = saves(store, 200)
            tell("save of a visit", **spread(seconds_))
            tell("bare commit of the same bytes", **spread(bare_commits(home, body, 200)))
            tell(
                "search per keystroke",
                residents=asked.residents,
                **spread(keystrokes(store, chance, asked.residents)),
            )


if __name__ == "__main__":
    main()
