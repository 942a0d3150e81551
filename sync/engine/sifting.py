"""Checking what came from outside before a replica may merge it: pages, receipts, epochs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

from sync.engine.ports import SiftedPage, Standing
from sync.protocol import facts
from sync.protocol.allowance import Allowance
from sync.protocol.blocks import Block, BlockRows, Body
from sync.protocol.bodies import unpack_body
from sync.protocol.cells import Value, twin_values
from sync.protocol.copies import Copy
from sync.protocol.errors import WireError
from sync.protocol.messages import ExchangeReply
from sync.protocol.pages import Epoch, Page, Row, epoch_is_true
from sync.protocol.receipts import Receipt, receipt_is_true
from sync.protocol.records import Record
from sync.protocol.vouchers import voucher_is_true

Owned = Callable[[str, str, Value], bool]
"""(kind, cell, value) -> whether only the server may write this: from the catalogue this laptop knows.

It may carry ``kinds``, a set: values of other kinds are then never asked about.
"""


def nothing_owned(kind: str, cell: str, value: Value) -> bool:
    """For a replica that knows no catalogue: only the reserved cells are the server's."""
    return False


def sift_pages(pages: Iterable[Page], keys: Mapping[str, bytes], owned: Owned) -> Iterator[SiftedPage]:
    """``sift_page`` of all pages of an answer, which together may not be more than one message."""
    allowance = Allowance()
    for page in pages:
        yield sift_page(page, keys, owned, allowance)


def sift_page(
    page: Page, keys: Mapping[str, bytes], owned: Owned, allowance: Allowance | None = None
) -> SiftedPage:
    """The rows of a page; copies with an unsigned server-owned value are set aside whole (rule 28).

    WireError ``bad_message`` when the rows are not what the page says, ``bad_signature`` for its voucher.
    """
    voucher = page.voucher or None
    if voucher is not None and (
        (voucher.server, voucher.epoch, voucher.stream)
        != (page.cursor.server, page.cursor.epoch, page.cursor.stream)
        or not voucher_is_true(voucher, tuple(keys.values()))
    ):
        raise WireError("bad_signature", what="voucher")
    rows, aside = sift_rows(page.rows, page.count, keys, owned, allowance)
    return SiftedPage(page.cursor.stream, page.cursor, rows, aside, voucher)


def sift_rows(
    body: bytes,
    count: int,
    keys: Mapping[str, bytes],
    owned: Owned,
    allowance: Allowance | None = None,
) -> tuple[Sequence[Row], Sequence[Row]]:
    """(rows to merge, rows set aside) of a packed body that must hold ``count`` rows."""
    allowance = allowance or Allowance()
    found = unpack_body(body, allowance) if body else Body([], [])
    if len(found) != count:
        raise WireError("bad_message", reason="count")
    return sift_body(found, keys, owned, allowance)


def sift_body(
    found: Body, keys: Mapping[str, bytes], owned: Owned, allowance: Allowance | None = None
) -> tuple[Sequence[Row], Sequence[Row]]:
    """(rows to merge, rows set aside) of an unpacked body.  WireError ``too_large``."""
    allowance = allowance or Allowance()
    good: list[Row] = []
    aside: list[Row] = []
    asked: Collection[str] | None = () if owned is nothing_owned else getattr(owned, "kinds", None)
    blocks: list[Block] = []
    copies: list[Copy] = []
    for block in found.blocks:
        if asked is None or block.kind in asked or _has_server_cells(block):
            allowance.values(block.values())
            copies += block.copies()
        else:
            blocks.append(block)
    for copy in (*copies, *found.copies):
        row = Row(copy.kind, copy.id, copy.image(), copy.seq)
        suspects = [name for name in copy.parsed[1] if name[0] == "_" and facts.is_server_cell(name)]
        if asked is None or copy.kind in asked:
            suspects += [
                name
                for name, flat in copy.parsed[1].items()
                if name[0] != "_" and any(owned(copy.kind, name, value) for value in flat[1::2])
            ]
        true = not suspects or all(_true(copy.record(), name, keys, owned) for name in suspects)
        (good if true else aside).append(row)
    return BlockRows(blocks, good) if blocks else good, aside


def _has_server_cells(block: Block) -> bool:
    return any(facts.is_server_cell(column.name) for column in block.cells) or any(
        facts.is_server_cell(f"{part.field}/") for part in block.elements
    )


def _true(record: Record, name: str, keys: Mapping[str, bytes], owned: Owned) -> bool:
    reserved = facts.is_server_cell(name)
    return all(
        facts.fact_is_true(keys, record.kind, record.id, name, dot, value)
        for dot, sibling in record.cells[name].siblings.items()
        for value in twin_values(sibling)
        if reserved or owned(record.kind, name, value)
    )


def sift_receipts(reply: ExchangeReply, standing: Standing) -> tuple[Receipt, ...]:
    """The receipts of a reply; WireError ``bad_signature`` when one is not the server's."""
    for receipt in reply.receipts:
        if not receipt_is_true(receipt, standing.server_keys):
            raise WireError("bad_signature", what="receipt", number=receipt.number)
    return tuple(r for r in reply.receipts if r.origin == standing.replica)


def check_epochs(epochs: Sequence[Epoch], current: str, standing: Standing) -> None:
    """Whether the lives a server tells of descend from the one this laptop knows (rule 23).

    WireError ``bad_signature``; ``epoch_older`` when the server has become its own ancestor, ``epoch_split``
    when it has grown into another life than the one known here: its keeper must choose.
    """
    for epoch in epochs:
        if not epoch_is_true(epoch, standing.server_keys):
            raise WireError("bad_signature", what="epoch", number=epoch.number)
    parents = [standing.epoch, *(epoch.random for epoch in epochs)]
    if any(not epoch.follows(parent) for epoch, parent in zip(epochs, parents, strict=False)):
        older = current in standing.lineage
        raise WireError("epoch_older" if older else "epoch_split", epoch=current, known=standing.epoch)
    if parents[-1] != current:
        raise WireError("bad_message", reason="epoch")
