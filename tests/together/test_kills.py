"""Laptops killed with SIGKILL: what was acknowledged is there afterwards, and the next sync finishes.

``NTMDESK_KILLS`` sets how often each is killed (10 by default).
"""

from __future__ import annotations

import os
import random
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.together.laptop import Gone, Laptop, agree
from tests.together.line import Line
from tests.together.server import RealServer

pytestmark = [
    pytest.mark.together,
    pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is POSIX's"),
]

KILLS = int(os.environ.get("NTMDESK_KILLS", "10"))
KINDS = ("support_visit", "household", "resident")
SMALL = 5


@dataclass
class Yard:
    """One server, a laptop that is killed behind a line, and one that is not."""

    server: RealServer
    line: Line
    killed: Laptop
    other: Laptop

    def whole(self) -> None:
        """Every acknowledged record is on both laptops and at the server, once, and accepted."""
        records = agree(self.killed, self.other)
        acknowledged = set(self.killed.acknowledged)
        assert len(acknowledged) == len(self.killed.acknowledged)
        assert acknowledged <= {name.partition("/")[2] for name in records}
        for kind in KINDS:
            here = self.killed.do("ids", kind=kind)
            assert here == self.other.do("ids", kind=kind)
            assert self.server.run("list", kind, "--limit", "0")["total"] == len(here)
            assert set(self.killed.do("states", kind=kind).values()) == {"accepted"}
        assert self.server.run("check")["ok"] is True


@pytest.fixture(scope="module")
def yard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Yard]:
    folder = tmp_path_factory.mktemp("xã")
    with RealServer(folder) as server:
        server.team_add(hamlets=["Thôn 1"])
        with (
            Line(server.port) as line,
            Laptop(folder / "bị ngắt", "Lê Văn Nam") as killed,
            Laptop(folder / "khác", "Phạm Minh Tú") as other,
        ):
            killed.join(server, line.url)
            other.join(server)
            yield Yard(server, line, killed, other)
        assert "Traceback" not in server.log_text()


def test_killed_while_recording(yard: Yard) -> None:
    laptop = yard.killed
    chance = random.Random(1)
    before = len(laptop.acknowledged)
    for kill in range(KILLS):
        laptop.ask("record", count=1_000)
        for _ in range(chance.randrange(1, 8)):
            laptop.next_commit()
        striking = threading.Timer(chance.uniform(0, 0.02), laptop.strike)
        striking.start()
        with pytest.raises(Gone):
            laptop.answer()
        striking.join()
        laptop.kill()
        laptop.start()
        acknowledged = set(laptop.acknowledged)
        there = {kind: set(laptop.do("ids", kind=kind)) for kind in KINDS}
        assert acknowledged <= set().union(*there.values())
        # a visit, its household and its person are one transaction: all three are there or none
        assert len({len(ids) for ids in there.values()}) == 1
        if kill % 5 == 4:
            assert laptop.do("check") == []
    assert len(laptop.acknowledged) - before >= 3 * KILLS
    yard.whole()


def test_killed_while_syncing(yard: Yard) -> None:
    laptop = yard.killed
    chance = random.Random(2)
    messages = 8
    reached = 0
    for _ in range(KILLS):
        laptop.do("record", count=6)
        yard.other.do("record", count=4)
        yard.other.sync()
        strikes: list[threading.Timer] = []

        def strike(soon: float, strikes: list[threading.Timer] = strikes) -> None:
            strikes.append(threading.Timer(soon, laptop.strike))
            strikes[0].start()

        soon = chance.choice((0.0, 0.0, 0.002, 0.01, 0.03))
        yard.line.break_after(
            messages=chance.randrange(messages),
            then=laptop.strike if soon == 0 else lambda soon=soon: strike(soon),  # type: ignore[misc]
        )
        try:
            laptop.do("sync", records=SMALL)
        except Gone:
            reached += 1
        for timer in strikes:
            timer.join()
        laptop.kill()
        yard.line.mend()
        laptop.start()
        assert laptop.do("check") == []
        assert laptop.sync(SMALL)["pending"] == 0
    assert reached >= KILLS // 2
    yard.whole()
