"""The small widgets: what they show, what they tell, and what the keyboard does."""

from __future__ import annotations

from datetime import date

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from ntmdesk.ui import theme
from ntmdesk.ui.widgets.action_card import ActionCard
from ntmdesk.ui.widgets.banner import Banner
from ntmdesk.ui.widgets.button import Button
from ntmdesk.ui.widgets.card import Card
from ntmdesk.ui.widgets.charts import Bar, BarChart, Line, LineChart
from ntmdesk.ui.widgets.chips import ChipGroup, ChipSpec
from ntmdesk.ui.widgets.columns import Columns
from ntmdesk.ui.widgets.date_field import DateField, month_after
from ntmdesk.ui.widgets.empty_state import EmptyState
from ntmdesk.ui.widgets.flow import FlowLayout
from ntmdesk.ui.widgets.meter import Meter
from ntmdesk.ui.widgets.names_button import NamesButton
from ntmdesk.ui.widgets.pill import Pill, state_pill, state_words
from ntmdesk.ui.widgets.progress_strip import ProgressStrip
from ntmdesk.ui.widgets.suggest_box import SuggestBox
from ntmdesk.ui.widgets.suggestions import Suggestion
from ntmdesk.ui.widgets.text import ElidedText, Text
from ntmdesk.ui.widgets.tiles import Tiles
from ntmdesk.ui.widgets.timeline import Timeline, TimelineItem
from tests.ntmdesk.ui.accessibility import walk

TODAY = date(2026, 11, 22)
HOA = Suggestion("1", "Đặng Thị Hoà", "1958 · Ngõ 4")
HONG = Suggestion("2", "Đặng Thị Hồng", "1990 · Ngõ 2")


KEPT: list[QWidget] = []
"""The window of the running test, which nothing else holds."""


def shown(qtbot: QtBot, *widgets: QWidget, size: tuple[int, int] = (640, 480)) -> QWidget:
    """A window with these under each other, active."""
    window = QWidget()
    KEPT[:] = [window]
    window.setObjectName("window")
    rows = QVBoxLayout(window)
    for widget in widgets:
        rows.addWidget(widget)
    rows.addStretch(1)
    window.resize(*size)
    qtbot.addWidget(window)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    return window


def compose(edit: QLineEdit, preedit: str, commit: str = "") -> None:
    """As an input method does it."""
    event = QInputMethodEvent(preedit, [])
    event.setCommitString(commit)
    QApplication.sendEvent(edit, event)


# ---- chips


def services() -> ChipGroup:
    group = ChipGroup()
    names = ["Cài VNeID", "Đăng ký mức 1", "Hẹn mức 2", "Kích hoạt mức 2", "Tích hợp giấy tờ"]
    more = ["Nộp hồ sơ", "Thanh toán", "Tài khoản", "Mua bán", "Sổ sức khỏe", "Mã QR"]
    group.set_chips([ChipSpec(f"K{n:02}", words) for n, words in enumerate([*names, *more], 1)])
    return group


def test_chips_are_ticked_by_number(qtbot: QtBot) -> None:
    group = services()
    shown(qtbot, group)
    told: list[list[str]] = []
    group.changed.connect(told.append)
    group.focus_first()
    for key in (Qt.Key.Key_4, Qt.Key.Key_Space):
        qtbot.keyClick(QApplication.focusWidget(), key)
    for key in (Qt.Key.Key_1, Qt.Key.Key_0, Qt.Key.Key_Return):
        qtbot.keyClick(QApplication.focusWidget(), key)
    assert group.chosen() == ["K04", "K10"]
    assert told == [["K04"], ["K04", "K10"]]
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Space)
    assert group.chosen() == ["K04"]


def test_other_words_for_the_same_chips_leave_the_focus_where_it_is(qtbot: QtBot) -> None:
    group = services()
    shown(qtbot, group)
    group.choose(["K02"])
    third = group.chips()[2]
    third.setFocus()
    group.set_chips([ChipSpec(chip.code, f"{chip.words} 12", hint="mười hai") for chip in group.chips()])
    assert group.chips()[2] is third
    assert third.hasFocus()
    assert third.text() == "3 Hẹn mức 2 12"
    assert third.accessibleName() == "mười hai"
    assert group.chosen() == ["K02"]
    group.set_chips([ChipSpec("K03", "Hẹn mức 2"), ChipSpec("K02", "Đăng ký mức 1")])
    assert [chip.text() for chip in group.chips()] == ["1 Hẹn mức 2", "2 Đăng ký mức 1"]
    assert [chip.isChecked() for chip in group.chips()] == [False, True]


