"""Sticks in a hamlet: bundles copied, lost, carried twice, late and to the wrong hands."""

from __future__ import annotations

import random
from pathlib import Path

from ntmdesk.errors import UserError
from ntmdesk.services import bundles
from sync.protocol.bundles import read_bundle
from sync.protocol.errors import WireError
from sync.server import bundles as server_bundles
from tests.soak.faults import POINTS, Died
from tests.soak.world import LAPTOPS, World


def sticks(world: World) -> list[Path]:
    """Every file that was ever copied, the oldest first."""
    folder = world.folder / "usb"
    folder.mkdir(exist_ok=True)
    return sorted(folder.glob("*.ntmb"), key=lambda file: int(file.stem))


def _next(world: World) -> Path:
    return world.folder / "usb" / f"{len(sticks(world))}.ntmb"


def copy_out(world: World, chance: random.Random) -> None:
    """Somebody copies what waits to a stick, for the server or for the team."""
    n = chance.randrange(LAPTOPS)
    to = chance.choice(("server", "server", "team"))
    done = bundles.export_bundle(world.laptop(n).store, _next(world), to)
    world.book.tell("did", "copy_out", max(1, done.records))


def take_in(world: World, chance: random.Random) -> None:
    """Somebody takes in a stick of any age, perhaps their own, perhaps for the second time."""
    found = sticks(world)
    if not found:
        return
    n = chance.randrange(LAPTOPS)
    file = found[-1] if chance.random() < 0.5 else chance.choice(found)
    try:
        came = bundles.import_bundle(world.laptop(n).store, file)
    except UserError as error:
        _only_shut_out(world, error.code)
        return
    again = bundles.import_bundle(world.laptop(n).store, file)
    assert (again.new, again.receipts, again.carried) == (0, 0, 0), "a second import changed something"
    world.book.tell("did", "take_in", max(1, came.records))


def carry_to_the_server(world: World, chance: random.Random) -> None:
    """A stick reaches the keeper, who gives an answer back."""
    found = sticks(world)
    if not found:
        return
    brought = [file for file in found[-8:] if not _made_by_the_server(file)]
    if brought:
        file = chance.choice(brought)
        try:
            server_bundles.bring(world.server.installation(world.judge), file, _next(world))
        except WireError as error:
            _only_shut_out(world, error.code)
            return
        world.book.tell("did", "carry_to_the_server", 1)


def _only_shut_out(world: World, code: str) -> None:
    """What a laptop made that was shut out is taken in by nobody, nor by it what others were sealed."""
    assert code in ("bundle_revoked", "bundle_foreign"), code
    world.book.tell("did", "stick_of_a_shut_out", 1)


def _made_by_the_server(file: Path) -> bool:
    with file.open("rb") as source:
        return not read_bundle(source, file.stat().st_size).head.maker


def die_with_a_stick(world: World, chance: random.Random) -> None:
    """A process ends while it copies out or takes in; the laptop is opened again and does it once more."""
    n = chance.randrange(LAPTOPS)
    store = world.laptop(n).store
    found = [file for file in sticks(world) if file.stat().st_size]
    file = _next(world)
    died = False
    with POINTS.at(chance.randint(1, 60)):
        try:
            if found and chance.random() < 0.7:
                bundles.import_bundle(store, chance.choice(found))
            else:
                bundles.export_bundle(store, file, "team")
        except UserError as error:
            _only_shut_out(world, error.code)
        except Died:
            died = True
    if died:
        if file.exists():
            _made_by_the_server(file)  # a file under its name is whole
        world.drop(n)
        world.laptop(n)
    world.book.tell("did", "died_with_a_stick" if died else "survived", 1)
