"""While nobody commits, a laptop that has nothing to say is answered from memory; never a moment longer."""

from __future__ import annotations

import time as clock
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from sync.hub.ports import Device
from sync.protocol.brief_answers import read_answer
from sync.protocol.brief_requests import write_request
from sync.protocol.codec import decode_message, encode_message
from sync.protocol.errors import WireError
from sync.protocol.messages import Enrolment, ErrorReply, ExchangeReply, ExchangeRequest
from sync.protocol.pages import Cursor
from sync.server import teams
from sync.server.accounts import HEARD_OF_SECONDS
from sync.server.app import Service
from sync.server.catalogues import LOOK_AGAIN_SECONDS
from sync.server.installation import Installation, open_installation
from sync.server.store.sums import FRESH_SECONDS
from tests.sync.server.conftest import Make, team_on
from tests.sync.server.laptop import Laptop, made_id, outreach, reply_of
from tests.sync.server.test_app import Asked
from tests.sync.server.test_exchange import exchange


class Time:
    """Seconds that only a test moves."""

    def __init__(self) -> None:
        self.wall, self.steady = clock.time(), 1_000.0

    def forward(self, seconds: float) -> None:
        self.wall += seconds
        self.steady += seconds


FIRST = "f" * 16
"""The nonce of the conversation that is noted."""


class Bench(NamedTuple):
    """A server with one enrolled laptop that has read everything; ``asked``: one entry a transaction."""

    server: Installation
    app: Asked
    time: Time
    laptop: Laptop
    enrolment: Enrolment
    cursors: list[Cursor]
    asked: list[str]

    def request(self, nonce: str, after: str, packets: tuple[bytes, ...] = ()) -> ExchangeRequest:
        cursor = self.cursors[-1]
        return ExchangeRequest(1, self.laptop.replica, nonce, 1, after, 99, (cursor,), packets)

    def ask(self, nonce: str, after: str = FIRST, packets: tuple[bytes, ...] = ()) -> ExchangeReply:
        request = self.request(nonce, after, packets)
        body = write_request(request)
        assert body is not None
        length = str(len(body))
        answer = self.app.ask("POST", "/v1/exchange", body, self.enrolment.token, content_length=length)
        if answer.status != 200:
            told = decode_message(answer.body, ErrorReply)
            raise WireError(told.code, **told.details)
        if answer.body[:1] == b"b":
            return read_answer(answer.body, request)
        return reply_of(answer.body)

    def from_memory(self, nonce: str) -> bool:
        """Whether the next sync without news asks no database."""
        before = len(self.asked)
        self.ask(nonce)
        return len(self.asked) == before

    def remembers(self) -> None:
        """Nothing is new, and that is in memory."""
        self.ask("0" * 16)
        assert self.from_memory("1" * 16)

    def colleague(self) -> tuple[Installation, Device]:
        """Another process at the same server, and a laptop that speaks to that."""
        other = open_installation(self.server.settings.data)
        stream = self.enrolment.team
        return other, Device(made_id("other"), Laptop("other").public, "member", {stream: 1})


