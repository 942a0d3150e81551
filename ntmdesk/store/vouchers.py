"""The server's words on what was certified, kept for later lives of it and for what comes by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ntmdesk.store.meta import keep_meta, read_meta
from sync.protocol.vouchers import Voucher, Words

if TYPE_CHECKING:
    from ntmdesk.store.unit_of_work import UnitOfWork


_decode = msgspec.json.Decoder(Words).decode
_PREFIX = "words:"


def vouchers_to_show(uow: UnitOfWork) -> tuple[Voucher, ...]:
    """What the server may have forgotten that it said."""
    epoch = read_meta(uow.db, "epoch") or ""
    return tuple(voucher for words in _every(uow) for voucher in words.to_show(epoch))


def kept_vouchers(uow: UnitOfWork) -> tuple[Voucher, ...]:
    """Every word of the server's that is kept, of this life and of former ones."""
    return tuple(voucher for words in _every(uow) for voucher in words.all)


def said_by_server(uow: UnitOfWork) -> dict[str, int]:
    """What the server's present life has said with its last pages that replicas certified."""
    epoch = read_meta(uow.db, "epoch")
    said: dict[str, int] = {}
    for words in _every(uow):
        if words.last is not None and words.last.epoch == epoch:
            said.update(words.last.certified)
    return said


def keep_voucher(uow: UnitOfWork, voucher: Voucher | None, *, by_hand: bool = False) -> None:
    """Keeps a true word of the server's, in the transaction of the page or the bundle it came with."""
    if voucher is None:
        return
    key = f"{_PREFIX}{voucher.stream}"
    known = _decode(read_meta(uow.db, key) or "[]")
    now = known.with_hand(voucher) if by_hand else known.with_page(voucher)
    if now != known:
        keep_meta(uow.db, key, msgspec.json.encode(now).decode())


def _every(uow: UnitOfWork) -> list[Words]:
    rows = uow.db.execute("SELECT value FROM meta WHERE key LIKE ? ORDER BY key", (f"{_PREFIX}%",))
    return [_decode(text) for (text,) in rows.fetchall()]
