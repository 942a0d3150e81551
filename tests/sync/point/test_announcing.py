"""Found in the room, and gone from it: real multicast on this machine's own loopback."""

from __future__ import annotations

import pytest
import zeroconf
from zeroconf import ServiceInfo

from sync.engine import finding
from sync.engine.finding import Finder
from sync.point.announcing import Announcement
from sync.protocol.errors import WireError
from sync.protocol.points import SERVICE, Address, invitation

LOOPBACK = ["127.0.0.1"]
TOLD = invitation("84210842108421084210" + "00" * 22)


def test_a_point_is_found_by_a_name_that_says_nothing_of_people_and_goes_when_it_closes() -> None:
    finder = Finder(LOOPBACK)
    announcement = Announcement(TOLD, 8765, ["127.0.0.1"], LOOPBACK)
    try:
        (found,) = finder.wait_for(lambda point: point.readable, 30)
        said = finder._listening.get_service_info(SERVICE, f"{found.name}.{SERVICE}")
        assert found.name == "Điểm thu GGGG"
        assert found.addresses == (Address("127.0.0.1", 8765),)
        assert said is not None
        assert said.properties == {b"port": b"8765", b"v": b"1"}
        assert said.server == "ntmdesk-gggg.local."
        assert announcement.heard is not False
        announcement.close()
        assert announcement.heard
        assert finder.wait_until_gone(found.name, 30)
    finally:
        announcement.close()
        finder.close()


def test_where_multicast_is_forbidden_both_sides_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(**_: object) -> None:
        raise OSError(1, "not permitted")

    monkeypatch.setattr(zeroconf, "Zeroconf", forbidden)
    with pytest.raises(WireError) as caught:
        Finder(LOOPBACK)
    assert caught.value.code == "no_discovery"
    announcement = Announcement(TOLD, 8765, ["127.0.0.1"], LOOPBACK)
    announcement.close()
    assert announcement.heard is False


@pytest.mark.parametrize(("version", "readable"), [("1", True), ("2", False), (None, False)])
def test_another_version_is_seen_and_not_tried(version: str | None, readable: bool) -> None:
    info = ServiceInfo(
        SERVICE,
        f"x.{SERVICE}",
        port=1,
        properties={"v": version},
        parsed_addresses=["192.0.2.1"],
    )
    found = finding._point(f"X\x07\n{'y' * 55}.{SERVICE}", info)
    assert found.readable is readable
    assert found.name == "X" + "y" * 39
    assert found.addresses == (Address("192.0.2.1", 1),)
