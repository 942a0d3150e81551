"""The left rail: where we are, the places, the state of the line."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSpacerItem,
    QVBoxLayout,
    QWidget,
)

from ntmdesk.ui import icons, theme
from ntmdesk.ui.places import Place
from ntmdesk.ui.tokens import RAIL_WIDTH
from ntmdesk.ui.widgets.text import Text

LINE_ICONS = {
    "online": "cloud-check",
    "offline": "cloud-off",
    "syncing": "cloud-upload",
    "problem": "cloud-alert",
}


class NavRail(QWidget):
    """Ctrl+1 … Ctrl+8 choose the first eight places, Ctrl+, the last one (``settings``)."""

    asked = Signal(str)
    line_asked = Signal()

    def __init__(self, places: Sequence[Place], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("rail")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._compact = False
        self._line: _LineState | None = None
        self._buttons: dict[str, QPushButton] = {}
        self._words: dict[str, str] = {}
        self._group = QButtonGroup(self)
        rows = self._rows = QVBoxLayout(self)
        self._where = Text("", "strong")
        self._where.setObjectName("railwhere")
        self._under = Text("", "small")
        self._under.setObjectName("railunder")
        rows.addWidget(self._where)
        rows.addWidget(self._under)
        self._gap = QSpacerItem(0, theme.px(theme.GAP_M))
        rows.addItem(self._gap)
        column = QWidget()
        column.setObjectName("scrolled")
        inner = self._inner = QVBoxLayout(column)
        inner.setContentsMargins(0, 0, 0, 0)
        main = [place for place in places if place.key != "settings"]
        for at, place in enumerate(main, start=1):
            inner.addWidget(self._button(place, f"Ctrl+{at}" if at <= 8 else ""))
        inner.addStretch(1)
        scroll = self._scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(column)
        rows.addWidget(scroll, 1)
        line = _LineState()
        line.clicked.connect(self.line_asked)
        rows.addWidget(line)
        for place in places:
            if place.key == "settings":
                rows.addWidget(self._button(place, "Ctrl+,"))
        self._line = line
        self._fit()

    def show_where(self, where: str, under: str) -> None:
        """Hamlet and commune."""
        self._where.setText(where)
        self._under.setText(under)
        self._where.setToolTip(where)
        self._under.setToolTip(under)

    def show_line(self, state: str, text: str, detail: str = "") -> None:
        """State of the line: ``online``, ``offline``, ``syncing`` or ``problem``, in calm words."""
        if self._line is not None:
            self._line.show_line(state, text, detail)

    def show_current(self, key: str) -> None:
        """Mark the place that is open."""
        button = self._buttons.get(key)
        if button is not None:
            button.setChecked(True)
            self._scroll.ensureWidgetVisible(button, 0, 0)

    def set_compact(self, compact: bool) -> None:
        """Icons only, for a narrow window."""
        if compact != self._compact:
            self._compact = compact
            self._fit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and self._line is not None:
            self._fit()

    def _button(self, place: Place, keys: str) -> QPushButton:
        button = QPushButton(place.title.replace("&", "&&"))
        button.setCheckable(True)
        button.setAutoDefault(False)
        button.setAccessibleName(place.title)
        button.setToolTip(f"{place.title} ({keys})" if keys else place.title)
        icons.dress(button, place.icon, "nav_text", 18)
        if keys:
            QShortcut(QKeySequence(keys), button).activated.connect(button.click)
        button.clicked.connect(lambda _=False, key=place.key: self.asked.emit(key))
        self._group.addButton(button)
        self._buttons[place.key] = button
        self._words[place.key] = f"  {place.title}".replace("&", "&&")
        return button

    def _fit(self) -> None:
        self.setFixedWidth(theme.px(68 if self._compact else RAIL_WIDTH))
        top, bottom, between = (6, 6, 0) if self._compact else (16, 12, 2)
        self._rows.setContentsMargins(theme.px(12), theme.px(top), theme.px(12), theme.px(bottom))
        self._gap.changeSize(0, 0 if self._compact else theme.px(theme.GAP_M))
        for column in (self._rows, self._inner):
            column.setSpacing(theme.px(between))
        self._rows.invalidate()
        for key, button in self._buttons.items():
            button.setText("" if self._compact else self._words[key])
        self._where.setVisible(not self._compact)
        self._under.setVisible(not self._compact)
        if self._line is not None:
            self._line.set_compact(self._compact)


class _LineState(QPushButton):
    def __init__(self) -> None:
        super().__init__()
        self.setAutoDefault(False)
        self._compact = False
        across = QHBoxLayout(self)
        across.setSpacing(theme.px(8))
        self._across = across
        self._icon = QLabel()
        self._text = Text("", "strong")
        self._text.setObjectName("railline")
        self._note = Text("", "small")
        self._note.setObjectName("railnote")
        self._text.setWordWrap(True)
        self._note.setWordWrap(True)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self._text)
        words.addWidget(self._note)
        across.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignVCenter)
        across.addLayout(words, 1)
        for label in (self._icon, self._text, self._note):
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.show_line("offline", "", "")

    def show_line(self, state: str, text: str, detail: str) -> None:
        icons.dress(self._icon, LINE_ICONS[state], "nav_text", 19)
        self._text.setText(text)
        self._note.setText(detail)
        self._note.setVisible(bool(detail) and not self._compact)
        self.setAccessibleName(f"{text}. {detail}" if detail else text or self.tr("State of the line"))
        self.setToolTip(f"{text}\n{detail}".strip())
        self._stand()

    def set_compact(self, compact: bool) -> None:
        self._compact = compact
        self._across.setContentsMargins(theme.px(12 if compact else 2), theme.px(2), 0, theme.px(2))
        self._text.setVisible(not compact)
        self._note.setVisible(not compact and bool(self._note.text()))
        self._stand()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._stand()

    def _stand(self) -> None:
        """As tall as the words need, however many lines that is."""
        layout = self.layout()
        if layout is not None:
            layout.activate()
            wraps = layout.hasHeightForWidth()
            self.setMinimumHeight(
                layout.heightForWidth(self.width()) if wraps else layout.sizeHint().height()
            )
