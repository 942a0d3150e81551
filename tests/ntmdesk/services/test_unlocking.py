"""Making, opening, sharing, saving and checking a store."""

from __future__ import annotations

from pathlib import Path

import pytest

from ntmdesk.errors import AppError, EnvironmentProblem, SyncProblem, UserError
from ntmdesk.services import backups, checks, persons, records, syncing, unlocking
from ntmdesk.services.enrolling import read_invitation
from ntmdesk.services.surroundings import surroundings
from ntmdesk.store.lock import sync_lock
from ntmdesk.store.surroundings import Author

from .conftest import PASSPHRASE, Bench, HandClock

OTHER = "câu khác cũng dài"
HOME = {"head_name": "Trần Văn Đức", "lane": "Ngõ 4"}


def test_only_the_passphrase_opens(alone: Bench, clock: HandClock) -> None:
    alone.store.close()
    around = surroundings(clock=clock)
    opened = unlocking.unlock(alone.home, PASSPHRASE, around)
    assert opened.author == alone.author
    opened.store.close()
    with pytest.raises(UserError, match="wrong_passphrase"):
        unlocking.unlock(alone.home, "một câu thật ngắn", around)
    with pytest.raises(UserError, match="no_store"):
        unlocking.unlock(alone.home / "khác", PASSPHRASE, around)
    with pytest.raises(UserError, match="store_exists"):
        unlocking.create(alone.home, PASSPHRASE, "Ai đó", around)


def test_a_short_passphrase_or_no_name_leaves_nothing(tmp_path: Path, clock: HandClock) -> None:
    for name, passphrase, code in (("Hoa", "ngắn", "passphrase_too_short"), (" ", PASSPHRASE, "invalid")):
        with pytest.raises(UserError, match=code):
            unlocking.create(tmp_path / "n", passphrase, name, surroundings(clock=clock))
        assert not unlocking.store_there(tmp_path / "n")
    made = unlocking.create(tmp_path / "n", PASSPHRASE, "Hoa", surroundings(clock=clock))
    made.store.close()


def test_the_recovery_code_gives_a_new_passphrase(alone: Bench, clock: HandClock) -> None:
    alone.store.close()
    around = surroundings(clock=clock)
    with pytest.raises(UserError, match="wrong_recovery_code"):
        unlocking.unlock_by_recovery(alone.home, "AAAA-BBBB", around, alone.author.name, OTHER)
    code = alone.recovery_code.lower().replace("-", " ")
    unlocking.unlock_by_recovery(alone.home, code, around, alone.author.name, OTHER).store.close()
    unlocking.unlock(alone.home, OTHER, around).store.close()
    with pytest.raises(UserError, match="wrong_passphrase"):
        unlocking.unlock(alone.home, PASSPHRASE, around)
    unlocking.change_passphrase(alone.home, alone.author.name, OTHER, PASSPHRASE)
    unlocking.unlock(alone.home, PASSPHRASE, around).store.close()


def test_several_people_share_a_laptop(bench: Bench) -> None:
    nam = persons.add(bench.store, bench.home, "Lê Văn Nam", OTHER)
    assert [p.name for p in persons.people(bench.home)] == ["Nguyễn Thị Hoa", "Lê Văn Nam"]
    author = persons.switch(bench.store, bench.home, "lê văn nam", OTHER)
    assert author == Author(nam.id, "Lê Văn Nam", "")
    with pytest.raises(UserError, match="wrong_passphrase"):
        persons.switch(bench.store, bench.home, "Lê Văn Nam", PASSPHRASE)
    with pytest.raises(UserError, match="name_taken"):
        persons.add(bench.store, bench.home, "Lê Văn Nam", OTHER)
    second = Bench(bench.store, author, bench.clock, bench.home, "")
    id = second.do(records.add, "household", HOME)
    assert {h["by"] for h in bench.ask(records.get, "household", id)["history"]} == {nam.id}


