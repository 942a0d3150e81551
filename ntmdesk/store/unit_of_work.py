"""One transaction: what is shown, cells, history, numbers and search words move together or not at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from functools import cached_property
from typing import TYPE_CHECKING

from ntmdesk.store.carrying import Carrying
from ntmdesk.store.certified import Certified
from ntmdesk.store.drafts import Drafts
from ntmdesk.store.figures import Figures
from ntmdesk.store.history import History
from ntmdesk.store.ids import time_ordered_id
from ntmdesk.store.losses import Losses
from ntmdesk.store.mates import Mates
from ntmdesk.store.peers import Peers
from ntmdesk.store.records import Records
from ntmdesk.store.registers import Registers
from ntmdesk.store.samenesses import Samenesses
from ntmdesk.store.search import Search
from ntmdesk.store.settlements import Settlements
from ntmdesk.store.shapes import Shape
from ntmdesk.store.spans import Spans
from ntmdesk.store.sums import Sum
from ntmdesk.store.surroundings import Author
from ntmdesk.store.writing import Writer
from sync.protocol.dots import COUNTER_LIMIT, Dot
from sync.protocol.kinds import Catalogue
from sync.protocol.records import Stamp

if TYPE_CHECKING:
    from ntmdesk.store.database import Store

VIETNAM = timezone(timedelta(hours=7))


class UnitOfWork:
    """What one transaction offers.  Made by ``Store.begin`` and ``Store.look``, dead when they end.

    ``author``: who saves.  ``touched``: kinds of which records changed, complete when the transaction ends.
    ``replica``, ``counter``: this store's id and the highest counter it knows from anywhere.
    """

    def __init__(self, store: Store, author: Author, *, writing: bool) -> None:
        self.store = store
        self.db = store.db
        self.author = author
        self.writing = writing
        self.touched: set[str] = set()
        self.leaving = False
        """Set when what was saved is about to leave the machine: the witness is then written durably."""
        tally = self.db.execute("SELECT replica, counter, seq FROM tally").fetchone()
        self.replica: str = tally[0]
        self.counter: int = tally[1]
        self.seq: int = tally[2]
        self._start = (self.counter, self.seq)
        self._row = -1
        self._unknown: dict[str, Shape] = {}
        self.action = self.counter + 1

    @property
    def catalogue(self) -> Catalogue:
        """The kinds and lists records are judged by."""
        return self.store.catalogue

    @property
    def shapes(self) -> Mapping[str, Shape]:
        """How records of each known kind are displayed, ordered and found."""
        return self.store.shapes

    @property
    def clock(self) -> Callable[[], datetime]:
        """Now, aware, in UTC."""
        return self.store.surroundings.clock

    def now(self) -> datetime:
        """Now in UTC, by the laptop's clock: for people's eyes, never for order."""
        return self.clock().astimezone(UTC)

    def today(self) -> date:
        """The day in Vietnam."""
        return self.clock().astimezone(VIETNAM).date()

    @cached_property
    def records(self) -> Records:
        """Records of every kind."""
        return Records(self)

    @cached_property
    def drafts(self) -> Drafts:
        """Half-filled forms."""
        return Drafts(self)

    @cached_property
    def history(self) -> History:
        """Who changed what; undo."""
        return History(self)

    @cached_property
    def search(self) -> Search:
        """Finding people and anything by a few letters."""
        return Search(self)

    @cached_property
    def figures(self) -> Figures:
        """The questions behind the indicators."""
        return Figures(self)

    @cached_property
    def registers(self) -> Registers:
        """Every household and person at once, from indexes alone."""
        return Registers(self)

    @cached_property
    def peers(self) -> Peers:
        """What the upper server has said, and what waits for it."""
        return Peers(self)

    @cached_property
    def mates(self) -> Mates:
        """The other laptops of the team."""
        return Mates(self)

    @cached_property
    def carrying(self) -> Carrying:
        """What this laptop carries for others."""
        return Carrying(self)

    @cached_property
    def certified(self) -> Certified:
        """How far each replica has counted, by its own word."""
        return Certified(self)

    @cached_property
    def spans(self) -> Spans:
        """How far the team's laptops hold one another's records."""
        return Spans(self)

    @cached_property
    def samenesses(self) -> Samenesses:
        """Records of one person or household under one roof."""
        return Samenesses(self)

    @cached_property
    def settlements(self) -> Settlements:
        """Conflicts that were settled here."""
        return Settlements(self)

    @cached_property
    def losses(self) -> Losses:
        """What the next packet would take away from the team."""
        return Losses(self)

    @cached_property
    def writer(self) -> Writer:
        """The only road of a record into the file."""
        return Writer(self)

    def shape(self, kind: str) -> Shape:
        """The shape of a kind; of one the catalogue does not know, a bare one."""
        found = self.shapes.get(kind)
        if found is None:
            found = self._unknown.get(kind)
            if found is None:
                found = self._unknown[kind] = Shape(kind, None)
        return found

    def next_dot(self) -> Dot:
        """The dot of one save: one more than the highest counter known from anywhere (rule 1)."""
        if not self.writing:
            raise RuntimeError("a read transaction cannot save")
        self.counter += 1
        return Dot(self.counter, self.replica)

    def learn(self, counter: int) -> None:
        """A counter met in something that came: later saves must be greater."""
        if self.counter < counter < COUNTER_LIMIT:
            self.counter = counter

    def next_seq(self) -> int:
        """The number of the next change in this file."""
        self.seq += 1
        return self.seq

    def next_row(self) -> int:
        """The rowid of the next new record."""
        if self._row < 0:
            self._row = int(self.db.execute("SELECT coalesce(max(n), 0) FROM record").fetchone()[0])
        self._row += 1
        return self._row

    def skip_rows(self, count: int) -> None:
        """Rowids after the last one given that are taken too."""
        self._row += count

    def new_id(self) -> str:
        """A fresh record id (UUIDv7); it never orders anything."""
        return time_ordered_id(self.now(), self.store.surroundings.entropy)

    def stamp(self) -> Stamp:
        """What a save tells of itself."""
        return Stamp(int(self.now().timestamp()), self.author.person, self.catalogue.version)

    def stream(self) -> str:
        """The stream a record made here joins: the team's, or "" before the laptop has one."""
        row = self.db.execute("SELECT id FROM stream WHERE of='team' ORDER BY id LIMIT 1").fetchone()
        return "" if row is None else str(row[0])

    def add_up(self, stream: str, hashes: Sequence[bytes], first: int) -> None:
        """New rows came, the first of them as row ``first``: the remembered sum of their stream goes on."""
        row = self.db.execute("SELECT digest FROM stream WHERE id=?", (stream,)).fetchone()
        known = Sum.unpack(row[0]) if row is not None else None
        if known is None and first == 1:  # nothing was here before
            known = Sum.of((), int(self.now().timestamp()))
        said = None if known is None else known.plus(hashes).pack()
        self.db.execute("UPDATE stream SET digest=? WHERE id=?", (said, stream))

    def finish(self) -> None:
        """Stores the numbers given out; called by ``Store.begin`` before it commits."""
        if (self.counter, self.seq) != self._start:
            self.db.execute("UPDATE tally SET counter=?, seq=?", (self.counter, self.seq))
