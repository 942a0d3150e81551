"""Bytes that nobody would send, for every decoder: a corpus of true ones and a mutator that knows the forms.

Bodies and messages are also taken apart and packed again around what was changed inside, so that damage gets
past checksums.  ``python -m tests.sync.protocol.fuzz --seconds N`` goes on for N seconds a decoder.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from io import BytesIO
from typing import Any, NamedTuple

import msgspec

from sync.protocol import frames, records
from sync.protocol.bodies import pack_rows, unpack_body, unpack_copies
from sync.protocol.brief_answers import read_answer
from sync.protocol.brief_bytes import MARK
from sync.protocol.brief_requests import CHECK, read_request
from sync.protocol.bundles import BundlePage, HasRead, page_part, read_bundle, read_json, read_page
from sync.protocol.carry_notes import CarryNote, note_is_true
from sync.protocol.codec import decode_message, encode_message
from sync.protocol.dots import Dot
from sync.protocol.errors import WireError
from sync.protocol.facts import fact_is_true, keyring
from sync.protocol.greetings import read_greeting
from sync.protocol.image import decode_image, encode_image, image_hash
from sync.protocol.kinds import CatalogueError
from sync.protocol.kinds_load import load
from sync.protocol.messages import (
    CompareReply,
    CompareRequest,
    Enrolment,
    EnrolRequest,
    ErrorReply,
    ExchangeReply,
    ExchangeRequest,
    Hello,
    RelayReply,
    RelayRequest,
)
from sync.protocol.packets import FIRST, open_packet
from sync.protocol.pages import Epoch, epoch_is_true
from sync.protocol.points import Address, invitation, read_invitation
from sync.protocol.proofs import open_proof
from sync.protocol.receipts import Receipt, receipt_is_true
from sync.protocol.records import Record, Stamp
from sync.protocol.rosters import Roster, decode_roster, roster_is_true
from sync.protocol.signed_catalogues import (
    SignedCatalogue,
    catalogue_is_true,
    decode_catalogue,
    encode_catalogue,
    pack_catalogue,
    sign_catalogue,
    unpack_catalogue,
)
from sync.protocol.signing import public_of
from sync.protocol.spans import Knows, Span, Taken
from sync.protocol.vouchers import Voucher, voucher_is_true
from tests.sync.protocol.message_vectors import (
    KEY,
    brief_bytes,
    brief_pair,
    by_hand,
    idle_pair,
    messages,
    packet,
    rows,
)

CODES = frozenset(
    {
        "bad_message",
        "bad_packet",
        "bad_signature",
        "too_large",
        "too_new",
        "too_old",
        "bundle_damaged",
        "bundle_foreign",
        "say_in_full",
        "bad_point_code",
        "bad_address",
    }
)
"""What a decoder may answer to bytes it does not like."""

RAW = 64 * 1024 * 1024


class Decoder(NamedTuple):
    """``read``: everything the program does to such bytes before it believes them; ``corpus``: true ones."""

    read: Callable[[bytes], object]
    corpus: tuple[bytes, ...]
    fine: type[Exception] = WireError


def _body(data: bytes) -> object:
    body = unpack_body(data)
    for block in body.blocks:
        list(block.images())
        block.claims()
    _merge([copy.record() for copy in unpack_copies(data)])
    return [image_hash(c.kind, c.id, c.image()) for c in unpack_copies(data)] + [
        c.record() for c in body.copies
    ]


def _merge(came: Sequence[Record]) -> None:
    """What a store does with records that were read: with themselves, and with the true ones."""
    for record in came:
        others = [row for row in rows() if (row.kind, row.id) == (record.kind, record.id)]
        mates = [decode_image(row.kind, row.id, row.image) for row in others]
        mates.append(records.delete(record, Dot(2**40, "f" * 16), Stamp(1, "", 1)))
        assert records.merge(record, record).cells == record.cells
        for mate in mates:
            one, other = records.merge(record, mate), records.merge(mate, record)
            assert one.cells == other.cells
            for each in (record, one):
                records.is_deleted(each)
                records.is_brought_back(each)
                records.conflicts(each)
                records.shown(each)
                encode_image(each)


def _packet(data: bytes) -> object:
    opened = open_packet(data)
    return opened.hash, opened.signed_by(public_of(KEY)), _body(opened.body)


def _proof(data: bytes) -> object:
    proof = open_proof(data)
    return proof.signed_by(public_of(KEY)), proof.head.certified


def _reply(data: bytes) -> object:
    return _told(decode_message(data, ExchangeReply))


def _told(reply: ExchangeReply) -> object:
    keys = (public_of(KEY),)
    told: list[object] = [receipt_is_true(receipt, keys) for receipt in reply.receipts]
    told += [epoch_is_true(epoch, keys) for epoch in reply.epochs]
    told += [voucher_is_true(page.voucher, keys) for page in reply.pages if page.voucher]
    return told + [_body(page.rows) for page in reply.pages if page.rows]


def _request(data: bytes) -> object:
    request = decode_message(data, ExchangeRequest)
    return [_packet(each) for each in request.packets]


def _brief_request(data: bytes) -> object:
    (cursor,) = brief_pair()[0].cursors
    return [_packet(each) for each in read_request(data).in_full(cursor, FIRST).packets]


def _brief_answer(data: bytes) -> object:
    return _told(read_answer(data, brief_pair()[0]))


def _compared(data: bytes) -> object:
    reply = decode_message(data, CompareReply)
    return _body(reply.rows) if reply.rows else None


OVER = b'{"v":true,"over":{"%s":3},"sig":"0011223344556677.%s"}' % (b"a" * 16, b"ab" * 64)


def _fact(data: bytes) -> object:
    try:
        value = msgspec.json.decode(data)
    except (msgspec.DecodeError, RecursionError, ValueError):
        return None
    return fact_is_true(keyring((public_of(KEY),)), "weekly_log", "w", "approved", Dot(7, "b" * 16), value)


def _bundle(data: bytes) -> object:
    return read_bundle(BytesIO(data), len(data))


def _note(data: bytes) -> object:
    return note_is_true(read_json(data, CarryNote))


def _roster(data: bytes) -> object:
    return roster_is_true(decode_roster(data), (public_of(KEY),))


def _kinds(data: bytes) -> object:
    return load({"catalogue.toml": "version = 1\n", "kinds/visit.toml": data.decode("utf-8", "replace")})


def _catalogue(data: bytes) -> object:
    return catalogue_is_true(decode_catalogue(unpack_catalogue(data)), (public_of(KEY),))


def _part(kind: Any) -> Callable[[bytes], object]:
    return lambda data: read_json(data, kind)


def _page(data: bytes) -> object:
    return _body(read_page(data)[1])


def _invitation(data: bytes) -> object:
    return read_invitation(data.decode("utf-8", "replace"))


def _plainly(kind: type[msgspec.Struct]) -> Callable[[bytes], object]:
    return lambda data: decode_message(data, kind)


@cache
def decoders() -> dict[str, Decoder]:
    """Every decoder of the protocol by name."""
    from tests.ntmdesk.store.laptops import CATALOGUE

    known, carried = messages(), by_hand()
    both = {name: (encode_message(m, plain=True), encode_message(m)) for name, m in known.items()}
    bodies = (pack_rows(rows()), pack_rows(rows(), plain=True), pack_rows(rows(), level=9))
    return {
        "frame": Decoder(lambda data: frames.decompress(data, RAW), (frames.compress(bodies[1]),)),
        "body": Decoder(_body, bodies),
        "packet": Decoder(_packet, (packet().data,)),
        "request": Decoder(_request, both["exchange_request"]),
        "reply": Decoder(_reply, both["exchange_reply"]),
        "brief_request": Decoder(_brief_request, (brief_bytes()[0], brief_bytes(idle_pair())[0])),
        "brief_answer": Decoder(_brief_answer, (brief_bytes()[1], brief_bytes(idle_pair())[1])),
        "compare_request": Decoder(_plainly(CompareRequest), both["compare_request"]),
        "compare_reply": Decoder(_compared, both["compare_reply"]),
        "enrol_request": Decoder(_plainly(EnrolRequest), both["enrol_request"]),
        "enrolment": Decoder(_plainly(Enrolment), both["enrolment"]),
        "hello": Decoder(_plainly(Hello), both["hello"]),
        "error": Decoder(_plainly(ErrorReply), both["error"]),
        "receipt": Decoder(
            lambda data: receipt_is_true(decode_message(data, Receipt), (public_of(KEY),)),
            (msgspec.json.encode(known["exchange_reply"].receipts[0]),),
        ),
        "epoch": Decoder(
            lambda data: epoch_is_true(decode_message(data, Epoch), (public_of(KEY),)),
            (msgspec.json.encode(known["enrolment"].epoch),),
        ),
        "voucher": Decoder(
            lambda data: voucher_is_true(decode_message(data, Voucher), (public_of(KEY),)),
            (msgspec.json.encode(known["exchange_reply"].pages[0].voucher),),
        ),
        "fact": Decoder(_fact, (b'{"v":true,"sig":"0011223344556677.' + b"ab" * 64 + b'"}', OVER)),
        "relay_request": Decoder(_plainly(RelayRequest), both["relay_request"]),
        "relay_reply": Decoder(_plainly(RelayReply), both["relay_reply"]),
        "greeting": Decoder(read_greeting, (carried["greeting"],)),
        "bundle": Decoder(_bundle, (carried["bundle"],)),
        "bundle_page": Decoder(_page, (page_part(BundlePage(5), bodies[0]).data,)),
        "carry_note": Decoder(_note, (carried["carry_note"],)),
        "proof": Decoder(_proof, (carried["proof"],)),
        "roster": Decoder(_roster, (carried["roster"],)),
        "bundle_roster": Decoder(_part(Roster), (carried["roster"],)),
        "bundle_read": Decoder(_part(HasRead), (msgspec.json.encode(HasRead("e" * 32, 1, 5, "t" * 16)),)),
        "bundle_knows": Decoder(
            _part(Knows), (msgspec.json.encode(Knows(3, (Taken("d", "a" * 16, 9), Taken("f", "b" * 16, 2)))),)
        ),
        "bundle_span": Decoder(_part(Span), (msgspec.json.encode(Span("a" * 16, 3, 9, "e" * 32, 4)),)),
        "bundle_receipts": Decoder(
            _part(list[Receipt]), (msgspec.json.encode(known["exchange_reply"].receipts),)
        ),
        "bundle_notes": Decoder(_part(list[CarryNote]), (b"[" + carried["carry_note"] + b"]",)),
        "bundle_epochs": Decoder(_part(list[Epoch]), (msgspec.json.encode([known["enrolment"].epoch]),)),
        "bundle_vouchers": Decoder(
            _part(list[Voucher]), (msgspec.json.encode([known["exchange_reply"].pages[0].voucher]),)
        ),
        "catalogue": Decoder(
            _catalogue,
            (
                pack_catalogue(
                    encode_catalogue(sign_catalogue(SignedCatalogue("s", 2, {"a.toml": "x"}), KEY))
                ),
            ),
        ),
        "invitation": Decoder(
            _invitation, (invitation("ab" * 32, (Address("10.0.0.2", 4711),)).text.encode(),)
        ),
        "kinds": Decoder(_kinds, (CATALOGUE["kinds/visit.toml"].encode(),), CatalogueError),
    }


NUMBERS = (0, 1, 2**31, 2**32, 2**53, 2**63, 2**64, 10**30, -1)
WORDS = (b"null", b"[]", b"{}", b'""', b"1e999", b"-0", b"\\ud800", b"[[[[", b'{"":', b"\xff", b"\x00" * 9)


def mutated(chance: random.Random, data: bytes) -> bytes:
    """Something like ``data`` that is not it; forms with a checksum inside are sometimes packed anew."""
    if data[:1] in (b"p", b"j") and chance.random() < 0.7:
        try:
            inner = frames.decompress(data[1:], RAW)
        except WireError:
            return _damaged(chance, data)
        return data[:1] + frames.compress(_damaged(chance, inner))
    if data[:4] == b"NTMX" and chance.random() < 0.5:
        plain = msgspec.json.encode({"protocol": 1})
        head = frames.compress(_damaged(chance, plain))
        return b"NTMX" + bytes([len(head) & 127]) + head + data[5 + len(head) :]
    if data[:1] == MARK and chance.random() < 0.5:
        return _checked(_damaged(chance, data[:-CHECK]))
    return _damaged(chance, data)


def _checked(words: bytes) -> bytes:
    """A brief request of these words."""
    left_out = msgspec.json.encode(brief_pair()[0].cursors[0]) + FIRST
    return words + hashlib.blake2b(words + left_out, digest_size=CHECK, person=b"ntmdesk.brief").digest()


def _damaged(chance: random.Random, data: bytes) -> bytes:
    out = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 5))):
        at = chance.randrange(len(out) + 1)
        match chance.randrange(7):
            case 0 if out:
                out[at % len(out)] ^= 1 << chance.randrange(8)
            case 1 if out:
                out[at % len(out)] = chance.randrange(256)
            case 2:
                del out[at:]
            case 3:
                del out[at : at + chance.randrange(1, 9)]
            case 4:
                out[at:at] = chance.choice(WORDS)
            case 5:
                start = chance.randrange(len(out) + 1)
                out[at:at] = out[start : start + chance.randrange(1, 60)]
            case _:
                out[at : at + chance.randrange(4)] = str(chance.choice(NUMBERS)).encode()
    return bytes(out)


def attack(name: str, data: bytes) -> str:
    """What a decoder makes of bytes: ``read``, or the code it answers; anything else is a crash."""
    decoder = decoders()[name]
    try:
        decoder.read(data)
    except decoder.fine as error:
        if isinstance(error, WireError) and error.code not in CODES:
            raise
        return getattr(error, "code", "catalogue_damaged")
    return "read"


def main() -> int:
    """Goes through all decoders, a while each; 1 at the first crash, with what caused it."""
    asked = argparse.ArgumentParser(prog="python -m tests.sync.protocol.fuzz")
    asked.add_argument("--seconds", type=float, default=60, help="for each decoder")
    asked.add_argument("--seed", type=int, default=random.SystemRandom().getrandbits(32))
    asked.add_argument("--only", default="")
    options = asked.parse_args()
    for name, decoder in decoders().items():
        if options.only not in ("", name):
            continue
        chance = random.Random(f"{options.seed}/{name}")
        pool: list[bytes] = list(decoder.corpus)
        told: Counter[str] = Counter()
        until = time.monotonic() + options.seconds
        while time.monotonic() < until:
            data = mutated(chance, chance.choice(pool))
            try:
                said = attack(name, data)
            except Exception as error:
                print(f"{name}: {error!r} of {data!r} (seed {options.seed})")
                return 1
            if said == "read" and len(pool) < 500:
                pool.append(data)
            told[said] += 1
        print(f"{name}: seed {options.seed}, {told.total():,} inputs, {dict(told)}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
