"""The head of the page: title and state on the left, search and person on the right."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from ntmdesk.ui import icons, theme
from ntmdesk.ui.widgets.text import ElidedText, Text

WIDE = 330
"""Width of the search field where there is room."""
TIGHT = 860
"""Below this width the search field keeps only icon and key: the title must not be cut for it."""


class PageHead(QWidget):
    """The search field is a button: it opens the palette, where one types."""

    search_asked = Signal()
    person_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._narrow = False
        across = QHBoxLayout(self)
        across.setContentsMargins(0, 0, 0, 0)
        across.setSpacing(theme.px(theme.GAP_XL))
        words = QVBoxLayout()
        words.setSpacing(0)
        self._title = ElidedText("", "title")
        self._line = ElidedText("", "muted")
        for label in (self._title, self._line):
            label.setMinimumWidth(theme.px(120))
            words.addWidget(label)
        across.addLayout(words, 1)
        self.search = _SearchButton(self.tr("Find people, households, phone numbers, commands…"))
        self.search.clicked.connect(self.search_asked)
        across.addWidget(self.search, 0, Qt.AlignmentFlag.AlignVCenter)
        self._person = QPushButton()
        self._person.setProperty("kind", "quiet")
        self._person.setObjectName("headperson")
        self._person.clicked.connect(self.person_asked)
        self._person.hide()
        across.addWidget(self._person, 0, Qt.AlignmentFlag.AlignVCenter)

    @property
    def title(self) -> str:
        """The title as shown."""
        return self._title.text()

    @property
    def line(self) -> str:
        """The state line as shown."""
        return self._line.text()

    def show_head(self, title: str, line: str) -> None:
        """Words of the page."""
        self._title.setText(title)
        self._line.setText(line)

    def show_person(self, name: str, role: str = "") -> None:
        """Who is at work."""
        words = f"{name} · {role}" if role else name
        self._person.setText(words.replace("&", "&&"))
        self._person.setAccessibleName(self.tr("Person at work: {who}").format(who=words))
        self._person.setVisible(bool(name))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit(event.size().width())

    def set_narrow(self, narrow: bool) -> None:
        """In a narrow window the search field keeps only its icon and key, the person goes."""
        self._narrow = narrow
        self._person.setVisible(bool(self._person.text()) and not narrow)
        self._fit(self.width())

    def _fit(self, room: int) -> None:
        self.search.set_narrow(self._narrow or room < theme.px(TIGHT))
        self.search.set_room(room)


class _SearchButton(QPushButton):
    def __init__(self, words: str) -> None:
        super().__init__()
        self.setObjectName("headsearch")
        self.setAutoDefault(False)
        self.setAccessibleName(words)
        self.setAccessibleDescription("Ctrl+K")
        self.setToolTip(f"{words} (Ctrl+K)")
        across = QHBoxLayout(self)
        across.setContentsMargins(theme.px(9), 0, theme.px(12), 0)
        glass = QLabel()
        icons.dress(glass, "search", "muted", 16)
        self._words = ElidedText(words, "muted")
        self._keys = Text("Ctrl+K", "small")
        for label, stretch in ((glass, 0), (self._words, 1), (self._keys, 0)):
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            across.addWidget(label, stretch)
        self.set_narrow(False)

    def set_narrow(self, narrow: bool) -> None:
        self._words.setVisible(not narrow)
        self.setFixedWidth(theme.px(104 if narrow else WIDE))
        self.setFixedHeight(theme.px(34))

    def set_room(self, head: int) -> None:
        """Take less of a head that is itself short."""
        if not self._words.isHidden():
            self.setFixedWidth(max(theme.px(170), min(theme.px(WIDE), round(head * 0.3))))
