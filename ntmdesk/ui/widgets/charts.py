"""Charts drawn by hand: bars with a target line, and lines.  They print as they show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from ntmdesk.ui import theme
from ntmdesk.ui.tokens import TONES
from ntmdesk.ui.translation import number

_CENTRE = int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter)


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar; ``value`` None is blank and drawn as a dash, ``emphasis`` is the period in question."""

    label: str
    value: float | None
    emphasis: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One line; a None in ``values`` breaks it."""

    name: str
    values: tuple[float | None, ...]
    tone: str = "good"


class BarChart(QWidget):
    """Bars from zero, each with its figure on top, and a dashed target."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bars: tuple[Bar, ...] = ()
        self._target: float | None = None
        self._target_label = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def sizeHint(self) -> QSize:
        return QSize(theme.px(320), theme.px(200))

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.px(180), theme.px(96))

    def show_bars(self, bars: Sequence[Bar], target: float | None = None, target_label: str = "") -> None:
        """Draw these; the accessible description tells the same figures in words."""
        self._bars = tuple(bars)
        self._target = target
        self._target_label = target_label
        told = [f"{b.label}: {'–' if b.value is None else number(b.value)}" for b in self._bars]
        if target is not None:
            told.append(target_label or number(target))
        self.setAccessibleDescription("; ".join(told))
        self.setToolTip("\n".join(told))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._bars:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        small = theme.font(11)
        painter.setFont(small)
        line = QFontMetricsF(small).height()
        aside = QFontMetricsF(small).horizontalAdvance(self._target_label) + theme.px(6)
        gutter = aside if self._target is not None else 0.0
        plot = QRectF(self.rect()).adjusted(0, line * 1.4, -gutter, -line * 1.8)
        top = max([b.value or 0 for b in self._bars] + [self._target or 0, 1])
        slot = plot.width() / len(self._bars)
        width = min(slot * 0.56, theme.px(44))

        def height(value: float) -> float:
            return plot.height() * value / top

        for at, bar in enumerate(self._bars):
            middle = plot.left() + slot * (at + 0.5)
            painter.setPen(theme.colour("muted"))
            painter.drawText(QRectF(middle - slot / 2, plot.bottom(), slot, line * 1.8), _CENTRE, bar.label)
            if bar.value is None:
                painter.drawText(
                    QRectF(middle - slot / 2, plot.bottom() - line * 1.3, slot, line), _CENTRE, "–"
                )
                continue
            box = QRectF(middle - width / 2, plot.bottom() - height(bar.value), width, height(bar.value))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("primary" if bar.emphasis else "primary_soft"))
            painter.drawRoundedRect(box, theme.px(3), theme.px(3))
        self._draw_target(painter, plot, line, gutter)
        for at, bar in enumerate(self._bars):
            if bar.value is None:
                continue
            middle = plot.left() + slot * (at + 0.5)
            words = number(bar.value)
            wide = QFontMetricsF(small).horizontalAdvance(words) + theme.px(4)
            over = QRectF(
                middle - wide / 2, plot.bottom() - height(bar.value) - line * 1.15, wide, line * 1.05
            )
            painter.fillRect(over, theme.colour("surface"))
            painter.setPen(theme.colour("text"))
            painter.drawText(over, _CENTRE, words)
        painter.end()

    def _draw_target(self, painter: QPainter, plot: QRectF, line: float, gutter: float) -> None:
        """The line, and its words beside the bars, where no bar hides them."""
        if self._target is None:
            return
        top = max([b.value or 0 for b in self._bars] + [self._target, 1])
        y = plot.bottom() - plot.height() * self._target / top
        painter.setPen(QPen(theme.colour("muted"), 1, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right() + gutter, y))
        painter.setPen(theme.colour("muted"))
        place = QRectF(plot.right(), y - line * 1.1, gutter - theme.px(2), line)
        painter.drawText(
            place, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), self._target_label
        )


class LineChart(QWidget):
    """Lines over the same labels, named at their right ends in their own colour."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._labels: tuple[str, ...] = ()
        self._lines: tuple[Line, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def sizeHint(self) -> QSize:
        return QSize(theme.px(320), theme.px(200))

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.px(180), theme.px(110))

    def show_lines(self, labels: Sequence[str], lines: Sequence[Line]) -> None:
        """Draw these; the accessible description tells the last figure of each."""
        self._labels = tuple(labels)
        self._lines = tuple(lines)
        told = []
        for line in self._lines:
            known = [v for v in line.values if v is not None]
            told.append(f"{line.name}: {number(known[-1]) if known else '–'}")
        self.setAccessibleDescription("; ".join(told))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._lines or not self._labels:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        small = theme.font(11)
        painter.setFont(small)
        metrics = QFontMetricsF(small)
        high = metrics.height()
        names = max(metrics.horizontalAdvance(line.name) for line in self._lines) + theme.px(10)
        figures = [v for line in self._lines for v in line.values if v is not None]
        top = _round_up(max([*figures, 1]))
        left = metrics.horizontalAdvance(number(top)) + theme.px(8)
        plot = QRectF(self.rect()).adjusted(left, high * 0.8, -names, -high * 1.8)
        step = plot.width() / max(1, len(self._labels) - 1)
        for share in (0.0, 0.5, 1.0):
            y = plot.bottom() - plot.height() * share
            painter.setPen(QPen(theme.colour("border"), 1))
            painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y))
            painter.setPen(theme.colour("muted"))
            painter.drawText(QRectF(0, y - high / 2, left - theme.px(6), high), _RIGHT, number(top * share))
        for at, label in enumerate(self._labels):
            x = plot.left() + step * at
            painter.drawText(QRectF(x - step / 2, plot.bottom(), step, high * 1.8), _CENTRE, label)
        for line in self._lines:
            ink = theme.colour(TONES[line.tone][0])
            points: list[QPointF] = []
            run: list[QPointF] = []
            painter.setPen(QPen(ink, theme.px(2)))
            for at, v in enumerate((*line.values, None)):
                if v is not None:
                    run.append(QPointF(plot.left() + step * at, plot.bottom() - plot.height() * v / top))
                    continue
                painter.drawPolyline(QPolygonF(run))
                points += run
                run = []
            painter.setBrush(ink)
            for point in points:
                painter.drawEllipse(point, theme.px(2.5), theme.px(2.5))
            if points:
                painter.setFont(theme.font(11, QFont.Weight.DemiBold))
                place = QRectF(points[-1].x() + theme.px(8), points[-1].y() - high / 2, names, high)
                painter.drawText(place, _LEFT, line.name)
        painter.end()


def _round_up(value: float) -> float:
    """The next figure of 1, 2, 4, 6 or 8 with zeros: its half is a round figure too."""
    unit = 10 ** (len(str(int(value))) - 1)
    return float(next(step * unit for step in (1, 2, 4, 6, 8, 10) if value <= step * unit))


_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
