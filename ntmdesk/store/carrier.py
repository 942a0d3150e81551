"""What this laptop carries for others, as sync sees it: the engine's port ``Carrier`` over an open store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ntmdesk.store.database import Store
from ntmdesk.store.declined import declined, note_declined
from ntmdesk.store.surroundings import PROGRAM
from ntmdesk.store.unit_of_work import UnitOfWork
from sync.protocol.bundles import Held
from sync.protocol.errors import WireError
from sync.protocol.messages import Notice
from sync.protocol.receipts import Receipt


class StoreCarrier:
    """An enrolled store as a carrier.  Used from the store's own thread.

    ``asked``: a person wants it: what the server has refused is brought once more.
    """

    def __init__(self, store: Store, *, asked: bool = False) -> None:
        self._store = store
        self._asked = asked

    def stream(self) -> str:
        """The team's stream."""
        with self._store.look() as uow:
            return uow.stream()

    def server_keys(self) -> tuple[bytes, ...]:
        """Of the server this laptop joined; WireError ``not_enrolled``."""
        with self._store.look() as uow:
            joined = uow.peers.joined()
        if joined is None:
            raise WireError("not_enrolled")
        return joined.enrolment.server_keys

    def waiting(self) -> Sequence[Held]:
        """Packets of others without a receipt that the server may take."""
        with self._store.look() as uow:
            left_out = self._left_out(uow)
            return [one for one in uow.carrying.waiting(uow.stream()) if one.hash.hex() not in left_out]

    def packet(self, held: Held) -> bytes | None:
        """The bytes of one."""
        with self._store.look() as uow:
            return uow.carrying.data(uow.stream(), held)

    def bundles(self) -> Sequence[tuple[str, Sequence[Held], bytes]]:
        """Bundles that this laptop cannot open and the server may."""
        with self._store.look() as uow:
            left_out = self._left_out(uow)
            sealed = uow.carrying.sealed(uow.stream())
            return [(one.id, one.held, one.data) for one in sealed if one.id not in left_out]

    def declined(self) -> Sequence[Notice]:
        """What the server has said of those left out."""
        with self._store.look() as uow:
            return list(self._left_out(uow).values())

    def decline(self, epoch: str, said: Mapping[str, Notice]) -> None:
        """The server has refused packets (hash in hex) and bundles (id) for good."""
        with self._store.begin(PROGRAM) as uow:
            note_declined(uow, epoch, said)

    def _left_out(self, uow: UnitOfWork) -> Mapping[str, Notice]:
        return {} if self._asked else declined(uow)

    def proofs(self) -> Sequence[bytes]:
        """Heads of others and of this laptop's own that say more than the server is known to know."""
        with self._store.look() as uow:
            return uow.certified.untold()

    def proved(self) -> None:
        """The server has been shown all of them."""
        with self._store.begin(PROGRAM) as uow:
            uow.certified.tell()

    def take_receipts(self, receipts: Sequence[Receipt]) -> int:
        """Keeps receipts of others; own ones come with the own conversation."""
        if not receipts:
            return 0
        with self._store.begin(PROGRAM) as uow:
            own = uow.carrying.own_ids()
            return uow.carrying.take_receipts([r for r in receipts if r.origin not in own])

    def let_go(self, bundle: str) -> None:
        """A bundle has arrived."""
        with self._store.begin(PROGRAM) as uow:
            uow.carrying.unseal(bundle)
