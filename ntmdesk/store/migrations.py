"""The schema, one function per step: append only, never edited after a release.

What depends on the catalogue (views, search tables, indexes by code) is not here but in ``views``; it is
made anew whenever the catalogue says something else.
"""

from __future__ import annotations

from sqlite_utils import Migrations
from sqlite_utils.db import Database

migrations = Migrations("ntmdesk")

RECORDS = """
CREATE TABLE meta(key TEXT PRIMARY KEY, value ANY) STRICT, WITHOUT ROWID;

-- one row: who this store is now, the highest counter known from anywhere, the last local number given
CREATE TABLE tally(
    one INTEGER PRIMARY KEY CHECK (one = 1),
    replica TEXT NOT NULL, counter INTEGER NOT NULL, seq INTEGER NOT NULL
) STRICT;

-- every replica id this store has had, oldest first; since: its first counter
CREATE TABLE incarnation(
    n INTEGER PRIMARY KEY, replica TEXT NOT NULL UNIQUE, at INTEGER NOT NULL, reason TEXT NOT NULL,
    since INTEGER NOT NULL
) STRICT;

-- life: 0 not born yet, 1 living, 2 deleted, 3 living and shown under another record of its group
-- shown: what people see; cells: the canonical image, siblings and contexts
-- seq: rises with any change here; hash: of the image; there: the hash the server has, where it differs
-- (empty: the server has none); served: the server's number when it last came in a page
-- sort: where it stands in lists, NULL for kinds listed by day; day: NULL for kinds without one, '' for blank
-- open: cells in conflict; back: 1 = deleted by somebody, alive by an unseen edit
CREATE TABLE record(
    n INTEGER PRIMARY KEY,
    id TEXT NOT NULL, kind TEXT NOT NULL, stream TEXT NOT NULL,
    life INTEGER NOT NULL CHECK (life BETWEEN 0 AND 3),
    shown TEXT NOT NULL, cells TEXT NOT NULL,
    seq INTEGER NOT NULL,
    hash BLOB NOT NULL, there BLOB, served INTEGER NOT NULL DEFAULT 0,
    sort BLOB, day TEXT,
    open INTEGER NOT NULL DEFAULT 0, back INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX record_id ON record(id, kind);
CREATE INDEX record_sort ON record(kind, life, sort) WHERE sort IS NOT NULL;
CREATE INDEX record_day ON record(kind, life, day, seq) WHERE day IS NOT NULL;
CREATE INDEX record_inbox ON record(kind) WHERE open > 0 OR back > 0;
CREATE INDEX record_there ON record(stream) WHERE there IS NOT NULL;
CREATE TRIGGER record_identity BEFORE UPDATE OF id, kind ON record
BEGIN SELECT RAISE(ABORT, 'identity of a record'); END;

-- records without a receipt, a narrow table so that sending rewrites no record
-- up: first own counter not yet in a packet (0 = all of it is to be offered again), NULL = nothing new since
-- packet: number of the last packet that carries it, NULL = none waits; at: since when, for people's eyes
CREATE TABLE outgoing(
    n INTEGER PRIMARY KEY REFERENCES record(n) ON DELETE CASCADE,
    stream TEXT NOT NULL, up INTEGER, packet INTEGER, at INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX outgoing_packet ON outgoing(stream, packet) WHERE packet IS NOT NULL;

-- who refers to whom: target is the 16 bytes of a UUID
CREATE TABLE link(
    target BLOB NOT NULL, n INTEGER NOT NULL REFERENCES record(n) ON DELETE CASCADE,
    PRIMARY KEY (target, n)
) STRICT, WITHOUT ROWID;

-- values that no longer live in the cells; value NULL = a row or element was taken away
CREATE TABLE history(
    n INTEGER NOT NULL REFERENCES record(n) ON DELETE CASCADE,
    cell TEXT NOT NULL, counter INTEGER NOT NULL, replica TEXT NOT NULL,
    at INTEGER NOT NULL, by TEXT NOT NULL, value TEXT,
    PRIMARY KEY (n, cell, counter, replica)
) STRICT, WITHOUT ROWID;

-- saves made here, for undo and for "what I did today"; action: first counter of the transaction's saves
CREATE TABLE save(
    counter INTEGER PRIMARY KEY, n INTEGER NOT NULL REFERENCES record(n) ON DELETE CASCADE,
    action INTEGER NOT NULL, at INTEGER NOT NULL, by TEXT NOT NULL, what TEXT NOT NULL, undone INTEGER
) STRICT;

CREATE TABLE draft(
    id TEXT PRIMARY KEY, page TEXT NOT NULL, person TEXT NOT NULL, body TEXT NOT NULL, at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX draft_person ON draft(person, at);

-- records joined as one: shown under leader
CREATE TABLE same(
    id TEXT PRIMARY KEY, kind TEXT NOT NULL, leader TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX same_leader ON same(leader);
"""

