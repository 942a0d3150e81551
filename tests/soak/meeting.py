"""At the end all meet, and what must then be true is looked at: the invariants, one function each."""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping

from ntmdesk.services.quarantine import reason
from ntmdesk.store.checks import check
from sync.engine.runner import Outcome
from sync.hub.weighing import refusals_in
from sync.hub.writing import LEADERS, server_replica
from sync.protocol import records, replica_ids
from sync.protocol.cells import EMPTY, Cell, canonical, merge_cells, plain, twin_values
from sync.protocol.dots import Dot, covers
from sync.protocol.image import decode_image
from sync.protocol.records import DELETED, Record, is_reserved
from sync.server.store.audit import lives_heard
from tests.ntmdesk.store.laptops import StoreLaptop
from tests.soak.book import Book, Saved
from tests.soak.forbidden import allow_all, delete_again, write_again
from tests.soak.judging import CODES
from tests.soak.world import LAPTOPS, LIAR, STREAM, World

Place = tuple[str, str]
"""Id of a record, name of a cell."""

ROUNDS = 12
"""Of all syncing one after another, until all rest at the latest: where a server went back, what one laptop
brings lets another offer again what had waited."""


def the_end(world: World, chance: random.Random) -> None:
    """All meet and are looked at; then whatever was refused is mended or allowed, and again."""
    all_meet(world, chance)
    look(world, chance)
    allow_all(world)
    for n in honest_of(world):
        with world.laptop(n).store.look() as uow:
            waiting = uow.peers.quarantine()
        for item in waiting:
            if is_reserved(item.field):
                delete_again(world, n, item)
                continue
            taken = world.judge.judge(item.kind, item.field, item.value) is None
            write_again(world, n, item, item.value if taken else f"sửa {item.dot.text}")
            world.book.tell("did", "mended at the end" if not taken else "allowed at the end", 1)
    all_meet(world, chance)
    look(world, chance)
    for n in honest_of(world):
        assert world.laptop(n).quarantine == set(), "what was mended or allowed was refused again"
        assert set(world.laptop(n).record_states().values()) <= {"accepted"}


def honest_of(world: World) -> list[int]:
    """The laptops that never lied."""
    return [n for n in range(LAPTOPS) if not ("lied" in world.book.flags and n == LIAR)]


def all_meet(world: World, chance: random.Random) -> None:
    """Everybody syncs until nothing is left to say; who was shut out is let in."""
    world.book.tell("flag", "newer_server")
    for n in range(LAPTOPS):
        world.server.change(n, revoked_at=None)
    quiet = 0  # twice: what is left alone at one sync may be offered at the next
    for _ in range(ROUNDS):
        outcomes = {n: _meets(world, chance, n) for n in range(LAPTOPS)}
        resting = all(is_rest(outcomes[n]) for n in honest_of(world))
        quiet = quiet + 1 if resting else 0
        if quiet == 2:
            break
    assert quiet == 2, "they do not come to rest"
    for n in honest_of(world):
        assert "differs" not in {x.code for x in outcomes[n].notices}, "two replicas differ for good"


def _meets(world: World, chance: random.Random, n: int) -> Outcome:
    outcome = world.sync(n, chance)
    if outcome.problem is not None and outcome.problem.code in ("epoch_older", "epoch_split"):
        world.server.choose(chance.randbytes)
        world.book.tell("flag", "chosen")
        outcome = world.sync(n, chance)
    assert outcome.problem is None, (n, outcome.problem, outcome.problem.details)
    return outcome


def is_rest(outcome: Outcome) -> bool:
    """Whether a sync had nothing to say and heard nothing."""
    return (outcome.sent, outcome.received, outcome.rounds) == (0, 0, 1)


