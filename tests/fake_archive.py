"""An archive in memory: the reference for what a database must do, quick enough for property tests."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from msgspec import UNSET

from sync.hub.conversation import Unnoted
from sync.hub.ports import KeptPacket, Link, Put, Stored, StreamState, Talk
from sync.hub.restoring import open_after_restore
from sync.hub.segments import Segments
from sync.protocol.digest import digest_of
from sync.protocol.image import image_hash
from sync.protocol.packets import FIRST
from sync.protocol.pages import Digest, Epoch, Fork, Row, after, sign_epoch
from sync.protocol.signing import public_of

NO_STATE = StreamState(0, "", 0)


@dataclass
class Tables:
    """Everything that commits or rolls back together."""

    states: dict[str, StreamState] = field(default_factory=dict)
    rows: dict[str, dict[str, tuple[Stored, bytes]]] = field(default_factory=dict)
    commits: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    links: dict[tuple[str, str], Link] = field(default_factory=dict)
    packets: dict[tuple[str, str, int], tuple[KeptPacket, bytes]] = field(default_factory=dict)
    certified: dict[tuple[str, str], int] = field(default_factory=dict)
    talks: dict[str, Talk] = field(default_factory=dict)
    replicas: dict[str, str] = field(default_factory=dict)
    epochs: list[Epoch] = field(default_factory=list)
    notes: list[tuple[str, str, str, str, Any]] = field(default_factory=list)

    def copied(self) -> Tables:
        """A copy that shares only what never changes."""
        return Tables(
            dict(self.states),
            {s: dict(rows) for s, rows in self.rows.items()},
            {s: list(commits) for s, commits in self.commits.items()},
            dict(self.links),
            dict(self.packets),
            dict(self.certified),
            dict(self.talks),
            dict(self.replicas),
            list(self.epochs),
            list(self.notes),
        )


class MemoryArchive:
    """Implements ``hub.ports.Archive``; one thread at a time."""

    def __init__(self, server: str, private_key: bytes, epoch: str = "e" * 32) -> None:
        self.server = server
        self.private_key = private_key
        self.public_keys: tuple[bytes, ...] = (public_of(private_key),)
        self.segments = Segments()
        self.unnoted = Unnoted()
        self.tables = Tables()
        self.tables.epochs.append(sign_epoch(Epoch(server, 1, epoch), private_key))

    @contextmanager
    def begin(self, streams: Sequence[str]) -> Iterator[MemoryTransaction]:
        tables = self.tables.copied()
        for stream in streams:
            tables.rows.setdefault(stream, {})
        yield MemoryTransaction(self, tables, frozenset(streams))
        self.tables = tables

    @contextmanager
    def look(self) -> Iterator[MemoryTransaction]:
        yield MemoryTransaction(self, self.tables, frozenset())

    def backup(self) -> Tables:
        """What a copied folder holds."""
        return self.tables.copied()

    def roll_back(self, backup: Tables) -> None:
        """Somebody put the copied folder back and told nobody."""
        self.tables = backup.copied()

    def restore(self, backup: Tables, random: Callable[[int], bytes]) -> None:
        """The proper way: a new epoch opens."""
        live, self.tables = self.tables, backup.copied()
        with self.begin(sorted(self.tables.rows)) as tx:
            open_after_restore(tx, live.epochs, random(16).hex())


class MemoryTransaction:
    """Implements ``hub.ports.ArchiveTransaction``."""

    def __init__(self, archive: MemoryArchive, tables: Tables, locked: frozenset[str]) -> None:
        self._archive = archive
        self._t = tables
        self._locked = locked

    def state(self, stream: str) -> StreamState:
        return self._t.states.get(stream, NO_STATE)

    def states(self) -> Mapping[str, StreamState]:
        return dict(self._t.states)

    def load(self, stream: str, ids: Collection[str]) -> Mapping[str, Stored]:
        rows = self._t.rows.get(stream, {})
        return {id: rows[id][0] for id in ids if id in rows}

    def put(self, stream: str, rows: Sequence[Put]) -> None:
        assert stream in self._locked
        table = self._t.rows[stream]
        for row in rows:
            assert row.fresh == (row.id not in table)
            assert row.hash == image_hash(row.kind, row.id, row.image)
            table[row.id] = (Stored(row.kind, row.image, row.seq), row.hash)

    def advance(self, stream: str, state: StreamState) -> None:
        assert stream in self._locked
        assert state.seq > self.state(stream).seq
        assert state.highest >= self.state(stream).highest
        self._t.states[stream] = state
        self._t.commits.setdefault(stream, []).append((state.seq, state.tag))

    def page(self, stream: str, after: int, records: int, size: int) -> Sequence[Row]:
        found = sorted(
            (stored.seq, id, stored)
            for id, (stored, _) in self._t.rows.get(stream, {}).items()
            if stored.seq > after
        )
        out: list[Row] = []
        for seq, id, stored in found:
            size -= len(stored.image)
            if out and (len(out) >= records or size < 0):
                break
            out.append(Row(stored.kind, id, stored.image, seq))
        return out

    def count(self, stream: str, after: int, end: int) -> int:
        return sum(after < stored.seq <= end for stored, _ in self._t.rows.get(stream, {}).values())

    def commit_at(self, stream: str, seq: int) -> str | None:
        return next((tag for end, tag in self._t.commits.get(stream, ()) if end >= seq), None)

    def digest(self, stream: str) -> Digest:
        return digest_of(h for _, h in self._t.rows.get(stream, {}).values())

    def hashes(self, stream: str, kind: str | None) -> Iterable[tuple[str, str, bytes]]:
        return [
            (stored.kind, id, h)
            for id, (stored, h) in self._t.rows.get(stream, {}).items()
            if kind is None or stored.kind == kind
        ]

    def link(self, stream: str, replica: str) -> Link:
        return self._t.links.get((stream, replica), Link(0, FIRST))

    def packet(self, stream: str, replica: str, number: int) -> KeptPacket | None:
        kept = self._t.packets.get((stream, replica, number))
        return kept[0] if kept else None

    def keep_packet(
        self, stream: str, replica: str, device: str, packet: KeptPacket, highest: int, data: bytes
    ) -> None:
        assert packet.number == self.link(stream, replica).number + 1
        self._t.packets[stream, replica, packet.number] = (packet, data)
        self._t.links[stream, replica] = Link(packet.number, packet.hash)
        key = (stream, replica)
        self._t.certified[key] = max(self._t.certified.get(key, 0), highest)

    def certified(self, stream: str, replicas: Collection[str]) -> Mapping[str, int]:
        known = {
            r: self._t.certified.get((stream, r), 0) for r in replicas if (stream, r) in self._t.certified
        }
        return {r: counter for r, counter in known.items() if counter}

    def vouched(self, stream: str) -> Mapping[str, int]:
        return {r: counter for (s, r), counter in self._t.certified.items() if s == stream}

    def vouch(self, stream: str, certified: Mapping[str, int]) -> None:
        for replica, counter in certified.items():
            key = (stream, replica)
            self._t.certified[key] = max(self._t.certified.get(key, 0), counter)

    def note(self, action: str, at: int, stream: str, actor: str, subject: str, details: Any) -> None:
        if not any(n[:4] == (action, stream, actor, subject) for n in self._t.notes):
            self._t.notes.append((action, stream, actor, subject, details))

    def talk(self, replica: str) -> Talk | None:
        return self._t.talks.get(replica)

    def set_talk(self, replica: str, talk: Talk) -> None:
        self._t.talks[replica] = talk

    def replica_of(self, replica: str) -> str | None:
        return self._t.replicas.get(replica)

    def claim(self, replica: str, device: str) -> None:
        self._t.replicas[replica] = device

    def ids_of(self, device: str) -> int:
        return sum(owner == device for owner in self._t.replicas.values())

    def epoch(self) -> Epoch:
        return self._t.epochs[-1]

    def epochs_since(self, random: str) -> Sequence[Epoch]:
        return list(after(self._t.epochs, random))

    def know_epochs(self, line: Sequence[Epoch]) -> None:
        self._t.epochs = list(line)

    def open_epoch(self, random: str, forks: Mapping[str, Fork], others: tuple[str, ...] = ()) -> Epoch:
        present = {s: Fork(s, state.seq, state.tag) for s, state in self._t.states.items()}
        now = self.epoch()
        epoch = sign_epoch(
            Epoch(
                now.server,
                now.number + 1,
                random,
                now.random,
                tuple({**present, **forks}.values()),
                others=others or UNSET,
            ),
            self._archive.private_key,
        )
        self._t.epochs.append(epoch)
        return epoch