SYNC = """
-- a stream this laptop reads and writes, how far it has read and how far its packets are receipted
CREATE TABLE stream(
    id TEXT PRIMARY KEY, of TEXT NOT NULL, generation INTEGER NOT NULL DEFAULT 1,
    epoch TEXT NOT NULL DEFAULT '', seq INTEGER NOT NULL DEFAULT 0, tag TEXT NOT NULL DEFAULT '',
    cut INTEGER NOT NULL DEFAULT 0, last BLOB, digest BLOB
) STRICT, WITHOUT ROWID;
-- digest: remembered sum of the rows (count in 8 bytes, root in 16), NULL once a row changed
CREATE TRIGGER record_gone AFTER DELETE ON record
BEGIN UPDATE stream SET digest=NULL WHERE id=OLD.stream; END;
CREATE TRIGGER record_changed AFTER UPDATE OF hash, there, stream ON record
BEGIN UPDATE stream SET digest=NULL WHERE id IN (OLD.stream, NEW.stream) AND digest IS NOT NULL; END;

CREATE TABLE tag(
    stream TEXT NOT NULL, seq INTEGER NOT NULL, tag TEXT NOT NULL, epoch TEXT NOT NULL,
    PRIMARY KEY (stream, seq)
) STRICT, WITHOUT ROWID;

-- packets of this store, immutable once cut, kept for weeks after their receipt
CREATE TABLE packet(
    replica TEXT NOT NULL, stream TEXT NOT NULL, number INTEGER NOT NULL,
    hash BLOB NOT NULL, count INTEGER NOT NULL, cut_at INTEGER NOT NULL,
    receipt TEXT, receipt_seq INTEGER, receipt_at INTEGER, data BLOB NOT NULL,
    PRIMARY KEY (replica, stream, number)
) STRICT;

-- values answered with anything but plain acceptance, by dot
CREATE TABLE exception(
    kind TEXT NOT NULL, id TEXT NOT NULL, cell TEXT NOT NULL,
    counter INTEGER NOT NULL, replica TEXT NOT NULL,
    outcome TEXT NOT NULL, code TEXT NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY (id, kind, cell, counter, replica)
) STRICT, WITHOUT ROWID;

-- own values that the server refused, kept until somebody mends or drops them
CREATE TABLE quarantine(
    kind TEXT NOT NULL, id TEXT NOT NULL, cell TEXT NOT NULL,
    counter INTEGER NOT NULL, replica TEXT NOT NULL,
    value TEXT NOT NULL, code TEXT NOT NULL, by TEXT NOT NULL, at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL, settled TEXT, settled_at INTEGER,
    PRIMARY KEY (id, kind, cell, counter, replica)
) STRICT, WITHOUT ROWID;
CREATE INDEX quarantine_open ON quarantine(id) WHERE settled IS NULL;

-- copies that came with a server-owned fact nobody signed: kept apart, unmerged
CREATE TABLE aside(
    stream TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, hash BLOB NOT NULL,
    image TEXT NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY (id, kind, hash)
) STRICT, WITHOUT ROWID;

-- how each sync ended: numbers and codes
CREATE TABLE sync_run(
    n INTEGER PRIMARY KEY, at INTEGER NOT NULL, code TEXT NOT NULL, numbers TEXT NOT NULL
) STRICT;
"""


def _run(db: Database, script: str) -> None:
    lines = [line for line in script.splitlines() if not line.strip().startswith("--")]
    statement = ""
    for line in lines:
        statement += line + "\n"
        trigger = "CREATE TRIGGER" in statement
        if statement.rstrip().endswith("END;" if trigger else ";"):
            db.execute(statement)
            statement = ""


@migrations()
def m0001_records(db: Database) -> None:
    """Records, their history, drafts, groups."""
    _run(db, RECORDS)


@migrations()
def m0002_sync(db: Database) -> None:
    """Streams, packets, receipts, quarantine."""
    _run(db, SYNC)


WEEK_SUMS = """
-- what earlier reporting weeks add up to, so that a log need not read a year of visits again; mark: what the
-- sums were made from; may be thrown away at any time
CREATE TABLE week_sum(
    cutoff INTEGER NOT NULL, week TEXT NOT NULL, mark TEXT NOT NULL, sums TEXT NOT NULL,
    PRIMARY KEY (cutoff, week)
) STRICT, WITHOUT ROWID;
"""


@migrations()
def m0003_week_sums(db: Database) -> None:
    """Sums of earlier weeks."""
    _run(db, WEEK_SUMS)


