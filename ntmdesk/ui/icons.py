"""Shipped icons in the colours of the theme.  GUI thread only."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QAction, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel

from ntmdesk.ui import shipped, theme

_NAME, _INK, _SIZE = "icon_name", "icon_ink", "icon_size"
_RATIO = 2.0


def pixmap(name: str, ink: str = "text", size: float = 18) -> QPixmap:
    """The icon ``name`` in the colour token ``ink``, ``size`` pixels at scale 1, at twice the density."""
    return _drawn(name, theme.hex_of(ink), theme.px(size))


def icon(name: str, ink: str = "text", size: float = 18) -> QIcon:
    """As a ``QIcon``; it does not follow a later change of theme, ``dress`` does."""
    return QIcon(pixmap(name, ink, size))


def dress(target: QAbstractButton | QAction | QLabel, name: str, ink: str = "text", size: float = 18) -> None:
    """Put the icon on ``target`` and keep it in step with theme and scale."""
    target.setProperty(_NAME, name)
    target.setProperty(_INK, ink)
    target.setProperty(_SIZE, float(size))
    _redress(target)


def _redress(target: QAbstractButton | QAction | QLabel) -> None:
    name, ink = str(target.property(_NAME)), str(target.property(_INK))
    size = float(target.property(_SIZE))
    if isinstance(target, QLabel):
        target.setPixmap(pixmap(name, ink, size))
        return
    target.setIcon(icon(name, ink, size))
    if isinstance(target, QAbstractButton):
        target.setIconSize(QSize(theme.px(size), theme.px(size)))


def _redress_all() -> None:
    for widget in QApplication.allWidgets():
        if isinstance(widget, (QAbstractButton, QLabel)) and widget.property(_NAME):
            _redress(widget)
        for action in widget.actions():
            if action.property(_NAME):
                _redress(action)


@cache
def _drawn(name: str, colour: str, size: int) -> QPixmap:
    side = round(size * _RATIO)
    drawn = QPixmap(side, side)
    drawn.fill(Qt.GlobalColor.transparent)
    painter = QPainter(drawn)
    QSvgRenderer(QByteArray(shipped.svg(name, colour))).render(painter, QRectF(0, 0, side, side))
    painter.end()
    drawn.setDevicePixelRatio(_RATIO)
    return drawn


theme.on_change(_redress_all)
