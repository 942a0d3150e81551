"""Laptops of a team that hand each other sticks, beside a real upper server or without one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ntmdesk.services import enrolling, records, unlocking
from ntmdesk.services.surroundings import surroundings
from tests.together.server import RealServer

from .conftest import PASSPHRASE, Bench, HandClock


def running_server(folder: Path) -> Iterator[RealServer]:
    """One upper server; each test has a team of its own, more laptops in a minute than any commune."""
    made = RealServer(folder)
    with (made.data / "settings.toml").open("a", encoding="utf-8") as settings:
        settings.write("enrol_per_minute = 600\n")
    with made as running:
        yield running


class Hamlet:
    """A team with its laptops; ``stick``: a folder that is carried about."""

    def __init__(self, server: RealServer, folder: Path, clock: HandClock, code: str) -> None:
        self.server, self.folder, self.clock, self.code = server, folder, clock, code
        self.desks: list[Bench] = []
        self.stick = folder / "usb"
        self.stick.mkdir()
        server.team_add(code, f"Tổ {code}", hamlets=[f"Thôn {code}"])

    def laptop(self, name: str, role: str = "volunteer") -> Bench:
        bench = alone(self.folder, name, self.clock)
        self.desks.append(bench)
        invitation = self.server.invite(self.code, role)["code"]
        enrolling.enrol(bench.store, bench.author, self.server.url, invitation)
        bench.author = enrolling.author_after(bench.store, bench.author)
        return bench

    def close(self) -> None:
        for bench in self.desks:
            bench.store.close()


def alone(folder: Path, name: str, clock: HandClock) -> Bench:
    made = unlocking.create(folder / name, PASSPHRASE, name, surroundings(clock=clock))
    return Bench(made.store, made.author, clock, folder / name, made.recovery_code)


def household(bench: Bench, name: str) -> str:
    return str(bench.do(records.add, "household", {"head_name": name, "lane": "Ngõ 2"}))


def state(bench: Bench, kind: str, id: str) -> str:
    return str(bench.ask(records.get, kind, id)["state"])


def rows(bench: Bench, kind: str = "household") -> set[str]:
    with bench.look() as uow:
        return {row["id"] for row in uow.records.list(kind).rows}
