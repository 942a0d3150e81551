"""The memory replica passes the exam that the laptop's store has to pass."""

from __future__ import annotations

import random
import uuid
from collections.abc import Mapping
from typing import Any

from sync.engine.ports import Replica
from sync.protocol import records
from tests.contracts.replica_exam import Keyboard, ReplicaExam
from tests.fakes import MemoryReplica


class MemoryKeyboard:
    kind = "visit"
    texts = ("name", "note")

    def __init__(self, replica: MemoryReplica, stream: str, chance: random.Random) -> None:
        self._replica = replica
        self._stream = stream
        self._chance = chance
        self.public_key = replica.public_key

    def add(self, values: Mapping[str, Any]) -> str:
        id = str(uuid.UUID(int=self._chance.getrandbits(128)))
        self._replica.save(self._stream, self.kind, id, values)
        return id

    def change(self, id: str, values: Mapping[str, Any]) -> None:
        self._replica.save(self._stream, self.kind, id, values)

    def delete(self, id: str) -> None:
        self._replica.delete(id)

    def value(self, id: str, field: str) -> Any:
        return self._replica.shown(id).get(field)

    def is_listed(self, id: str) -> bool:
        record = self._replica.held[id].record
        return records.is_born(record) and not records.is_deleted(record)

    def state(self, id: str) -> str:
        return self._replica.record_states()[id]

    def conflicts(self) -> int:
        return sum(bool(records.conflicts(held.record)) for held in self._replica.held.values())

    def quarantined(self) -> int:
        return len(self._replica.quarantine)


class TestMemoryReplica(ReplicaExam):
    def make(
        self, stream: str, server: str, server_keys: tuple[bytes, ...], number: int
    ) -> tuple[Replica, Keyboard]:
        chance = random.Random(number)
        replica = MemoryReplica([stream], server, server_keys, chance.randbytes(32), chance.randbytes)
        return replica, MemoryKeyboard(replica, stream, chance)
