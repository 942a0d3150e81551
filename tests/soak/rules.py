"""What can happen in a hamlet.

One library of rules for the short schedules of the tests and the long ones of the soak: a rule takes the
world and a source of chance, and leaves the world open or closed as it likes.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from ntmdesk.errors import EnvironmentProblem
from ntmdesk.store.stored import any_kind
from sync.protocol import records
from sync.protocol.cells import Cell, alike, winner
from sync.protocol.dots import Dot
from sync.protocol.messages import Limits
from sync.protocol.records import Record
from tests.ntmdesk.store.laptops import StoreLaptop
from tests.soak import carrying, forbidden
from tests.soak.book import Saved
from tests.soak.faults import POINTS, Died
from tests.soak.world import IDS, LAPTOPS, LIAR, World

CELLS = ("name", "phone", "lines/a", "lines/b", "@address", "attended_n", "women_n", "new_field", "boss")
KINDS = ("visit", "outing", "weekly_log")
"""One that the catalogue knows and two that pass through; in the last one ``boss`` is the leader's."""

AUTHOR = StoreLaptop.author

Rule = Callable[[World, random.Random], None]


def kind_of(id: str) -> str:
    """The kind that records of an id have."""
    digit = int(id[-1])
    return KINDS[2] if digit in (4, 7) else KINDS[digit % 3 > 0]


def value_of(chance: random.Random, book_of: int) -> Any:
    """Something to write, told apart from all else by its number."""
    roll = chance.random()
    if roll < 0.06:
        return chance.choice(["bad", "x" * 1001])
    if roll < 0.12:
        return chance.choice([None, "", "\u2028", 3])
    return f"ngõ {book_of}"


def edits(
    world: World,
    chance: random.Random,
    n: int,
    how_many: int,
    value: Callable[[random.Random, int], Any] = value_of,
) -> None:
    """Some saves on one laptop in one transaction, as a list or an import makes them."""
    book = world.book
    saved: list[Saved] = []
    with world.laptop(n).store.begin(AUTHOR) as uow:
        for _ in range(how_many):
            id = chance.choice(IDS)
            names = chance.sample(CELLS, chance.choice((1, 1, 2, 3)))
            changes = {name: value(chance, book.counts["operations"] + len(saved)) for name in names}
            here = any_kind(uow.db, id)
            if here is None:
                dot = uow.next_dot()
                made = records.create(kind_of(id), id, changes, dot, uow.stamp())
                uow.writer.save(None, made, dot, "add")
            else:
                record = here.record()
                seen: dict[str, tuple[Dot, ...]] = {}
                for name in names:
                    cell = record.cells.get(name)
                    top = winner(cell) if cell is not None else None
                    seen[name] = alike(cell, top) if cell is not None and top is not None else ()
                book.tell("named", [(id, name, d) for name, dots in seen.items() for d in dots])
                uow.records.write(here, changes, seen, "set")
                dot = Dot(uow.counter, uow.replica)
            saved += [Saved(n, id, name, dot, value) for name, value in changes.items()]
    book.tell("saved", saved)


def edit(world: World, chance: random.Random) -> None:
    """Several saves."""
    how_many = chance.randint(4, 24)
    edits(world, chance, chance.randrange(LAPTOPS), how_many)
    world.book.tell("did", "edit", how_many)


def a_list(world: World, chance: random.Random) -> None:
    """A whole list is taken in at once."""
    how_many = chance.randint(60, 200)
    edits(world, chance, chance.randrange(LAPTOPS), how_many)
    world.book.tell("did", "edit", how_many)


def forbidden_edits(world: World, chance: random.Random) -> None:
    """Several saves with much in them that the server refuses for good."""
    how_many = chance.randint(3, 12)
    edits(world, chance, chance.randrange(LAPTOPS), how_many, forbidden.forbidden_value)
    world.book.tell("did", "forbidden", how_many)


def one_edit(world: World, chance: random.Random) -> None:
    """One save."""
    edits(world, chance, chance.randrange(LAPTOPS), 1)
    world.book.tell("did", "edit", 1)


