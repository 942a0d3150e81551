"""Whether a laptop has still to hear that another one of its team was shut out."""

from __future__ import annotations

from sync.server.installation import Installation
from sync.server.store import devices


class RosterNews:
    """Laptops ask for the roster when a member came, and once a day.  A laptop that was shut out is news that
    must not wait so long: until then its bundles would be taken from a stick.

    What was given is remembered in this process alone; after a restart every laptop of a team that shut one
    out asks once more.
    """

    def __init__(self, server: Installation) -> None:
        self._server = server
        self._given: dict[str, int] = {}

    def given(self, device: str, stream: str) -> None:
        """The laptop is given the present roster."""
        self._given[device] = self._shut_out(stream)

    def waits(self, device: str, stream: str) -> bool:
        """Whether the laptop should ask for the roster now."""
        count = self._shut_out(stream)
        return count > 0 and self._given.get(device) != count

    def _shut_out(self, stream: str) -> int:
        with self._server.database.read() as connection:
            return devices.shut_out(connection, stream)
