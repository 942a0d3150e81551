"""The brief form says the same as the full one in less, or does not exist; nothing else is read as it."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from sync.protocol.brief_answers import read_answer, write_answer
from sync.protocol.brief_requests import read_request, write_request
from sync.protocol.errors import WireError
from sync.protocol.messages import ExchangeReply, Limits, Notice, Tags
from sync.protocol.packets import FIRST, PacketHead, seal
from sync.protocol.pages import Cursor, Page
from sync.protocol.receipts import Outcome, ReceiptException
from sync.protocol.versions import Versions
from tests.sync.protocol.message_vectors import (
    KEY,
    SERVER,
    STREAM,
    A,
    B,
    brief_bytes,
    brief_pair,
    messages,
)

(CURSOR,) = brief_pair()[0].cursors


def other(message: Any, **changes: Any) -> Any:
    return msgspec.structs.replace(message, **changes)


def test_a_request_comes_back_whole() -> None:
    request, data = brief_pair()[0], brief_bytes()[0]
    assert read_request(data).in_full(CURSOR, FIRST) == request
    for changed in (
        other(request, packets=(), limits=None),
        other(request, last=False, number=300),
        other(request, limits=Limits()),
        other(request, limits=Limits(page_records=7)),
        other(request, limits=Limits(page_records=7, page_bytes=int("2097152"))),
    ):
        short = write_request(changed)
        assert short is not None
        assert read_request(short).in_full(CURSOR, FIRST) == changed


def test_a_packet_that_names_former_ids_comes_back_whole() -> None:
    head = PacketHead(A, STREAM, 1, FIRST, 30, 1, 0, ((B, 20), ("f" * 16, 2**40)))
    request = other(brief_pair()[0], packets=(seal(head, b"J[]", KEY).data,))
    short = write_request(request)
    assert short is not None
    assert read_request(short).in_full(CURSOR, FIRST) == request


def test_it_costs_little_beside_the_record_and_the_signatures() -> None:
    request, reply = brief_pair()
    (data,) = request.packets
    head_of_packet = 7 + 44
    asked, body = brief_bytes()[0], len(data) - head_of_packet - 64
    bare = other(reply.pages[0], count=0, rows=b"", more=False, voucher=msgspec.UNSET)
    told = write_answer(other(reply, pages=(bare,)), request)
    assert len(asked) <= 50 + 64 + body
    assert told is not None
    assert len(told) <= 36 + 64
    idle = write_request(other(request, packets=(), limits=None))
    assert idle is not None
    assert len(idle) == 38


@pytest.mark.parametrize(
    "changed",
    [
        {"server": STREAM},
        {"epoch": "d" * 32},
        {"stream": SERVER},
        {"generation": 2},
        {"tag": "0" * 16},
        {"seq": 6},
    ],
)
def test_whoever_knows_something_else_asks_for_all(changed: dict[str, Any]) -> None:
    asked = read_request(brief_bytes()[0])
    with pytest.raises(WireError, match="say_in_full"):
        asked.in_full(other(CURSOR, **changed), FIRST)
    with pytest.raises(WireError, match="say_in_full"):
        asked.in_full(CURSOR, bytes([1]) * 16)


def foreign_packet(replica: str, stream: str) -> bytes:
    return seal(PacketHead(replica, stream, 1, FIRST, 1, 1, 0), b"J[]", KEY).data


@pytest.mark.parametrize(
    "changed",
    [
        {"cursors": ()},
        {"cursors": (Cursor(SERVER, "", STREAM),)},
        {"cursors": brief_pair()[0].cursors * 2},
        {"packets": brief_pair()[0].packets * 2},
        {"packets": (foreign_packet(B, STREAM),)},
        {"packets": (foreign_packet(A, SERVER),)},
        {"tags": (Tags(STREAM, ()),)},
        {"vouchers": messages()["exchange_request"].vouchers},
        {"limits": Limits(packet_records=5)},
        {"after": ""},
        {"nonce": "F" * 16},
        {"replica": "a"},
    ],
)
def test_what_has_no_brief_form_is_said_in_full(changed: dict[str, Any]) -> None:
    assert write_request(other(brief_pair()[0], **changed)) is None


def test_an_answer_comes_back_whole() -> None:
    request, reply = brief_pair()
    assert read_answer(brief_bytes()[1], request) == reply
    (cursor,) = request.cursors
    for changed in (
        other(reply, receipts=(), pages=(Page(cursor),)),
        other(reply, receipts=(), pages=(Page(cursor, digest=reply.pages[0].digest),)),
        other(reply, pages=(other(reply.pages[0], voucher=msgspec.UNSET, more=False),)),
    ):
        short = write_answer(changed, request)
        assert short is not None
        assert read_answer(short, request) == changed


def told_otherwise() -> list[ExchangeReply]:
    reply = brief_pair()[1]
    (page,), (receipt,) = reply.pages, reply.receipts
    exception = ReceiptException(f"{A}:1", "support_visit", "x", "phone", "bad_phone", Outcome.REFUSED)
    return [
        other(reply, notices=(Notice("catalogue_newer", {"version": 2}),)),
        other(reply, limits=Limits()),
        other(reply, epochs=messages()["exchange_reply"].epochs),
        other(reply, epoch="d" * 32),
        other(reply, protocol=2),
        other(reply, pages=()),
        other(reply, pages=(page, page)),
        other(reply, pages=(other(page, cursor=other(page.cursor, generation=2)),)),
        other(reply, pages=(other(page, cursor=other(page.cursor, tag="")),)),
        other(reply, pages=(other(page, voucher=other(page.voucher, certified={"server": 1})),)),
        other(reply, receipts=(receipt, receipt)),
        other(reply, receipts=(other(receipt, exceptions=(exception,)),)),
        other(reply, receipts=(other(receipt, hash=bytes(16)),)),
        other(reply, receipts=(other(receipt, number=2),)),
    ]


@pytest.mark.parametrize("reply", told_otherwise())
def test_an_answer_that_says_more_has_no_brief_form(reply: ExchangeReply) -> None:
    assert write_answer(reply, brief_pair()[0]) is None


def test_bytes_that_nobody_writes_are_refused() -> None:
    request = brief_pair()[0]
    asked, told = brief_bytes()
    wrong_requests = [
        asked[:2] + b"\xff" + asked[3:],  # flags nobody knows
        asked[:40],
        b"b",
        b"n" + asked[1:],
        brief_bytes_without_packet() + b"\0",
    ]
    for data in wrong_requests:
        with pytest.raises(WireError, match="bad_message"):
            read_request(data)
    wrong_answers = [
        told[:1] + b"\x80" + told[2:],
        told[:60],
        told[:2] + longer(1_790_000_000) + told[7:],  # a number with a needless byte
        b"b" + bytes([16]) + b"\1\1\0",  # rows that are none
    ]
    for data in wrong_answers:
        with pytest.raises(WireError, match="bad_message"):
            read_answer(data, request)
    with pytest.raises(WireError, match="bad_message"):
        read_answer(told, other(request, packets=()))
    with pytest.raises(WireError, match="bad_message"):
        read_answer(told, other(request, cursors=()))


def brief_bytes_without_packet() -> bytes:
    data = write_request(other(brief_pair()[0], packets=()))
    assert data is not None
    return data


def longer(number: int) -> bytes:
    out = bytearray()
    while number:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes([*out, 0])


def test_a_needless_byte_in_a_request_is_refused() -> None:
    """Else it would read as the same request under other bytes."""
    request = other(brief_pair()[0], packets=(), limits=None)
    data = write_request(request)
    assert data is not None
    at = 1 + 1 + 1 + 24
    padded = data[:at] + b"\x81\x00" + data[at + 1 :]
    with pytest.raises(WireError, match="bad_message"):
        read_request(padded)


def test_the_version_is_read_whatever_follows() -> None:
    with pytest.raises(WireError, match="too_new"):
        read_request(b"b\x07wonders", Versions(2, 6))
    with pytest.raises(WireError, match="too_old"):
        read_request(b"b\x01", Versions(2, 6))
    with pytest.raises(WireError, match="bad_message"):
        read_request(b"b")


def test_a_message_too_long_is_refused() -> None:
    data = brief_bytes()[0] + bytes(16 * 1024 * 1024)
    with pytest.raises(WireError, match="too_large"):
        read_request(data)