def test_a_chip_more_or_less_leaves_the_others_as_they_are(qtbot: QtBot) -> None:
    group = ChipGroup(numbered=False)
    shown(qtbot, group)
    a, b, c, d = (ChipSpec(letter, letter.upper()) for letter in "abcd")
    group.set_chips([a, b, d])
    kept = group.chips()
    group.choose(["b"])
    kept[1].setFocus()
    group.set_chips([a, b, c, d])
    assert [group.chips()[at] for at in (0, 1, 3)] == kept
    assert kept[1].hasFocus()
    assert group.chosen() == ["b"]
    QApplication.processEvents()
    assert [chip.x() for chip in group.chips()] == sorted(chip.x() for chip in group.chips())
    group.set_chips([a, d])
    assert group.chosen() == []
    assert group.chips()[0].hasFocus(), "the focus goes to the first when its chip is gone"
    assert group.chips() == [kept[0], kept[2]]


def test_a_rest_begins_a_new_number(qtbot: QtBot) -> None:
    group = services()
    shown(qtbot, group)
    group.focus_first()
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_1)
    group.forget_typed()
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_1)
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Space)
    assert group.chosen() == ["K01"]


def test_letters_find_without_marks_and_arrows_walk(qtbot: QtBot) -> None:
    group = services()
    shown(qtbot, group)
    group.focus_first()
    for letter in "dang":
        qtbot.keyClicks(QApplication.focusWidget(), letter)
    assert QApplication.focusWidget() is group.chips()[1]
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Right)
    assert QApplication.focusWidget() is group.chips()[2]
    group.forget_typed()
    for letter in "suc":
        qtbot.keyClicks(QApplication.focusWidget(), letter)
    assert QApplication.focusWidget() is group.chips()[9]


