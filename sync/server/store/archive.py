"""The server's memory of streams: the hub's ``Archive`` over SQLite or PostgreSQL."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import msgspec
import sqlalchemy as sa

from sync.hub.conversation import Unnoted
from sync.hub.ports import Device, KeptPacket, Link, Put, Stored, StreamState, Talk
from sync.hub.segments import Segments
from sync.protocol.pages import Digest, Epoch, Fork, Row, after, sign_epoch
from sync.server.keys import ServerKeys
from sync.server.store import audit
from sync.server.store import schema as t
from sync.server.store import statements as q
from sync.server.store.database import Database
from sync.server.store.rows import rows_of
from sync.server.store.sums import Sum, Sums

__all__ = ["Device", "SqlArchive", "SqlTransaction"]

NO_STATE = StreamState(0, "", 0)
NO_LINK = Link(0, bytes(16))
LOAD_CHUNK = 2_000
_MODULUS = 1 << 128


@dataclass(slots=True)
class Read:
    """What one transaction has read of streams, commits, conversations, ids and the present life."""

    states: dict[str, StreamState] = field(default_factory=dict)
    commits: dict[tuple[str, int], str | None] = field(default_factory=dict)
    talks: dict[str, Talk | None] = field(default_factory=dict)
    owners: dict[str, str | None] = field(default_factory=dict)
    epoch: Epoch | None = None


class SqlTransaction:
    """One transaction on the streams; see ``sync.hub.ports.ArchiveTransaction``.

    ``read``: what it has read, true at its end unless it wrote."""

    def __init__(self, connection: sa.Connection, archive: SqlArchive) -> None:
        self.connection = connection
        self._archive = archive
        self._dialect = connection.dialect.name
        self._steady = archive.database.is_sqlite
        """Nobody else's commit shows before the end, so what was read once need not be read again."""
        self._rows = rows_of(connection)
        self.read = Read()
        self._states = self.read.states
        self._hashes: dict[tuple[str, str], bytes] = {}
        self._sums: dict[str, Sum | None] = {}

    def lock(self, streams: Iterable[str], now: int) -> None:
        """Makes missing rows, then locks all of them in id order."""
        wanted = sorted(set(streams))
        if not wanted:
            return
        if missing := set(wanted) - self._read_states(wanted, locked=True):
            for stream in sorted(missing):
                row = {
                    "stream": stream,
                    "of": "team",
                    "code": "",
                    "name": "",
                    "generation": 1,
                    "seq": 0,
                    "tag": "",
                    "highest": 0,
                    "made_at": now,
                }
                self.connection.execute(q.insert_missing(self._dialect, t.STREAM), row)
            self._read_states(wanted, locked=True)

    def _read_states(self, streams: Sequence[str], *, locked: bool) -> set[str]:
        query = (
            q.STATES_LOCKED if locked else q.STATES
        )  # SQLite is locked as a whole and leaves FOR UPDATE out
        for stream, seq, tag, highest in self.connection.execute(query, {"streams": streams}):
            self._states[stream] = StreamState(seq, tag, highest)
        return set(self._states)

    def number(self) -> int:
        """Under which PostgreSQL counts this transaction; 0 where it has locked and written nothing, or on
        SQLite."""
        if self._steady:
            return 0
        return int(
            self.connection.exec_driver_sql("SELECT pg_current_xact_id_if_assigned()::text").scalar() or 0
        )

    def state(self, stream: str) -> StreamState:
        if stream not in self._states:
            self._read_states([stream], locked=False)
        return self._states.get(stream, NO_STATE)

    def states(self) -> Mapping[str, StreamState]:
        rows = self.connection.execute(q.ALL_STATES)
        return {stream: StreamState(seq, tag, highest) for stream, seq, tag, highest in rows}

    def load(self, stream: str, ids: Collection[str]) -> Mapping[str, Stored]:
        wanted = list(ids)
        found: dict[str, Stored] = {}
        for start in range(0, len(wanted), LOAD_CHUNK):
            for id, kind, image, seq, digest in self._rows.load(stream, wanted[start : start + LOAD_CHUNK]):
                found[id] = Stored(kind, image, seq)
                self._hashes[stream, id] = digest
        return found

    def put(self, stream: str, rows: Sequence[Put]) -> None:
        fresh = [r for r in rows if r.fresh]
        changed = [r for r in rows if not r.fresh]
        if fresh:
            self._rows.insert(stream, fresh)
        if changed:
            self._rows.update(stream, changed)
        self._add_up(stream, fresh, changed)

    def _add_up(self, stream: str, fresh: Sequence[Put], changed: Sequence[Put]) -> None:
        if stream not in self._sums:
            state = self.state(stream)
            self._sums[stream] = self._archive.sums.get(stream, state.seq, state.tag)
        base = self._sums[stream]
        if base is not None:
            total = base.total
            for row in (*fresh, *changed):
                total += int.from_bytes(row.hash, "big")
            for row in changed:
                before = self._hashes.get((stream, row.id))
                if before is None:  # not loaded in this transaction: the rows themselves must tell
                    self._sums[stream] = None
                    break
                total -= int.from_bytes(before, "big")
            else:
                self._sums[stream] = Sum(total % _MODULUS, base.rows + len(fresh), base.at)
        for row in (*fresh, *changed):
            self._hashes[stream, row.id] = row.hash

    def advance(self, stream: str, state: StreamState) -> None:
        before = self.state(stream)
        row = {"seq": state.seq, "tag": state.tag, "highest": state.highest}
        self.read.commits.clear()
        self.connection.execute(q.ADVANCE, {"which": stream, **row})
        if (state.seq, state.tag) != (before.seq, before.tag):
            commit = {"stream": stream, "seq": state.seq, "tag": state.tag}
            self.connection.execute(q.upsert(self._dialect, t.COMMIT_TAG), commit)
            if stream not in self._sums:
                self._sums[stream] = self._archive.sums.get(stream, before.seq, before.tag)
        self._states[stream] = state

    def page(self, stream: str, after: int, records: int, size: int) -> Sequence[Row]:
        rows: list[Row] = []
        taken = 0
        for kind, id, image, seq in self._rows.after(stream, after, records):
            taken += len(image)
            if rows and taken > size:
                break
            rows.append(Row(kind, id, image, seq))
        return rows

    def count(self, stream: str, after: int, end: int) -> int:
        which = {"stream": stream, "after": after, "end": end}
        return self.connection.scalar(q.COUNT, which) or 0

    def commit_at(self, stream: str, seq: int) -> str | None:
        commits = self.read.commits
        if self._steady and (stream, seq) in commits:
            return commits[stream, seq]
        tag: str | None = self.connection.scalar(q.COMMIT_AT, {"stream": stream, "seq": seq})
        commits[stream, seq] = tag
        return tag

    def digest(self, stream: str) -> Digest:
        state = self.state(stream)
        if stream in self._sums:
            known = self._sums[stream]
        else:
            known = self._archive.sums.get(stream, state.seq, state.tag)
        if known is None:
            total = count = 0
            for chunk in self._rows.hashes(stream):
                count += len(chunk)
                total += sum(int.from_bytes(value, "big") for value in chunk)
            known = Sum(total % _MODULUS, count, self._archive.sums.now())
        self._sums[stream] = known
        return Digest(f"{known.total:032x}", known.rows)

    def hashes(self, stream: str, kind: str | None) -> Iterable[tuple[str, str, bytes]]:
        query = q.HASHES if kind is None else q.HASHES_OF_KIND
        rows = self.connection.execute(query, {"stream": stream, **({"kind": kind} if kind else {})})
        return [(k, i, h) for k, i, h in rows]

    def link(self, stream: str, replica: str) -> Link:
        row = self.connection.execute(q.LINK, {"stream": stream, "replica": replica}).first()
        return Link(*row) if row else NO_LINK

    def packet(self, stream: str, replica: str, number: int) -> KeptPacket | None:
        which = {"stream": stream, "replica": replica, "number": number}
        row = self.connection.execute(q.PACKET, which).first()
        return KeptPacket(*row) if row else None

    def keep_packet(
        self, stream: str, replica: str, device: str, packet: KeptPacket, highest: int, data: bytes
    ) -> None:
        row = {
            "stream": stream,
            "replica": replica,
            "number": packet.number,
            "device": device,
            "hash": packet.hash,
            "seq": packet.seq,
            "exceptions": packet.exceptions,
            "data": data,
        }
        self.connection.execute(sa.insert(t.PACKET), row)
        known = self.connection.scalar(q.HIGHEST, {"stream": stream, "replica": replica}) or 0
        link = {
            "stream": stream,
            "replica": replica,
            "number": packet.number,
            "hash": packet.hash,
            "highest": max(known, highest),
        }
        self.connection.execute(q.upsert(self._dialect, t.CHAIN), link)

    def certified(self, stream: str, replicas: Collection[str]) -> Mapping[str, int]:
        wanted = list(replicas)
        found: dict[str, int] = {}
        for start in range(0, len(wanted), LOAD_CHUNK):
            some = {"stream": stream, "replicas": wanted[start : start + LOAD_CHUNK]}
            found.update(
                (replica, highest) for replica, highest in self.connection.execute(q.CERTIFIED, some)
            )
        return found

    def vouched(self, stream: str) -> Mapping[str, int]:
        rows = self.connection.execute(q.VOUCHED, {"stream": stream})
        return {replica: highest for replica, highest in rows}

    def vouch(self, stream: str, certified: Mapping[str, int]) -> None:
        known = self.vouched(stream)
        for replica, highest in sorted(certified.items()):
            row = {"stream": stream, "replica": replica, "highest": highest}
            if replica not in known:
                none = {"number": NO_LINK.number, "hash": NO_LINK.hash}
                self.connection.execute(sa.insert(t.CHAIN), {**row, **none})
            elif highest > known[replica]:
                self.connection.execute(q.VOUCH, {"which": stream, "of": replica, "highest": highest})

    def note(self, action: str, at: int, stream: str, actor: str, subject: str, details: Any) -> None:
        what = {"action": action, "stream": stream, "actor": actor, "subject": subject}
        if self.connection.scalar(q.NOTED, what) is None:
            audit.note(self.connection, action, at, stream=stream, actor=actor, subject=subject, **details)

    def talk(self, replica: str) -> Talk | None:
        row = self.connection.execute(q.TALK, {"replica": replica}).first()
        talk = self.read.talks[replica] = Talk(*row) if row else None
        return talk

    def set_talk(self, replica: str, talk: Talk) -> None:
        self.connection.execute(q.upsert(self._dialect, t.TALK), {"replica": replica, **talk._asdict()})

    def replica_of(self, replica: str) -> str | None:
        device: str | None = self.connection.scalar(q.REPLICA_OF, {"replica": replica})
        self.read.owners[replica] = device
        return device

    def claim(self, replica: str, device: str) -> None:
        row = {"replica": replica, "device": device}
        self.connection.execute(q.upsert(self._dialect, t.REPLICA), row)

    def ids_of(self, device: str) -> int:
        count: int = self.connection.scalars(q.IDS_OF, {"device": device}).one()
        return count

    def epoch(self) -> Epoch:
        if self._steady and self.read.epoch is not None:
            return self.read.epoch
        document: bytes = self.connection.scalars(q.EPOCH).one()
        self.read.epoch = msgspec.json.decode(document, type=Epoch)
        return self.read.epoch

    def epochs_since(self, random: str) -> Sequence[Epoch]:
        documents = self.connection.scalars(q.EPOCHS)
        return after([msgspec.json.decode(document, type=Epoch) for document in documents], random)

    def know_epochs(self, line: Sequence[Epoch]) -> None:
        known = {epoch.random for epoch in self.epochs_since("")}
        rows = [_epoch_row(epoch) for epoch in line if epoch.random not in known]
        if rows:
            self.read.epoch = None
            self.connection.execute(sa.insert(t.EPOCH), rows)

    def open_epoch(self, random: str, forks: Mapping[str, Fork], others: tuple[str, ...] = ()) -> Epoch:
        if not self._archive.database.is_sqlite:  # one child at a time
            self.connection.execute(q.LOCK_SERVER)
        parent = self.epoch()
        return self.store_epoch(parent.number + 1, random, parent.random, forks, others)

    def store_epoch(
        self,
        number: int,
        random: str,
        parent: str,
        forks: Mapping[str, Fork],
        others: tuple[str, ...] = (),
    ) -> Epoch:
        """Signs and stores a life of this server; streams not in ``forks`` fork at their present state."""
        present = {s: Fork(s, state.seq, state.tag) for s, state in self.states().items()}
        all_forks = {**present, **forks}
        epoch = sign_epoch(
            Epoch(
                self._archive.server,
                number,
                random,
                parent,
                tuple(all_forks[stream] for stream in sorted(all_forks)) if parent else (),
                others=others or msgspec.UNSET,
            ),
            self._archive.private_key,
        )
        self.read.epoch = None
        self.connection.execute(sa.insert(t.EPOCH), _epoch_row(epoch))
        return epoch

    def remember_sums(self) -> None:
        """After the commit: what was added up is true of the states now stored."""
        for stream, known in self._sums.items():
            state = self._states.get(stream)
            if known is not None and state is not None:
                self._archive.sums.put(stream, state.seq, state.tag, known)


def _epoch_row(epoch: Epoch) -> dict[str, Any]:
    return {"random": epoch.random, "number": epoch.number, "document": msgspec.json.encode(epoch)}


class SqlArchive:
    """See ``sync.hub.ports.Archive``.  ``sums`` may be given with a shorter memory."""

    def __init__(self, database: Database, keys: ServerKeys, server: str, sums: Sums | None = None) -> None:
        self.database = database
        self.server = server
        self.private_key = keys.signing.private_bytes_raw()
        self.public_keys: tuple[bytes, ...] = (keys.signing_public,)
        self.sums = sums or Sums(time.monotonic)
        self.segments = Segments()
        self.unnoted = Unnoted()

    @contextmanager
    def begin(self, streams: Sequence[str]) -> Iterator[SqlTransaction]:
        with self.database.write() as connection:
            transaction = SqlTransaction(connection, self)
            transaction.lock(streams, int(time.time()))
            yield transaction
        transaction.remember_sums()

    @contextmanager
    def look(self) -> Iterator[SqlTransaction]:
        with self.database.read() as connection:
            transaction = SqlTransaction(connection, self)
            yield transaction
        transaction.remember_sums()
