"""Every message and every error as other parties will meet them; they never change within a version.

``python -m tests.sync.protocol.test_message_vectors`` writes them anew for a new protocol version.
"""

from __future__ import annotations

import json
from typing import Any, get_args

import pytest

from sync.protocol import messages as said
from sync.protocol.carry_notes import CarryNote, note_is_true
from sync.protocol.codec import decode_message, encode_answer, encode_message
from sync.protocol.greetings import read_greeting
from sync.protocol.messages import ErrorReply
from sync.protocol.rosters import decode_roster, roster_is_true
from sync.protocol.signing import public_of
from sync.protocol.vouchers import Voucher, Words, voucher_is_true
from tests.sync.protocol.message_vectors import (
    ERRORS,
    KEY,
    brief_bytes,
    brief_pair,
    by_hand,
    idle_pair,
    messages,
)
from tests.sync.protocol.test_vectors import FOLDER
from tests.test_docs import documented

FILE = FOLDER / "messages.json"


def vectors() -> dict[str, Any]:
    """The whole file."""
    return {
        "messages": {name: json.loads(encode_message(m, plain=True)) for name, m in messages().items()},
        "errors": [
            json.loads(encode_message(ErrorReply(code, details), plain=True))
            for code, details in ERRORS.items()
        ],
        "carried": {name: data.hex() for name, data in by_hand().items()},
        "brief": [
            {"full": json.loads(encode_message(full, plain=True)), "bytes": data.hex()}
            for pair in (brief_pair(), idle_pair())
            for full, data in zip(pair, brief_bytes(pair), strict=True)
        ],
    }


KNOWN: dict[str, Any] = json.loads(FILE.read_text("utf-8")) if FILE.exists() else {"messages": {}}


def test_the_promised_messages_are_what_we_write() -> None:
    assert vectors() == KNOWN


def test_there_is_one_of_every_kind() -> None:
    assert {type(message) for message in messages().values()} == set(get_args(said.Message))


@pytest.mark.parametrize("name", sorted(KNOWN["messages"]))
def test_a_message_reads_back_from_both_forms(name: str) -> None:
    message = messages()[name]
    plain = json.dumps(KNOWN["messages"][name], ensure_ascii=False).encode()
    assert decode_message(plain, type(message)) == message
    assert decode_message(encode_message(message), type(message)) == message


def test_an_answer_has_the_form_of_its_question() -> None:
    reply = messages()["exchange_reply"]
    assert encode_answer(reply, b"NTMX")[:4] == b"NTMX"
    assert json.loads(encode_answer(reply, b"{}"))["pages"][0]["count"] == 5
    assert decode_message(encode_answer(reply, b"{"), type(reply)) == reply


def test_every_error_of_an_answer_is_documented() -> None:
    assert set(ERRORS) <= documented()


def test_what_is_carried_by_hand_reads_back() -> None:
    carried = {name: bytes.fromhex(text) for name, text in KNOWN["carried"].items()}
    assert read_greeting(carried["greeting"]).name == "Lê Văn Thử"
    assert roster_is_true(decode_roster(carried["roster"]), (public_of(KEY),))
    assert note_is_true(decode_json(carried["carry_note"]))


def decode_json(data: bytes) -> CarryNote:
    from sync.protocol.bundles import read_json

    return read_json(data, CarryNote)


def test_a_voucher_holds_for_what_it_says() -> None:
    voucher = messages()["exchange_reply"].pages[0].voucher
    assert voucher_is_true(voucher, (public_of(KEY),))
    assert not voucher_is_true(Voucher(**{**voucher_fields(voucher), "epoch": "f" * 32}), (public_of(KEY),))


def voucher_fields(voucher: Voucher) -> dict[str, Any]:
    return {name: getattr(voucher, name) for name in voucher.__struct_fields__}


def test_the_newest_word_of_each_life_is_kept_as_long_as_it_says_more() -> None:
    old = Voucher("s", "1", "t", {"a": 5, "b": 2})
    less, more = Voucher("s", "2", "t", {"a": 5}), Voucher("s", "2", "t", {"a": 6, "b": 2})
    words = Words().with_page(old).with_page(less)
    assert words == Words(less, (old,))
    assert (words.to_show("2"), words.to_show("")) == ((old,), ())
    assert words.with_page(more) == Words(more)


def test_what_came_by_hand_is_shown_until_a_page_says_as_much() -> None:
    page, hand = Voucher("s", "1", "t", {"a": 5, "b": 2}), Voucher("s", "1", "t", {"a": 4, "b": 3})
    words = Words().with_page(page).with_hand(hand)
    assert words.to_show("1") == (hand,)
    assert words.with_hand(hand) == words
    assert words.with_hand(Voucher("s", "1", "t", {"a": 4})) == words
    both = Voucher("s", "1", "t", {"a": 5, "b": 3})
    assert words.with_page(both).to_show("1") == ()
    assert words.with_hand(both) == Words(page, (both,))
    went_back = Voucher("s", "1", "t", {"a": 1})
    assert Words().with_page(page).with_page(went_back).to_show("1") == (page,)


if __name__ == "__main__":
    FILE.write_text(json.dumps(vectors(), ensure_ascii=False, indent=1) + "\n", "utf-8")
