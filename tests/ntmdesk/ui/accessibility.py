"""What a screen reader would find: every control that takes the focus has a name and a role."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QScrollArea, QWidget

_NO_ROLE = (QAccessible.Role.NoRole, QAccessible.Role.Client)


def faults(widget: QWidget) -> list[str]:
    """What is wrong with the controls of ``widget`` that are to be seen, a line each."""
    wrong = []
    for control in [widget, *widget.findChildren(QWidget)]:
        reachable = control.focusPolicy() & Qt.FocusPolicy.TabFocus or (
            control.focusPolicy() & Qt.FocusPolicy.ClickFocus
        )
        shown = control is widget or control.isVisibleTo(widget)
        inside = control.objectName().startswith("qt_") or control.focusProxy() is not None
        if not reachable or not shown or inside or isinstance(control, QScrollArea):
            continue
        told = QAccessible.queryAccessibleInterface(control)
        what = f"{type(control).__name__} {control.objectName()!r}"
        if told is None:
            wrong.append(f"{what}: nothing to tell")
            continue
        if not told.text(QAccessible.Text.Name).strip():
            wrong.append(f"{what}: no name")
        if told.role() in _NO_ROLE:
            wrong.append(f"{what}: no role")
    return wrong


def walk(widget: QWidget) -> None:
    """Assert that nothing is wrong."""
    found = faults(widget)
    assert not found, "\n".join(found)


def tab_order(widget: QWidget) -> list[QWidget]:
    """The controls Tab reaches inside ``widget``, in order."""
    order = []
    at = widget.nextInFocusChain()
    while at is not None and at is not widget:
        if (
            widget.isAncestorOf(at)
            and at.focusPolicy() & Qt.FocusPolicy.TabFocus
            and at.isVisibleTo(widget)
            and at.isEnabled()
        ):
            order.append(at)
        at = at.nextInFocusChain()
    return order
