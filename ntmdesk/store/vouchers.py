"""The server's words on what was certified, kept for later lives of it and for what comes by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from ntmdesk.store.meta import keep_meta, read_meta
from sync.protocol.vouchers import Voucher, kept, to_show

if TYPE_CHECKING:
    from ntmdesk.store.unit_of_work import UnitOfWork


def vouchers_to_show(uow: UnitOfWork) -> tuple[Voucher, ...]:
    """What former lives of the server certified, as long as the present one has not said as much."""
    return to_show(kept_vouchers(uow), str(read_meta(uow.db, "epoch") or ""))


def kept_vouchers(uow: UnitOfWork) -> tuple[Voucher, ...]:
    """Every word of the server's that is kept, of this life and of former ones."""
    said = uow.db.execute("SELECT value FROM meta WHERE key LIKE 'vouchers:%' ORDER BY key").fetchall()
    return tuple(voucher for (text,) in said for voucher in _vouchers(text))


def keep_voucher(uow: UnitOfWork, voucher: Voucher | None) -> None:
    """Keeps the newest word of each life, in the transaction of the page it came with."""
    if voucher is not None:
        key = f"vouchers:{voucher.stream}"
        known = _vouchers(read_meta(uow.db, key) or "[]")
        keep_meta(uow.db, key, msgspec.json.encode(kept(known, voucher)).decode())


def hear_voucher(uow: UnitOfWork, voucher: Voucher) -> None:
    """Keeps a true voucher that came by hand, unless what is known of its life says as much already."""
    known = [
        v.certified for v in kept_vouchers(uow) if (v.stream, v.epoch) == (voucher.stream, voucher.epoch)
    ]
    if all(_says_more(voucher.certified, certified) for certified in known):
        keep_voucher(uow, voucher)


def _says_more(new: Mapping[str, int], known: Mapping[str, int]) -> bool:
    return new != known and all(new.get(replica, 0) >= counter for replica, counter in known.items())


def _vouchers(text: str) -> tuple[Voucher, ...]:
    return msgspec.json.decode(text, type=tuple[Voucher, ...])