@pytest.fixture
def bench(either: Installation, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    team_on(either)
    yield from benches(either, monkeypatch)


def benches(server: Installation, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    time, laptop = Time(), Laptop("a")
    server.archive.sums._seconds = lambda: time.steady
    server.catalogue._seconds = lambda: time.steady
    server.catalogue._looked = None
    app = Asked(server)
    app.service.close()
    app.service = Service(server, now=lambda: time.wall, seconds=lambda: time.steady)
    app._app = app.service.application()
    code = teams.invite(server, "T01", "volunteer", "", 7)[0]
    enrolled = app.ask("POST", "/v1/enrol", encode_message(laptop.enrol_request(code)))
    assert enrolled.status == 200
    enrolment = decode_message(enrolled.body, Enrolment)
    asked: list[str] = []
    begin = server.archive.begin

    def counted(streams: list[str]) -> object:
        asked.append("begin")
        return begin(streams)

    monkeypatch.setattr(server.archive, "begin", counted)
    made = Bench(server, app, time, laptop, enrolment, [], asked)
    packet = laptop.packet(enrolment.team, {made_id("r", n): outreach(n) for n in range(5)})
    first = ExchangeRequest(
        1, laptop.replica, FIRST, 1, "", 99, (Cursor(enrolment.server, "", enrolment.team),), (packet.data,)
    )
    answer = app.ask("POST", "/v1/exchange", encode_message(first), enrolment.token)
    assert answer.status == 200, answer.error
    made.cursors.append(reply_of(answer.body).pages[0].cursor)
    yield made
    app.service.close()


def test_the_second_sync_without_news_is_answered_from_memory_and_alike(bench: Bench) -> None:
    first = bench.ask("0" * 16)
    assert first.pages[0].digest is not None
    before = len(bench.asked)
    assert bench.ask("1" * 16) == first
    assert len(bench.asked) == before


def test_each_exchange_counts_once_for_the_rate_whoever_answers_it(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[str] = []
    take = bench.app.service._exchanges.take

    def counted(key: str) -> float:
        taken.append(key)
        return take(key)

    monkeypatch.setattr(bench.app.service._exchanges, "take", counted)
    bench.remembers()
    assert len(taken) == 2
    bench.time.forward(FRESH_SECONDS + 1)  # the sum has to be made anew: memory cannot answer after all
    assert not bench.from_memory("2" * 16)
    assert len(taken) == 3
    with pytest.raises(WireError):
        bench.ask("3" * 16, after="e" * 16)
    assert len(taken) == 4


def test_what_another_process_commits_is_seen_at_once(bench: Bench) -> None:
    bench.remembers()
    other, device = bench.colleague()
    try:
        packet = Laptop("other").packet(bench.enrolment.team, {made_id("n"): outreach(7)})
        assert reply_of(exchange(other, device, Laptop("other").request([packet]))).receipts
    finally:
        other.close()
    reply = bench.ask("2" * 16)
    assert reply.pages[0].count == 1
    assert reply.pages[0].cursor.seq == bench.cursors[-1].seq + 1


def test_what_this_process_commits_is_seen_at_once(bench: Bench) -> None:
    bench.remembers()
    stream = bench.enrolment.team
    other = Laptop("other")
    device = Device(made_id("other"), other.public, "member", {stream: 1})
    exchange(bench.server, device, other.request([other.packet(stream, {made_id("n"): outreach(7)})]))
    assert bench.ask("2" * 16).pages[0].count == 1


def test_what_is_committed_while_an_answer_is_made_is_seen_by_the_next(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    other, device = bench.colleague()
    packet = Laptop("other").packet(bench.enrolment.team, {made_id("n"): outreach(7)})
    real = bench.app.service._answer_now

    def overtaken(*arguments: object) -> bytes:
        answered = real(*arguments)  # type: ignore[arg-type]
        exchange(other, device, Laptop("other").request([packet]))
        return answered

    monkeypatch.setattr(bench.app.service, "_answer_now", overtaken)
    assert bench.ask("0" * 16).pages[0].count == 0
    monkeypatch.undo()
    other.close()
    assert bench.ask("1" * 16).pages[0].count == 1


def test_whoever_is_shut_out_by_a_verb_is_told_at_once(bench: Bench) -> None:
    bench.remembers()
    other, _ = bench.colleague()
    try:
        teams.revoke(other, bench.enrolment.device)
    finally:
        other.close()
    with pytest.raises(WireError) as refused:
        bench.ask("2" * 16)
    assert refused.value.code == "revoked"


def test_another_token_of_the_device_finds_nothing(bench: Bench) -> None:
    bench.remembers()
    body = write_request(bench.request("2" * 16, FIRST))
    assert body is not None
    false = bench.enrolment.token[:-1] + ("A" if bench.enrolment.token[-1] != "A" else "B")
    answer = bench.app.ask("POST", "/v1/exchange", body, false, content_length=str(len(body)))
    assert (answer.status, answer.error.code) == (401, "not_enrolled")


def test_a_twin_is_noticed_from_memory_too(bench: Bench) -> None:
    bench.remembers()
    with pytest.raises(WireError) as refused:
        bench.ask("2" * 16, after="e" * 16)
    assert refused.value.code == "clone"
    assert bench.ask("3" * 16, after="1" * 16).pages  # the unnoted one before it is known, though


def test_a_packet_goes_into_the_database(bench: Bench) -> None:
    bench.remembers()
    packet = bench.laptop.packet(bench.enrolment.team, {made_id("new"): outreach(9)})
    reply = bench.ask("2" * 16, packets=(packet.data,))
    assert [r.number for r in reply.receipts] == [2]
    with bench.server.archive.look() as seen:
        assert made_id("new") in seen.load(bench.enrolment.team, [made_id("new")])
        assert seen.talk(bench.laptop.replica) is not None


def test_the_rows_are_added_up_again_in_their_turn(bench: Bench) -> None:
    bench.remembers()
    bench.time.forward(FRESH_SECONDS + 1)
    assert not bench.from_memory("2" * 16)


def test_a_newer_catalogue_is_looked_for_as_often_as_ever(bench: Bench) -> None:
    bench.remembers()
    bench.time.forward(LOOK_AGAIN_SECONDS)
    assert not bench.from_memory("2" * 16)
    assert bench.from_memory("3" * 16)


def test_that_a_laptop_was_heard_of_is_still_written_down(bench: Bench) -> None:
    bench.remembers()
    bench.time.forward(HEARD_OF_SECONDS + 60)
    bench.ask("2" * 16)
    with bench.server.database.read() as connection:
        from sync.server.store import devices

        found = devices.at_the_door(connection, bench.enrolment.team, bench.enrolment.device)
    assert found is not None
    assert found[0].seen_at == int(bench.time.wall)


def test_many_a_minute_are_still_too_many(bench: Bench) -> None:
    bench.remembers()
    for _ in range(bench.server.settings.limits.exchange_per_minute - 3):
        bench.ask("2" * 16)
    with pytest.raises(WireError) as refused:
        bench.ask("2" * 16)
    assert refused.value.code == "busy"


def test_where_nothing_can_be_watched_everything_is_asked(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.remembers()
    monkeypatch.setattr(bench.app.service._commits, "mark", lambda: None)
    assert not bench.from_memory("2" * 16)
    assert not bench.from_memory("3" * 16)


@pytest.fixture
def on_postgresql(make_server: Make, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    server = make_server("postgresql")
    team_on(server)
    yield from benches(server, monkeypatch)


NUMBERED = "SELECT pg_current_xact_id()"
"""As anything that writes or locks is."""


@pytest.mark.postgres
def test_what_postgresql_has_yet_to_commit_is_seen_once_it_has(on_postgresql: Bench) -> None:
    bench = on_postgresql
    bench.remembers()
    with bench.server.database.write() as connection:
        connection.exec_driver_sql(NUMBERED)
        assert bench.from_memory("2" * 16)
    assert not bench.from_memory("3" * 16)
    assert bench.from_memory("4" * 16)


@pytest.mark.postgres
def test_nothing_is_kept_of_a_moment_at_which_postgresql_has_an_older_one_unfinished(
    on_postgresql: Bench,
) -> None:
    bench = on_postgresql
    with bench.server.database.write() as older:
        older.exec_driver_sql(NUMBERED)
        for nonce in "0123":
            assert not bench.from_memory(nonce * 16)
    bench.remembers()


@pytest.mark.postgres
def test_a_broken_line_to_postgresql_is_opened_again(on_postgresql: Bench) -> None:
    bench = on_postgresql
    bench.remembers()
    with bench.server.database.read() as connection:
        connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE pid <> pg_backend_pid() AND starts_with(query, 'SELECT pg_current_snapshot')"
        )
    assert not bench.from_memory("2" * 16), "nothing is known of the time without a line"
    bench.ask("3" * 16)
    assert bench.from_memory("4" * 16)
