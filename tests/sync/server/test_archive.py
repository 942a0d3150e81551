"""The archive on both databases: what the hub relies on."""

from __future__ import annotations

import threading

import msgspec
import pytest

from sync.hub.ports import KeptPacket, Link, Put, StreamState, Talk
from sync.protocol.errors import WireError
from sync.protocol.image import image_hash
from sync.protocol.pages import Digest, Fork, epoch_is_true, forks_of
from sync.server.installation import Installation
from sync.server.store import schema
from sync.server.store.archive import SqlArchive, SqlTransaction
from sync.server.store.sums import Sums
from tests.sync.server.laptop import made_id

STREAM, OTHER = made_id("stream", 1), made_id("stream", 2)
ORIGIN = "00000000000000aa"


def put(n: int, seq: int, text: str = "x", fresh: bool = True) -> Put:
    id, image = made_id("record", n), f'[[],{{"a":["{text}{n}"]}},{{}}]'.encode()
    return Put("visit", id, seq, image, image_hash("visit", id, image), fresh)


def fill(transaction: SqlTransaction, count: int, start: int = 1, stream: str = STREAM) -> None:
    rows = [put(n, n) for n in range(start, start + count)]
    transaction.put(stream, rows)
    transaction.advance(stream, StreamState(rows[-1].seq, f"{rows[-1].seq:016x}", 7))


def from_rows(rows: list[Put]) -> Digest:
    total = sum(int.from_bytes(r.hash, "big") for r in rows) % (1 << 128)
    return Digest(f"{total:032x}", len(rows))


def test_an_unknown_stream_is_empty_until_somebody_locks_it(either: Installation) -> None:
    with either.archive.look() as seen:
        assert seen.state(STREAM) == StreamState(0, "", 0)
        assert seen.page(STREAM, 0, 10, 1000) == []
        assert seen.digest(STREAM) == Digest("0" * 32, 0)
    with either.archive.begin([STREAM, STREAM]) as transaction:
        assert transaction.state(STREAM) == StreamState(0, "", 0)


def test_rows_put_are_loaded_paged_and_counted(either: Installation) -> None:
    with either.archive.begin([STREAM]) as transaction:
        fill(transaction, 5)
    with either.archive.look() as seen:
        found = seen.load(STREAM, [made_id("record", 2), made_id("record", 99)])
        assert {id: s.seq for id, s in found.items()} == {made_id("record", 2): 2}
        assert found[made_id("record", 2)].image == put(2, 2).image
        assert seen.load(OTHER, [made_id("record", 2)]) == {}
        assert [r.seq for r in seen.page(STREAM, 1, 3, 10_000)] == [2, 3, 4]
        assert seen.state(STREAM) == StreamState(5, f"{5:016x}", 7)
        assert sorted(seen.hashes(STREAM, "visit")) == sorted(
            ("visit", p.id, p.hash) for p in (put(n, n) for n in range(1, 6))
        )
        assert list(seen.hashes(STREAM, "household")) == []


def test_a_page_ends_at_its_size_but_holds_at_least_one_row(either: Installation) -> None:
    with either.archive.begin([STREAM]) as transaction:
        fill(transaction, 5)
    size = len(put(1, 1).image)
    with either.archive.look() as seen:
        assert len(seen.page(STREAM, 0, 10, 1)) == 1
        assert len(seen.page(STREAM, 0, 10, size * 3)) == 3


def test_more_ids_than_one_statement_takes_are_loaded(either: Installation) -> None:
    with either.archive.begin([STREAM]) as transaction:
        fill(transaction, 4_500)
        assert len(transaction.load(STREAM, [made_id("record", n) for n in range(1, 4_501)])) == 4_500