def look(world: World, chance: random.Random) -> None:
    """AssertionError when anything that must hold does not."""
    with world.server.archive.look() as tx:
        rows = tx.page(STREAM, 0, 10_000, 1 << 40)
    images = {row.id: row.image for row in rows}
    server = {row.id: decode_image(row.kind, row.id, row.image) for row in rows}
    honest = honest_of(world)
    for n in honest:
        laptop = world.laptop(n)
        waiting = everybody_has_the_same(laptop, images, world.device(n).role in LEADERS)
        nothing_is_unfinished(laptop, waiting)
        accepted_is_held(laptop, server, waiting)
        refused_values_are_kept(laptop, world.book, mine="cloned" not in world.book.flags)
        every_refusal_has_a_reason(laptop)
        what_was_refused_is_with_its_author(n, laptop, world.book, server)
        assert [c for c in check(laptop.store) if not c.ok] == []
    if "cloned" not in world.book.flags or not (
        "went_back" in world.book.flags or world.book.counts["take_in"]
    ):
        # else a third laptop may bring a twin's save that the server has forgotten or never met
        no_dot_has_two_values(server)
    no_context_exceeds_what_was_issued(world, server, honest)
    no_acknowledged_value_is_gone(world, server)
    deleted_is_what_deleters_saw(server)
    rest_is_rest(world, chance, honest)


def everybody_has_the_same(laptop: StoreLaptop, images: Mapping[str, bytes], leads: bool) -> set[Place]:
    """Invariant 1, but for the cells returned, which wait for a leader.  ``leads``: the laptop is hers."""
    held, differing, waiting = laptop.held, laptop.differing(), set[Place]()
    assert held.keys() == images.keys(), "records are missing"
    for id, (here, image) in held.items():
        if image != images[id]:
            there = decode_image(here.kind, id, images[id])
            names = [n for n in {*here.cells, *there.cells} if here.cells.get(n) != there.cells.get(n)]
            wait = {n for n in names if not leads and waits_for_a_leader(laptop, here, there, n)}
            waiting |= {(id, name) for name in wait}
            apart = {n: (here.cells.get(n), there.cells.get(n)) for n in names if n not in wait}
            assert not apart, ("cells differ", laptop.id, id, apart)
            assert id in differing, "a laptop does not know that the server has less"
    return waiting


def waits_for_a_leader(laptop: StoreLaptop, here: Record, there: Record, name: str) -> bool:
    """Whether a member's laptop has seen saves in a leader's cell that nobody who may has brought to this
    life of the server (their laptop went back too): beside them it has what the server has, nothing else."""
    if here.kind != "weekly_log" or name not in ("boss", DELETED):
        return False
    mine, theirs = here.cells.get(name, EMPTY), there.cells.get(name, EMPTY)
    ahead = {r: n for r, n in mine.context.items() if n > theirs.context.get(r, 0)}
    more = {dot for dot in mine.siblings if covers(ahead, dot) and not covers(theirs.context, dot)}
    if any(field == name and dot in more for dot, field, _ in refusals_in(there.cells)):
        return False  # what was refused waits for nobody
    rest = {dot: value for dot, value in mine.siblings.items() if dot not in more}
    another_ones = laptop.ids.isdisjoint(ahead) or (name == DELETED and _saw_more_of_boss(mine, more, there))
    return (
        bool(ahead)
        and another_ones
        and rest.items() <= theirs.siblings.items()
        and merge_cells(theirs, mine) == mine
    )


def _saw_more_of_boss(deletions: Cell, new: Collection[Dot], there: Record) -> bool:
    """Whether each new deletion, one's own too, has seen a save in the leader's cell that this life of the
    server does not know: it may be one that her laptop has written again under a new id."""
    known = there.cells.get("boss", EMPTY).context
    return all(
        any(
            n > known.get(r, 0)
            for names, seen in deletions.siblings[dot]
            if "boss" in names
            for r, n in seen.items()
        )
        for dot in new
    )


def nothing_is_unfinished(laptop: StoreLaptop, waiting: set[Place]) -> None:
    """Invariant 6; what waits for a leader is another's, only carried."""
    states = laptop.record_states().items()
    open = {id: state for id, state in states if state not in ("accepted", "refused")}
    assert set(open.values()) <= {"carried"}, open
    assert open.keys() <= {id for id, _ in waiting}, open


def accepted_is_held(laptop: StoreLaptop, server: Mapping[str, Record], waiting: set[Place]) -> None:
    """Invariant 5."""
    for id, held in laptop.held.items():
        for name, cell in held.record.cells.items():
            if (id, name) in waiting:
                continue
            assert all(covers(server[id].cells[name].context, dot) for dot in cell.siblings)


