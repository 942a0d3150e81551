"""What the engine needs from the outside, as Protocols: a road, a store, a clock.

One thread owns a conversation; a Replica is used from that thread alone, but for ``foresee``.  A Transport's
``exchange`` may be called from one helper thread, never from two at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from sync.protocol.messages import Enrolment, EnrolRequest, Hello, Limits
from sync.protocol.packets import Packet
from sync.protocol.pages import Cursor, Digest, Epoch, Row
from sync.protocol.receipts import Receipt
from sync.protocol.vouchers import Voucher

MANY = 1_000
"""Records that do not go up in one or two exchanges."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a replica stands before a conversation.

    ``epoch``: random of the server life it last heard, "" before the first exchange.  ``after``: nonce of its
    last answered conversation.  ``first_waiting``: stream -> number of the first packet cut and not receipted
    (or the number the next packet will get).  ``server_keys``: from the enrolment.  ``lineage``: every life
    of the server this replica has known, oldest first.  ``vouchers``: those its present life may not know.
    ``many``: more than ``MANY`` records have no receipt.
    """

    replica: str
    server: str
    server_keys: tuple[bytes, ...]
    epoch: str
    after: str
    catalogue: int
    cursors: tuple[Cursor, ...]
    first_waiting: Mapping[str, int]
    lineage: tuple[str, ...] = ()
    vouchers: tuple[Voucher, ...] = ()
    many: bool = False


@dataclass(frozen=True, slots=True)
class SiftedPage:
    """A page after checking: ``rows`` to merge; ``aside`` hold a server-owned fact without a valid signature
    and are kept apart, unmerged.  ``voucher``: to be kept with the cursor, None when the page had none."""

    stream: str
    cursor: Cursor
    rows: Sequence[Row]
    aside: Sequence[Row] = ()
    voucher: Voucher | None = None


class Taken(NamedTuple):
    """What one ``take`` did, in records.

    ``accepted``/``refused``/``later``: records of the packets receipted just now.  ``received``: records
    whose cells changed here by the pages.  ``conflicts``: records with an open conflict now, in the whole
    store. ``pending``: records without a receipt now, cut or not.  ``queued``: queued for offering again
    just now.  ``twin``: nothing of the pages was stored, because they know of saves under the present id that
    were not made here; the engine calls ``renew`` and reads them again.
    """

    accepted: int = 0
    refused: int = 0
    later: int = 0
    received: int = 0
    conflicts: int = 0
    pending: int = 0
    queued: int = 0
    twin: bool = False


class Replica(Protocol):
    """One store, as sync sees it.  Each method but ``foresee`` is a transaction, durable when it returns."""

    def standing(self) -> Standing:
        """Reads only."""

    def packet(self, stream: str, number: int, limits: Limits) -> Packet | None:
        """The first packet numbered ``number`` or above that is cut and waits for a receipt; else a new one
        is cut.

        Asked in ascending order from ``first_waiting``.  Cutting takes every record of the stream changed
        here since it was last cut (``up``) or queued for offering again, until ``limits.packet_records`` or
        ``limits.packet_bytes`` (raw) is reached: ``records.partial(record, replica, floor)`` with floor = the
        own counter at which this very record was last cut (0: never), and the whole record when it is
        offered again.  The cut packet is stored before it is returned and never changes.  None when nothing
        waits (at rest nothing is written).  ``codec.pack_rows(rows, level_for(limits.packet_records))``
        makes the body.
        """

    def foresee(self, page: SiftedPage) -> SiftedPage:
        """The same page, with whatever ``take`` may be told beforehand of its rows.

        Neither reads nor writes the store, and may run in the helper thread beside any other method; what it
        gives may be lost.
        """

    def take(
        self, nonce: str, receipts: Sequence[Receipt], pages: Sequence[SiftedPage], catalogue: int
    ) -> Taken:
        """Settles receipts, merges the rows and stores the cursors, all in ONE transaction.

        Stores ``nonce`` as last answered, unless it is "".  A receipt counts only for a packet of the same
        number and hash; one received before changes nothing.  Exceptions: ``refused`` -> the author's value
        goes to quarantine (if not there yet); ``later`` -> kept in a table by dot; ``flagged`` -> noted.
        ``catalogue``: the server's version now; when it is above the one remembered, records with values
        answered ``later`` are queued for offering again.  Rows: merge with what is here (set-wise); before
        that copy values of own dots named in ``_refused`` to the quarantine.  After merging, a record whose
        image equals the row's image is *as the server has it*; otherwise the row's ``image_hash`` is
        remembered as its last server hash.  Rows in ``aside`` are kept apart for a later look.  Taking the
        same again changes nothing.  WireError ``bad_message`` (nothing stored) for a counter 2^32 above the
        highest known, unless the stream is read from its beginning (rule 12).
        """

    def digest(self, stream: str) -> Digest | None:
        """The sum over the rows of a stream, from their stored hashes; a record with a ``later`` value uses
        its last server hash.  None while a record of the stream has changes without a receipt, or a row set
        aside: nothing can be compared then.  May be remembered while nothing changed."""

    def hashes(self, stream: str, kind: str | None = None) -> Mapping[tuple[str, str], bytes]:
        """(kind, id) -> the hash that ``digest`` adds up."""

    def offer(self, stream: str, ids: Collection[str]) -> int:
        """Queues whole records for the next packets (all cells, other replicas' dots too); how many."""

    def adopt(self, epochs: Sequence[Epoch]) -> None:
        """A descendant life of the server: ``epochs`` successive, oldest first, already verified.

        For each stream with fork f = ``forks_of(epochs, stream, life known)``: the cursor goes back to the
        newest remembered (seq, tag) at or below f (0 if none) under the last epoch; receipts with ``seq`` > f
        become void; records of their packets and those that came with pages above f are queued for offering
        again.  Stores the new epoch.

        First of all the replica renews itself as for a clone: a machine that woke from a snapshot while its
        server went back as well is known to nobody as a clone, and from here on no dot of its can be one
        that its twin has used.
        """

    def tags(self, stream: str) -> Sequence[tuple[int, str]]:
        """The newest 64 remembered (seq, tag) of a stream, newest first."""

    def resume(self, stream: str, number: int) -> bool:
        """The server expects packet ``number`` next.  True when the packets from there on are still kept
        and now wait again; False when they are not (then the engine calls ``renew``)."""

    def renew(self, reason: str) -> None:
        """A new incarnation (``clone`` noticed, or old packets no longer kept): mints a new replica id;
        queues every record holding a dot of the old id without a receipt for offering again; packets of the
        old id that wait are dropped (their content is in the records).  For ``clone`` every own dot without a
        receipt is written again under the new id, with the same counter, and context entries of the old id
        go back to the last receipted counter (rule 10)."""


class Transport(Protocol):
    """One road to one server.  All methods raise ``WireError`` and nothing else."""

    def exchange(self, body: bytes) -> bytes:
        """POST /v1/exchange."""

    def compare(self, body: bytes) -> bytes:
        """POST /v1/compare."""

    def traffic(self) -> tuple[int, int]:
        """Bytes sent and received so far, heads included where the road knows them."""


class Doorstep(Protocol):
    """The two calls that need no enrolment."""

    def hello(self) -> Hello: ...

    def enrol(self, request: EnrolRequest) -> Enrolment: ...


class Clock(Protocol):
    """Seconds for waits and speed, never for order."""

    def monotonic(self) -> float: ...

    def sleep(self, seconds: float) -> None:
        """May return early when the conversation is cancelled."""


Progress = Callable[[int, int, str], None]
"""(done, total, phase): records; phase ``send``, ``receive`` or ``compare``; total 0 = unknown."""