def test_a_known_member_takes_their_own_id_and_role(bench: Bench) -> None:
    team = bench.ask(persons.team_of)
    member = bench.do(
        records.add, "member", {"full_name": "Lê Văn Nam", "team": team["id"], "role": "leader"}
    )
    assert persons.add(bench.store, bench.home, "lê văn  Nam", OTHER).id == member
    author = persons.switch(bench.store, bench.home, "Lê Văn Nam", OTHER)
    assert (author.person, author.role) == (member, "leader")
    second = Bench(bench.store, author, bench.clock, bench.home, "")
    assert second.ask(persons.my_member)["id"] == member
    second.ask(persons.require_leader)
    bench.do(records.set_fields, "member", member, {"role": "member"})
    plain = persons.author_of(bench.store, persons.Person(member, "Lê Văn Nam"))
    with pytest.raises(UserError, match="not_your_role"):
        Bench(bench.store, plain, bench.clock, bench.home, "").ask(persons.require_leader)
    assert [m["id"] for m in bench.ask(persons.members_of)] == [member]


def test_a_copy_is_verified_and_brings_everything_back(bench: Bench, clock: HandClock) -> None:
    id = bench.do(records.add, "household", HOME)
    path = bench.home.parent / "sao lưu.ntmbackup"
    done = backups.backup(bench.store, path)
    assert done.document() == {"file": str(path), "records": 3, "verified": True}
    bench.do(records.delete, "household", id)
    replica = bench.store.replica
    bench.store.close()
    around = surroundings(clock=clock)
    with pytest.raises(UserError, match="wrong_passphrase"):
        backups.restore(bench.home, path, OTHER, around)
    back = backups.restore(bench.home, path, PASSPHRASE, around)
    assert back.records == 3
    assert back.replica not in (None, replica)
    opened = unlocking.unlock(bench.home, PASSPHRASE, around)
    bench.store = opened.store
    assert bench.ask(records.get, "household", id)["head_name"] == "Trần Văn Đức"


def test_one_copy_a_day_and_the_newest_stay(bench: Bench) -> None:
    assert backups.last(bench.home) is None
    first = backups.rotate(bench.store, keep=2)
    assert first is not None
    assert backups.rotate(bench.store, keep=2) is None
    for _ in range(2):
        bench.clock.days(1)
        assert backups.rotate(bench.store, keep=2)
    assert not first.exists()
    assert len(list(first.parent.glob("daily-*"))) == 2
    assert backups.last(bench.home) is not None
    with pytest.raises(UserError):
        backups.rotate(bench.store, keep=0)


def test_a_whole_store_passes_every_check(bench: Bench) -> None:
    done = checks.check(bench.store)
    assert done.ok
    assert {c.name for c in done.checks} <= set(checks.ADVICE)
    assert all(c.advice == "" for c in done.checks)


def test_without_a_team_there_is_nothing_to_sync(bench: Bench) -> None:
    with pytest.raises(SyncProblem, match="not_enrolled"):
        syncing.sync(bench.store)
    status = bench.ask(syncing.status)
    assert (status.enrolled, status.team, status.role, status.last_receipt) == (False, None, None, None)
    assert status.replica == bench.store.replica
    assert bench.ask(syncing.past) == []
    assert bench.ask(syncing.refused) == []
    with pytest.raises(UserError, match="not_found"):
        bench.do(syncing.send_again, f"{bench.store.replica}:1", "x")


def test_a_running_sync_keeps_a_restore_away(bench: Bench, clock: HandClock) -> None:
    path = bench.home.parent / "b.ntmbackup"
    backups.backup(bench.store, path)
    bench.store.close()
    with sync_lock(bench.home), pytest.raises(EnvironmentProblem, match="locked_elsewhere"):
        backups.restore(bench.home, path, PASSPHRASE, surroundings(clock=clock))
    bench.store = unlocking.unlock(bench.home, PASSPHRASE, surroundings(clock=clock)).store


@pytest.mark.parametrize(
    ("text", "code", "fingerprint"),
    [("ABCD-EFGH", "ABCD-EFGH", ""), (" ABCD EFGH.aa:bb ", "ABCDEFGH", "aabb"), ("A.", "A", "")],
)
def test_an_invitation_carries_the_fingerprint(text: str, code: str, fingerprint: str) -> None:
    found = read_invitation(text)
    assert (found.code, found.fingerprint) == (code, fingerprint)


def test_an_empty_invitation_is_refused() -> None:
    with pytest.raises(AppError, match="invalid"):
        read_invitation(" . ")
