"""The asking half of sync as a pure machine: ``step(conversation, event) -> (conversation, commands)``.

It knows no clock, socket, database or thread.  The runner carries out commands in order; ``Send`` is under
way while the commands after it are carried out, so that the next packet is cut and the last answer stored
while the server works and the next answer is looked through.

    Begin -> Cut -> Gathered -> Send, Cut -> Replied -> Send, Take, Cut -> ... -> Take, Check -> Checked ->
    Finish
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import msgspec
from msgspec import UNSET

from sync.engine.commands import (
    Adopt,
    Check,
    Command,
    Cut,
    Finish,
    Narrow,
    Recall,
    Renew,
    Resume,
    Send,
    Take,
    Wait,
)
from sync.engine.events import (
    Begin,
    Checked,
    Dropped,
    Event,
    Gathered,
    Narrowed,
    Remembered,
    Replied,
    Stood,
    Stopped,
    Took,
    Woke,
)
from sync.engine.line import LINE_AT_START, Line
from sync.engine.ports import Standing, Taken
from sync.engine.sifting import Owned, check_epochs, nothing_owned, sift_pages, sift_receipts
from sync.protocol.errors import WireError
from sync.protocol.facts import keyring
from sync.protocol.messages import ExchangeRequest, Limits, Notice, Tags, worth_remembering
from sync.protocol.packets import Packet
from sync.protocol.pages import Cursor, Digest
from sync.protocol.versions import SPOKEN, Versions


@dataclass(frozen=True, slots=True)
class Counts:
    """Records so far; ``rounds``: exchanges answered.  ``conflicts`` and ``pending``: as of the last
    ``Took``."""

    sent: int = 0
    accepted: int = 0
    refused: int = 0
    later: int = 0
    received: int = 0
    conflicts: int = 0
    pending: int = 0
    rounds: int = 0


@dataclass(frozen=True, slots=True)
class Conversation:
    """All a conversation knows.  ``protocol``: the version spoken, the highest that both sides know as far
    as is known; ``ready``: the packet that goes next, ``full`` when more may wait behind it; ``dry``: the
    replica had nothing more when last asked; ``blocked``: streams whose packets the server will not take now;
    ``renewing``: a new id is being taken, what was under way counts no more; ``in_full``: the server knows
    other things than this laptop, requests leave nothing out."""

    standing: Standing
    nonce: str
    owned: Owned = nothing_owned
    ceiling: Limits = Limits()  # noqa: RUF009 - frozen
    spoken: Versions = SPOKEN
    protocol: int = SPOKEN.maximum
    line: Line = LINE_AT_START
    cursors: Mapping[str, Cursor] = field(default_factory=dict)
    next_number: Mapping[str, int] = field(default_factory=dict)
    number: int = 0
    request: ExchangeRequest | None = None
    in_flight: Packet | None = None
    ready: Packet | None = None
    full: bool = False
    dry: frozenset[str] = frozenset()
    blocked: frozenset[str] = frozenset()
    tags: tuple[Tags, ...] = ()
    in_full: bool = False
    more: bool = False
    digests: Mapping[str, Digest] = field(default_factory=dict)
    narrowed: bool = False
    renewed: bool = False
    renewing: bool = False
    restarts: int = 0
    sent: frozenset[tuple[str, int]] = frozenset()
    counts: Counts = Counts()
    notices: tuple[Notice, ...] = ()
    server_time: int = 0
    catalogue: int = 0
    finished: bool = False


Step = tuple[Conversation, tuple[Command, ...]]

NOT_COMPLETED = frozenset({"say_in_full", "bad_message"})
"""What a server says to a brief request that it cannot complete, and one that knows no brief form."""
RESTARTS = 6
"""How often one conversation may start over (new epoch, gap, tags) before it gives up with ``later``."""


def begin(event: Begin) -> Step:
    """The conversation and its first commands."""
    spoken = event.spoken
    talk = Conversation(
        event.standing, event.nonce, event.owned, event.ceiling, spoken=spoken, protocol=spoken.maximum
    )
    return _restart(talk, event.standing)


def step(talk: Conversation, event: Event) -> Step:
    """What to do next.  Raises nothing: a bad answer ends the conversation with its code."""
    if talk.finished or (talk.renewing and not isinstance(event, Took | Stood | Stopped)):
        return talk, ()
    try:
        return _step(talk, event)
    except WireError as error:
        return _finish(talk, error)


def _step(talk: Conversation, event: Event) -> Step:
    match event:
        case Gathered():
            return _gathered(talk, event.packet)
        case Replied():
            return _replied(talk, event)
        case Dropped():
            return _dropped(talk, event.error)
        case Took():
            return _took(talk, event.taken)
        case Stood():
            return _restart(talk, event.standing)
        case Remembered():
            return _send(replace(talk, tags=event.tags))
        case Checked():
            return _checked(talk, event.differing)
        case Narrowed():
            return _narrowed(talk, event)
        case Woke():
            return (talk, (Send(talk.request, talk.in_full),)) if talk.request is not None else _send(talk)
        case Stopped():
            return _finish(talk, WireError("cancelled"))
        case Begin():
            return begin(event)


def _finish(talk: Conversation, problem: WireError | None) -> Step:
    return replace(talk, finished=True), (Finish(problem),)


def _restart(talk: Conversation, standing: Standing) -> Step:
    if talk.restarts > RESTARTS:
        return _finish(talk, WireError("later", reason="unsettled"))
    talk = replace(
        talk,
        standing=standing,
        cursors={cursor.stream: cursor for cursor in standing.cursors},
        next_number=dict(standing.first_waiting),
        request=None,
        in_flight=None,
        ready=None,
        dry=frozenset(),
        tags=(),
        renewing=False,
        restarts=talk.restarts + 1,
    )
    return _cut_or_send(talk)


def _cut(talk: Conversation) -> tuple[Command, ...]:
    """The command that looks for the next packet, if any stream may still have one."""
    if talk.ready is not None:
        return ()
    for stream in talk.cursors:
        if stream not in talk.dry and stream not in talk.blocked:
            number = talk.next_number.get(stream, 1)
            return (Cut(stream, number, _room(talk)),)
    return ()


def _room(talk: Conversation) -> Limits:
    """What the next packet may hold."""
    opening = talk.standing.many and talk.request is None and not talk.counts.rounds
    return talk.line.limits(talk.ceiling, opening)


def _is_full(talk: Conversation, packet: Packet) -> bool:
    """Whether the packet just gathered took all it had room for: more may wait.  One cut in a conversation
    before this had the room of that one."""
    count, room = packet.head.count, talk.line.limits(talk.ceiling)
    return (
        count == _room(talk).packet_records
        or count >= room.packet_records
        or len(packet.body) * 16 >= room.packet_bytes
    )


def _cut_or_send(talk: Conversation) -> Step:
    commands = _cut(talk)
    return (talk, commands) if commands else _send(talk)


def _gathered(talk: Conversation, packet: Packet | None) -> Step:
    if packet is None:
        stream = next(s for s in talk.cursors if s not in talk.dry and s not in talk.blocked)
        talk = replace(talk, dry=talk.dry | {stream})
    else:
        head = packet.head
        number = {**talk.next_number, head.stream: head.number + 1}
        talk = replace(talk, ready=packet, full=_is_full(talk, packet), next_number=number)
    if talk.request is not None:
        return talk, () if packet is not None else _cut(talk)
    return _cut_or_send(talk) if packet is None else _send(talk)


def _send(talk: Conversation) -> Step:
    """Sends what is ready, and looks for the packet after it meanwhile."""
    packet = talk.ready
    limits = talk.line.limits(talk.ceiling)
    request = ExchangeRequest(
        protocol=talk.protocol,
        replica=talk.standing.replica,
        nonce=talk.nonce,
        number=talk.number + 1,
        after=talk.standing.after,
        catalogue=talk.standing.catalogue,
        cursors=tuple(talk.cursors.values()),
        packets=(packet.data,) if packet is not None else (),
        limits=_of_pages(limits),
        tags=talk.tags,
        last=packet is None or not talk.full,
        vouchers=talk.standing.vouchers or UNSET,
    )
    talk = replace(talk, request=request, number=talk.number + 1, in_flight=packet, ready=None, tags=())
    return talk, (Send(request, talk.in_full), *(_cut(talk) if packet is not None else ()))


def _of_pages(limits: Limits) -> Limits | None:
    """What the server must be told: how large its pages may be."""
    told = Limits(page_records=limits.page_records, page_bytes=limits.page_bytes)
    return None if told == Limits() else told


def _replied(talk: Conversation, event: Replied) -> Step:
    reply = event.reply
    standing = talk.standing
    if standing.server and reply.server != standing.server:
        raise WireError("refused", reason="server")
    receipts = sift_receipts(reply, standing)
    request = talk.request
    noted = request is None or worth_remembering(request, reply.receipts, reply.pages, reply.epochs)
    nonce = talk.nonce if noted else ""
    carried = sum(page.count for page in reply.pages)
    carried += talk.in_flight.head.count if talk.in_flight is not None else 0
    if talk.in_flight is not None and any(r.number == talk.in_flight.head.number for r in receipts):
        key = (talk.in_flight.head.stream, talk.in_flight.head.number)
        if key not in talk.sent:
            count = talk.counts.sent + talk.in_flight.head.count
            talk = replace(talk, sent=talk.sent | {key}, counts=replace(talk.counts, sent=count))
    talk = replace(
        talk,
        request=None,
        in_flight=None,
        line=talk.line.answered(event.seconds, event.octets, carried),
        counts=replace(talk.counts, rounds=talk.counts.rounds + 1),
        server_time=reply.time,
        catalogue=reply.catalogue,
        notices=(*talk.notices, *(n for n in reply.notices if n not in talk.notices)),
    )
    pages = event.pages
    if pages is None:
        keys = keyring(standing.server_keys)
        pages = tuple(sift_pages(reply.pages, keys, talk.owned))
    take = Take(nonce, receipts, pages, reply.catalogue)
    if reply.epochs:
        check_epochs(reply.epochs, reply.epoch, standing)
        return talk, (Adopt(reply.epochs), Take(nonce, receipts, (), reply.catalogue))
    if standing.epoch and reply.epoch != standing.epoch:
        raise WireError("bad_message", reason="epoch")
    wanted = tuple(n.details["stream"] for n in reply.notices if n.code == "tags_wanted")
    if wanted:
        return _again(talk, (take, Recall(wanted)))
    gap = next((n for n in reply.notices if n.code == "gap"), None)
    if gap is not None:
        return _again(talk, (take, Resume(gap.details["stream"], gap.details["number"])))
    stuck = {
        n.details.get("stream", "") for n in reply.notices if n.code in ("packet_refused", "foreign_stream")
    }
    talk = replace(talk, blocked=talk.blocked | stuck)
    if talk.ready is not None and talk.ready.head.stream in talk.blocked:
        talk = replace(talk, ready=None)
    for page in reply.pages:
        talk = replace(talk, cursors={**talk.cursors, page.cursor.stream: page.cursor})
    digests = {page.cursor.stream: page.digest for page in reply.pages if page.digest is not None}
    talk = replace(talk, digests=digests, more=any(page.more for page in reply.pages))
    if talk.ready is not None or talk.more or not digests:
        if not digests and not reply.pages and talk.ready is None:
            return _checked_off(talk, take)
        talk, commands = _send(talk)
        return talk, (commands[0], take, *commands[1:])
    return _checked_off(talk, take)


def _again(talk: Conversation, commands: tuple[Command, ...]) -> Step:
    if talk.restarts > RESTARTS:
        return replace(talk, finished=True), (commands[0], Finish(WireError("later", reason="unsettled")))
    return replace(talk, restarts=talk.restarts + 1), commands


def _checked_off(talk: Conversation, take: Take) -> Step:
    """Nothing more to send or to read as far as is known: store, then compare."""
    return talk, (take, Check(talk.digests))


def _took(talk: Conversation, taken: Taken) -> Step:
    counts = talk.counts
    if taken.queued:
        talk = replace(talk, dry=frozenset())
    talk = replace(
        talk,
        counts=replace(
            counts,
            accepted=counts.accepted + taken.accepted,
            refused=counts.refused + taken.refused,
            later=counts.later + taken.later,
            received=counts.received + taken.received,
            conflicts=taken.conflicts,
            pending=taken.pending,
        ),
    )
    if taken.twin and not talk.renewing:
        return _renew(replace(talk, renewing=True), WireError("clone"))
    return talk, ()


def _renew(talk: Conversation, error: WireError) -> Step:
    """Takes a new id, once in a conversation."""
    if talk.renewed:
        return _finish(talk, error)
    return replace(talk, renewed=True, request=None, in_flight=None), (Renew("clone"),)


def _checked(talk: Conversation, differing: tuple[str, ...]) -> Step:
    if _cut(talk):
        return _cut_or_send(talk)
    if not differing:
        return _finish(talk, None)
    if talk.narrowed:
        notices = tuple(Notice("differs", {"stream": stream}) for stream in differing)
        return _finish(replace(talk, notices=(*talk.notices, *notices)), None)
    return replace(talk, narrowed=True), (Narrow(differing),)


def _narrowed(talk: Conversation, event: Narrowed) -> Step:
    if not event.offered and not event.merged:
        return _finish(talk, None)
    return _cut_or_send(replace(talk, dry=frozenset(), ready=None))


def _dropped(talk: Conversation, error: WireError) -> Step:
    if error.code == "clone":
        return _renew(talk, error)
    common = talk.spoken.common(error)
    if talk.request is not None:
        if common is not None and common != talk.protocol:
            return _otherwise(replace(talk, protocol=common), talk.request)
        if error.code in NOT_COMPLETED and not talk.in_full:
            return _otherwise(replace(talk, in_full=True), talk.request)
    moved = error.details.get("moved", 0)
    line = talk.line.dropped(moved)
    talk = replace(talk, line=line)
    asked = error.retry_after or 0.0
    if error.retryable and line.may_retry(error.code, asked):
        return talk, (Wait(max(line.pause(), asked)),)
    return _finish(talk, error)


def _otherwise(talk: Conversation, request: ExchangeRequest) -> Step:
    """Says once more what was not understood: other bytes, so it is an exchange of its own."""
    number = talk.number + 1
    again = msgspec.structs.replace(request, protocol=talk.protocol, number=number)
    return replace(talk, number=number, request=again), (Send(again, talk.in_full),)
