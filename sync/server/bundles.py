"""Bundles at the upper server: files carried in by hand, and answers that are carried home (rules 15, 24)."""

from __future__ import annotations

import io
import os
import secrets
import tempfile
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from sync.hub.certifying import believe, believe_heads, own_words, signed_heads, voucher_of
from sync.hub.ports import ArchiveTransaction
from sync.hub.relaying import Opened, open_carried, take_carried
from sync.protocol.bodies import pack_rows
from sync.protocol.bundle_room import MARGIN, room_to_take_in
from sync.protocol.bundles import (
    SEALED_BYTES,
    Bundle,
    BundleHead,
    BundlePage,
    HasRead,
    Part,
    What,
    json_part,
    page_part,
    read_bundle,
    read_json,
    write_bundle,
)
from sync.protocol.errors import WireError
from sync.protocol.messages import Notice
from sync.protocol.packets import open_packet
from sync.protocol.proofs import MAGIC as PROOF_MAGIC
from sync.protocol.proofs import Proof, readable
from sync.protocol.receipts import Receipt, sign_receipt
from sync.protocol.rosters import Mate, encode_roster
from sync.protocol.signed_catalogues import encode_catalogue, pack_catalogue
from sync.protocol.spans import Knows
from sync.protocol.vouchers import Voucher
from sync.server import catalogues, rosters
from sync.server.installation import Installation
from sync.server.room import require_room

PAGE_RECORDS = 5_000
PAGE_BYTES = 8 * 1024 * 1024
DEPTH = 3
"""Bundles inside bundles are followed so far."""


def inside(server: Installation, stream: str, data: bytes, depth: int = DEPTH) -> list[bytes]:
    """The packets, and the proofs of others, in a bundle that somebody carried here without being able to
    open it.

    WireError ``bundle_damaged``, ``bundle_foreign`` (another team's, or not sealed to this server),
    ``bundle_revoked``, ``too_large``, ``too_new``; ``bad_packet`` for one with a packet that cannot be read.
    """
    if len(data) > SEALED_BYTES:
        raise WireError("too_large", limit=SEALED_BYTES)
    bundle = read_bundle(io.BytesIO(data), len(data))
    if bundle.head.stream != stream:
        raise WireError("bundle_foreign", reason="stream")
    _maker(server, bundle)
    found: list[bytes] = []
    for part in _opened(server, bundle, depth):
        if part.what is What.PACKET:
            found.append(open_packet(part.data).data)
        elif part.what is What.PROOFS:
            found += [proof.data for proof in readable(read_json(part.data, list[bytes]))]
    return found


def bring(server: Installation, file: Path, answer: Path | None) -> dict[str, Any]:
    """Takes a bundle from a file and, where asked for, writes the bundle that goes home with its carrier.

    Importing it twice changes nothing more; the source is never written to.  Raises as
    ``inside``, and ``not_found``, ``disk_full`` (before anything is written: file, needed, free), ``busy``.
    """
    try:
        with file.open("rb") as source:
            return _bring(server, source, file.stat().st_size, answer)
    except FileNotFoundError:
        raise WireError("not_found", file=file.name) from None


def _bring(server: Installation, source: BinaryIO, size: int, answer: Path | None) -> dict[str, Any]:
    bundle = read_bundle(source, size)
    stream = bundle.head.stream
    maker = _maker(server, bundle)
    packets: list[bytes] = []
    proofs: list[Proof] = []
    words: list[Voucher] = []
    read: HasRead | None = None
    known = 0
    for part in _opened(server, bundle, DEPTH):
        if part.what is What.PACKET:
            packets.append(part.data)
        elif part.what is What.PROOFS:
            proofs += readable(read_json(part.data, list[bytes]))
        elif part.what is What.VOUCHERS:
            words += read_json(part.data, list[Voucher])
        elif part.what is What.READ:
            read = read_json(part.data, HasRead)
        elif part.what is What.KNOWS:
            known = read_json(part.data, Knows).catalogue
    judge = server.catalogue.get().judge
    archive = server.archive
    with server.database.read() as connection:
        mates = rosters.mates_of(connection, stream)
    if not server.settings.database:
        coming = sum(open_packet(data).head.count for data in packets)
        require_room(server.settings.data, room_to_take_in(size, coming))
    if answer is not None:
        require_room(answer.parent, MARGIN)
    notices: list[Notice] = []
    heads = signed_heads(stream, proofs, mates)
    words = own_words(archive, words, {stream})

    def take(opened: list[Opened]) -> tuple[int, int, list[Receipt], list[Notice]]:
        notices: list[Notice] = []
        with archive.begin([stream]) as tx:
            before = tx.state(stream).seq
            if believe(tx, words):
                tx.open_epoch(secrets.token_hex(16), {})
            believe_heads(tx, stream, heads)
            receipts = take_carried(
                archive, judge, tx, stream, opened, server.now(), secrets.token_bytes, notices
            )
            return before, tx.state(stream).seq, receipts, notices

    new = 0
    receipts: list[Receipt] = []
    for opened in open_carried(stream, packets, mates, notices):
        before, after, taken, told = server.database.again(partial(take, opened))
        new += after - before
        receipts += taken
        notices += told
    refused = [exception for receipt in receipts for exception in receipt.exceptions]
    document: dict[str, Any] = {
        "file": None,
        "records": bundle.head.records,
        "new": new,
        "receipts": len(receipts),
        "refused": len(refused),
        "from": maker.member,
        "notices": [{"code": notice.code, **notice.details} for notice in notices],
    }
    if answer is not None:
        head = BundleHead(secrets.token_hex(16), archive.server, stream, "", b"", 0, ())
        readers = [mate.sealing_key for mate in _readers(server, stream, maker)]
        parts = _answer(server, stream, receipts, read, known if len(readers) == 1 else 0)
        sealed = write_bundle(head, parts, readers, archive.private_key, secrets.token_bytes)
        _write(answer, sealed)
        document["file"] = str(answer)
    return document


