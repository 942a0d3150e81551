"""Carries out the commands of one conversation: the only place where machine, replica, road and clock
meet."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass

from sync.engine import commands, events, machine
from sync.engine.commands import Command
from sync.engine.events import Event
from sync.engine.machine import Conversation
from sync.engine.narrowing import Differences, narrow
from sync.engine.ports import Clock, Progress, Replica, SiftedPage, Transport
from sync.engine.replies import decode_exchange, decode_reply
from sync.engine.sifting import Owned, nothing_owned, sift_pages
from sync.engine.turns import short_turns
from sync.engine.wording import encode_exchange
from sync.protocol.codec import encode_message
from sync.protocol.errors import WireError
from sync.protocol.facts import keyring
from sync.protocol.messages import (
    CompareReply,
    CompareRequest,
    ExchangeReply,
    Limits,
    Notice,
    Tags,
)
from sync.protocol.versions import SPOKEN, Versions


@dataclass(frozen=True, slots=True)
class Outcome:
    """The numbers of one conversation, in records; everything counted here is durably stored.

    ``problem``: why it ended before all was done (``offline``, ``cancelled``, ``revoked``...), None when
    all went well; what was done before it stays done.  ``conflicts`` and ``pending``: open after the last
    answer, 0 when none came. ``rounds``: exchanges answered.  ``time``: the server's seconds since 1970, 0
    if it never answered. ``catalogue``: its catalogue version.  ``notices``: what else it said
    (``differs``: two replicas still differ).
    """

    sent: int
    accepted: int
    refused: int
    later: int
    received: int
    conflicts: int
    pending: int
    rounds: int
    bytes_up: int
    bytes_down: int
    time: int
    catalogue: int
    notices: tuple[Notice, ...]
    problem: WireError | None


def converse(
    replica: Replica,
    transport: Transport,
    clock: Clock,
    random: Callable[[int], bytes],
    *,
    limits: Limits | None = None,
    owned: Owned = nothing_owned,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
    helper: Executor | None = None,
    spoken: Versions = SPOKEN,
) -> Outcome:
    """One whole sync.  Runs in the replica's thread; the road may be used from a helper thread.

    ``random(n)``: n unpredictable bytes.  ``limits``: never carry more than this in one exchange.
    ``owned``: which values only the server may write.  ``cancelled`` is asked between exchanges.  Road
    troubles come back as ``Outcome.problem``; what the replica raises goes through.
    """
    with ExitStack() as ending:
        runner = _Runner(
            replica,
            transport,
            clock,
            random,
            owned,
            progress,
            cancelled,
            lambda: helper or ending.enter_context(ThreadPoolExecutor(1, "sync-road")),
        )
        with short_turns():
            return runner.run(limits or Limits(), spoken)


class _Runner:
    def __init__(
        self,
        replica: Replica,
        transport: Transport,
        clock: Clock,
        random: Callable[[int], bytes],
        owned: Owned,
        progress: Progress | None,
        cancelled: Callable[[], bool] | None,
        helper: Callable[[], Executor],
    ) -> None:
        self._replica = replica
        self._transport = transport
        self._clock = clock
        self._random = random
        self._owned = owned
        self._progress = progress
        self._cancelled = cancelled or (lambda: False)
        self._make_helper = helper
        self._helper: Executor | None = None
        self._sent: tuple[commands.Send, bytes] | None = None
        self._flight: Future[events.Replied] | None = None

    def run(self, limits: Limits, spoken: Versions) -> Outcome:
        up, down = self._transport.traffic()
        standing = self._replica.standing()
        talk, first = machine.begin(
            events.Begin(standing, self._random(8).hex(), limits, self._owned, spoken)
        )
        queue = deque(first)
        problem: WireError | None = None
        while True:
            if queue:
                command = queue.popleft()
                if isinstance(command, commands.Finish):
                    problem = command.problem
                    if not queue:
                        break
                    continue
                if isinstance(command, commands.Send):
                    if self._cancelled():
                        queue = deque(c for c in queue if isinstance(c, commands.Take))
                        queue.append(commands.Finish(WireError("cancelled")))
                    else:
                        self._take_off(command, keyring(talk.standing.server_keys), not queue)
                    continue
                event = self._carry_out(talk, command)
            elif self._flight is not None:
                event = self._land()
            else:
                break
            talk, more = machine.step(talk, event)
            queue.extend(more)
            self._tell(talk)
        if self._flight is not None:
            self._land()
        now_up, now_down = self._transport.traffic()
        counts = talk.counts
        return Outcome(
            sent=counts.sent,
            accepted=counts.accepted,
            refused=counts.refused,
            later=counts.later,
            received=counts.received,
            conflicts=counts.conflicts,
            pending=counts.pending,
            rounds=counts.rounds,
            bytes_up=now_up - up,
            bytes_down=now_down - down,
            time=talk.server_time,
            catalogue=talk.catalogue,
            notices=talk.notices,
            problem=problem,
        )

    def _take_off(self, send: commands.Send, keys: Mapping[str, bytes], alone: bool) -> None:
        """Sends in the helper thread, or, where nothing else is to be done meanwhile, in this one; the same
        request goes out as the same bytes.  ``keys``: the server's, to check the answer by."""
        if self._sent is None or self._sent[0] != send:
            self._sent = (send, encode_exchange(send.request, send.in_full))
        if not alone:
            self._helper = self._helper or self._make_helper()
            self._flight = self._helper.submit(self._fly, *self._sent, keys)
            return
        self._flight = Future()
        try:
            self._flight.set_result(self._fly(*self._sent, keys))
        except WireError as error:
            self._flight.set_exception(error)

    def _fly(self, send: commands.Send, body: bytes, keys: Mapping[str, bytes]) -> events.Replied:
        """There and back; the answer is read and looked through here, while the former one is stored."""
        started = self._clock.monotonic()
        data = self._transport.exchange(body)
        seconds = self._clock.monotonic() - started
        reply = decode_exchange(data, send.request)
        return events.Replied(reply, seconds, len(data) + len(body), self._sifted(reply, keys))

    def _sifted(self, reply: ExchangeReply, keys: Mapping[str, bytes]) -> tuple[SiftedPage, ...] | None:
        """The pages of an answer; None where one is bad, which the machine says in its turn."""
        try:
            return tuple(map(self._replica.foresee, sift_pages(reply.pages, keys, self._owned)))
        except WireError:
            return None

    def _land(self) -> Event:
        flight, self._flight = self._flight, None
        assert flight is not None  # noqa: S101 - only called with one under way
        try:
            return flight.result()
        except WireError as error:
            return events.Dropped(error)

    def _carry_out(self, talk: Conversation, command: Command) -> Event:
        replica = self._replica
        match command:
            case commands.Cut():
                return events.Gathered(replica.packet(command.stream, command.number, command.limits))
            case commands.Take():
                return events.Took(
                    replica.take(command.nonce, command.receipts, command.pages, command.catalogue)
                )
            case commands.Adopt():
                replica.adopt(command.epochs)
            case commands.Resume():
                if not replica.resume(command.stream, command.number):
                    replica.renew("gap")
            case commands.Renew():
                replica.renew(command.reason)
            case commands.Recall():
                return events.Remembered(tuple(Tags(s, tuple(replica.tags(s))) for s in command.streams))
            case commands.Check():
                mine = {stream: replica.digest(stream) for stream in command.digests}
                return events.Checked(
                    tuple(s for s, theirs in command.digests.items() if mine[s] not in (None, theirs))
                )
            case commands.Narrow():
                return self._narrow(talk, command)
            case commands.Wait():
                chance = self._random(1)[0] / 255
                self._clock.sleep(command.seconds * (0.75 + 0.5 * chance))
                return events.Stopped() if self._cancelled() else events.Woke()
            case _:
                raise AssertionError(command)
        return events.Stood(replica.standing())

    def _narrow(self, talk: Conversation, command: commands.Narrow) -> Event:
        keys = keyring(talk.standing.server_keys)
        found: list[Differences] = []
        try:
            for stream in command.streams:
                cursor = talk.cursors[stream]
                found.append(
                    narrow(
                        self._replica,
                        self._ask,
                        talk.standing.replica,
                        cursor,
                        keys,
                        self._owned,
                        talk.catalogue,
                        talk.protocol,
                    )
                )
        except WireError as error:
            return events.Dropped(error)
        return events.Narrowed(
            sum(d.differing for d in found), sum(d.offered for d in found), sum(d.merged for d in found)
        )

    def _ask(self, request: CompareRequest) -> CompareReply:
        return decode_reply(self._transport.compare(encode_message(request)), CompareReply)

    def _tell(self, talk: Conversation) -> None:
        if self._progress is None:
            return
        counts = talk.counts
        if talk.narrowed and not talk.finished:
            self._progress(0, 0, "compare")
        elif counts.pending or talk.ready is not None or talk.in_flight is not None:
            self._progress(counts.sent, counts.sent + counts.pending, "send")
        else:
            self._progress(counts.received, 0, "receive")


NUMBERS = (
    "sent",
    "accepted",
    "refused",
    "received",
    "conflicts",
    "pending",
    "rounds",
    "bytes_up",
    "bytes_down",
)
"""The numbers that a person and the command line are told."""


def outcome_numbers(outcome: Outcome) -> dict[str, int]:
    """The numbers that the command line prints."""
    return {name: getattr(outcome, name) for name in NUMBERS}
