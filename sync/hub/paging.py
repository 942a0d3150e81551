"""What a laptop has not seen yet: pages after its cursor, and whether its cursor is of this server's past."""

from __future__ import annotations

from collections.abc import Callable, Collection

from msgspec import UNSET

from sync.hub.intake import Intake
from sync.hub.ports import ArchiveTransaction, StreamState
from sync.hub.segments import Segment, Segments
from sync.protocol.bodies import pack_rows
from sync.protocol.frames import level_for
from sync.protocol.messages import ExchangeRequest, Limits, Notice
from sync.protocol.pages import Cursor, Fork, Page, Row
from sync.protocol.vouchers import Voucher


def rolled_back(
    tx: ArchiveTransaction,
    request: ExchangeRequest,
    streams: Collection[str],
    random: Callable[[int], bytes],
    notices: list[Notice],
) -> set[str]:
    """Streams of which this server has forgotten commits that the laptop has read (rule 20).

    For those whose remembered tags came along a new epoch is opened, forking at the last common one; for the
    others the tags are asked for.  Nothing is taken or told of such a stream in this exchange.
    """
    current = tx.epoch().random
    lost: set[str] = set()
    forks: dict[str, Fork] = {}
    remembered = {tags.stream: tags.tags for tags in request.tags}
    for cursor in request.cursors:
        if cursor.stream not in streams or cursor.epoch != current or cursor.seq == 0:
            continue
        if tx.commit_at(cursor.stream, cursor.seq) == cursor.tag:
            continue
        lost.add(cursor.stream)
        if cursor.stream not in remembered:
            notices.append(Notice("tags_wanted", {"stream": cursor.stream}))
            continue
        common = next(
            (
                Fork(cursor.stream, seq, tag)
                for seq, tag in sorted(remembered[cursor.stream], reverse=True)
                if tx.commit_at(cursor.stream, seq) == tag
            ),
            Fork(cursor.stream, 0, ""),
        )
        forks[cursor.stream] = common
    if forks:
        tx.open_epoch(random(16).hex(), forks)
    return lost


def page_for(
    tx: ArchiveTransaction,
    server: str,
    epoch: str,
    cursor: Cursor,
    generation: int,
    state: StreamState,
    intake: Intake | None,
    limits: Limits,
    last: bool,
    segments: Segments,
    word: Callable[[], Voucher] | None = None,
    shown: bool = False,
) -> Page:
    """The next page of a stream; leaves out only what this very exchange delivered (rule 21).

    A record is left out when its image is exactly what the packet brought, or when the laptop had read its
    former state and the server added nothing of its own.  ``word``: gives the voucher that goes with rows,
    and without rows when the laptop has ``shown`` one.
    """
    after = cursor.seq if cursor.epoch == epoch and cursor.generation == generation else 0
    stream, level = cursor.stream, level_for(limits.page_records)
    old = state.seq if intake is None else intake.state.seq
    segment = segments.page(tx, stream, after, old, limits, level) if after < old else None
    if segment is None and intake is None and after < state.seq:
        segment = _packed(tx, stream, after, state, limits, level, segments)
    if segment is not None:
        end, count, body, tag = segment.end, segment.count, segment.body, segment.tag
    else:
        rows: list[Row] = []
        end = state.seq
        if after < state.seq and intake is not None:
            rows, end = _beside(tx, stream, after, state, intake, limits)
        count, body = len(rows), pack_rows(rows, level) if rows else b""
        tag = _tag_at(tx, stream, end, state)
    more = end < state.seq
    return Page(
        cursor=Cursor(server, epoch, stream, generation, end, tag),
        count=count,
        rows=body,
        more=more,
        digest=tx.digest(stream) if last and not more else None,
        voucher=word() if word is not None and (count or shown) else UNSET,
    )


def _beside(
    tx: ArchiveTransaction, stream: str, after: int, state: StreamState, intake: Intake, limits: Limits
) -> tuple[list[Row], int]:
    """The rows after a number that this exchange did not deliver, and the number they end with.

    What this exchange changed is at hand and is not read again; what was there before comes first.
    """
    old = intake.state.seq
    rows: list[Row] = []
    if after < old:
        asked = min(limits.page_records, old - after)
        found = tx.page(stream, after, asked, limits.page_bytes)
        rows = [row for row in found if row.seq <= old and not _had(intake, row.id, row.image, after)]
        last = found[-1].seq if found else state.seq
        if last < old and not asked == len(found) == old - after:
            return rows, last
    taken = sum(len(row.image) for row in rows)
    for put in intake.changed:
        if _had(intake, put.id, put.image, after):
            continue
        taken += len(put.image)
        if rows and (len(rows) >= limits.page_records or taken > limits.page_bytes):
            return rows, put.seq - 1
        rows.append(Row(put.kind, put.id, put.image, put.seq))
    return rows, state.seq


def _packed(
    tx: ArchiveTransaction,
    stream: str,
    after: int,
    state: StreamState,
    limits: Limits,
    level: int,
    segments: Segments,
) -> Segment:
    """The rows after a number, packed now and kept for whoever reads them next."""
    rows = tx.page(stream, after, limits.page_records, limits.page_bytes)
    stop = segments.next_start(stream, after, limits)
    if stop is not None:
        rows = [row for row in rows if row.seq <= stop] or rows
    end = rows[-1].seq if rows else state.seq
    body = pack_rows(rows, level) if rows else b""
    raw = sum(len(row.image) for row in rows)
    segment = Segment(
        stream, after, end, len(rows), _tag_at(tx, stream, end, state), body, level, raw, numbered=True
    )
    segments.keep(segment)
    return segment


def _tag_at(tx: ArchiveTransaction, stream: str, end: int, state: StreamState) -> str:
    return state.tag if end == state.seq else tx.commit_at(stream, end) or ""


def _had(intake: Intake, id: str, image: bytes, after: int) -> bool:
    work = intake.works.get(id)
    if work is None or work.marked:
        return False
    return work.delivered == image or work.before <= after
