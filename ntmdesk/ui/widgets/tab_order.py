"""Where Tab leads: as the eye reads, whenever a widget was made.

Qt's own chain follows the order in which widgets were made, so a row that appears while somebody types is
reached last, after the whole window.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QAbstractSpinBox,
    QComboBox,
    QGridLayout,
    QLayout,
    QLineEdit,
    QRadioButton,
    QTextEdit,
    QWidget,
)

_WHOLE = (QAbstractItemView, QAbstractSpinBox, QComboBox, QLineEdit, QTextEdit)
"""What has inner widgets that are not stops of their own."""


def stops(widget: QWidget, shown: bool = True) -> list[QWidget]:
    """What Tab stops at inside ``widget`` and at itself, in the order of its layouts, then of its children.

    Without ``shown`` also what is not on the screen yet.
    """
    return [one for one in _walk(widget) if (one.isVisible() or not shown) and _is_stop(one)]


def thread(widget: QWidget) -> None:
    """Put Qt's chain inside ``widget`` into that order; again whenever something new appeared in it."""
    for before, after in pairwise(stops(widget, shown=False)):
        QWidget.setTabOrder(before, after)


def _walk(widget: QWidget) -> Iterator[QWidget]:
    yield widget
    if isinstance(widget, _WHOLE):
        return
    seen: set[QObject] = set()
    layout = widget.layout()
    if layout is not None:
        for placed in _placed(layout):
            seen.add(placed)
            yield from _walk(placed)
    for child in widget.children():
        if isinstance(child, QWidget) and child not in seen and not child.isWindow():
            yield from _walk(child)


def _placed(layout: QLayout) -> Iterator[QWidget]:
    places = list(range(layout.count()))
    if isinstance(layout, QGridLayout):
        places.sort(key=lambda place: layout.getItemPosition(place)[:2])  # type: ignore[index]
    for place in places:
        item = layout.itemAt(place)
        inner = item.layout() if item is not None else None
        placed = item.widget() if item is not None else None
        if inner is not None:
            yield from _placed(inner)
        elif placed is not None:
            yield placed


def _is_stop(widget: QWidget) -> bool:
    if not (widget.isEnabled() and widget.focusProxy() is None):
        return False
    if not widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
        return False
    if isinstance(widget, QRadioButton):
        group = widget.group()
        if group is not None and group.exclusive() and group.checkedButton() is not None:
            return widget.isChecked()
    return True
