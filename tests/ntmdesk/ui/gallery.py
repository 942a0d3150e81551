"""A window with every widget; ``python -m tests.ntmdesk.ui.gallery DIR`` saves pictures of it."""

from __future__ import annotations

import sys
from datetime import date

from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from ntmdesk.ui import theme
from ntmdesk.ui.application import make_application
from ntmdesk.ui.main_window import MainWindow
from ntmdesk.ui.places import Command, Found, Place
from ntmdesk.ui.widgets.action_card import ActionCard
from ntmdesk.ui.widgets.button import Button
from ntmdesk.ui.widgets.card import Card, rule
from ntmdesk.ui.widgets.charts import Bar, BarChart, Line, LineChart
from ntmdesk.ui.widgets.chips import ChipGroup, ChipSpec
from ntmdesk.ui.widgets.columns import Columns
from ntmdesk.ui.widgets.date_field import DateField
from ntmdesk.ui.widgets.empty_state import EmptyState
from ntmdesk.ui.widgets.field_label import FieldLabel
from ntmdesk.ui.widgets.flow import FlowLayout
from ntmdesk.ui.widgets.meter import Meter
from ntmdesk.ui.widgets.page import Page
from ntmdesk.ui.widgets.pill import Pill, state_pill
from ntmdesk.ui.widgets.suggest_box import SuggestBox
from ntmdesk.ui.widgets.suggestions import Suggestion
from ntmdesk.ui.widgets.text import Text
from ntmdesk.ui.widgets.timeline import Timeline, TimelineItem

TODAY = date(2026, 11, 22)
PEOPLE = [
    Suggestion("1", "Đặng Thị Hoà", "1958 · Ngõ 4, hộ ông Trần Văn Đức · •••0123"),
    Suggestion("2", "Đặng Thị Hồng", "1990 · Ngõ 2, hộ bà Lê Thị Phượng"),
]
WORK = [
    ("Trần Văn Đức · Ngõ 4", "Đã cấp mức 2, còn 2 ngày để kích hoạt", "Kích hoạt", "amber"),
    ("Lê Thị Phượng · Ngõ 2", "Hẹn thu nhận tại công an xã, sáng thứ Ba 24/11", "Hẹn", "info"),
    ("Hộ ông Đặng Quý · Ngõ 7", "Hẹn lại: cài sổ sức khỏe điện tử, chưa có sóng", "Hẹn lại", "amber"),
    ("Phạm Thị Ái · Ngõ 1", "Quá 7 ngày chưa kích hoạt, gọi tổng đài 1900 0368", "Quá hạn", "danger"),
    ("8 hộ chưa đến trong quý", "Ngõ 5 (3), Ngõ 6 (5)", "Đi ngõ", "good"),
]


class HomeLike(Page):
    """As the home picture."""

    def __init__(self) -> None:
        super().__init__()
        self.set_head("Chào cô Hoa, hôm nay Chủ nhật 22/11/2026", "Hôm nay đã ghi 6 lượt, 5 hộ, 9 người")
        actions = Columns(560)
        for icon, title, line, keys in (
            ("clipboard-plus", "Ghi lượt hỗ trợ", "đến nhà, tại điểm, qua Zalo", "F2"),
            ("scan-qr-code", "Quét thẻ căn cước", "điền sẵn, không lưu ảnh", "F3"),
            ("id-card", "Theo dõi VNeID", "hẹn, thu nhận, kích hoạt", "F4"),
            ("graduation-cap", "Điểm danh tập huấn", "gõ tên, quét, dán", "F6"),
        ):
            actions.add(ActionCard(icon, title, line, keys))
        self.rows.addWidget(actions)
        columns = Columns()
        work = Card("Việc cần làm")
        work.set_action(Button("In danh sách theo ngõ", "link"))
        for title, line, state, tone in WORK:
            row, words = QHBoxLayout(), QVBoxLayout()
            words.setSpacing(0)
            words.addWidget(Text(title, "strong"))
            words.addWidget(Text(line, "small"))
            row.addLayout(words, 1)
            row.addWidget(Pill(state, tone))
            work.add_layout(row)
            work.add(rule())
        work.body.addStretch(1)
        columns.add(work, 11)
        beside = QWidget()
        right = QVBoxLayout(beside)
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(theme.px(theme.GAP_L))
        week = Card("Tuần 47 (16/11–22/11/2026)", "số liệu đến 14:05 hôm nay")
        for title, value, target in (
            ("Hộ được hỗ trợ", 34, 50),
            ("VNeID mức 2 kích hoạt", 12, 15),
            ("Lượt kỹ năng số", 61, 60),
            ("Hộ kinh doanh có mã QR", 2, 10),
        ):
            meter = Meter(title)
            meter.show_value(value, target)
            week.add(meter)
        right.addWidget(week)
        bars = Card("Hộ được hỗ trợ theo tuần")
        chart = BarChart()
        weeks = zip(range(40, 48), (31, 42, 38, 55, 47, 61, 58, 34), strict=True)
        chart.show_bars([Bar(f"T{n}", v, n == 47) for n, v in weeks], 50, "chỉ tiêu 50")
        bars.add(chart, 1)
        right.addWidget(bars, 1)
        columns.add(beside, 10)
        self.rows.addWidget(columns, 1)