def test_tab_passes_the_whole_group_at_once(qtbot: QtBot) -> None:
    before, group, after = QLineEdit(), services(), QLineEdit()
    shown(qtbot, before, group, after)
    before.setFocus()
    qtbot.keyClick(before, Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is group.chips()[0]
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is after


def test_single_choice_and_what_is_set_is_not_told(qtbot: QtBot) -> None:
    group = ChipGroup(numbered=False, single=True)
    group.set_chips([ChipSpec("a", "A & B"), ChipSpec("b", "Bê")])
    told: list[list[str]] = []
    group.changed.connect(told.append)
    group.choose(["b", "a", "zzz"])
    assert group.chosen() == ["b"]
    group.chips()[0].click()
    assert group.chosen() == ["a"]
    assert told == [["a"]]
    assert group.chips()[0].text() == "A && B"
    group.set_chips([ChipSpec("b", "Bê")])
    assert group.chosen() == []


# ---- suggestions


def asked_box(qtbot: QtBot) -> tuple[SuggestBox, list[str]]:
    box = SuggestBox("tên", "Tạo hộ mới “{text}”")
    box.edit.setAccessibleName("Hộ hoặc người")
    questions: list[str] = []

    def ask(text: str) -> None:
        questions.append(text)

    box.ask = ask
    shown(qtbot, box, QLineEdit())
    box.setFocus()
    return box, questions


def test_typing_asks_and_enter_picks(qtbot: QtBot) -> None:
    box, questions = asked_box(qtbot)
    picked: list[Suggestion] = []
    box.picked.connect(picked.append)
    qtbot.keyClicks(box.edit, "dang")
    assert questions == ["d", "da", "dan", "dang"]
    box.offer("dan", [HONG])
    assert not box.is_open()
    box.offer("dang", [HOA, HONG])
    assert box.is_open()
    qtbot.keyClick(box.edit, Qt.Key.Key_Down)
    qtbot.keyClick(box.edit, Qt.Key.Key_Return)
    assert picked == [HONG]
    assert box.text() == "Đặng Thị Hồng"
    assert box.picked_suggestion() == HONG
    assert not box.is_open()


def test_editing_what_was_picked_clears_it(qtbot: QtBot) -> None:
    box, _ = asked_box(qtbot)
    cleared: list[bool] = []
    box.cleared.connect(lambda: cleared.append(True))
    box.set_picked(HOA)
    qtbot.keyClick(box.edit, Qt.Key.Key_Backspace)
    assert box.picked_suggestion() is None
    assert cleared == [True]
    assert box.text() == "Đặng Thị Ho"


def test_composition_is_searched_and_never_rewritten(qtbot: QtBot) -> None:
    box, questions = asked_box(qtbot)
    compose(box.edit, "đ")
    compose(box.edit, "đă")
    compose(box.edit, "đặng")
    assert questions == ["đ", "đă", "đặng"]
    assert box.edit.text() == ""
    box.offer("đặng", [HOA])
    assert box.is_open()
    qtbot.keyClick(box.edit, Qt.Key.Key_Return)
    assert box.picked_suggestion() is None, "Enter belongs to the input method while it composes"
    compose(box.edit, "", "đặng")
    assert box.edit.text() == "đặng"
    assert questions[-1] == "đặng"
    qtbot.keyClick(box.edit, Qt.Key.Key_Return)
    assert box.picked_suggestion() == HOA


def test_control_n_creates_what_was_typed(qtbot: QtBot) -> None:
    box, _ = asked_box(qtbot)
    created: list[str] = []
    box.create_asked.connect(created.append)
    qtbot.keyClick(box.edit, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    assert created == []
    qtbot.keyClicks(box.edit, "Lo")
    box.offer("Lo", [])
    assert box.is_open()
    assert box.suggestions.current() is not None
    qtbot.keyClick(box.edit, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClicks(box.edit, "n")
    box.offer("Lon", [])
    qtbot.keyClick(box.edit, Qt.Key.Key_Return)
    assert created == ["Lo", "Lon"]


def test_escape_and_leaving_put_the_list_away(qtbot: QtBot) -> None:
    box, questions = asked_box(qtbot)
    qtbot.keyClicks(box.edit, "d")
    box.offer("d", [HOA])
    qtbot.keyClick(box.edit, Qt.Key.Key_Escape)
    assert not box.is_open()
    qtbot.keyClick(box.edit, Qt.Key.Key_Down)
    assert questions == ["d", "d"]
    box.offer("d", [HOA])
    qtbot.keyClick(box.edit, Qt.Key.Key_Tab)
    assert not box.is_open()
    box.offer("d", [HOA])
    assert not box.is_open(), "an answer after the field was left opens nothing"


def test_the_list_hangs_inside_the_window(qtbot: QtBot) -> None:
    box, _ = asked_box(qtbot)
    window = box.window()
    window.resize(400, 300)
    qtbot.keyClicks(box.edit, "d")
    box.offer("d", [Suggestion(str(n), f"Người {n}") for n in range(30)])
    place = box.suggestions.geometry()
    assert box.suggestions.parentWidget() is window
    assert window.rect().contains(place)
    assert place.top() >= box.edit.mapTo(window, QPoint(0, box.edit.height())).y()


# ---- dates


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("5/2", date(2027, 2, 5)),
        ("22-11-2026", TODAY),
        ("hôm nay", TODAY),
        ("hom qua", date(2026, 11, 21)),
        ("31/2", None),
        ("abc", None),
        ("", None),
    ],
)
def test_days_as_people_type_them(qtbot: QtBot, typed: str, day: date | None) -> None:
    field = DateField(lambda: TODAY)
    other = QLineEdit()
    shown(qtbot, field, other)
    field.setFocus()
    compose(field, "", typed)
    assert field.date() == day
    other.setFocus()
    assert field.problem() == ("bad_date" if typed and day is None else "")
    assert field.text() == (day.strftime("%d/%m/%Y") if day else typed)


def test_arrows_move_days_and_pages_months(qtbot: QtBot) -> None:
    field = DateField(lambda: TODAY)
    told: list[date] = []
    field.changed.connect(told.append)
    shown(qtbot, field)
    field.setFocus()
    qtbot.keyClick(field, Qt.Key.Key_Up)
    assert field.date() == TODAY
    qtbot.keyClick(field, Qt.Key.Key_Down)
    assert field.date() == date(2026, 11, 21)
    field.set_date(date(2026, 1, 31))
    qtbot.keyClick(field, Qt.Key.Key_PageUp)
    assert field.date() == date(2026, 2, 28)
    assert told == [TODAY, date(2026, 11, 21), date(2026, 2, 28)]


def test_months_end_where_they_end() -> None:
    assert month_after(date(2028, 1, 31), 1) == date(2028, 2, 29)
    assert month_after(date(2026, 1, 15), -1) == date(2025, 12, 15)


# ---- the rest


def test_a_button_shows_and_answers_its_key(qtbot: QtBot) -> None:
    pressed: list[bool] = []
    button = Button("Lưu & tiếp", "primary", "Ctrl+Return")
    button.clicked.connect(lambda: pressed.append(True))
    window = shown(qtbot, button, QLineEdit())
    assert button.text() == "Lưu && tiếp   Ctrl+Enter"
    assert button.accessibleName() == "Lưu & tiếp"
    qtbot.keyClick(window, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    button.setText("Lưu")
    qtbot.keyClick(window, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert len(pressed) == 2


def test_states_have_words(qtbot: QtBot) -> None:
    words = [state_words(state)[0] for state in ("local", "carried", "received", "accepted", "refused")]
    assert len(set(words)) == 5
    assert all(words)
    assert state_words("brand_new") == ("brand_new", "plain")
    pill = state_pill("refused")
    assert (pill.text(), pill.property("tone")) == ("bị từ chối", "danger")
    with pytest.raises(ValueError, match="pink"):
        Pill("x", "pink")
    with pytest.raises(ValueError, match="huge"):
        Text("x", "huge")


def test_text_is_never_markup(qtbot: QtBot) -> None:
    assert Text("<b>Hoa</b>").textFormat() == Qt.TextFormat.PlainText
    assert Pill("<b>Hoa</b>").textFormat() == Qt.TextFormat.PlainText


def test_blank_is_not_zero_on_a_meter(qtbot: QtBot) -> None:
    meter = Meter("Hộ được hỗ trợ")
    meter.show_value(None, 50)
    assert meter.accessibleName() == "Hộ được hỗ trợ: – / 50"
    meter.show_value(0, 50)
    assert meter.accessibleName() == "Hộ được hỗ trợ: 0 / 50"
    meter.show_value(1234, None)
    assert meter.accessibleName() == "Hộ được hỗ trợ: 1.234"


def test_charts_tell_their_figures_and_draw_blanks(qtbot: QtBot) -> None:
    bars, lines = BarChart(), LineChart()
    for chart in (bars, lines):
        chart.setMinimumHeight(150)
    window = shown(qtbot, bars, lines)
    window.grab()
    bars.show_bars([Bar("T46", 58), Bar("T47", None, True)], 50, "chỉ tiêu 50")
    lines.show_lines(["T45", "T46", "T47"], [Line("hộ", (1, None, 3)), Line("người", (None,) * 3, "info")])
    assert bars.accessibleDescription() == "T46: 58; T47: –; chỉ tiêu 50"
    assert lines.accessibleDescription() == "hộ: 3; người: –"
    image = bars.grab().toImage()
    colours = {image.pixelColor(x, 80).name() for x in range(image.width())}
    assert theme.hex_of("primary_soft").lower() in colours


def test_a_banner_offers_undo_once(qtbot: QtBot) -> None:
    banner = Banner()
    window = shown(qtbot, banner)
    undone: list[bool] = []
    assert banner.text == ""
    banner.tell("good", "Đã lưu", "Hoàn tác", lambda: undone.append(True), seconds=30)
    assert banner.text == "Đã lưu"
    walk(window)
    banner.press()
    banner.press()
    assert undone == [True]
    assert banner.isHidden()
    banner.tell("info", "Tin mới")
    banner.press()
    assert not banner.isHidden()
    with pytest.raises(ValueError, match="loud"):
        banner.tell("loud", "x")


def test_progress_is_told_and_can_be_stopped(qtbot: QtBot) -> None:
    strip = ProgressStrip()
    shown(qtbot, strip)
    assert strip.isHidden()
    strip.start("Đang đồng bộ")
    strip.step(143, 400, "gói 2")
    with qtbot.waitSignal(strip.cancelled, timeout=1000):
        strip._stop.click()
    strip.finish("143 gửi, 143 nhận")
    assert not strip.isHidden()
    strip.finish()
    assert strip.isHidden()


def test_timeline_opens_what_can_be_opened(qtbot: QtBot) -> None:
    timeline = Timeline()
    shown(qtbot, timeline)
    timeline.show_items(
        [TimelineItem("18/11", "Thu nhận", key="a"), TimelineItem("15/10", "Tập huấn", "2 người")]
    )
    opened: list[object] = []
    timeline.opened.connect(opened.append)
    for row in (0, 1):
        timeline.activated.emit(timeline.model().index(row, 0))
    assert opened == ["a"]
    assert timeline.item_texts() == ["18/11 · Thu nhận", "15/10 · Tập huấn · 2 người"]
    timeline.grab()


def test_cards_and_empty_states_have_names(qtbot: QtBot) -> None:
    card = Card("Việc cần làm")
    empty = EmptyState("house", "Chưa có hộ", "Ghi hộ đầu tiên", "Thêm hộ", "Ctrl+N")
    card.add(empty)
    card.set_action(Button("In", "link"))
    card.set_action(Button("In danh sách", "link"))
    asked: list[bool] = []
    empty.asked.connect(lambda: asked.append(True))
    action = ActionCard("clipboard-plus", "Ghi lượt hỗ trợ", "đến nhà", "F2")
    action.triggered.connect(lambda: asked.append(True))
    window = shown(qtbot, card, action)
    walk(window)
    action.click()
    empty.findChild(Button).click()
    assert asked == [True, True]
    assert len(card.findChildren(Button)) >= 2
    assert action.height() >= theme.px(50)


def test_columns_stack_when_there_is_no_room(qtbot: QtBot) -> None:
    columns = Columns(600)
    left, right = Text("trái"), Text("phải")
    columns.add(left, 2)
    columns.add(right)
    window = shown(qtbot, columns, size=(900, 300))
    qtbot.waitUntil(lambda: right.x() > left.x())
    assert not columns.is_stacked()
    window.resize(400, 300)
    qtbot.waitUntil(lambda: right.y() > left.y())
    assert columns.is_stacked()


def test_tiles_stand_in_as_many_rows_as_their_words_need(qtbot: QtBot) -> None:
    tiles = Tiles()
    cards = [
        ActionCard("id-card", words, "gõ tên", "F2") for words in ("Một", "Hai", "Ba", "Điểm danh tập huấn")
    ]
    for card in cards:
        tiles.add(card, card.wanted_width)
    window = shown(qtbot, tiles, size=(1100, 300))
    qtbot.waitUntil(lambda: tiles.across() == 4)
    assert len({card.y() for card in cards}) == 1
    window.resize(700, 300)
    qtbot.waitUntil(lambda: tiles.across() == 2 and cards[2].y() > cards[0].y())
    assert cards[3].x() == cards[1].x()
    assert min(card.width() for card in cards) >= max(card.wanted_width() for card in cards)
    window.resize(300, 400)
    qtbot.waitUntil(lambda: tiles.across() == 1)


def test_names_that_do_not_fit_end_before_the_arrow(qtbot: QtBot) -> None:
    names = NamesButton("một mình", "Người cùng đi")
    names.offer([("a", "Nguyễn Thị Hoa"), ("b", "Phạm Minh Tú")])
    names.choose(["a", "b"])
    window = shown(qtbot, names, size=(600, 80))
    qtbot.waitUntil(lambda: names.text().strip() == "Nguyễn Thị Hoa, Phạm Minh Tú")
    window.resize(190, 80)
    qtbot.waitUntil(lambda: names.text().endswith("…"))
    assert names.fontMetrics().horizontalAdvance(names.text()) < names.width() - theme.px(30)
    assert names.toolTip() == "Nguyễn Thị Hoa, Phạm Minh Tú"


def test_a_flow_wraps_and_clears(qtbot: QtBot) -> None:
    holder = QWidget()
    flow = FlowLayout(holder)
    for n in range(10):
        flow.addWidget(Button(f"Nút {n}"))
    shown(qtbot, holder, size=(300, 400))
    assert flow.heightForWidth(10_000) < flow.heightForWidth(280) < flow.heightForWidth(120)
    flow.clear()
    assert flow.count() == 0
    assert flow.itemAt(0) is None


def test_a_line_gives_way_and_is_told_whole(qtbot: QtBot) -> None:
    line = ElidedText("Hôm nay đã ghi 6 lượt, 5 hộ, 9 người")
    window = shown(qtbot, line, size=(120, 80))
    assert window.width() == 120
    assert line.toolTip() == line.text()
    line.setText("Ngắn")
    assert line.toolTip() == "Ngắn"
    line.grab()