def _held(world: World, n: int, id: str) -> Record | None:
    with world.laptop(n).store.look() as uow:
        here = any_kind(uow.db, id)
        return None if here is None else here.record()


def delete(world: World, chance: random.Random) -> None:
    """A record goes to the trash."""
    n, id = chance.randrange(LAPTOPS), chance.choice(IDS)
    if _held(world, n, id) is not None:
        world.laptop(n).delete(id)
        world.book.tell("did", "delete", 1)


def restore(world: World, chance: random.Random) -> None:
    """A record comes out of the trash."""
    n, id = chance.randrange(LAPTOPS), chance.choice(IDS)
    with world.laptop(n).store.begin(AUTHOR) as uow:
        here = any_kind(uow.db, id)
        if here is None or not records.is_deleted(here.record()):
            return
        dot = uow.next_dot()
        uow.writer.save(here, records.restore(here.record(), dot, uow.stamp()), dot, "restore")
    world.book.tell("did", "restore", 1)


def remove_row(world: World, chance: random.Random) -> None:
    """A row is taken out of a record."""
    n, id, cell = chance.randrange(LAPTOPS), chance.choice(IDS), chance.choice(("lines/a", "lines/b"))
    with world.laptop(n).store.begin(AUTHOR) as uow:
        here = any_kind(uow.db, id)
        if here is None or cell not in here.record().cells:
            return
        seen = tuple(here.record().cells[cell].siblings)
        world.book.tell("named", [(id, cell, dot) for dot in seen])
        uow.records.write(here, {cell: records.REMOVED}, {cell: seen}, "set")
    world.book.tell("did", "remove_row", 1)


def settle(world: World, chance: random.Random) -> None:
    """Somebody looks through a record's conflicts and keeps one value of each."""
    n, id = chance.randrange(LAPTOPS), chance.choice(IDS)
    with world.laptop(n).store.begin(AUTHOR) as uow:
        here = any_kind(uow.db, id)
        if here is None:
            return
        cells = {
            name: cell
            for name, cell in here.record().cells.items()
            if len(cell.siblings) > 1 and not records.is_reserved(name)
        }
        if not cells:
            return
        seen = {name: tuple(cell.siblings) for name, cell in cells.items()}
        world.book.tell("named", [(id, name, dot) for name, dots in seen.items() for dot in dots])
        kept = {name: _plain(cell) for name, cell in cells.items()}
        uow.records.write(here, kept, seen, "resolve")
    world.book.tell("did", "settle", 1)


def _plain(cell: Cell) -> Any:
    value = cell.siblings[max(cell.siblings)]
    return value.values[-1] if type(value).__name__ == "Twins" else value


def meet(world: World, chance: random.Random) -> None:
    """One laptop meets the server over some road or other."""
    n, trouble = chance.randrange(LAPTOPS), chance.choice((0.0, 0.0, 0.4, 0.9))
    small = Limits(packet_records=2, page_records=2) if chance.random() < 0.2 else None
    before = world.book.counts["messages"]
    world.sync(n, chance, trouble, small)
    world.book.tell("did", "meet", world.book.counts["messages"] - before)


def keep_server(world: World, chance: random.Random) -> None:
    """A copy of the server is made."""
    file = world.folder / f"server-{len(world.book.backups)}.db"
    world.book.tell("backup", file, world.server.backup(file))
    world.book.tell("did", "keep_server", 1)


def restore_server(world: World, chance: random.Random) -> None:
    """The server goes back to a copy by its own verb: a new life opens."""
    if world.book.backups:
        file, _ = chance.choice(world.book.backups)
        world.server.restore(file, chance.randbytes)
        world.book.tell("flag", "went_back")
        world.book.tell("did", "restore_server", 1)


def roll_back_server(world: World, chance: random.Random) -> None:
    """Somebody copies an older folder over the server and tells nobody."""
    epoch = world.server.epoch()
    fitting = [file for file, of in world.book.backups if of == epoch]
    if fitting:
        world.server.roll_back(chance.choice(fitting))
        world.book.tell("flag", "went_back")
        world.book.tell("did", "roll_back_server", 1)


