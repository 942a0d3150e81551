"""What this laptop carries for others, as sync sees it: the engine's port ``Carrier`` over an open store."""

from __future__ import annotations

from collections.abc import Sequence

from ntmdesk.store.database import Store
from ntmdesk.store.surroundings import PROGRAM
from sync.protocol.bundles import Held
from sync.protocol.errors import WireError
from sync.protocol.receipts import Receipt


class StoreCarrier:
    """An enrolled store as a carrier.  Used from the store's own thread."""

    def __init__(self, store: Store) -> None:
        self._store = store

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
        """Packets of others without a receipt."""
        with self._store.look() as uow:
            return uow.carrying.waiting(uow.stream())

    def packet(self, held: Held) -> bytes | None:
        """The bytes of one."""
        with self._store.look() as uow:
            return uow.carrying.data(uow.stream(), held)

    def bundles(self) -> Sequence[tuple[str, Sequence[Held], bytes]]:
        """Bundles that this laptop cannot open."""
        with self._store.look() as uow:
            return [(one.id, one.held, one.data) for one in uow.carrying.sealed(uow.stream())]

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
