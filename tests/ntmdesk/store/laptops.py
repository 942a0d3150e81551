"""A real encrypted store that behaves like a laptop in the schedules of the sync tests."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ntmdesk.store.database import Store
from ntmdesk.store.replica import StoreReplica
from ntmdesk.store.stored import any_kind
from ntmdesk.store.surroundings import Author
from ntmdesk.store.unit_of_work import UnitOfWork
from sync.protocol import records
from sync.protocol.dots import Dot
from sync.protocol.image import decode_image
from sync.protocol.kinds import Catalogue
from sync.protocol.kinds_load import load
from sync.protocol.messages import Enrolment, StreamGrant
from sync.protocol.pages import Epoch
from sync.protocol.records import Record
from tests.ntmdesk.store.places import KEY, Place

CATALOGUE = {
    "catalogue.toml": "version = 1\n",
    "kinds/visit.toml": """
name = "visit"
label = { vi = "Lượt", en = "Visit" }
plural = { vi = "Lượt", en = "Visits" }
columns = ["name", "phone"]
title = ["name"]
search = ["name", "phone"]
sort = "name"
sort_by = "person"

[[sections]]
name = "all"
vi = "Lượt"
en = "Visit"
fields = ["name", "phone", "note"]

[[fields]]
name = "name"
type = "text"
vi = "Tên"
en = "Name"
max_length = 200

[[fields]]
name = "phone"
type = "phone"
vi = "Điện thoại"
en = "Phone"

[[fields]]
name = "note"
type = "long_text"
vi = "Ghi chú"
en = "Note"
max_length = 2000
""",
}


class Held(NamedTuple):
    """A record as the store holds it."""

    record: Record
    image: bytes


def small_catalogue() -> Catalogue:
    """One kind: stores are made quickly."""
    return load(CATALOGUE)


def enrolment(
    server: str,
    stream: str,
    server_keys: tuple[bytes, ...],
    device: str = "device",
    sealing_key: bytes = bytes(32),
) -> Enrolment:
    """What a laptop keeps after joining the team of ``stream``."""
    return Enrolment(
        server=server,
        device=device,
        token="token",
        team=stream,
        streams=(StreamGrant(stream, "team"),),
        role="member",
        member="m",
        hamlets=(),
        server_keys=server_keys,
        server_sealing_key=sealing_key,
        epoch=Epoch(server, 1, ""),
        roster=1,
        catalogue=1,
        time=0,
    )


class StoreLaptop(StoreReplica):
    """The port ``Replica`` and what a person does, over a store in ``home``."""

    author = Author("p", "Lan")

    def __init__(self, place: Place, store: Store) -> None:
        super().__init__(store)
        self.place = place
        self.store = store

    @classmethod
    def join(
        cls,
        home: Path,
        stream: str,
        server: str,
        server_keys: tuple[bytes, ...],
        entropy: Callable[[int], bytes],
        device: str = "device",
        sealing_key: bytes = bytes(32),
    ) -> StoreLaptop:
        """A new store that belongs to a team."""
        place = Place(home, catalogue=_catalogue())
        place._entropy = entropy
        store = place.create()
        with store.begin(cls.author) as uow:
            joined = enrolment(server, stream, server_keys, device, sealing_key)
            uow.peers.join(joined, "http://127.0.0.1")
        return cls(place, store)

    def _held(self, uow: UnitOfWork) -> bool:
        """Schedules empty their registers at will; nobody is there to be asked."""
        return False

    @property
    def id(self) -> str:
        return self.store.replica

    @property
    def ids(self) -> frozenset[str]:
        """Every replica id the store knows to have had."""
        with self.store.look() as uow:
            return uow.carrying.own_ids()

    @property
    def public_key(self) -> bytes:
        with self.store.look() as uow:
            return uow.peers.keys.public

    @property
    def counter(self) -> int:
        with self.store.look() as uow:
            return uow.counter

    @property
    def writes(self) -> int:
        with self.store.look() as uow:
            return uow.seq

    @property
    def held(self) -> dict[str, Held]:
        rows = self.store.db.execute("SELECT kind, id, cells FROM record").fetchall()
        return {id: Held(decode_image(kind, id, cells.encode()), cells.encode()) for kind, id, cells in rows}

    def differing(self) -> set[str]:
        """The ids of which the laptop knows that the server has something else."""
        return {id for (id,) in self.store.db.execute("SELECT id FROM record WHERE there IS NOT NULL")}

    @property
    def quarantine(self) -> set[tuple[str, str, str]]:
        with self.store.look() as uow:
            return {(q.id, q.field, q.dot.text) for q in uow.peers.quarantine()}

    def save(
        self,
        stream: str,
        kind: str,
        id: str,
        changes: Mapping[str, Any],
        seen: Mapping[str, Collection[Dot]] | None = None,
    ) -> Dot:
        """One save of raw cells, as a form would make it."""
        with self.store.begin(self.author) as uow:
            here = any_kind(uow.db, id)
            if here is None:
                dot = uow.next_dot()
                uow.writer.save(None, records.create(kind, id, changes, dot, uow.stamp()), dot, "add")
            else:
                record = here.record()
                tops = {n: (max(c.siblings),) for n, c in record.cells.items() if c.siblings}
                uow.records.write(
                    here, changes, {**{n: tops.get(n, ()) for n in changes}, **(seen or {})}, "set"
                )
                dot = Dot(uow.counter, uow.replica)
        return dot

    def delete(self, id: str) -> None:
        with self.store.begin(self.author) as uow:
            here = any_kind(uow.db, id)
            assert here is not None
            dot = uow.next_dot()
            uow.writer.save(here, records.delete(here.record(), dot, uow.stamp()), dot, "delete")

    def record_states(self) -> dict[str, str]:
        with self.store.look() as uow:
            return {id: uow.records.state(id) for id in self.held}

    def keep(self, folder: Path) -> None:
        """Copies the closed home, as somebody with a USB stick would."""
        self.store.close()
        shutil.copytree(self.place.home, folder)
        self.store = self._store = self.place.open()

    def put_back(self, folder: Path) -> None:
        """Puts an older copy of the file in place; the witness beside it stays."""
        self.store.close()
        for name in ("ntmdesk.db", "ntmdesk.db-wal", "ntmdesk.db-shm"):
            (self.place.home / name).unlink(missing_ok=True)
        shutil.copy(folder / "ntmdesk.db", self.place.home)
        self.store = self._store = self.place.open()


_CACHED: list[Catalogue] = []


def _catalogue() -> Catalogue:
    if not _CACHED:
        _CACHED.append(small_catalogue())
    return _CACHED[0]


__all__ = ["KEY", "Held", "StoreLaptop", "enrolment", "small_catalogue"]
