"""What a laptop has not seen yet: pages after its cursor, and whether its cursor is of this server's past."""

from __future__ import annotations

from collections.abc import Callable, Collection

from sync.hub.intake import Intake
from sync.hub.ports import ArchiveTransaction, StreamState
from sync.protocol.bodies import pack_rows
from sync.protocol.frames import level_for
from sync.protocol.messages import ExchangeRequest, Limits, Notice
from sync.protocol.pages import Cursor, Fork, Page, Row


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
) -> Page:
    """The next page of a stream; leaves out only what this very exchange delivered (rule 21).

    A record is left out when its image is exactly what the packet brought, or when the laptop had read its
    former state and the server added nothing of its own.
    """
    after = cursor.seq if cursor.epoch == epoch and cursor.generation == generation else 0
    rows: list[Row]
    if after >= state.seq:
        rows, end = [], state.seq
    elif intake is not None and after == intake.state.seq and state.seq - after <= limits.page_records:
        rows = [
            Row(put.kind, put.id, put.image, put.seq)
            for put in intake.changed
            if not _had(intake, put.id, put.image, after)
        ]
        end = state.seq
    else:
        found = tx.page(cursor.stream, after, limits.page_records, limits.page_bytes)
        end = found[-1].seq if found else state.seq
        rows = [row for row in found if intake is None or not _had(intake, row.id, row.image, after)]
    more = end < state.seq
    return Page(
        cursor=Cursor(
            server,
            epoch,
            cursor.stream,
            generation,
            end,
            state.tag if end == state.seq else tx.commit_at(cursor.stream, end) or "",
        ),
        count=len(rows),
        rows=pack_rows(rows, level_for(limits.page_records)) if rows else b"",
        more=more,
        digest=tx.digest(cursor.stream) if last and not more else None,
    )


def _had(intake: Intake, id: str, image: bytes, after: int) -> bool:
    work = intake.works.get(id)
    if work is None or work.marked:
        return False
    return work.delivered == image or work.before <= after
