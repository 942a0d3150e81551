"""Which life of a server a laptop follows, and what a keeper's choice does (rule 23)."""

from __future__ import annotations

from sync.engine.runner import Outcome, converse
from sync.hub.restoring import choose
from tests.fakes import FakeClock, FakeJudge, InlineExecutor, LocalTransport, MemoryReplica, Tables
from tests.sync.hub.team import STREAM, Team

NOTE = "other_life"


def heard(team: Team) -> list[str]:
    return [subject for action, _, _, subject, _ in team.archive.tables.notes if action == NOTE]


def sync(team: Team, laptop: MemoryReplica) -> Outcome:
    device = team.devices[laptop.public_key.hex()]
    road = LocalTransport(team.archive, FakeJudge(), device, team.chance.randbytes)
    return converse(laptop, road, FakeClock(), team.chance.randbytes, helper=InlineExecutor())


def code(outcome: Outcome) -> str:
    return outcome.problem.code if outcome.problem else ""


def restored(team: Team) -> tuple[Tables, Tables]:
    """(the memory before, the memory after) a restore that every honest laptop has followed."""
    for laptop in team.honest:
        team.save(laptop, f"own-{laptop.id}", name="đầu")
        team.sync(laptop)
    before = team.archive.backup()
    team.archive.restore(before, team.chance.randbytes)
    for laptop in team.honest:
        team.sync(laptop)
    return before, team.archive.backup()


def test_a_laptop_that_knows_the_descendant_refuses_the_ancestor() -> None:
    team = Team()
    before, _ = restored(team)
    laptop = team.honest[0]
    team.archive.roll_back(before)
    team.save(laptop, "v", name="chưa gửi")
    rows = dict(team.archive.tables.rows[STREAM])
    outcome = sync(team, laptop)
    assert code(outcome) == "epoch_older"
    assert team.archive.tables.rows[STREAM] == rows, "the ancestor takes nothing"
    assert outcome.accepted == 0
    assert laptop.record_states()["v"] == "local"
    assert heard(team) == [laptop.standing().epoch]


def test_two_children_of_one_parent_stop_until_the_keeper_chooses() -> None:
    team = Team()
    before, first = restored(team)
    one, other = team.honest
    team.archive.tables = before.copied()
    with team.archive.begin([STREAM]) as tx:  # the memory that knew of the first child is lost
        second = tx.open_epoch("b" * 32, {})
    outcome = sync(team, one)
    assert code(outcome) == "epoch_split"
    assert outcome.problem is not None
    assert outcome.problem.details == {"epoch": second.random, "known": first.epochs[-1].random}
    late = [f"late-{laptop.id}" for laptop in team.honest]
    for laptop, id in zip(team.honest, late, strict=True):
        team.save(laptop, id, name="sau")
        assert code(sync(team, laptop)) == "epoch_split"
    with team.archive.begin([STREAM]) as tx:
        chosen = choose(tx, heard(team), "c" * 32)
    assert chosen.others == (first.epochs[-1].random,)
    for laptop in (*team.honest, *team.honest):
        assert code(sync(team, laptop)) == ""
    assert set(late) <= set(team.archive.tables.rows[STREAM])
    assert {id: h.image for id, h in one.held.items()} == {id: h.image for id, h in other.held.items()}
    assert sync(team, one).rounds == 1
    newcomer = team.laptop("new")
    assert code(sync(team, newcomer)) == ""


def test_after_the_choice_what_only_the_other_life_held_comes_back() -> None:
    team = Team()
    before, _ = restored(team)
    one, other = team.honest
    team.save(one, "w", name="chỉ đời kia có")
    team.sync(one)
    team.sync(other)
    team.archive.roll_back(before)
    assert code(sync(team, other)) == "epoch_older"
    with team.archive.begin([STREAM]) as tx:
        choose(tx, heard(team), "c" * 32)
    team.sync(other)
    assert "w" in team.archive.tables.rows[STREAM], "one laptop is enough to bring it"
    notes = [(action, actor, subject) for action, _, actor, subject, _ in team.archive.tables.notes]
    assert ("brought", "d1", one.id) in notes, "and it is written down who did (rule 29)"
    team.sync(one)
    assert one.held["w"].image == other.held["w"].image
