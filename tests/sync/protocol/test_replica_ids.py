"""A replica id names the key of its laptop and no other."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sync.protocol.replica_ids import CHANCE, names, replica_id

keys = st.binary(min_size=32, max_size=32)
chances = st.binary(min_size=CHANCE, max_size=CHANCE)


@given(keys, keys, chances)
def test_it_names_its_key(key: bytes, other: bytes, chance: bytes) -> None:
    replica = replica_id(key, chance)
    assert len(replica) == 16
    assert names(replica, key)
    assert names(replica, other) == (key == other)


@given(keys, st.text(max_size=20))
def test_what_is_no_id_names_nobody(key: bytes, text: str) -> None:
    assert not names(text, key)
