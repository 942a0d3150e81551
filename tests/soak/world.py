"""The hamlet itself: folders, laptops, server, and the book of what happened.

A world can be closed and opened again at any time, by this process or another one: everything but the book
lies in its folder.
"""

from __future__ import annotations

import random
import shutil
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from ntmdesk.services.handing_on import hand_on_others, look_at_roster
from ntmdesk.store.database import FILE
from sync.engine.runner import Outcome, converse
from sync.hub.ports import Device
from sync.hub.relaying import relay
from sync.protocol.errors import WireError
from sync.protocol.kinds import Catalogue
from sync.protocol.kinds_load import load
from sync.protocol.messages import Limits
from sync.protocol.rosters import decode_roster
from sync.server import bundles as server_bundles
from sync.server import rosters
from sync.server.store.devices import DeviceRow
from tests.fakes import FakeClock, InlineExecutor, LocalTransport, LossyTransport
from tests.ntmdesk.store.laptops import CATALOGUE, StoreLaptop
from tests.ntmdesk.store.places import Clock, Place
from tests.soak.book import Book, Kept
from tests.soak.faults import Died
from tests.soak.judging import SoakJudge
from tests.soak.server import Server

STREAM = "0190aaaa-0000-7000-8000-000000000001"
SERVER = "0190aaaa-0000-7000-8000-0000000000ff"
IDS = [f"0190bbbb-0000-7000-8000-{n:012d}" for n in range(24)]
LAPTOPS = 5
LEADER = 0
LIAR = 4


def _enrolled(n: int, laptop: StoreLaptop) -> DeviceRow:
    """A laptop as the server's table of devices knows it."""
    with laptop.store.look() as uow:
        keys = uow.peers.keys
    role = "leader" if n == LEADER else "member"
    return DeviceRow(STREAM, f"device-{n}", "", "", role, keys.public, keys.sealing_public, b"", 0, 0)


@cache
def catalogue(version: int) -> Catalogue:
    """The small catalogue, or a newer one that knows one field more."""
    files = dict(CATALOGUE)
    if version > 1:
        files["catalogue.toml"] = f"version = {version}\n"
        kind = files["kinds/visit.toml"].replace('"note"]', '"note", "new_field"]')
        kind += '\n[[fields]]\nname = "new_field"\ntype = "text"\nvi = "Mới"\nen = "New"\nmax_length = 50\n'
        files["kinds/visit.toml"] = kind
    return load(files)


class Road(LocalTransport):
    """A road to a server that may die on the way: the laptop only sees that nothing came back."""

    def __init__(self, world: World, n: int, chance: random.Random) -> None:
        self.world = world
        with world.laptop(n).store.look() as uow:
            roster = uow.mates.roster()
        self.known = roster.number if roster is not None else 0
        super().__init__(world.server.archive, world.judge, world.device(n), chance.randbytes)

    def exchange(self, body: bytes) -> bytes:
        return self._alive(super().exchange, body)

    def compare(self, body: bytes) -> bytes:
        return self._alive(super().compare, body)

    def relay(self, body: bytes) -> bytes:
        """POST /v1/relay."""
        return self._alive(self._relayed, body)

    def _relayed(self, body: bytes) -> bytes:
        server = self.world.server.installation(self.judge)
        with server.database.read() as connection:
            mates = rosters.mates_of(connection, STREAM)
        return relay(
            self.archive,
            self.judge,
            self.device,
            body,
            mates=mates,
            open_bundle=lambda data: server_bundles.inside(server, STREAM, data),
            now=1_790_000_000,
            random=self._random,
        )

    def roster(self) -> bytes:
        """GET /v1/roster."""
        return self.world.server.roster(STREAM)

    def roster_waits(self) -> bool:
        """Whether the server's roster is newer than this laptop's."""
        return decode_roster(self.roster()).number > self.known

    def _alive(self, ask: Any, body: bytes) -> bytes:
        self.world.book.counts["messages"] += 1
        try:
            answer: bytes = ask(body)
        except Died:
            self.world.server.close()
            self.archive = self.world.server.archive
            self.world.book.tell("did", "server_died", 0)
            raise WireError("dropped") from None
        return answer


