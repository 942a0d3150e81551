"""A large button of the home page: what it does, how, and its key."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from ntmdesk.ui import icons, theme
from ntmdesk.ui.widgets.text import KeyCap, Text


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
        words.addWidget(Text(title, "heading"))
        words.addWidget(Text(line, "small"))
        across.addWidget(picture)
        across.addLayout(words, 1)
        if keys:
            across.addWidget(KeyCap(keys), 0, Qt.AlignmentFlag.AlignTop)
        for child in self.findChildren(QWidget):
            child.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setMinimumHeight(across.sizeHint().height())
        self.setMinimumWidth(theme.px(150))