class VisitLike(Page):
    """As the visit picture."""

    def __init__(self) -> None:
        super().__init__()
        self.set_head("Ghi lượt hỗ trợ", "Mọi ô đều đi được bằng Tab; Enter chọn; Ctrl+Z hoàn tác")
        columns = Columns()
        card = Card()
        self.who = SuggestBox("Tên, số nhà, đuôi điện thoại", "Tạo hộ mới “{text}”")
        card.add(FieldLabel("Hộ hoặc người", self.who.edit, "gõ tên không cần dấu, hoặc F3 quét thẻ"))
        card.add(self.who)
        row = QHBoxLayout()
        row.setSpacing(12)
        day = DateField(lambda: TODAY)
        day.set_date(TODAY)
        for label, widget in (("Ngày", day), ("Hẹn lại", DateField(lambda: TODAY))):
            cell = QVBoxLayout()
            cell.setSpacing(4)
            cell.addWidget(FieldLabel(label, widget))
            cell.addWidget(widget)
            row.addLayout(cell)
        card.add_layout(row)
        services = (
            "Cài VNeID|Đăng ký mức 1|Hẹn mức 2|Kích hoạt mức 2|Tích hợp giấy tờ|Nộp hồ sơ DVC|Sổ sức khỏe"
        )
        self.chips = ChipGroup()
        self.chips.set_chips([ChipSpec(f"K{n:02}", words) for n, words in enumerate(services.split("|"), 1)])
        self.chips.choose(["K04", "K05"])
        card.add(FieldLabel("Đã hỗ trợ", None, "gõ số hoặc chữ đầu, Space để chọn"))
        card.add(self.chips)
        note = QPlainTextEdit()
        card.add(FieldLabel("Ghi chú", note))
        card.add(note, 1)
        foot = FlowLayout()
        foot.addWidget(Button("Lưu và hộ tiếp theo", "primary", "Ctrl+Return"))
        foot.addWidget(Button("Lưu", keys="Ctrl+S"))
        foot.addWidget(Button("Xóa", "danger", icon="trash-2"))
        foot.addWidget(Text("Bản nháp tự lưu 2 giây trước", "small"))
        card.add_layout(foot)
        columns.add(card, 7)
        side = Card("Đặng Thị Hoà, 1958")
        side.add(Text("Ngõ 4 · hộ ông Trần Văn Đức · 4 người", "muted"))
        pills = QHBoxLayout()
        for state in ("local", "carried", "accepted", "refused"):
            pills.addWidget(state_pill(state))
        pills.addStretch(1)
        side.add_layout(pills)
        side.add(Text("Đã làm với hộ này", "heading"))
        timeline = Timeline()
        timeline.show_items(
            [
                TimelineItem("18/11", "Thu nhận mức 2 tại công an xã", key=1),
                TimelineItem("02/11", "Cài VNeID, đăng ký mức 1", "Nam ghi · 20 phút", key=2),
                TimelineItem("15/10", "Tập huấn: phòng lừa đảo, 2 người dự", tone="good"),
            ]
        )
        side.add(timeline)
        lines = LineChart()
        lines.show_lines(
            ["T44", "T45", "T46", "T47"],
            [Line("hộ", (12, 30, 28, 34)), Line("người", (20, 41, None, 61), "info")],
        )
        side.add(lines)
        columns.add(side, 4)
        self.rows.addWidget(columns, 1)


