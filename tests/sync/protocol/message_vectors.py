"""One example of every message and of every error, for the vectors and the fuzzer."""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec

from sync.protocol.bodies import pack_rows
from sync.protocol.brief_answers import write_answer
from sync.protocol.brief_requests import write_request
from sync.protocol.bundles import BundleHead, Held, Part, What, write_bundle
from sync.protocol.carry_notes import CarryNote, sign_note
from sync.protocol.digest import digest_of
from sync.protocol.greetings import Greeting, write_greeting
from sync.protocol.image import image_hash
from sync.protocol.messages import (
    CompareReply,
    CompareRequest,
    Enrolment,
    EnrolRequest,
    ErrorReply,
    ExchangeReply,
    ExchangeRequest,
    Hello,
    Limits,
    Notice,
    RelayReply,
    RelayRequest,
    StreamGrant,
    Tags,
)
from sync.protocol.packets import FIRST, Packet, PacketHead, seal
from sync.protocol.pages import Cursor, Epoch, Fork, Page, sign_epoch
from sync.protocol.proofs import proof_of
from sync.protocol.receipts import Outcome, Receipt, ReceiptException, sign_receipt
from sync.protocol.rosters import Mate, Roster, encode_roster, sign_roster
from sync.protocol.signing import public_of
from sync.protocol.vouchers import Voucher, sign_voucher
from tests.sync.protocol import test_vectors as known

KEY, A, B, STREAM, SERVER, EPOCH = known.KEY, known.A, known.B, known.STREAM, known.SERVER, "e" * 32
rows = known.rows

ERRORS: dict[str, dict[str, Any]] = {
    "refused": {"reason": "scope"},
    "too_old": {"minimum": 1, "maximum": 1},
    "too_new": {"minimum": 1, "maximum": 1},
    "revoked": {"device": "d"},
    "not_enrolled": {},
    "clone": {"replica": A},
    "say_in_full": {},
    "busy": {"retry_after": 5},
    "foreign_stream": {"stream": STREAM},
    "bad_code": {},
    "code_expired": {},
    "code_used": {},
    "too_large": {"limit": 16 * 1024 * 1024},
    "not_found": {},
    "bad_message": {"reason": "json"},
    "bad_signature": {"what": "voucher"},
    "bad_packet": {"reason": "length"},
}
"""Codes a server answers whole requests with, and details that may come along."""


def packet() -> Packet:
    """The packet of ``vectors.json``."""
    body = pack_rows([r._replace(seq=0) for r in rows()], plain=True)
    return seal(PacketHead(A, STREAM, 1, FIRST, 21, 1, 5), body, KEY)


def messages() -> dict[str, Any]:
    """By name; bodies as plain JSON, so that the vectors do not depend on a release of zstd."""
    body = pack_rows(rows(), plain=True)
    exceptions = tuple(
        ReceiptException(f"{A}:1", "support_visit", rows()[0].id, "phone", code, outcome)
        for code, outcome in (
            ("bad_phone", Outcome.REFUSED),
            ("unknown_field", Outcome.LATER),
            ("clone", Outcome.FLAGGED),
        )
    )
    receipt = sign_receipt(Receipt(EPOCH, STREAM, A, 1, packet().hash, 5, exceptions), KEY)
    epoch = sign_epoch(
        Epoch(SERVER, 2, EPOCH, "d" * 32, (Fork(STREAM, 3, "0" * 16),), others=("c" * 32,)), KEY
    )
    voucher = sign_voucher(Voucher(SERVER, EPOCH, STREAM, {A: 21, B: 20}), KEY)
    cursor = Cursor(SERVER, EPOCH, STREAM, 1, 5, "9f0c9f0c9f0c9f0c")
    digest = digest_of(image_hash(r.kind, r.id, r.image) for r in rows())
    tags = (Tags(STREAM, ((5, cursor.tag), (3, "0" * 16))),)
    held = (Held(B, 4, bytes(16)),)
    return {
        "exchange_request": ExchangeRequest(
            *(1, A, "0" * 16, 1, "f" * 16, 1, (cursor,), (packet().data,), Limits(), tags, True),
            vouchers=(voucher,),
        ),
        "exchange_reply": ExchangeReply(
            *(1, SERVER, 1_790_000_000, EPOCH, 1, (receipt,)),
            pages=(Page(cursor, 5, body, False, digest, voucher=voucher),),
            epochs=(epoch,),
            limits=Limits(),
            notices=(Notice("gap", {"stream": STREAM, "origin": A, "number": 1}),),
        ),
        "compare_request": CompareRequest(1, A, STREAM, "hashes", "support_visit", (0, 255), ()),
        "compare_reply": CompareReply(EPOCH, 5, {"support_visit": digest}, {rows()[0].id: "0" * 32}, body),
        "relay_request": RelayRequest(1, STREAM, held, (packet().data,)),
        "relay_reply": RelayReply(EPOCH, (receipt,), (0,), (Notice("clone", {"origin": B, "number": 4}),)),
        "enrol_request": EnrolRequest(1, "ABCD-EFGH-JKMN-PQRS", A, public_of(KEY), "m1", "Lê Văn Thử"),
        "enrolment": Enrolment(
            *(SERVER, "d1", "token", "0190aaaa-0000-7000-8000-000000000009", (StreamGrant(STREAM, "team"),)),
            *("leader", "m1", (), (public_of(KEY),), bytes(32), epoch, 1, 1, 1_790_000_000),
        ),
        "hello": Hello(SERVER, 1, 1, 1_790_000_000, EPOCH, 1),
        "error": ErrorReply("clone", ERRORS["clone"]),
    }