def lose_a_life(world: World, chance: random.Random) -> None:
    """A folder of any age is copied over the server: laptops may know a life that it has forgotten."""
    if world.book.backups:
        world.server.roll_back(chance.choice(world.book.backups)[0])
        world.book.tell("flag", "went_back")
        world.book.tell("did", "lose_a_life", 1)


def choose(world: World, chance: random.Random) -> None:
    """The keeper goes on with the life the server has, whatever else laptops know."""
    world.server.choose(chance.randbytes)
    world.book.tell("flag", "chosen")
    world.book.tell("did", "choose", 1)


def keep_laptop(world: World, chance: random.Random) -> None:
    """A laptop's folder is copied."""
    world.keep(chance.randrange(LAPTOPS), whole=False)
    world.book.tell("did", "keep_laptop", 1)


def restore_laptop(world: World, chance: random.Random) -> None:
    """A laptop wakes with an older store; its witness must notice."""
    fitting = [copy for copy in world.book.copies if not copy.whole]
    if fitting:
        world.put_back(chance.choice(fitting))
        world.book.tell("did", "restore_laptop", 1)


def keep_machine(world: World, chance: random.Random) -> None:
    """A snapshot of a whole machine is taken, witness and all."""
    world.keep(chance.randrange(LAPTOPS), whole=True)
    world.book.tell("did", "keep_machine", 1)


def wake_as_a_clone(world: World, chance: random.Random) -> None:
    """A machine goes back to its snapshot: nothing on it can notice, only the server can."""
    fitting = [copy for copy in world.book.copies if copy.whole]
    if fitting:
        world.put_back(chance.choice(fitting))
        world.book.tell("flag", "cloned")
        world.book.tell("did", "wake_as_a_clone", 1)


def clock(world: World, chance: random.Random) -> None:
    """A laptop's clock jumps by days or years."""
    days = chance.choice((-3650, -400, -1, 1, 60, 400, 3650))
    world.tick(chance.randrange(LAPTOPS), days=days)
    world.book.tell("did", "clock", 1)


def newer_server_catalogue(world: World, chance: random.Random) -> None:
    """The server learns a field that some laptops already write."""
    if chance.random() < 0.2:
        world.book.tell("flag", "newer_server")
        world.book.tell("did", "newer_server_catalogue", 1)


def newer_catalogue(world: World, chance: random.Random) -> None:
    """One laptop is told of a newer catalogue."""
    n = chance.randrange(LAPTOPS)
    world.shut(n)
    world.book.tell("flag", f"newer_{n}")
    world.laptop(n)
    world.book.tell("did", "newer_catalogue", 1)


def die(world: World, chance: random.Random) -> None:
    """A process ends in the middle of a save or a sync, and the laptop is opened again."""
    n = chance.randrange(LAPTOPS)
    world.laptop(n)
    died = False
    with POINTS.at(chance.randint(1, 60)):
        try:
            if chance.random() < 0.6:
                edits(world, chance, n, chance.randint(1, 3))
            else:
                world.sync(n, chance)
        except Died:
            died = True
    if died:
        world.drop(n)
        world.laptop(n)
    world.book.tell("did", "died" if died else "survived", 1)


def full_disk(world: World, chance: random.Random) -> None:
    """A laptop's disk has room for a few pages more; then there is room again."""
    n = chance.randrange(LAPTOPS)
    db = world.laptop(n).store.db
    pages = db.execute("PRAGMA page_count").fetchone()[0]
    db.execute(f"PRAGMA max_page_count={pages + chance.randint(0, 2)}")
    filled = False
    try:
        for _ in range(chance.randint(1, 8)):
            if chance.random() < 0.5:
                edits(world, chance, n, 6)
            else:
                world.sync(n, chance)
    except EnvironmentProblem as problem:
        if problem.code != "disk_full":
            raise
        filled = True
    finally:
        db.execute("PRAGMA max_page_count=1073741823")
    world.book.tell("did", "filled" if filled else "had_room", 1)


