"""What the rail says of the line."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ntmdesk.services.home import LineState
from ntmdesk.ui.line_words import age_words, line_words, role_words

NOW = datetime(2026, 11, 22, 7, 5, tzinfo=UTC)
JUST_NOW, LONG_AGO = "2026-11-22T07:00:00+00:00", "2026-11-19T07:00:00+00:00"


@pytest.mark.parametrize(
    ("state", "problem", "wanted"),
    [
        (LineState(5, 0, 0, 60, None, False), "", ("offline", "Trên máy này", "chưa vào tổ")),
        (
            LineState(23, 0, 0, 3 * 86_400, LONG_AGO, True),
            "",
            ("offline", "Ngoại tuyến", "23 bản ghi chờ gửi · 3 ngày"),
        ),
        (LineState(0, 0, 0, None, LONG_AGO, True), "offline", ("offline", "Ngoại tuyến", "đã gửi hết")),
        (LineState(2, 0, 0, 60, JUST_NOW, True), "", ("online", "Đã kết nối", "2 bản ghi chờ gửi")),
        (
            LineState(0, 1, 2, None, JUST_NOW, True),
            "",
            ("problem", "Có việc cần xem", "1 bị từ chối · 2 cần chọn"),
        ),
        (LineState(0, 0, 0, None, LONG_AGO, True), "revoked", ("problem", "Có việc cần xem", "")),
        (
            LineState(1, 0, 0, 60, JUST_NOW, True),
            "server_down",
            ("offline", "Ngoại tuyến", "1 bản ghi chờ gửi · 1 phút"),
        ),
    ],
)
def test_the_line_is_said_calmly(
    qapp: object, state: LineState, problem: str, wanted: tuple[str, str, str]
) -> None:
    assert line_words(state, NOW, problem) == wanted


def test_in_touch_says_when(qapp: object) -> None:
    words = line_words(LineState(0, 0, 0, None, JUST_NOW, True), NOW)
    assert words[:2] == ("online", "Đã kết nối")
    assert "14:00" in words[2]


@pytest.mark.parametrize(
    ("seconds", "wanted"), [(20, "1 phút"), (59 * 60, "59 phút"), (3_600, "1 giờ"), (3 * 86_400, "3 ngày")]
)
def test_ages(qapp: object, seconds: int, wanted: str) -> None:
    assert age_words(seconds) == wanted


def test_roles(qapp: object) -> None:
    assert role_words("leader") == "tổ trưởng"
    assert role_words("") == ""
