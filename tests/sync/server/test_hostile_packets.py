"""What a hostile or broken laptop may send through the real hub: a code, and nothing half applied."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
import pytest

from sync.hub import answer
from sync.hub.ports import Device
from sync.protocol import frames, records
from sync.protocol.bodies import pack_rows
from sync.protocol.copies import CELLS_LIMIT
from sync.protocol.dots import Dot
from sync.protocol.errors import WireError
from sync.protocol.image import encode_image
from sync.protocol.messages import ExchangeReply
from sync.protocol.packets import FIRST, Packet, PacketHead, seal
from sync.protocol.pages import Row
from sync.protocol.receipts import Outcome
from sync.protocol.records import Stamp
from sync.server.installation import Installation
from tests.sync.server.conftest import team_on
from tests.sync.server.laptop import AT, Laptop, made_id, outreach, reply_of

GOOD, BAD = made_id("good"), made_id("bad")


def packet_of(
    laptop: Laptop,
    stream: str,
    cells: Mapping[str, Mapping[str, Any]],
    *,
    kinds: Mapping[str, str] | None = None,
    counter: int = 1,
    number: int = 1,
    previous: bytes = FIRST,
) -> Packet:
    """A packet whatever it holds: id -> cells, all saved under one counter."""
    rows = []
    for id, values in cells.items():
        kind = (kinds or {}).get(id, "outreach")
        made = records.create(kind, id, values, Dot(counter, laptop.replica), Stamp(AT, laptop.person, 1))
        rows.append(Row(kind, id, encode_image(made)))
    head = PacketHead(laptop.replica, stream, number, previous, counter, 1, len(rows))
    return seal(head, pack_rows(rows), laptop.private)


def send(server: Installation, laptop: Laptop, stream: str, *packets: Packet) -> ExchangeReply:
    device = Device(made_id("device", laptop.replica), laptop.public, "member", {stream: 1})
    body = laptop.request(packets)
    judge = server.catalogue.get().judge
    return reply_of(answer.exchange(server.archive, judge, device, body, AT, secrets.token_bytes))


def stored(server: Installation, stream: str) -> set[str]:
    with server.archive.look() as seen:
        return {row.id for row in seen.page(stream, 0, 1_000, 1 << 40)}


def told(reply: ExchangeReply) -> set[tuple[str, str, Outcome]]:
    return {(e.id, e.code, e.outcome) for receipt in reply.receipts for e in receipt.exceptions}


def test_a_record_for_a_foreign_stream(server: Installation) -> None:
    stream, foreign = team_on(server), team_on(server, "T02")
    laptop = Laptop("a")
    reply = send(server, laptop, stream, packet_of(laptop, foreign, {BAD: outreach(1)}))
    assert [(n.code, n.details) for n in reply.notices] == [("foreign_stream", {"stream": foreign})]
    assert reply.receipts == ()
    assert BAD not in stored(server, foreign)


@pytest.mark.parametrize("counter", [2**40, 2**53 - 1])
def test_a_counter_that_leaps(server: Installation, counter: int) -> None:
    stream, laptop = team_on(server), Laptop("a")
    before = stored(server, stream)
    reply = send(server, laptop, stream, packet_of(laptop, stream, {BAD: outreach(1)}, counter=counter))
    assert [(n.code, n.details["reason"]) for n in reply.notices] == [("packet_refused", "counter")]
    assert (reply.receipts, stored(server, stream)) == ((), before)
    reply = send(server, laptop, stream, packet_of(laptop, stream, {GOOD: outreach(1)}))
    assert [r.number for r in reply.receipts] == [1], "the same number is still free"


def test_an_id_used_again_under_another_kind(server: Installation) -> None:
    stream, laptop = team_on(server), Laptop("a")
    first = packet_of(laptop, stream, {BAD: outreach(1)})
    send(server, laptop, stream, first)
    values = {"date": "2026-11-18"}
    second = packet_of(
        laptop,
        stream,
        {BAD: values, GOOD: outreach(2)},
        kinds={BAD: "training"},
        counter=2,
        number=2,
        previous=first.hash,
    )
    reply = send(server, laptop, stream, second)
    assert told(reply) == {(BAD, "id_in_use", Outcome.REFUSED)}
    assert {BAD, GOOD} <= stored(server, stream)
    with server.archive.look() as seen:
        assert seen.load(stream, [BAD])[BAD].kind == "outreach"


@pytest.mark.parametrize("field", ["theme", "no_such_field"])
def test_ten_megabytes_in_one_field(server: Installation, field: str) -> None:
    stream, laptop = team_on(server), Laptop("a")
    values = {**outreach(1), field: "x" * 10_000_000}
    reply = send(server, laptop, stream, packet_of(laptop, stream, {BAD: values, GOOD: outreach(2)}))
    expected = ("too_long", Outcome.REFUSED) if field == "theme" else ("unknown_field", Outcome.LATER)
    assert told(reply) == {(BAD, *expected)}
    with server.archive.look() as seen:
        found = seen.load(stream, [BAD, GOOD])
    assert set(found) == {BAD, GOOD}, "the record's other fields are as good as ever"
    assert len(found[BAD].image) < 5_000


MILLION = 1_000_000


def million_fields(laptop: Laptop) -> bytes:
    """One record of a million fields, written out."""
    dot = f'["{laptop.replica}",1,{AT},"",1]'
    cells = ",".join([f'"f{n:06d}":[0,1]' for n in range(MILLION)])
    return b"j" + frames.compress(f'[["outreach","{BAD}",0,[[{dot}],{{{cells}}},{{}}]]]'.encode())


def million_columns(laptop: Laptop) -> bytes:
    """The same in columns, each of one value."""
    dots = f'[["k","{laptop.replica}",0],["k",1,0],["k",{AT},0],["k","",0],["k",1,0]]'
    cells = ",".join([f'["f{n:06d}",null,null,["k",1,0]]' for n in range(MILLION)])
    block = f'["outreach",1,["k","{BAD}",0],["k",0,0],["k",1,0],{dots},["k",{{}},0],[{cells}],[]]'
    head = f"[[],{block}]".encode()
    return b"p" + frames.compress(len(head).to_bytes(4, "little") + head)


@pytest.mark.parametrize("written", [million_fields, million_columns])
def test_a_million_fields(server: Installation, written: Callable[[Laptop], bytes]) -> None:
    stream, laptop = team_on(server), Laptop("a")
    before = stored(server, stream)
    head = PacketHead(laptop.replica, stream, 1, FIRST, 1, 1, 1)
    reply = send(server, laptop, stream, seal(head, written(laptop), laptop.private))
    assert [(n.code, n.details["reason"]) for n in reply.notices] == [("packet_refused", "too_large")]
    assert (reply.receipts, stored(server, stream)) == ((), before)


def test_a_record_that_grows_beyond_its_cells(server: Installation) -> None:
    stream, laptop = team_on(server), Laptop("a")
    half = CELLS_LIMIT // 2 + 10
    previous = FIRST
    images = []
    for number, said in ((1, set[object]()), (2, {(BAD, "too_many_cells", Outcome.REFUSED)})):
        lines = {f"lines/{number}-{n}": {"#": n, "service": "K01", "outcome": "done"} for n in range(half)}
        packet = packet_of(
            laptop,
            stream,
            {BAD: lines, GOOD: {f"lines/{number}": lines[f"lines/{number}-0"]}},
            kinds={BAD: "support_visit", GOOD: "support_visit"},
            counter=number,
            number=number,
            previous=previous,
        )
        previous = packet.hash
        assert told(send(server, laptop, stream, packet)) == said
        with server.archive.look() as seen:
            found = seen.load(stream, [BAD, GOOD])
        images.append(found[BAD].image)
        assert f'"lines/{number}"'.encode() in found[GOOD].image, "the record beside it is as good as ever"
    assert half <= len(msgspec.json.decode(images[0])[1]) <= CELLS_LIMIT
    assert images[1] == images[0], "nothing of what was too much stands"


def test_a_message_that_is_none(server: Installation) -> None:
    stream, laptop = team_on(server), Laptop("a")
    device = Device(made_id("device"), laptop.public, "member", {stream: 1})
    judge = server.catalogue.get().judge
    for body in (b"", b"NTMX", b"{}", b"{" * 1000, laptop.request()[:-1]):
        with pytest.raises(WireError) as refused:
            answer.exchange(server.archive, judge, device, body, AT, secrets.token_bytes)
        assert refused.value.code == "bad_message"