def _readers(server: Installation, stream: str, maker: Mate) -> list[Mate]:
    """The carrier and everybody whose laptop may read: an answer may be handed round in the team."""
    with server.database.read() as connection:
        roster = rosters.roster_of(server, connection, stream)
    return [m for m in roster.mates if m.sealing_key and (not m.revoked or m.device == maker.device)]


def _maker(server: Installation, bundle: Bundle) -> Mate:
    """The laptop that made a bundle; WireError ``bundle_foreign``, ``bundle_revoked``."""
    head = bundle.head
    if head.server not in ("", server.archive.server):
        raise WireError("bundle_foreign", reason="server")
    if head.key in server.archive.public_keys:
        raise WireError("bundle_foreign", reason="own")
    with server.database.read() as connection:
        mate = rosters.roster_of(server, connection, head.stream).mate(head.key)
    if mate is None:
        raise WireError("bundle_foreign", reason="maker")
    if mate.revoked:
        raise WireError("bundle_revoked", device=mate.device)
    return mate


def _opened(server: Installation, bundle: Bundle, depth: int) -> Iterator[Part]:
    """The parts of a bundle, those of the bundles inside it in their place."""
    for part in bundle.parts(server.keys.sealing.private_bytes_raw()):
        if part.what is What.BUNDLE and depth:
            try:
                inner = inside(server, bundle.head.stream, part.data, depth - 1)
            except WireError:
                continue  # one bad bundle stops none beside it; its carrier keeps it until a receipt comes
            for data in inner:
                proof = data[:4] == PROOF_MAGIC
                yield json_part(What.PROOFS, [data]) if proof else Part(What.PACKET, data)
        else:
            yield part


def _answer(
    server: Installation, stream: str, receipts: list[Receipt], read: HasRead | None, known: int
) -> Iterator[Part]:
    """Receipts, the roster, the lives of this server, and what is new since its carrier last read.

    ``known``: the catalogue's version that every reader is known to have, 0 where one is unknown.
    """
    archive = server.archive
    with archive.look() as tx:
        yield Part(What.ROSTER, encode_roster(rosters.roster_of(server, tx.connection, stream)))
        catalogue = catalogues.signed(archive, tx.connection)
        if catalogue.version > known:
            yield Part(What.CATALOGUE, pack_catalogue(encode_catalogue(catalogue)))
        lives = list(tx.epochs_since(read.epoch if read else ""))
        if lives:
            yield json_part(What.EPOCHS, lives)
        epoch = tx.epoch().random
        yield json_part(What.VOUCHERS, [voucher_of(tx, archive, epoch, stream)])
        signed = [sign_receipt(receipt, archive.private_key) for receipt in receipts]
        yield json_part(What.RECEIPTS, signed)
        yield from _pages(tx, stream, read)


def _pages(tx: ArchiveTransaction, stream: str, read: HasRead | None) -> Iterator[Part]:
    epoch = tx.epoch().random
    state = tx.state(stream)
    known = read is not None and read.epoch == epoch and tx.commit_at(stream, read.seq) == read.tag
    after = read.seq if read is not None and known else 0
    generation = read.generation if read is not None else 1
    while after < state.seq:
        rows = tx.page(stream, after, PAGE_RECORDS, PAGE_BYTES)
        end = rows[-1].seq if rows else state.seq
        tag = state.tag if end == state.seq else tx.commit_at(stream, end) or ""
        page = BundlePage(len(rows), epoch, generation, after, end, tag)
        yield page_part(page, pack_rows(rows) if rows else b"")
        after = end


def _write(file: Path, pieces: Iterable[bytes]) -> None:
    """The file is there whole or not at all."""
    handle, unfinished = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    try:
        with os.fdopen(handle, "wb") as out:
            for piece in pieces:
                out.write(piece)
            out.flush()
            os.fsync(out.fileno())
        os.replace(unfinished, file)
    except BaseException:
        Path(unfinished).unlink(missing_ok=True)
        raise