def test_a_changed_row_takes_a_new_number_and_the_old_one_is_gone(either: Installation) -> None:
    with either.archive.begin([STREAM]) as transaction:
        fill(transaction, 3)
    with either.archive.begin([STREAM]) as transaction:
        transaction.load(STREAM, [made_id("record", 1)])
        changed = put(1, 4, "new", fresh=False)
        transaction.put(STREAM, [changed])
        transaction.advance(STREAM, StreamState(4, "f" * 16, 9))
    with either.archive.look() as seen:
        assert [r.seq for r in seen.page(STREAM, 0, 10, 10_000)] == [2, 3, 4]
        assert seen.page(STREAM, 3, 1, 10_000)[0].image == changed.image
        assert seen.digest(STREAM) == from_rows([changed, put(2, 2), put(3, 3)])


def test_a_commit_is_known_by_the_numbers_it_gave_out(either: Installation) -> None:
    with either.archive.begin([STREAM]) as transaction:
        fill(transaction, 3)
    with either.archive.begin([STREAM]) as transaction:
        fill(transaction, 2, start=4)
    with either.archive.look() as seen:
        tags = [seen.commit_at(STREAM, n) for n in (1, 3, 4, 5, 6)]
    assert tags == [f"{3:016x}", f"{3:016x}", f"{5:016x}", f"{5:016x}", None]


def test_a_failed_transaction_leaves_nothing(either: Installation) -> None:
    def broken() -> None:
        with either.archive.begin([STREAM]) as transaction:
            fill(transaction, 3)
            transaction.digest(STREAM)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        broken()
    with either.archive.look() as seen:
        assert seen.state(STREAM).seq == 0
        assert seen.digest(STREAM) == Digest("0" * 32, 0)


def test_the_digest_carried_from_commit_to_commit_is_that_of_the_rows(either: Installation) -> None:
    now = [0.0]
    archive = SqlArchive(either.database, either.keys, either.archive.server, Sums(lambda: now[0]))
    with archive.begin([STREAM]) as transaction:
        fill(transaction, 4)
        assert transaction.digest(STREAM) == from_rows([put(n, n) for n in range(1, 5)])
    with archive.begin([STREAM]) as transaction:
        transaction.load(STREAM, [made_id("record", 2)])
        transaction.put(STREAM, [put(9, 5), put(2, 6, "new", fresh=False)])
        transaction.advance(STREAM, StreamState(6, "e" * 16, 9))
        expected = from_rows([put(1, 1), put(3, 3), put(4, 4), put(9, 5), put(2, 6, "new")])
        assert transaction.digest(STREAM) == expected
    with archive.look() as seen:
        assert seen.digest(STREAM) == expected


def test_a_row_lost_in_the_database_shows_in_the_digest(either: Installation) -> None:
    now = [0.0]
    archive = SqlArchive(either.database, either.keys, either.archive.server, Sums(lambda: now[0]))
    with archive.begin([STREAM]) as transaction:
        fill(transaction, 3)
        before = transaction.digest(STREAM)
    with either.database.write() as connection:
        connection.execute(schema.RECORD.delete().where(schema.RECORD.c.id == made_id("record", 2)))
    now[0] = 61.0
    with archive.look() as seen:
        assert seen.digest(STREAM) == from_rows([put(1, 1), put(3, 3)]) != before


def test_packets_are_chained_and_what_a_replica_certified_never_falls(either: Installation) -> None:
    first, second = KeptPacket(1, b"1" * 16, 3, b"[]"), KeptPacket(2, b"2" * 16, 4, b'["x"]')
    with either.archive.begin([STREAM]) as transaction:
        assert transaction.link(STREAM, ORIGIN) == Link(0, bytes(16))
        transaction.keep_packet(STREAM, ORIGIN, "device", first, 50, b"data 1")
        transaction.keep_packet(STREAM, ORIGIN, "device", second, 40, b"data 2")
    with either.archive.look() as seen:
        assert seen.link(STREAM, ORIGIN) == Link(2, b"2" * 16)
        assert seen.link(OTHER, ORIGIN) == Link(0, bytes(16))
        assert seen.packet(STREAM, ORIGIN, 1) == first
        assert seen.packet(STREAM, ORIGIN, 2) == second
        assert seen.packet(STREAM, ORIGIN, 3) is None
        assert seen.certified(STREAM, [ORIGIN, "00000000000000bb"]) == {ORIGIN: 50}


