"""What a server refuses for good, and what people do about it.

Values that its catalogue forbids, now or in every version; values and deletions that another role may write;
everything of a laptop that was shut out.
"""

from __future__ import annotations

import random
from typing import Any

from ntmdesk.store.peers import Quarantined
from ntmdesk.store.stored import by_id
from ntmdesk.store.unit_of_work import UnitOfWork
from sync.protocol.cells import alike, winner
from sync.protocol.dots import Dot
from sync.protocol.records import DELETED, is_reserved
from tests.ntmdesk.store.laptops import StoreLaptop
from tests.soak.book import Saved
from tests.soak.judging import CODES
from tests.soak.world import LAPTOPS, LEADER, World


def forbidden_value(chance: random.Random, number: int) -> Any:
    """Something to write that a server may refuse, told apart from all else by its number."""
    if chance.random() < 0.4:
        return f"ngõ {number}"
    return f"{chance.choice(list(CODES))}{number}"


def mend(world: World, chance: random.Random) -> None:
    """Somebody looks at what was refused at a laptop: mends some, sends some again, gives some up or not."""
    n = chance.randrange(LAPTOPS)
    with world.laptop(n).store.look() as uow:
        waiting = uow.peers.quarantine()
        given_up = uow.db.execute(
            "SELECT cell, counter, replica FROM quarantine WHERE settled='dropped' LIMIT 2"
        ).fetchall()
    for item in chance.sample(waiting, min(len(waiting), 4)):
        roll = chance.random()
        if roll < 0.2:
            with world.laptop(n).store.begin(StoreLaptop.author) as uow:
                uow.peers.settle(item, "dropped")
        elif not is_reserved(item.field):
            again = item.value if roll < 0.5 else f"ngõ {world.book.counts['operations']} sửa"
            write_again(world, n, item, again)
        world.book.tell("did", "mend", 1)
    for cell, counter, replica in given_up:
        with world.laptop(n).store.begin(StoreLaptop.author) as uow:
            uow.peers.take_up(Dot(counter, replica), cell)
        world.book.tell("did", "take_up", 1)


def write_again(world: World, n: int, item: Quarantined, value: Any) -> None:
    """One refused value is written once more, as it was or mended."""
    with world.laptop(n).store.begin(StoreLaptop.author) as uow:
        seen = _shown(uow, item)
        world.book.tell("named", [(item.id, item.field, dot) for dot in seen])
        uow.peers.write_again(item, value)
        dot = Dot(uow.counter, uow.replica)
    world.book.tell("saved", [Saved(n, item.id, item.field, dot, value)])


def delete_again(world: World, n: int, item: Quarantined) -> None:
    """A refused deletion is given up, and the record deleted by somebody who may."""
    assert item.field == DELETED, item
    with world.laptop(n).store.begin(StoreLaptop.author) as uow:
        uow.peers.settle(item, "dropped")
    world.laptop(n).delete(item.id)
    world.book.tell("did", "deleted again at the end", 1)


def _shown(uow: UnitOfWork, item: Quarantined) -> tuple[Dot, ...]:
    here = by_id(uow.db, item.kind, item.id)
    cell = here.record().cells.get(item.field) if here is not None else None
    top = winner(cell) if cell is not None else None
    return alike(cell, top) if cell is not None and top is not None else ()


def shut_out(world: World, chance: random.Random) -> None:
    """The keeper shuts a laptop out: it cannot come, and nothing of it is taken from others."""
    world.server.change(chance.choice([n for n in range(LAPTOPS) if n != LEADER]), revoked_at=1)
    world.book.tell("did", "shut_out", 1)


def let_in(world: World, chance: random.Random) -> None:
    """The keeper lets everybody in who was shut out."""
    for n in range(LAPTOPS):
        world.server.change(n, revoked_at=None)
    world.book.tell("did", "let_in", 1)


def another_role(world: World, chance: random.Random) -> None:
    """A member becomes a leader, or is one no longer."""
    role = chance.choice(("leader", "member"))
    world.server.change(chance.choice([n for n in range(LAPTOPS) if n != LEADER]), role=role)
    world.book.tell("did", "another_role", 1)


def newest_server_catalogue(world: World, chance: random.Random) -> None:
    """The server's catalogue takes what the earlier ones refused."""
    if chance.random() < 0.2:
        world.book.tell("flag", "newest_server")
        world.book.tell("did", "newest_server_catalogue", 1)


def allow_all(world: World) -> None:
    """The newest catalogue, and everybody a leader."""
    world.book.tell("flag", "newest_server")
    for n in range(LAPTOPS):
        world.server.change(n, role="leader", revoked_at=None)
