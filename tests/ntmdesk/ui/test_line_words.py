"""What the rail says of the line."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from ntmdesk.domain.dates import format_moment
from ntmdesk.services.home import LineState
from ntmdesk.ui.line_words import age_words, line_words, role_words, syncing_words
from ntmdesk.ui.widgets.nav_rail import NavRail

NOW = datetime(2026, 11, 22, 7, 5, tzinfo=UTC)
JUST_NOW, LONG_AGO = "2026-11-22T07:00:00+00:00", "2026-11-19T07:00:00+00:00"


@pytest.mark.parametrize(
    ("state", "problem", "wanted"),
    [
        (LineState(5, 0, 0, 60, None, False), "", ("offline", "Trên máy này", "chưa vào tổ")),
        (LineState(5, 0, 0, 60, None, False, True), "", ("offline", "Trên máy này", "tổ chưa có máy chủ")),
        (
            LineState(23, 0, 0, 3 * 86_400, LONG_AGO, True),
            "",
            ("offline", "Ngoại tuyến", "23 bản ghi chờ gửi · 3 ngày"),
        ),
        (LineState(0, 0, 0, None, LONG_AGO, True), "offline", ("offline", "Ngoại tuyến", "đã gửi hết")),
        (
            LineState(0, 0, 0, None, LONG_AGO, True, last_contact=JUST_NOW),
            "",
            ("online", "Đã kết nối", f"đã nhận {format_moment(datetime.fromisoformat(LONG_AGO))}"),
        ),
        (
            LineState(0, 0, 0, None, None, True, last_contact=JUST_NOW),
            "",
            ("online", "Đã kết nối", "đã gửi hết"),
        ),
        (
            LineState(0, 0, 0, None, LONG_AGO, True, last_contact=LONG_AGO),
            "",
            ("offline", "Ngoại tuyến", "đã gửi hết"),
        ),
        (LineState(2, 0, 0, 60, JUST_NOW, True), "", ("online", "Đã kết nối", "2 bản ghi chờ gửi")),
        (
            LineState(0, 1, 2, None, JUST_NOW, True),
            "",
            ("problem", "Có việc cần xem", "1 bị từ chối · 2 cần chọn"),
        ),
        (
            LineState(0, 0, 0, None, "2036-11-22T07:00:00+00:00", True, last_contact=LONG_AGO),
            "",
            ("offline", "Ngoại tuyến", "đã gửi hết"),  # receipted while the clock was ten years ahead
        ),
        (LineState(0, 0, 0, None, LONG_AGO, True), "revoked", ("problem", "Có việc cần xem", "")),
        (
            LineState(1, 0, 0, 60, JUST_NOW, True),
            "server_down",
            ("offline", "Máy chủ không trả lời", "1 bản ghi chờ gửi · 1 phút"),
        ),
    ],
)
def test_the_line_is_said_calmly(
    qapp: object, state: LineState, problem: str, wanted: tuple[str, str, str]
) -> None:
    assert line_words(state, NOW, problem) == wanted


@pytest.mark.parametrize(
    ("problem", "known", "words"),
    [
        ("", "no_network", "Không có mạng"),
        ("server_down", "no_network", "Không có mạng"),
        ("", "metered", "Chờ mạng không tính tiền theo dung lượng"),
        ("bad_reply", "", "Mạng này đòi đăng nhập"),
        ("server_down", "", "Máy chủ không trả lời"),
        ("busy", "", "Máy chủ đang bận"),
        ("dropped", "", "Ngoại tuyến"),
    ],
)
def test_the_line_says_what_is_known(qapp: object, problem: str, known: str, words: str) -> None:
    state = LineState(0, 0, 0, None, LONG_AGO, True)
    assert line_words(state, NOW, problem, known)[:2] == ("offline", words)


@pytest.mark.parametrize(
    ("problem", "known", "detail"),
    [
        ("", "metered", "1 bị từ chối · 2 cần chọn · chờ mạng không tính tiền theo dung lượng"),
        ("", "no_network", "1 bị từ chối · 2 cần chọn · không có mạng"),
        ("server_down", "", "1 bị từ chối · 2 cần chọn"),
        ("revoked", "metered", "1 bị từ chối · 2 cần chọn · chờ mạng không tính tiền theo dung lượng"),
    ],
)
def test_what_a_person_has_to_do_does_not_hide_what_the_line_waits_for(
    qapp: object, problem: str, known: str, detail: str
) -> None:
    state = LineState(3, 1, 2, 60, JUST_NOW, True)
    assert line_words(state, NOW, problem, known) == ("problem", "Có việc cần xem", detail)
    calm = LineState(3, 0, 0, 60, JUST_NOW, True)
    assert "·" not in line_words(calm, NOW, "revoked", known)[2]


def test_a_sync_under_way_keeps_the_small_line(qapp: object) -> None:
    assert syncing_words(("offline", "x", "3 bản ghi chờ gửi")) == (
        "syncing",
        "Đang đồng bộ…",
        "3 bản ghi chờ gửi",
    )


def test_the_rail_shows_all_of_it_in_as_many_lines_as_it_takes(qtbot: QtBot) -> None:
    rail = NavRail([])
    qtbot.addWidget(rail)
    rail.resize(rail.width(), 500)
    rail.show()
    for state in (LineState(3, 1, 2, 60, JUST_NOW, True), LineState(3, 0, 0, 60, LONG_AGO, True)):
        rail.show_line(*line_words(state, NOW, "", "metered"))
        QApplication.processEvents()
        for name in ("railline", "railnote"):
            words = rail.findChild(QLabel, name)
            assert isinstance(words, QLabel)
            assert words.height() >= words.heightForWidth(words.width()), words.text()
            assert words.visibleRegion().boundingRect().height() == words.height()


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
