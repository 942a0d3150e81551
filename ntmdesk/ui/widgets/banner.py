"""A line across the page: news, a warning, or the offer to undo."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QWidget

from ntmdesk.ui import icons, theme
from ntmdesk.ui.tokens import TONES
from ntmdesk.ui.widgets.button import Button
from ntmdesk.ui.widgets.text import Text, repolish

_ICONS = {
    "info": "info",
    "amber": "triangle-alert",
    "danger": "circle-x",
    "good": "circle-check",
    "plain": "info",
}


class Banner(QFrame):
    """Hidden until something is told; a newer word replaces the older."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("banner")
        across = QHBoxLayout(self)
        across.setContentsMargins(theme.px(12), theme.px(6), theme.px(6), theme.px(6))
        across.setSpacing(theme.px(10))
        self._icon = QLabel()
        self._words = Text("")
        self._button = Button("", "quiet")
        self._button.clicked.connect(self._pressed)
        self._close = QToolButton()
        self._close.setAccessibleName(QCoreApplication.translate("Banner", "Close"))
        self._close.setToolTip(self._close.accessibleName())
        self._close.clicked.connect(self.dismiss)
        across.addWidget(self._icon)
        across.addWidget(self._words, 1)
        across.addWidget(self._button)
        across.addWidget(self._close)
        self._on_button: Callable[[], object] | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.dismiss)
        self.hide()

    def tell(
        self,
        tone: str,
        text: str,
        button: str = "",
        on_button: Callable[[], object] | None = None,
        seconds: float = 0,
    ) -> None:
        """Show ``text``; with ``button`` a press calls ``on_button`` once; ``seconds`` 0 = stays."""
        if tone not in TONES:
            raise ValueError(tone)
        self.setProperty("tone", tone)
        ink = TONES[tone][0]
        icons.dress(self._icon, _ICONS[tone], ink, 17)
        icons.dress(self._close, "x", ink, 15)
        self._words.setText(text)
        self._button.setText(button)
        self._button.setVisible(bool(button))
        self._on_button = on_button
        for widget in (self, self._words, self._button):
            repolish(widget)
        self.setAccessibleName(text)
        self._timer.stop()
        if seconds > 0:
            self._timer.start(round(seconds * 1000))
        self.show()

    @property
    def text(self) -> str:
        """What it says now; empty when hidden."""
        return "" if self.isHidden() else self._words.text()

    def dismiss(self) -> None:
        """Take the word away."""
        self._timer.stop()
        self._on_button = None
        self.hide()

    def press(self) -> None:
        """As if its button were pressed; nothing when it has none."""
        if not self._button.isHidden() and not self.isHidden():
            self._pressed()

    def _pressed(self) -> None:
        call = self._on_button
        self.dismiss()
        if call is not None:
            call()