@cache
def brief_pair() -> tuple[ExchangeRequest, ExchangeReply]:
    """An exchange of one packet that goes on where the last one ended, and its answer."""
    known = messages()
    cursor = known["exchange_request"].cursors[0]
    limits = Limits(page_records=500, page_bytes=262_144)
    request = ExchangeRequest(1, A, "0" * 16, 1, "f" * 16, 1, (cursor,), (packet().data,), limits)
    receipt = sign_receipt(Receipt(EPOCH, STREAM, A, 1, packet().hash, 10), KEY)
    page = msgspec.structs.replace(
        known["exchange_reply"].pages[0], cursor=Cursor(SERVER, EPOCH, STREAM, 1, 10, "a" * 16), more=True
    )
    return request, ExchangeReply(1, SERVER, 1_790_000_000, EPOCH, 1, (receipt,), (page,))


@cache
def idle_pair() -> tuple[ExchangeRequest, ExchangeReply]:
    """An exchange in which nothing is new."""
    request, reply = brief_pair()
    request = msgspec.structs.replace(request, packets=(), limits=None)
    page = Page(request.cursors[0], digest=reply.pages[0].digest)
    return request, msgspec.structs.replace(reply, receipts=(), pages=(page,))


def brief_bytes(pair: tuple[ExchangeRequest, ExchangeReply] | None = None) -> tuple[bytes, bytes]:
    """The brief form of both."""
    request, reply = pair or brief_pair()
    asked, told = write_request(request), write_answer(reply, request)
    assert asked is not None
    assert told is not None
    return asked, told


def by_hand() -> dict[str, bytes]:
    """What travels beside HTTP: a bundle, a greeting, a roster, a note of a carrier."""
    count = iter(range(1_000))

    def random(size: int) -> bytes:
        return bytes((next(count) + n) % 256 for n in range(size))

    head = BundleHead("0" * 32, SERVER, STREAM, "d1", b"", 5, (Held(A, 1, packet().hash),))
    mates = (Mate("d1", "m1", "leader", public_of(KEY), bytes(32)),)
    second = PacketHead(A, STREAM, 2, packet().hash, 30, 1, 0, ((B, 20),))
    note = sign_note(CarryNote(STREAM, A, 1, packet().hash, public_of(KEY)), KEY)
    return {
        "bundle": b"".join(
            write_bundle(head, [Part(What.PACKET, packet().data)], [X25519_PUBLIC], KEY, random)
        ),
        "greeting": write_greeting(Greeting("Lê Văn Thử", public_of(KEY), bytes(32), STREAM), KEY),
        "roster": encode_roster(sign_roster(Roster(SERVER, STREAM, 1, bytes(32), mates), KEY)),
        "carry_note": msgspec.json.encode(note),
        "proof": proof_of(seal(second, b"J[]", KEY)).data,
    }


X25519_PUBLIC = bytes.fromhex("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a")
"""A public key whose private half is in RFC 7748."""
