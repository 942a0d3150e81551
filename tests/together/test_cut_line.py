"""A line that breaks anywhere: nothing is lost, nothing is doubled, the next sync finishes.

``NTMDESK_CUTS`` sets how many random places are tried (24 by default).
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.together.laptop import Laptop, agree
from tests.together.line import Line
from tests.together.server import RealServer

pytestmark = pytest.mark.together

CUTS = int(os.environ.get("NTMDESK_CUTS", "24"))
SMALL = 4
"""Records in one packet and in one page: a dozen records are several exchanges."""


@dataclass
class Hamlet:
    """One server, a line that breaks, a laptop behind it and one that is connected well."""

    server: RealServer
    line: Line
    near: Laptop
    far: Laptop
    visits: int = 0

    def work(self) -> int:
        """Both laptops record and change something; how many visits were recorded in all."""
        for laptop, count in ((self.far, 9), (self.near, 7)):
            for _ in range(count):
                self.visits += 1
                values = {"head_name": f"Nguyễn Thị {self.visits}", "lane": "Ngõ 4", "notes": "x" * 300}
                laptop.do("add", kind="household", values=values)
        self.near.sync(SMALL)
        first = self.far.do("ids", kind="household")[0]
        self.far.do("set", kind="household", id=first, changes={"lane": f"Ngõ {self.visits}"})
        return self.visits

    def broken(self) -> str:
        """The laptop syncs over the broken line; both sides stay whole; then the line is mended."""
        before = set(self.far.do("ids", kind="household"))
        code = self.far.sync_code(SMALL)
        assert before <= set(self.far.do("ids", kind="household"))
        self.line.mend()
        numbers = self.far.sync(SMALL)
        assert numbers["pending"] == 0
        return code

    def settled(self) -> None:
        """Server and laptops hold the same, each record once."""
        records = agree(self.far, self.near)
        held = self.server.run("list", "household", "--limit", "0")["total"]
        assert held == self.visits == sum(name.startswith("household/") for name in records)
        for laptop in (self.far, self.near):
            states = laptop.do("states", kind="household")
            assert len(states) == self.visits
            assert set(states.values()) == {"accepted"}


@pytest.fixture(scope="module")
def hamlet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hamlet]:
    folder = tmp_path_factory.mktemp("xã")
    with RealServer(folder) as server:
        server.team_add(hamlets=["Thôn 1"])
        with (
            Line(server.port) as line,
            Laptop(folder / "gần", "Phạm Minh Tú") as near,
            Laptop(folder / "xa", "Lê Văn Nam") as far,
        ):
            near.join(server)
            far.join(server, line.url)
            yield Hamlet(server, line, near, far)
        assert "Traceback" not in server.log_text()


def test_cut_at_every_message_boundary(hamlet: Hamlet) -> None:
    hamlet.work()
    hamlet.line.mend()
    hamlet.far.sync(SMALL)
    messages = hamlet.line.messages
    assert messages >= 8
    for boundary in range(messages):
        hamlet.work()
        hamlet.line.break_after(messages=boundary)
        assert hamlet.broken() == "dropped", boundary
        if boundary % 4 == 3:
            agree(hamlet.far, hamlet.near)
    hamlet.settled()


def test_cut_at_random_bytes(hamlet: Hamlet) -> None:
    hamlet.work()
    hamlet.line.mend()
    hamlet.far.sync(SMALL)
    whole = hamlet.line.bytes
    chance = random.Random(20261122)
    codes = set()
    for cut in range(CUTS):
        hamlet.work()
        hamlet.line.break_after(bytes=chance.randrange(whole))
        codes.add(hamlet.broken())
        if cut % 8 == 7:
            agree(hamlet.far, hamlet.near)
    assert "dropped" in codes
    assert codes <= {"dropped", ""}
    hamlet.settled()


def test_a_wrong_bit_in_any_message_is_noticed(hamlet: Hamlet) -> None:
    hamlet.work()
    hamlet.line.mend()
    hamlet.far.sync(SMALL)
    for message in range(hamlet.line.messages):
        hamlet.work()
        hamlet.line.flip(message)
        hamlet.broken()
    hamlet.settled()


def test_an_answer_lost_again_and_again(hamlet: Hamlet) -> None:
    """Every first answer is lost after the server took the packet; the packet is not taken twice."""
    hamlet.work()
    for _ in range(4):
        hamlet.line.break_after(messages=1)
        assert hamlet.far.sync_code(SMALL) == "dropped"
    hamlet.line.mend()
    numbers = hamlet.far.sync(SMALL)
    # the nine new households and the one that was changed, each counted once though sent five times
    assert (numbers["sent"], numbers["accepted"], numbers["pending"]) == (10, 10, 0)
    hamlet.settled()


def test_a_second_sync_waits_its_turn(hamlet: Hamlet) -> None:
    """While an answer is under way, a second process that wants to sync is told so; nothing is lost."""
    hamlet.work()
    order = hamlet.line.hold(1)
    hamlet.far.ask("sync", records=SMALL)
    assert order.held.wait(60)
    with pytest.raises(AssertionError, match="locked_elsewhere"):
        hamlet.far.verb("sync")
    order.released.set()
    hamlet.far.answer()
    hamlet.line.mend()
    hamlet.settled()