def full_server(world: World, chance: random.Random) -> None:
    """The server's disk is full for a while: laptops are told to come again."""
    pages = world.server.pages() + chance.randint(0, 2)
    database = world.server.archive.database
    with database.engine.connect() as connection:
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
    codes = set()
    for n in chance.sample(range(LAPTOPS), 2):
        edits(world, chance, n, 4)
        outcome = world.sync(n, chance)
        codes.add(outcome.problem.code if outcome.problem else "")
    world.server.close()
    assert codes <= {"", "busy", "epoch_older", "epoch_split", "revoked"}, codes
    world.book.tell("did", "server_filled" if "busy" in codes else "server_had_room", 8)


def lie(world: World, chance: random.Random) -> None:
    """The lying laptop claims to have seen what nobody has written, or writes in another's name."""
    n = chance.choice([n for n in range(LAPTOPS) if n != LIAR])
    victim = world.laptop(n)
    of = victim.id if chance.random() < 0.6 else chance.choice(sorted(victim.ids))
    ahead = victim.counter + chance.choice((1, 3, 1000, 2**31))
    id, cell = chance.choice(IDS), chance.choice(CELLS[:6])
    forge = chance.random() < 0.3
    with world.laptop(LIAR).store.begin(AUTHOR) as uow:
        here = any_kind(uow.db, id)
        if here is None:
            return
        record = here.record()
        dot = uow.next_dot()
        lied = Dot(ahead, of)
        siblings = {lied: "giả"} if forge else {dot: "của kẻ sửa"}
        claimed = Cell(siblings, {of: ahead, uow.replica: dot.counter})
        stamps = {**record.stamps, (lied if forge else dot): uow.stamp()}
        cells = {**record.cells, cell: claimed}
        living = {d for c in cells.values() for d in c.siblings}
        stamps = {d: s for d, s in stamps.items() if d in living}
        uow.writer.save(here, Record(record.kind, id, cells, stamps), dot, "set")
    world.book.tell("flag", "lied")
    world.book.tell("lied", id, cell, n)
    world.book.tell("did", "lie", 1)


RULES: dict[str, tuple[Rule, int]] = {
    "edit": (edit, 30),
    "a_list": (a_list, 8),
    "one_edit": (one_edit, 10),
    "forbidden": (forbidden_edits, 12),
    "mend": (forbidden.mend, 8),
    "shut_out": (forbidden.shut_out, 1),
    "let_in": (forbidden.let_in, 2),
    "another_role": (forbidden.another_role, 1),
    "newest_server_catalogue": (forbidden.newest_server_catalogue, 1),
    "delete": (delete, 3),
    "restore": (restore, 3),
    "remove_row": (remove_row, 4),
    "settle": (settle, 8),
    "meet": (meet, 14),
    "keep_server": (keep_server, 1),
    "restore_server": (restore_server, 1),
    "roll_back_server": (roll_back_server, 1),
    "lose_a_life": (lose_a_life, 1),
    "choose": (choose, 1),
    "keep_laptop": (keep_laptop, 1),
    "restore_laptop": (restore_laptop, 1),
    "keep_machine": (keep_machine, 1),
    "wake_as_a_clone": (wake_as_a_clone, 1),
    "clock": (clock, 1),
    "newer_server_catalogue": (newer_server_catalogue, 1),
    "newer_catalogue": (newer_catalogue, 1),
    "lie": (lie, 1),
    "die": (die, 3),
    "full_disk": (full_disk, 1),
    "full_server": (full_server, 1),
    "copy_out": (carrying.copy_out, 5),
    "take_in": (carrying.take_in, 6),
    "carry_to_the_server": (carrying.carry_to_the_server, 2),
    "die_with_a_stick": (carrying.die_with_a_stick, 2),
}
"""Name -> rule and how often it happens beside the others."""


def happen(world: World, name: str, seed: int) -> None:
    """Lets one rule happen with its own source of chance."""
    world.book.tell("begun", name, seed)
    RULES[name][0](world, random.Random(seed))


def draw(chance: random.Random) -> tuple[str, int]:
    """The next thing to happen."""
    names = list(RULES)
    (name,) = chance.choices(names, [weight for _, weight in RULES.values()])
    return name, chance.getrandbits(48)