def refused_values_are_kept(laptop: StoreLaptop, book: Book, mine: bool) -> None:
    """Invariant 8.  ``mine``: whether what was refused under this id was surely this store's own.  A value
    that an edit had replaced before anybody refused it is history already."""
    kept = laptop.quarantine
    for held in laptop.held.values():
        for name, cell in held.record.cells.items():
            if name.startswith("_refused/") and cell.siblings:
                dot = Dot.parse(name.partition("/")[2])
                told = plain(max(cell.siblings.items())[1])
                for field in told["cells"]:
                    assert dot not in held.record.cells[field].siblings
                    if (held.record.id, field, dot) in book.named:
                        continue
                    if mine and dot.replica == laptop.id and not settled(laptop, held.record.id, field, dot):
                        assert (held.record.id, field, dot.text) in kept, (held.record.id, field, dot)
        assert "bad" not in records.shown(held.record).values()


def every_refusal_has_a_reason(laptop: StoreLaptop) -> None:
    """Invariant 8: why, in words, for each value in the quarantine."""
    with laptop.store.look() as uow:
        waiting = uow.peers.quarantine()
    for item in waiting:
        meant = next((code for b, code in CODES.items() if str(item.value).startswith(b)), item.code)
        assert item.code in (meant, "not_your_role"), item
        assert reason(laptop.store.catalogue.kinds.get(item.kind), item.code, "vi", item.field) != item.code


def what_was_refused_is_with_its_author(
    n: int, laptop: StoreLaptop, book: Book, server: Mapping[str, Record]
) -> None:
    """Invariants 2 and 8: told by what a person saved, whatever ids the laptop has had since."""
    rows = laptop.store.db.execute("SELECT id, cell, value FROM quarantine").fetchall()
    kept = {(id, cell, value) for id, cell, value in rows}
    gone = {(id, cell, dot.counter) for id, cell, dot in (*book.named, *book.lost)}
    for saved in book.saved.get(n, ()):
        if not str(saved.value).startswith(tuple(CODES)) or (saved.id, saved.cell, saved.dot.counter) in gone:
            continue
        if (saved.id, saved.cell, saved.n) in book.lies:
            continue
        cell = server[saved.id].cells.get(saved.cell) if saved.id in server else None
        stands = cell is not None and saved.value in [v for v in cell.siblings.values() if isinstance(v, str)]
        assert stands or (saved.id, saved.cell, canonical(saved.value).decode()) in kept, ("nowhere", saved)


def settled(laptop: StoreLaptop, id: str, field: str, dot: Dot) -> bool:
    """Whether somebody has written another value over a refused one since."""
    row = laptop.store.db.execute(
        "SELECT settled FROM quarantine WHERE id=? AND cell=? AND counter=? AND replica=?",
        (id, field, *dot),
    ).fetchone()
    return row is not None and row[0] is not None


def no_dot_has_two_values(server: Mapping[str, Record]) -> None:
    """Invariant 3."""
    for record in server.values():
        for cell in record.cells.values():
            assert all(len(twin_values(value)) == 1 for value in cell.siblings.values())


def no_context_exceeds_what_was_issued(world: World, server: Mapping[str, Record], honest: list[int]) -> None:
    """Invariant 4, with one liar among them: every id was made for a laptop's key or a life of the server."""
    issued = {replica: world.laptop(n).counter for n in honest for replica in world.laptop(n).ids}
    keys = [world.laptop(n).public_key for n in range(LAPTOPS)]
    with world.server.archive.look() as tx:
        highest = tx.state(STREAM).highest
    servers = {server_replica(life, STREAM) for life in _lives(world)}
    for record in server.values():
        for cell in record.cells.values():
            for replica, counter in cell.context.items():
                known = replica in servers or any(replica_ids.names(replica, key) for key in keys)
                assert known, ("a context names an id that was nobody's", record.id, replica)
                assert counter <= issued.get(replica, highest), "a context claims what nobody wrote"


