"""Half-filled forms stay on the laptop, one person's at a time."""

from __future__ import annotations

import pytest

from ntmdesk.errors import UserError
from ntmdesk.store.database import Store
from tests.ntmdesk.store.places import LAN, MINH, Place


def test_drafts_survive_and_are_private(store: Store, place: Place) -> None:
    with store.begin(LAN) as uow:
        first = uow.drafts.save("visit", None, {"household": "x", "lines": [{"service": "K01"}]})
    place.clock.forward(minutes=1)
    with store.begin(LAN) as uow:
        second = uow.drafts.save("household", None, {"head_name": "Đ"})
        assert uow.drafts.save("visit", first, {"household": "y"}) == first
    with store.begin(MINH) as uow:
        uow.drafts.save("visit", None, {})
        assert len(uow.drafts.all()) == 1
        assert [d.id for d in uow.drafts.all(LAN.person, "household")] == [second]
        assert uow.drafts.get(first).body == {"household": "y"}
        uow.drafts.drop(first)
        uow.drafts.drop(first)
        assert [d.id for d in uow.drafts.all(LAN.person)] == [second]
        with pytest.raises(UserError):
            uow.drafts.get(first)
        assert uow.touched == set()
        assert uow.peers.pending() == 0
