"""What a store is told of the world around it, and who is at work."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from sync.protocol.kinds import Catalogue


class Unit(Protocol):
    """An administrative unit as far as a store looks at it."""

    @property
    def code(self) -> str: ...

    @property
    def name(self) -> str: ...


@dataclass(frozen=True)
class Surroundings:
    """Everything a store takes from outside, so that tests may choose it.

    ``clock``: now, aware, in UTC; shown to people, never used to order anything.  ``units``: the shipped
    administrative units (``ntmdesk.domain.units.Units``) or None.  ``machine``: a text that differs between
    machines; a store that wakes on another machine or in another folder takes a new replica id.
    ``entropy``: random bytes.
    """

    catalogue: Catalogue
    clock: Callable[[], datetime]
    units: object | None = None
    machine: str = ""
    entropy: Callable[[int], bytes] = field(default=os.urandom, repr=False)


@dataclass(frozen=True)
class Author:
    """The person at work: every save carries them.

    ``person``: id of their slot and, once enrolled, of their member record.  ``role``: leader, deputy,
    member, or "" before the laptop joined a team.
    """

    person: str
    name: str
    role: str = ""


PROGRAM = Author("", "", "")
"""Nobody at the keyboard: reading, migrations, what arrives by sync."""