def _lives(world: World) -> set[str]:
    """Every life of the server that it, or a laptop, has known."""
    lives = {life for n in range(LAPTOPS) for life in world.laptop(n).standing().lineage}
    with world.server.archive.look() as tx:
        return lives | {epoch.random for epoch in tx.epochs_since("")} | lives_heard(tx.connection).keys()


def no_acknowledged_value_is_gone(world: World, server: Mapping[str, Record]) -> None:
    """Invariant 2: what a person was told is saved stands, or an edit named it, or it was refused, or the
    disk it was on went back before anybody had seen it."""
    book = world.book
    lied = "lied" in book.flags
    # a new life of the server is one of the laptops, and who lies in another's name passes for a twin
    cloned = not book.flags.isdisjoint({"cloned", "went_back", "chosen", "lied"})
    named = {(id, cell, dot.counter) for id, cell, dot in book.named}
    lost = {(id, cell, dot.counter) for id, cell, dot in book.lost}
    for saved in [one for values in book.saved.values() for one in values]:
        key = (saved.id, saved.cell, saved.dot)
        if key in book.named or key in book.lost or (lied and saved.n == LIAR):
            continue
        if (saved.id, saved.cell, saved.n) in book.lies:
            continue  # what was sent, anybody may claim to have seen
        record = server.get(saved.id)
        if cloned:  # dots may stand under another id by now, with the same counter
            same = (saved.id, saved.cell, saved.dot.counter)
            if same in named or same in lost:
                continue
            record = _called_as(record, saved)
        assert record is not None, ("a record is gone", key)
        if f"_refused/{saved.dot.text}" in record.cells:
            continue
        cell = record.cells.get(saved.cell)
        standing = cell.siblings.get(saved.dot) if cell is not None else None
        if cell is None or saved.dot not in cell.siblings:
            raise AssertionError(("an acknowledged value is gone", key, saved.value))
        assert canonical(standing) == canonical(saved.value), ("another value stands there", key)


def _called_as(record: Record | None, saved: Saved) -> Record | None:
    """The record as if a value written again under another id still had its first dot."""
    cell = record.cells.get(saved.cell) if record is not None else None
    if record is None or cell is None:
        return record
    if saved.dot in cell.siblings and canonical(cell.siblings[saved.dot]) == canonical(saved.value):
        return record  # else its twin's stands under the dot
    for dot, value in cell.siblings.items():
        if dot.counter == saved.dot.counter and canonical(value) == canonical(saved.value):
            again = Cell({**cell.siblings, saved.dot: value}, cell.context)
            return Record(record.kind, record.id, {**record.cells, saved.cell: again}, record.stamps)
    refused = [n for n in record.cells if n.startswith("_refused/") and n.endswith(f":{saved.dot.counter}")]
    if refused:
        cells = {**record.cells, f"_refused/{saved.dot.text}": record.cells[refused[0]]}
        return Record(record.kind, record.id, cells, record.stamps)
    return record


def deleted_is_what_deleters_saw(server: Mapping[str, Record]) -> None:
    """Invariant 10, told a second time in other words."""
    for record in server.values():
        deletions = record.cells.get("_deleted")
        seen: dict[str, dict[str, int]] = {}
        for value in deletions.siblings.values() if deletions else ():
            for names, context in value:
                for name in names:
                    known = seen.setdefault(name, {})
                    known.update({r: max(c, known.get(r, 0)) for r, c in context.items()})
        unseen = [
            dot
            for name, cell in record.cells.items()
            if not name.startswith("_")
            for dot in cell.siblings
            if dot.counter > seen.get(name, {}).get(dot.replica, 0)
        ]
        hidden = bool(deletions and deletions.siblings) and not unseen
        assert records.is_deleted(record) == hidden


def rest_is_rest(world: World, chance: random.Random, honest: list[int]) -> None:
    """Invariant 13."""
    before = [(world.laptop(n).writes, world.laptop(n).counter) for n in honest]
    with world.server.archive.look() as tx:
        state = tx.state(STREAM)
    for _ in range(2):
        for n in honest:
            assert is_rest(world.sync(n, chance))
    assert [(world.laptop(n).writes, world.laptop(n).counter) for n in honest] == before
    with world.server.archive.look() as tx:
        assert tx.state(STREAM) == state
