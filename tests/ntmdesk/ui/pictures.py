"""Screenshots of widgets, to be looked at."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QApplication, QWidget

from ntmdesk.ui import theme


def picture(
    widget: QWidget,
    path: Path | str,
    size: tuple[int, int] = (1366, 768),
    mode: str = "light",
    scale: float = 1.0,
) -> None:
    """Save ``widget`` at ``size`` in a theme.  Build it under the same scale: margins are set once."""
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    if (theme.mode(), theme.scale()) != (mode, scale):
        theme.apply(app, mode, scale)
    widget.resize(*size)
    widget.show()
    app.processEvents()
    app.processEvents()
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    if not widget.grab().save(str(path)):
        raise OSError(path)