class World:
    """Five laptops (the first one a leader's, the last one may lie) and a server."""

    def __init__(self, folder: Path, book: Book) -> None:
        self.folder = folder
        self.book = book
        self.server = Server(folder / "server", SERVER)
        self._open: dict[int, StoreLaptop] = {}
        self._clocks = [Clock() for _ in range(LAPTOPS)]
        book.tell("did", "opened", 0)
        self._entropy = random.Random(f"{folder.name}/{book.counts['opened']}")  # never the same bytes twice

    @classmethod
    def make(cls, folder: Path, book: Book, chance: random.Random) -> World:
        """A new hamlet: everybody has joined, nothing is recorded."""
        folder.mkdir(parents=True)
        made = Server.make(folder / "server", SERVER, chance.randbytes)
        keys = made.public_keys
        world = cls(folder, book)
        rows = []
        for n in range(LAPTOPS):
            laptop = StoreLaptop.join(
                world.home(n), STREAM, SERVER, keys, chance.randbytes, f"device-{n}", made.sealing_key
            )
            world._open[n] = laptop
            (folder / f"{n}.key").write_bytes(laptop.public_key)
            rows.append(_enrolled(n, laptop))
        roster = decode_roster(made.know(STREAM, rows))
        for laptop in world._open.values():
            with laptop.store.begin(StoreLaptop.author) as uow:
                assert uow.mates.keep_roster(roster, keys)
        made.close()
        world.close()
        return world

    def home(self, n: int) -> Path:
        return self.folder / f"laptop-{n}"

    @property
    def judge(self) -> SoakJudge:
        flags = self.book.flags
        return SoakJudge(3 if "newest_server" in flags else 2 if "newer_server" in flags else 1)

    def device(self, n: int) -> Device:
        return self.server.device(n, STREAM)

    def laptop(self, n: int) -> StoreLaptop:
        """The open laptop; it is opened when nobody had it open."""
        if n not in self._open:
            place = Place(
                self.home(n),
                clock=self._clocks[n],
                catalogue=catalogue(2 if f"newer_{n}" in self.book.flags else 1),
            )
            place._entropy = self._entropy.randbytes
            self._open[n] = StoreLaptop(place, place.open())
        return self._open[n]

    def tick(self, n: int, **by: float) -> None:
        """A laptop's clock moves, forward or back."""
        self._clocks[n].now += timedelta(**by)

    def drop(self, n: int) -> None:
        """The laptop's process has died: nothing is said to the witness any more."""
        laptop = self._open.pop(n, None)
        if laptop is not None:
            laptop.store.db.close()
            if laptop.store._presence is not None:
                laptop.store._presence.end()

    def shut(self, n: int) -> None:
        """The laptop is closed in good order."""
        laptop = self._open.pop(n, None)
        if laptop is not None:
            laptop.store.close()

    def close(self) -> None:
        """Everybody goes home."""
        for n in list(self._open):
            self.shut(n)
        self.server.close()

    def keep(self, n: int, whole: bool) -> None:
        """Copies a closed laptop: its store, and as a snapshot of the machine also the witness."""
        self.laptop(n)  # what a killed one left in its log goes into the file
        self.shut(n)
        folder = self.folder / f"copy-{self.book.counts['opened']}-{len(self.book.copies)}"
        shutil.copytree(self.home(n), folder)
        saves = len(self.book.saved.get(n, ()))
        self.book.tell("kept", Kept(n, folder, saves, whole))

    def put_back(self, copy: Kept) -> None:
        """An older copy takes the laptop's place; nobody tells the program."""
        self.shut(copy.n)
        self.book.tell("put_back", copy)
        home = self.home(copy.n)
        for name in (FILE, "state.json") if copy.whole else (FILE,):
            shutil.copy(copy.folder / name, home / f"{name}.new")
        for name in (FILE + "-wal", FILE + "-shm"):
            (home / name).unlink(missing_ok=True)
        if copy.whole:
            (home / "state.json.new").replace(home / "state.json")
        (home / f"{FILE}.new").replace(home / FILE)

    def sync(
        self, n: int, chance: random.Random, trouble: float = 0.0, limits: Limits | None = None
    ) -> Outcome:
        """One conversation over a road with trouble."""
        road = Road(self, n, chance)
        if chance.random() >= trouble:
            hand_on_others(self.laptop(n).store, road)
        lossy = LossyTransport(road, chance, trouble)
        outcome = converse(
            self.laptop(n), lossy, FakeClock(), chance.randbytes, limits=limits, helper=InlineExecutor()
        )
        self.book.tell("came", outcome.accepted, outcome.refused)
        if outcome.problem is None:
            look_at_roster(self.laptop(n).store, road)
        return outcome
