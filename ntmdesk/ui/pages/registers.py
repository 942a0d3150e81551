"""The registers by pillar, each with how many records it holds; and the trash."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from ntmdesk.domain.kinds import Catalogue, Kind
from ntmdesk.domain.text import plain_sort_key
from ntmdesk.ui import icons, shipped, theme
from ntmdesk.ui.translation import QT_TRANSLATE_NOOP, label, number, translated
from ntmdesk.ui.widgets.card import Card
from ntmdesk.ui.widgets.columns import Columns
from ntmdesk.ui.widgets.text import Text

PILLARS: tuple[tuple[str, str, str], ...] = (
    ("people", "users", QT_TRANSLATE_NOOP("Registers", "People")),
    ("work", "clipboard-check", QT_TRANSLATE_NOOP("Registers", "Work of the team")),
    ("government", "landmark", QT_TRANSLATE_NOOP("Registers", "Digital government")),
    ("economy", "store", QT_TRANSLATE_NOOP("Registers", "Digital economy")),
    ("society", "heart-handshake", QT_TRANSLATE_NOOP("Registers", "Digital society")),
    ("infrastructure", "router", QT_TRANSLATE_NOOP("Registers", "Digital infrastructure")),
)
INTERNAL = frozenset({"sameness", "unit"})
"""Kinds without a register: what is said about other records is written from those, and the 3,355 units come
with the program and are only chosen in forms."""


@cache
def shipped_icons() -> frozenset[str]:
    """Icons that are there; a newer catalogue may name one that is not."""
    return frozenset(Path(name).stem for name in shipped.names("icons", ".svg"))


def kinds_of(catalogue: Catalogue, pillar: str) -> list[Kind]:
    """Kinds of a pillar that have a register, in the order of their names."""
    kinds = [k for k in catalogue.kinds.values() if k.name not in INTERNAL and (k.pillar or "work") == pillar]
    return sorted(kinds, key=lambda kind: plain_sort_key(label(kind.plural)))


class Registers(QWidget):
    """``asked`` carries a kind's name."""

    asked = Signal(str)
    trash_asked = Signal()

    def __init__(self, catalogue: Catalogue, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lines: dict[str, RegisterLine] = {}
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(theme.px(theme.GAP_L))
        cards = []
        for pillar, _, source in PILLARS:
            kinds = kinds_of(catalogue, pillar)
            if kinds:
                cards.append(self._card(translated("Registers", source), kinds))
        trash = Card(self.tr("Trash"))
        self._trash = RegisterLine("trash-2", self.tr("Records in the trash"))
        self._trash.clicked.connect(self.trash_asked)
        trash.add(self._trash)
        trash.body.addStretch(1)
        cards.append(trash)
        columns = Columns(700)
        for side in range(2):
            holder = QWidget()
            stack = QVBoxLayout(holder)
            stack.setContentsMargins(0, 0, 0, 0)
            stack.setSpacing(theme.px(theme.GAP_L))
            for card in cards[side::2]:
                stack.addWidget(card)
            stack.addStretch(1)
            columns.add(holder, 1)
        rows.addWidget(columns)
        rows.addStretch(1)

    def show_counts(self, counts: Mapping[str, int], trash: int) -> None:
        """How many records each register holds."""
        for name, line in self._lines.items():
            line.show_count(counts.get(name))
        self._trash.show_count(trash)

    def line(self, kind: str) -> RegisterLine:
        """The line of a register; ``KeyError`` when there is none."""
        return self._lines[kind]

    def _card(self, title: str, kinds: list[Kind]) -> Card:
        card = Card(title)
        for kind in kinds:
            line = RegisterLine(kind.icon, label(kind.plural))
            line.clicked.connect(lambda _=False, name=kind.name: self.asked.emit(name))
            card.add(line)
            self._lines[kind.name] = line
        return card


class RegisterLine(QPushButton):
    """Icon, name, and how many."""

    def __init__(self, icon: str, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self.setProperty("kind", "row")
        self.setAutoDefault(False)
        self.setAccessibleName(name)
        across = QHBoxLayout(self)
        across.setContentsMargins(theme.px(6), theme.px(4), theme.px(6), theme.px(4))
        self._count = Text("", "strong")
        picture = Text("")
        picture.setWordWrap(False)
        icons.dress(picture, icon if icon in shipped_icons() else "file-text", "primary", 18)
        words = Text(name)
        words.setWordWrap(False)
        across.addWidget(picture)
        across.addWidget(words, 1)
        across.addWidget(self._count)
        for child in (picture, words, self._count):
            child.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def show_count(self, count: int | None) -> None:
        """How many records."""
        words = "" if count is None else number(count)
        self._count.setText(words)
        self.setAccessibleName(f"{self._name}: {words}" if words else self._name)

    def count(self) -> str:
        """The figure as shown."""
        return self._count.text()