REGISTERS = """
-- whole registers without opening a record: each holds what lists and counts of its kind read of all of them
CREATE INDEX register_household ON record(
    sort, id, seq, shown->>'code', shown->>'head_name', shown->>'lane', shown->>'members_n',
    shown->>'last_visit', shown->>'poverty', shown->>'smartphones_n', shown->>'residence_state',
    shown->>'internet', shown->>'digital_family', shown->>'digital_address'
) WHERE kind='household' AND life=1 AND sort IS NOT NULL;
CREATE INDEX register_resident ON record(
    sort, id, seq, shown->>'household', shown->>'birth', shown->>'sim_in_own_name', shown->>'residence_state'
) WHERE kind='resident' AND life=1 AND sort IS NOT NULL;
CREATE INDEX visit_home ON record(day, shown->>'household')
WHERE kind='support_visit' AND life=1 AND day IS NOT NULL;
"""


@migrations()
def m0004_registers(db: Database) -> None:
    """Indexes that hold whole registers."""
    _run(db, REGISTERS)


TOLD = """
-- what a save that settled a conflict replaced: the dots that stood side by side, for opening it again
CREATE TABLE settlement(
    counter INTEGER NOT NULL REFERENCES save(counter) ON DELETE CASCADE, cell TEXT NOT NULL,
    replaced TEXT NOT NULL, PRIMARY KEY (counter, cell)
) STRICT, WITHOUT ROWID;

-- edits made here and elsewhere at once that merged by themselves: cells and dots of either side
CREATE TABLE parallel(
    k INTEGER PRIMARY KEY, n INTEGER NOT NULL REFERENCES record(n) ON DELETE CASCADE, at INTEGER NOT NULL,
    ours TEXT NOT NULL, theirs TEXT NOT NULL
) STRICT;
CREATE INDEX parallel_at ON parallel(at);
"""


@migrations()
def m0005_told(db: Database) -> None:
    """What people are told of merges and may take back."""
    _run(db, TOLD)


CARRYING = """
-- packets of other laptops, byte for byte, carried until their receipt is seen; then data goes and the
-- receipt stays a while, to be carried home.  device: whose packet it is, '' when no known key signed it
CREATE TABLE carried(
    origin TEXT NOT NULL, stream TEXT NOT NULL, number INTEGER NOT NULL, hash BLOB NOT NULL,
    device TEXT NOT NULL, count INTEGER NOT NULL, at INTEGER NOT NULL, receipt TEXT, data BLOB,
    PRIMARY KEY (stream, origin, number, hash)
) STRICT;

-- whole bundles sealed to others, handed on as they are; held: JSON of the packets inside
CREATE TABLE sealed(
    id TEXT PRIMARY KEY, stream TEXT NOT NULL, held TEXT NOT NULL, at INTEGER NOT NULL, data BLOB NOT NULL
) STRICT;

-- whose a replica id is, and the highest counter certified in the head of a packet seen here (rule 13)
CREATE TABLE certified(
    replica TEXT PRIMARY KEY, device TEXT NOT NULL, highest INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- how far the laptops of the team have read the server's stream, as their bundles told
CREATE TABLE mate_read(
    device TEXT PRIMARY KEY, epoch TEXT NOT NULL, seq INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- laptops met by hand in a team without a server; confirmed: when their code was compared, NULL before
CREATE TABLE acquaintance(
    device TEXT PRIMARY KEY, name TEXT NOT NULL, role TEXT NOT NULL, key BLOB NOT NULL,
    sealing_key BLOB NOT NULL, stream TEXT NOT NULL, at INTEGER NOT NULL, confirmed INTEGER
) STRICT, WITHOUT ROWID;

-- carried: when another laptop said in writing that it holds the packet
ALTER TABLE packet ADD COLUMN carried INTEGER;
"""


@migrations()
def m0006_carrying(db: Database) -> None:
    """Packets, bundles and laptops met without a server."""
    _run(db, CARRYING)


SPANS = """
-- up to which of its own numbers each other laptop's records are here; life: the id under which it counts
CREATE TABLE taken(
    device TEXT PRIMARY KEY, life TEXT NOT NULL, seq INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- what each other laptop told of itself: up to which number of this store it has all, which catalogue it uses
CREATE TABLE mate_knows(
    device TEXT PRIMARY KEY, life TEXT NOT NULL, seq INTEGER NOT NULL, catalogue INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
"""


@migrations()
def m0007_spans(db: Database) -> None:
    """How far laptops hold one another's records."""
    _run(db, SPANS)


PROOFS = """
-- the signed head that said so, to be shown to others; NULL where it was only told
ALTER TABLE certified ADD COLUMN proof BLOB;

-- words of the server: the last page's, and all others
UPDATE meta SET key = 'words:' || substr(key, 10), value = '[null,' || value || ']'
WHERE key LIKE 'vouchers:%';
"""


@migrations()
def m0008_proofs(db: Database) -> None:
    """What replicas certified, with the head that proves it."""
    _run(db, PROOFS)


def names() -> tuple[str, ...]:
    """Names of all steps this program knows, in order."""
    return tuple(step.name for step in migrations._migrations)
