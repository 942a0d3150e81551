"""What the answering half needs: an archive of streams, and a judge of values.

The archive is the only thing that knows a database.  The hub opens one transaction per exchange; everything
in it commits together or not at all.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from sync.protocol.cells import Value
from sync.protocol.pages import Digest, Epoch, Fork, Row
from sync.protocol.records import Record

if TYPE_CHECKING:
    from sync.hub.conversation import Unnoted
    from sync.hub.segments import Segments


class StreamState(NamedTuple):
    """``seq``: number of the last change (0 = none); ``tag``: 16 hex digits stored with the last commit (""
    = none); ``highest``: the greatest counter anywhere in the stream."""

    seq: int
    tag: str
    highest: int


class Stored(NamedTuple):
    """A record as the archive holds it: canonical image, its stream number."""

    kind: str
    image: bytes
    seq: int


class Put(NamedTuple):
    """A record to be written.  ``fresh``: no row of this (stream, id) exists.  ``hash``: ``image_hash`` (16
    bytes)."""

    kind: str
    id: str
    seq: int
    image: bytes
    hash: bytes
    fresh: bool


class Link(NamedTuple):
    """The end of a replica's chain of packets in a stream."""

    number: int
    hash: bytes


class KeptPacket(NamedTuple):
    """A packet as stored: ``exceptions`` = msgspec JSON of the receipt's exceptions; ``seq``: of the stream
    after it."""

    number: int
    hash: bytes
    seq: int
    exceptions: bytes


class Talk(NamedTuple):
    """The conversation a replica is in (rule 22): ``nonce`` current, ``base`` the one it followed,
    ``number`` and ``body`` (16-byte hash of the request) of the last exchange."""

    nonce: str
    base: str
    number: int
    body: bytes


class Device(NamedTuple):
    """Who asks, as the door has already found out by token.  ``streams``: stream -> membership generation,
    those it may read and write.  ``role``: ``leader``, ``deputy``, ``member``...; ``key``: Ed25519 public
    key."""

    id: str
    key: bytes
    role: str
    streams: Mapping[str, int]
    revoked: bool = False