class EmptyLike(Page):
    """Nothing yet."""

    def __init__(self) -> None:
        super().__init__()
        self.set_head("VNeID", "Chưa có ai cần theo dõi")
        card = Card()
        card.add(
            EmptyState(
                "id-card", "Chưa có ai cần theo dõi", "Thêm từ trang Hộ và người dân.", "Thêm", "Ctrl+N"
            )
        )
        self.rows.addWidget(card)


PLACES = [
    Place("home", "Hôm nay", "house", HomeLike),
    Place("people", "Hộ và người dân", "users", EmptyLike),
    Place("visit", "Lượt hỗ trợ", "clipboard-check", VisitLike),
    Place("vneid", "VNeID", "id-card", EmptyLike),
    Place("training", "Tập huấn", "graduation-cap", EmptyLike),
    Place("records", "Sổ khác", "book-open-text", EmptyLike),
    Place("weekly_log", "Nhật ký tuần", "calendar-check", EmptyLike),
    Place("syncing", "Đồng bộ", "refresh-cw", EmptyLike),
    Place("settings", "Cài đặt", "settings", EmptyLike),
]


def gallery(ran: list[str] | None = None) -> MainWindow:
    """The window, its commands noting themselves in ``ran``."""
    noted = ran if ran is not None else []
    commands = [
        Command("visit", "Ghi lượt hỗ trợ", "F2", "clipboard-plus", lambda: noted.append("visit"), "thăm hộ"),
        Command("scan", "Quét thẻ căn cước", "F3", "scan-qr-code", lambda: noted.append("scan")),
    ]
    window = MainWindow(
        PLACES,
        commands,
        find=lambda text, deliver: deliver([Found(p.title, p.detail, "people", p.id) for p in PEOPLE]),
    )
    window.set_where("Thôn 1", "Xã Hoằng Giang · Tổ CNSCĐ")
    window.set_person("Nguyễn Thị Hoa", "tổ trưởng")
    window.set_line("offline", "Ngoại tuyến", "23 bản ghi chờ gửi · 3 ngày")
    window.open_place("home")
    return window


def main(folder: str) -> None:
    """Save the pictures."""
    from tests.ntmdesk.ui.pictures import picture

    for mode, scale, size in (
        ("light", 1.0, (1366, 728)),
        ("dark", 1.0, (1366, 728)),
        ("light", 1.0, (1024, 600)),
        ("light", 2.0, (1366, 728)),
    ):
        app = make_application(mode=mode, scale=scale)
        window = gallery()
        name = f"{folder}/{mode}-{size[0]}-{scale:g}"
        picture(window, f"{name}-home.png", size, mode, scale)
        page = window.open_place("visit")
        assert isinstance(page, VisitLike)
        window.activateWindow()
        page.who.setFocus()
        app.processEvents()
        page.who.edit.setText("dang thi h")
        page.who.offer("dang thi h", PEOPLE)
        window.banner.tell("good", "Đã lưu lượt hỗ trợ hộ ông Đặng Quý", "Hoàn tác", lambda: None)
        window.progress.start("Đang đồng bộ")
        window.progress.step(143, 400, "gói 2")
        picture(window, f"{name}-visit.png", size, mode, scale)
        window.open_place("vneid")
        window.banner.tell("danger", "Ổ đĩa đầy, chưa lưu được. Xóa bớt tệp không cần rồi lưu lại.")
        window.open_palette()
        picture(window, f"{name}-palette.png", size, mode, scale)
        window.palette_sheet.put_away()
        window._keys.toggle()
        picture(window, f"{name}-keys.png", size, mode, scale)
        window.close()
        holder: QWidget = window
        holder.deleteLater()


if __name__ == "__main__":
    main(sys.argv[1])
