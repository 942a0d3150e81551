"""Key derivation that costs nothing, for tests that are not about it; production keeps its own."""

from __future__ import annotations

import pytest

from ntmdesk.store import vault

CHEAP = vault.Cost(memory=32, passes=1)


@pytest.fixture
def cheap_keys(monkeypatch: pytest.MonkeyPatch) -> vault.Cost:
    """Slots made and opened in this test cost next to nothing."""
    monkeypatch.setattr(vault, "STRONG", CHEAP)
    monkeypatch.setattr(vault, "FLOOR", CHEAP)
    return CHEAP