def test_conversations_and_replicas_are_remembered(either: Installation) -> None:
    talk = Talk("a" * 32, "", 1, b"h" * 16)
    with either.archive.begin([]) as transaction:
        assert transaction.talk(ORIGIN) is None
        assert transaction.replica_of(ORIGIN) is None
        transaction.set_talk(ORIGIN, talk)
        transaction.set_talk(ORIGIN, talk._replace(number=2))
        transaction.claim(ORIGIN, "device 1")
    with either.archive.look() as seen:
        assert seen.talk(ORIGIN) == talk._replace(number=2)
        assert seen.replica_of(ORIGIN) == "device 1"


def test_a_new_epoch_is_a_signed_child_that_forks_where_it_is_told(either: Installation) -> None:
    with either.archive.begin([STREAM, OTHER]) as transaction:
        fill(transaction, 3)
        fill(transaction, 2, stream=OTHER)
        first = transaction.epoch()
    fork = Fork(STREAM, 1, "b" * 16)
    with either.archive.begin([STREAM]) as transaction:
        second = transaction.open_epoch("c" * 32, {STREAM: fork})
        assert transaction.epoch() == second
    with either.archive.look() as seen:
        assert seen.epoch() == second
        assert seen.epochs_since(first.random) == [second]
        assert seen.epochs_since("nobody") == [first, second]
        assert seen.epochs_since(second.random) == []
    assert (second.number, second.parent) == (2, first.random)
    assert epoch_is_true(second, either.archive.public_keys)
    assert forks_of((second,), STREAM) == 1
    assert forks_of((second,), OTHER) == 2
    assert not epoch_is_true(msgspec.structs.replace(second, number=3), either.archive.public_keys)


def test_two_orders_of_streams_do_not_lock_each_other_out(either: Installation) -> None:
    failures: list[BaseException] = []

    def work(streams: list[str]) -> None:
        try:
            for _ in range(20):
                with either.archive.begin(streams) as transaction:
                    for stream in streams:
                        state = transaction.state(stream)
                        transaction.advance(stream, state._replace(seq=state.seq + 1, tag="d" * 16))
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(s,)) for s in ([STREAM, OTHER], [OTHER, STREAM]) * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    with either.archive.look() as seen:
        assert (seen.state(STREAM).seq, seen.state(OTHER).seq) == (80, 80)


def test_a_reading_transaction_sees_one_moment(either: Installation) -> None:
    with either.archive.begin([STREAM]) as transaction:
        fill(transaction, 2)
    with either.archive.look() as seen:
        assert seen.state(STREAM).seq == 2
        with either.archive.begin([STREAM]) as transaction:
            fill(transaction, 2, start=3)
        assert len(seen.page(STREAM, 0, 10, 10_000)) == 2
        assert seen.digest(STREAM).count == 2


def test_a_lock_that_does_not_come_says_busy(server: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sync.server.store.database.BUSY_SECONDS", 0.05)
    with server.archive.begin([STREAM]):
        caught: list[WireError] = []

        def work() -> None:
            try:
                with server.archive.begin([STREAM]):
                    pass
            except WireError as error:
                caught.append(error)

        thread = threading.Thread(target=work)
        thread.start()
        thread.join(30)
    assert [(e.code, e.retryable) for e in caught] == [("busy", True)]
    assert caught[0].retry_after


def test_a_packet_may_name_more_replicas_than_one_statement_takes(either: Installation) -> None:
    with either.archive.begin([STREAM]) as transaction:
        transaction.vouch(STREAM, {ORIGIN: 5})
        named = [f"{n:016x}" for n in range(260_000)]
        assert transaction.certified(STREAM, named) == {ORIGIN: 5}
