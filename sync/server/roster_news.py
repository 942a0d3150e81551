"""Whether a laptop has still to hear that another one of its team was shut out."""

from __future__ import annotations


class RosterNews:
    """Laptops ask for the roster when a member came, and once a day.  A laptop that was shut out is news that
    must not wait so long: until then its bundles would be taken from a stick.

    What was given is remembered in this process alone; after a restart every laptop of a team that shut one
    out asks once more.  ``shut_out``: how many of the team may not come in any more, as of the door.
    """

    def __init__(self) -> None:
        self._given: dict[str, int] = {}

    def given(self, device: str, shut_out: int) -> None:
        """The laptop is given a roster at least as new as that."""
        self._given[device] = shut_out

    def waits(self, device: str, shut_out: int) -> bool:
        """Whether the laptop should ask for the roster now."""
        return shut_out > 0 and self._given.get(device) != shut_out
