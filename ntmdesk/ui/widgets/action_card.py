"""A large button of the home page: what it does, how, and its key."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from ntmdesk.ui import icons, theme
from ntmdesk.ui.widgets.text import ElidedText, KeyCap, Text


class ActionCard(QPushButton):
    """The key itself belongs to the window's commands; here it is only written."""

    triggered = Signal()

    def __init__(self, icon: str, title: str, line: str, keys: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("actioncard")
        self.setAccessibleName(title)
        self.setAccessibleDescription(f"{line} ({keys})" if keys else line)
        self.setAutoDefault(False)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.clicked.connect(self.triggered)
        across = QHBoxLayout(self)
        gap = theme.px(theme.GAP_L)
        across.setContentsMargins(gap, theme.px(11), gap, theme.px(11))
        across.setSpacing(theme.px(12))
        picture = QLabel()
        icons.dress(picture, icon, "primary", 26)
        words = QVBoxLayout()
        words.setSpacing(0)
        top = QHBoxLayout()
        self._title = Text(title, "heading")
        top.addWidget(self._title, 1)
        self._key = KeyCap(keys) if keys else None
        if self._key is not None:
            top.addWidget(self._key)
        words.addLayout(top)
        words.addWidget(ElidedText(line, "small"))
        across.addWidget(picture)
        across.addLayout(words, 1)
        for child in self.findChildren(QWidget):
            child.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def wanted_width(self) -> int:
        """The width at which title and key stand in one line."""
        key = self._key.sizeHint().width() + theme.px(6) if self._key is not None else 0
        words = self._title.fontMetrics().horizontalAdvance(self._title.text())
        return words + key + theme.px(26 + 12 + 2 * theme.GAP_L)

    def sizeHint(self) -> QSize:
        layout = self.layout()
        return layout.sizeHint() if layout is not None else super().sizeHint()

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.px(150), self.sizeHint().height())
