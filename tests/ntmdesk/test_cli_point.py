"""``point`` on the command line: what it prints, what it refuses."""

from __future__ import annotations

import pytest

from ntmdesk.errors import SyncProblem
from ntmdesk.services import collection_point, mass_change, meeting
from ntmdesk.services.meeting import FoundPoint
from sync.protocol.points import read_invitation
from tests.ntmdesk.store.cheap_keys import cheap_keys
from tests.ntmdesk.test_cli import Line, line

__all__ = ["cheap_keys", "line"]

CODE = "7KQF-2M9X-PP3T-34ZC"


@pytest.fixture
def home(line: Line) -> Line:
    line("init", "--name", "Nguyễn Thị Hoa")
    return line


@pytest.fixture
def leading(home: Line) -> Line:
    """A leader without an upper server."""
    home("bundle", "hello", str(home.home.parent / "hoa.ntmg"), "--lead")
    return home


def test_without_a_team_no_point_is_opened(home: Line) -> None:
    assert home.refused("point", "open") == "not_enrolled"


def test_an_open_point_says_one_line_and_ends_by_itself(leading: Line) -> None:
    told = leading("point", "open", "--minutes", "0.0001", "--host", "127.0.0.1")
    assert set(told) == {"url", "code", "fingerprint", "qr", "name", "addresses"}
    scanned = read_invitation(told["qr"])
    assert (scanned.code, scanned.fingerprint, scanned.name) == (
        told["code"],
        told["fingerprint"],
        told["name"],
    )
    assert [address.text for address in scanned.addresses] == told["addresses"]
    assert told["url"] == f"https://{told['addresses'][0]}"


def test_ctrl_c_closes_it_with_exit_0(leading: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[object] = []
    opened = collection_point.open_point

    def open_point(*words: object, **options: object) -> collection_point.CollectionPoint:
        point = opened(*words, **options)  # type: ignore[arg-type]
        real = point.close

        def wait(timeout: float | None = None) -> bool:
            raise KeyboardInterrupt

        monkeypatch.setattr(point, "wait", wait)
        monkeypatch.setattr(point, "close", lambda: (closed.append(point), real()))
        return point

    monkeypatch.setattr(collection_point, "open_point", open_point)
    said = leading.text("point", "open", "--host", "127.0.0.1")
    assert leading.code == 0
    assert len(closed) == 1
    assert "Điểm thu đã đóng." in said


@pytest.mark.parametrize(
    "words",
    [
        ("point",),
        ("point", "open", "--port", "70000"),
        ("point", "open", "--minutes", "0"),
        ("point", "find", "--seconds", "x"),
        ("point", "meet", "auto"),
    ],
)
def test_wrong_usage_is_told(home: Line, words: tuple[str, ...]) -> None:
    assert home.refused(*words, code=2) == "wrong_usage"


@pytest.mark.parametrize(
    ("address", "code", "told"),
    [("auto", "7KQF", "bad_point_code"), ("192.0.2.1", CODE, "bad_address")],
)
def test_a_slip_of_the_fingers_is_told(home: Line, address: str, code: str, told: str) -> None:
    assert home.refused("point", "meet", address, code) == told


def test_points_in_the_room_need_no_store(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    found = [FoundPoint("Điểm thu 7KQF", ("192.0.2.7:8765",), True)]
    monkeypatch.setattr(meeting, "find", lambda seconds: found)
    row = {"name": "Điểm thu 7KQF", "addresses": ["192.0.2.7:8765"], "readable": True}
    assert line("point", "find") == {"rows": [row], "total": 1}
    assert "192.0.2.7:8765" in line.text("point", "find")
    found.clear()
    assert line("point", "find") == {"rows": [], "total": 0}
    assert "Chưa thấy" in line.text("point", "find")

    def hidden(seconds: float) -> list[FoundPoint]:
        raise SyncProblem("no_discovery")

    monkeypatch.setattr(meeting, "find", hidden)
    assert line.refused("point", "find") == "no_discovery"


def test_what_a_meeting_did_is_told(home: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, str]] = []

    def meet(store: object, code: str, address: str, step: object) -> meeting.MeetingNumbers:
        asked.append((code, address))
        return meeting.MeetingNumbers("Điểm thu 7KQF", 23, 12, 1, 0, 22, 9000, 4000)

    monkeypatch.setattr(meeting, "meet", meet)
    told = home("point", "meet", "auto", CODE)
    assert (told["sent"], told["received"], told["receipts"]) == (23, 12, 1)
    assert "23 bản ghi gửi" in home.text("point", "meet", "192.0.2.7:8765", CODE)
    assert asked == [(CODE, ""), (CODE, "192.0.2.7:8765")]


def test_an_unusual_loss_can_be_confirmed_on_the_way(home: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []
    monkeypatch.setattr(
        mass_change, "require_confirmed", lambda store, confirmed=False: asked.append(confirmed)
    )
    monkeypatch.setattr(
        meeting, "meet", lambda *_: meeting.MeetingNumbers("Điểm thu 7KQF", 1, 0, 0, 0, 1, 1, 1)
    )
    home("point", "meet", "auto", CODE)
    assert asked == []
    home("point", "meet", "auto", CODE, "--confirm")
    assert asked == [True]


def test_an_unusual_loss_leaves_by_no_stick_before_it_is_confirmed(
    leading: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    held = (mass_change.Loss("household", 25, 0, 60),)
    monkeypatch.setattr(mass_change, "held", lambda uow: () if said else held)
    monkeypatch.setattr(mass_change, "confirm", lambda uow: said.append("meant"))
    file = leading.home.parent / "hoa.ntmb"
    assert leading.refused("bundle", "export", str(file)) == "confirm_needed"
    assert not said
    assert leading.refused("bundle", "export", str(file), "--confirm") == "no_readers", "asked no more"
    assert said
