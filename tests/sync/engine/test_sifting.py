"""What a laptop looks at before it merges a page: whose word its values and its voucher are (rule 28)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from sync.engine.sifting import Owned, sift_page
from sync.protocol import records
from sync.protocol.bodies import pack_rows
from sync.protocol.cells import Value
from sync.protocol.dots import Dot
from sync.protocol.errors import WireError
from sync.protocol.facts import fact, keyring
from sync.protocol.image import encode_image
from sync.protocol.pages import Cursor, Page, Row
from sync.protocol.records import Stamp
from sync.protocol.signing import public_of
from sync.protocol.vouchers import Voucher, sign_voucher

STREAM = "0190aaaa-0000-7000-8000-000000000001"
SERVER = "0190aaaa-0000-7000-8000-0000000000ff"
KEY, ANOTHERS = bytes(range(32)), bytes(range(1, 33))
KEYS = keyring((public_of(KEY),))
DOT = Dot(3, "00000000000000ff")
CURSOR = Cursor(SERVER, "e" * 32, STREAM, seq=9, tag="t")
VOUCHER = Voucher(SERVER, "e" * 32, STREAM, {"00000000000000aa": 5})


def approvals_are_the_servers(kind: str, cell: str, value: Value) -> bool:
    return (kind, cell) == ("weekly_log", "approved")


class OnlyLogs:
    """The same, and says of which kinds it need be asked at all."""

    kinds = frozenset({"weekly_log"})

    def __call__(self, kind: str, cell: str, value: Value) -> bool:
        return approvals_are_the_servers(kind, cell, value)


def row(id: str, kind: str = "weekly_log", **cells: Any) -> Row:
    return Row(kind, id, encode_image(records.create(kind, id, cells, DOT, Stamp(1, "", 1))), 9)


def page(*rows: Row, voucher: Voucher | None = None) -> Page:
    made = Page(CURSOR, len(rows), pack_rows(rows))
    return made if voucher is None else msgspec.structs.replace(made, voucher=voucher)


def signed(private: bytes, id: str, cell: str = "approved") -> dict[str, Any]:
    return fact(private, "weekly_log", id, cell, DOT, True)


@pytest.mark.parametrize("owned", [approvals_are_the_servers, OnlyLogs()])
def test_a_servers_value_that_it_did_not_sign_is_set_aside_with_its_record(owned: Owned) -> None:
    rows = [
        row("unsigned", approved=True, text="y"),
        row("falsely", approved=signed(ANOTHERS, "falsely")),
        row("elsewhere", approved=signed(KEY, "another")),
        row("home", kind="visit", _home="elsewhere"),
        row("signed", approved=signed(KEY, "signed"), text="y"),
        *(row(f"free-{n}", kind="visit", approved=True) for n in range(5)),
    ]
    sifted = sift_page(page(*rows), KEYS, owned)
    assert {r.id for r in sifted.aside} == {"unsigned", "falsely", "elsewhere", "home"}
    assert {r.id for r in sifted.rows} == {"signed", *(f"free-{n}" for n in range(5))}


@pytest.mark.parametrize(
    "forge",
    [
        lambda voucher: sign_voucher(voucher, ANOTHERS),
        lambda voucher: msgspec.structs.replace(sign_voucher(voucher, KEY), certified={"a" * 16: 9}),
        lambda voucher: sign_voucher(msgspec.structs.replace(voucher, epoch="d" * 32), KEY),
    ],
)
def test_a_page_with_a_word_that_the_server_never_gave_is_refused(
    forge: Callable[[Voucher], Voucher],
) -> None:
    with pytest.raises(WireError) as refused:
        sift_page(page(row("w", text="y"), voucher=forge(VOUCHER)), KEYS, approvals_are_the_servers)
    assert (refused.value.code, refused.value.details) == ("bad_signature", {"what": "voucher"})
    true = sign_voucher(VOUCHER, KEY)
    assert sift_page(page(voucher=true), KEYS, approvals_are_the_servers).voucher == true