class ArchiveTransaction(Protocol):
    """One transaction.  In a writing one the streams named at ``begin`` are locked (in id order)."""

    def state(self, stream: str) -> StreamState:
        """Of a stream; (0, "", 0) for one without a commit."""

    def states(self) -> Mapping[str, StreamState]:
        """Of every stream that has a row."""

    def load(self, stream: str, ids: Collection[str]) -> Mapping[str, Stored]:
        """The records of these ids that exist, by id, in one statement per a few thousand ids."""

    def put(self, stream: str, rows: Sequence[Put]) -> None:
        """Writes all rows in one statement (or executemany)."""

    def advance(self, stream: str, state: StreamState) -> None:
        """Sets seq, tag and highest of a locked stream, and remembers (seq, tag) as a commit."""

    def page(self, stream: str, after: int, records: int, size: int) -> Sequence[Row]:
        """Rows with seq > ``after`` ascending, until ``records`` rows or ``size`` bytes of images (at least
        one)."""

    def count(self, stream: str, after: int, end: int) -> int:
        """How many rows are numbered above ``after`` up to ``end``."""

    def commit_at(self, stream: str, seq: int) -> str | None:
        """The tag of the commit that gave out ``seq``: of the remembered (end, tag) the one with the
        smallest end at or above ``seq``; None when ``seq`` is above the last end.  A page may end inside a
        commit."""

    def digest(self, stream: str) -> Digest:
        """Sum mod 2^128 of the rows' hashes and their number, from rows.  May be remembered under (seq,
        tag)."""

    def hashes(self, stream: str, kind: str | None) -> Iterable[tuple[str, str, bytes]]:
        """(kind, id, hash) of the rows of a stream, of one kind or all."""

    def link(self, stream: str, replica: str) -> Link:
        """The end of the chain; (0, sixteen zero bytes) when there is none."""

    def packet(self, stream: str, replica: str, number: int) -> KeptPacket | None:
        """A packet taken before."""

    def keep_packet(
        self, stream: str, replica: str, device: str, packet: KeptPacket, highest: int, data: bytes
    ) -> None:
        """Stores a packet verbatim and makes it the end of its chain; ``highest``: what its replica certifies
        (rule 13: keep the greatest per stream and replica)."""

    def certified(self, stream: str, replicas: Collection[str]) -> Mapping[str, int]:
        """The greatest counter each of these replicas is known to have certified in the stream, by itself or
        by a voucher; only those that have."""

    def vouched(self, stream: str) -> Mapping[str, int]:
        """The greatest counter known to be certified of every replica of the stream."""

    def vouch(self, stream: str, certified: Mapping[str, int]) -> None:
        """Believes a true voucher: keeps the greater counter for each replica."""

    def note(self, action: str, at: int, stream: str, actor: str, subject: str, details: Any) -> None:
        """Writes down, once for the same ``action``, ``actor`` and ``subject``, what a keeper may ask about:
        ids, codes and counts only."""

    def talk(self, replica: str) -> Talk | None:
        """The conversation state of a replica."""

    def set_talk(self, replica: str, talk: Talk) -> None:
        """Stores it."""

    def replica_of(self, replica: str) -> str | None:
        """The device a replica id belongs to; None for one never seen."""

    def claim(self, replica: str, device: str) -> None:
        """Notes a replica id as this device's."""

    def ids_of(self, device: str) -> int:
        """How many replica ids are noted as this device's."""

    def epoch(self) -> Epoch:
        """The current life of this server."""

    def epochs_since(self, random: str) -> Sequence[Epoch]:
        """The lives after the one named (``pages.after``)."""

    def know_epochs(self, line: Sequence[Epoch]) -> None:
        """Stores those lives of a line that are not known yet: what a backup had not heard of."""

    def open_epoch(self, random: str, forks: Mapping[str, Fork], others: tuple[str, ...] = ()) -> Epoch:
        """Opens, signs and stores a child of the current epoch.  ``forks`` for the streams where the server
        went back without saying so; every other stream forks at its present state.  ``others``: lives that
        end with it too."""


class Archive(Protocol):
    """An upper server's memory.  Used from any thread; a transaction from one."""

    server: str
    """Id of the server (UUID)."""
    private_key: bytes
    """Ed25519 private key (32 bytes) for receipts, epochs and facts."""
    public_keys: tuple[bytes, ...]
    """Present key first, then earlier ones."""
    segments: Segments
    """What is packed already."""
    unnoted: Unnoted
    """Conversations that brought nothing."""

    def begin(self, streams: Sequence[str]) -> AbstractContextManager[ArchiveTransaction]:
        """A writing transaction; locks the rows of these streams in id order, then looks.  Creates a
        missing stream row.  Commits on leaving, rolls back on an exception.  WireError ``busy`` when the
        lock does not come."""

    def look(self) -> AbstractContextManager[ArchiveTransaction]:
        """A reading transaction (one snapshot)."""


class Judge(Protocol):
    """What the server thinks of single values; made from its catalogue by ``hub.judging``."""

    version: int
    """Of the catalogue."""

    def judge(self, kind: str, cell: str, value: Value) -> str | None:
        """None = fine; a code beginning with ``unknown_`` = later; any other code = refused."""

    def fine(self, kind: str, cell: str, values: Sequence[Value]) -> bool:
        """Whether ``judge`` finds nothing wrong with any of these values; False may also mean: ask one by
        one.  ``cell``: of a set or of rows its field, with ``/`` and nothing behind, when ``values`` are the
        keys of elements that are there."""

    guarded: frozenset[str]
    """Kinds in which some value needs more than membership to be written."""

    def writer(self, kind: str, cell: str, value: Value) -> str:
        """Who may write this: ``anyone``, ``leader`` or ``server``."""

    def touches_rule(self, kind: str, cells: Collection[str]) -> bool:
        """Whether a change of these cells may break a rule between fields."""

    def flags(self, record: Record, changed: Collection[str]) -> Sequence[tuple[str, str]]:
        """(cell, code) of broken rules between fields of a merged record that a changed cell takes part in;
        () for none."""
