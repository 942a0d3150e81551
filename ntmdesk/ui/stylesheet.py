"""The Qt style sheet of the desk, made from tokens; widgets choose by object name or the properties
``role``, ``tone`` and ``kind``.
"""

from __future__ import annotations

from collections.abc import Mapping

from ntmdesk.ui.tokens import BODY_PT, CARD_RADIUS, CONTROL_RADIUS, HEADING_PX, SMALL_PX, TITLE_PX, TONES


def style_sheet(colours: Mapping[str, str], scale: float, images: Mapping[str, str]) -> str:
    """The whole sheet for one theme; ``images`` are paths of recoloured control icons."""

    def px(value: float) -> str:
        return f"{round(value * scale)}px"

    parts = [
        _text(colours, px, scale),
        _surfaces(colours, px),
        _buttons(colours, px),
        _inputs(colours, px, images),
        _tables(colours, px),
        _rail(colours, px),
        _tones(colours, px),
    ]
    return "\n".join(parts)


def _text(c: Mapping[str, str], px, scale: float) -> str:  # type: ignore[no-untyped-def]
    return f"""
QWidget {{ color: {c["text"]}; font-size: {BODY_PT * scale:.1f}pt; }}
QMainWindow, QDialog, QWidget#window, QWidget#page {{ background: {c["bg"]}; }}
QLabel {{ background: transparent; }}
QLabel[role="title"] {{ font-size: {px(TITLE_PX)}; font-weight: 700; }}
QLabel[role="heading"] {{ font-size: {px(HEADING_PX)}; font-weight: 600; }}
QLabel[role="strong"] {{ font-weight: 600; }}
QLabel[role="muted"] {{ color: {c["muted"]}; }}
QLabel[role="small"] {{ color: {c["muted"]}; font-size: {px(SMALL_PX)}; }}
QLabel[role="figure"] {{ font-size: {px(26)}; font-weight: 700; }}
QLabel[role="problem"] {{ color: {c["danger"]}; font-size: {px(SMALL_PX)}; }}
QLabel[role="field"] {{ font-size: {px(12.5)}; font-weight: 600; }}
QLabel#keycap {{ color: {c["muted"]}; background: {c["hover"]}; border: 1px solid {c["border"]};
  border-radius: {px(4)}; padding: 0 {px(7)}; font-size: {px(11)}; min-height: {px(17)}; }}
QToolTip {{ color: {c["text"]}; background: {c["surface"]}; border: 1px solid {c["border"]};
  padding: {px(5)}; }}
"""


def _surfaces(c: Mapping[str, str], px) -> str:  # type: ignore[no-untyped-def]
    return f"""
QFrame#card {{ background: {c["surface"]}; border: 1px solid {c["border"]};
  border-radius: {px(CARD_RADIUS)}; }}
QFrame#sheet {{ background: {c["surface"]}; border: 1px solid {c["border"]};
  border-radius: {px(CONTROL_RADIUS)}; }}
QFrame#rule {{ background: {c["border"]}; border: none; max-height: 1px; min-height: 1px; }}
QScrollArea, QScrollArea > QWidget > QWidget#scrolled {{ background: transparent; border: none; }}
QScrollBar:vertical {{ background: transparent; width: {px(10)}; margin: 0; }}
QScrollBar:horizontal {{ background: transparent; height: {px(10)}; margin: 0; }}
QScrollBar::handle {{ background: {c["edge"]}; border-radius: {px(4)}; margin: {px(1)}; }}
QScrollBar::handle:vertical {{ min-height: {px(28)}; }}
QScrollBar::handle:horizontal {{ min-width: {px(28)}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
QAbstractScrollArea::corner {{ background: transparent; border: none; }}
QSplitter::handle {{ background: transparent; }}
QProgressBar {{ background: {c["track"]}; border: none; border-radius: {px(4)}; min-height: {px(8)};
  max-height: {px(8)}; }}
QProgressBar::chunk {{ background: {c["primary"]}; border-radius: {px(4)}; }}
QMenu {{ background: {c["surface"]}; border: 1px solid {c["border"]}; padding: {px(4)}; }}
QMenu::item {{ padding: {px(6)} {px(22)} {px(6)} {px(12)}; border-radius: {px(5)}; }}
QMenu::item:selected {{ background: {c["primary_soft"]}; color: {c["text"]}; }}
QTabWidget::pane {{ border: none; }}
QTabBar::tab {{ color: {c["muted"]}; padding: {px(7)} {px(14)}; border: none;
  border-bottom: 2px solid transparent; font-weight: 600; }}
QTabBar::tab:selected {{ color: {c["primary"]}; border-bottom-color: {c["primary"]}; }}
QTabBar::tab:focus {{ background: {c["primary_soft"]}; }}
"""


def _buttons(c: Mapping[str, str], px) -> str:  # type: ignore[no-untyped-def]
    return f"""
QPushButton, QToolButton, QCheckBox, QRadioButton {{ outline: none; }}
QPushButton {{ background: {c["surface"]}; border: 1px solid {c["border"]}; color: {c["text"]};
  border-radius: {px(CONTROL_RADIUS)}; padding: {px(7)} {px(14)}; font-weight: 500; min-height: {px(19)}; }}
QPushButton:hover {{ background: {c["hover"]}; }}
QPushButton:focus {{ border: 2px solid {c["primary"]}; padding: {px(6)} {px(13)}; }}
QPushButton:pressed {{ background: {c["primary_soft"]}; }}
QPushButton:disabled {{ color: {c["muted"]}; background: {c["hover"]}; }}
QPushButton[kind="primary"] {{ background: {c["primary"]}; border-color: {c["primary"]};
  color: {c["on_primary"]}; font-weight: 600; }}
QPushButton[kind="primary"]:hover {{ background: {c["primary_deep"]}; }}
QPushButton[kind="primary"]:focus {{ border: 2px solid {c["text"]}; }}
QPushButton[kind="primary"]:disabled {{ background: {c["hover"]}; border-color: {c["border"]};
  color: {c["muted"]}; }}
QPushButton[kind="quiet"] {{ background: transparent; border-color: transparent; color: {c["primary"]};
  padding: {px(4)} {px(8)}; }}
QPushButton[kind="quiet"]:hover {{ background: {c["hover"]}; }}
QPushButton[kind="quiet"]:focus {{ border: 2px solid {c["primary"]}; padding: {px(3)} {px(7)}; }}
QPushButton[kind="quiet"]:disabled {{ color: {c["muted"]}; }}
QPushButton[kind="link"] {{ background: transparent; border: 2px solid transparent;
  color: {c["muted"]}; padding: 0 {px(3)}; min-height: {px(15)}; font-size: {px(SMALL_PX)}; }}
QPushButton[kind="link"]:hover {{ color: {c["primary"]}; text-decoration: underline; }}
QPushButton[kind="link"]:focus {{ border-color: {c["primary"]}; padding: 0 {px(3)}; }}
QPushButton[kind="row"] {{ border: 2px solid transparent; background: transparent; padding: 0;
  min-height: {px(27)}; }}
QPushButton[kind="row"]:hover {{ background: {c["hover"]}; }}
QPushButton[kind="row"]:focus {{ border-color: {c["primary"]}; padding: 0; }}
QPushButton#headperson {{ color: {c["muted"]}; font-weight: 400; }}
QPushButton#headsearch {{ background: {c["surface"]}; border: 1px solid {c["border"]}; padding: 0; }}
QPushButton#headsearch:hover {{ border-color: {c["edge"]}; }}
QPushButton#headsearch:focus {{ border: 2px solid {c["primary"]}; }}
QPushButton[kind="danger"] {{ background: {c["danger_soft"]}; border-color: {c["danger"]};
  color: {c["danger"]}; font-weight: 600; }}
QPushButton[kind="danger"]:focus {{ border: 2px solid {c["danger"]}; }}
QPushButton#chip {{ border: 1px solid {c["border"]}; border-radius: {px(13)}; padding: {px(4)} {px(12)};
  min-height: {px(18)}; font-weight: 400; font-size: {px(12.5)}; }}
QPushButton#chip:hover {{ background: {c["hover"]}; }}
QPushButton#chip:checked {{ background: {c["primary_soft"]}; border-color: {c["primary"]};
  color: {c["primary"]}; font-weight: 600; }}
QPushButton#chip:focus {{ border: 2px solid {c["primary"]}; padding: {px(3)} {px(11)}; }}
QPushButton#actioncard {{ background: {c["surface"]}; border: 1px solid {c["border"]};
  border-radius: {px(CARD_RADIUS)}; padding: 0; min-height: {px(56)}; }}
QPushButton#actioncard:hover {{ background: {c["hover"]}; border-color: {c["primary"]}; }}
QPushButton#actioncard:focus {{ border: 2px solid {c["primary"]}; padding: 0; }}
QToolButton {{ background: transparent; border: 1px solid transparent;
  border-radius: {px(CONTROL_RADIUS)}; padding: {px(4)}; }}
QToolButton:hover {{ background: {c["hover"]}; }}
QToolButton:focus {{ border: 2px solid {c["primary"]}; padding: {px(3)}; }}
"""


def _inputs(c: Mapping[str, str], px, images: Mapping[str, str]) -> str:  # type: ignore[no-untyped-def]
    round_ = (int(px(16).removesuffix("px")) + 2) // 2  # a pixel more than half, and Qt draws a square
    return f"""
QLineEdit, QPlainTextEdit, QTextEdit, QComboBox, QSpinBox, QDoubleSpinBox {{ background: {c["surface"]};
  border: 1px solid {c["edge"]}; border-radius: {px(CONTROL_RADIUS)}; padding: {px(6)} {px(11)};
  color: {c["text"]}; selection-background-color: {c["primary"]}; selection-color: {c["on_primary"]};
  min-height: {px(19)}; }}
QPlainTextEdit, QTextEdit {{ padding: {px(4)} {px(8)}; }}
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus, QComboBox:focus, QSpinBox:focus,
QDoubleSpinBox:focus {{ border: 2px solid {c["primary"]}; padding: {px(5)} {px(10)}; }}
QPlainTextEdit:focus, QTextEdit:focus {{ padding: {px(3)} {px(7)}; }}
QLineEdit:read-only, QPlainTextEdit:read-only {{ background: {c["hover"]}; border-color: {c["border"]}; }}
QLineEdit[wrong="true"], QPlainTextEdit[wrong="true"], QComboBox[wrong="true"],
QSpinBox[wrong="true"] {{ border: 2px solid {c["danger"]}; padding: {px(5)} {px(10)}; }}
QLineEdit:disabled, QComboBox:disabled, QPlainTextEdit:disabled {{ background: {c["hover"]};
  color: {c["muted"]}; border-color: {c["border"]}; }}
QComboBox::drop-down {{ border: none; width: {px(26)}; }}
QComboBox::down-arrow {{ image: url("{images["chevron-down"]}"); width: {px(15)}; height: {px(15)}; }}
QComboBox QAbstractItemView {{ background: {c["surface"]}; border: 1px solid {c["border"]};
  selection-background-color: {c["primary_soft"]}; selection-color: {c["text"]}; outline: none; }}
QPushButton[kind="field"] {{ border-color: {c["edge"]}; padding: {px(6)} {px(11)}; font-weight: 400;
  text-align: left; }}
QPushButton[kind="field"]:focus {{ border: 2px solid {c["primary"]}; padding: {px(5)} {px(10)}; }}
QPushButton[kind="field"]::menu-indicator {{ image: url("{images["chevron-down"]}"); width: {px(15)};
  height: {px(15)}; subcontrol-position: right center; right: {px(8)}; }}
QMenu::indicator {{ width: {px(14)}; height: {px(14)}; margin-left: {px(6)}; border-radius: {px(4)};
  border: 1px solid {c["edge"]}; }}
QMenu::indicator:checked {{ background: {c["primary"]}; border-color: {c["primary"]};
  image: url("{images["check"]}"); }}
QSpinBox::up-button, QSpinBox::down-button, QDoubleSpinBox::up-button,
QDoubleSpinBox::down-button {{ border: none; width: {px(18)}; background: transparent; }}
QSpinBox::up-arrow, QDoubleSpinBox::up-arrow {{ image: url("{images["chevron-up"]}");
  width: {px(12)}; height: {px(12)}; }}
QSpinBox::down-arrow, QDoubleSpinBox::down-arrow {{ image: url("{images["chevron-down"]}");
  width: {px(12)}; height: {px(12)}; }}
QCheckBox, QRadioButton {{ spacing: {px(8)}; background: transparent; border: 2px solid transparent;
  border-radius: {px(5)}; padding: {px(2)}; }}
QCheckBox:focus, QRadioButton:focus {{ border-color: {c["primary"]}; }}
QCheckBox::indicator, QRadioButton::indicator {{ width: {px(16)}; height: {px(16)};
  border: 1px solid {c["edge"]}; border-radius: {px(4)}; background: {c["surface"]}; }}
QRadioButton::indicator {{ border-radius: {round_}px; }}
QCheckBox::indicator:checked {{ background: {c["primary"]}; border-color: {c["primary"]};
  image: url("{images["check"]}"); }}
QCheckBox::indicator:indeterminate {{ background: {c["primary_soft"]}; border-color: {c["edge"]}; }}
QRadioButton::indicator:checked {{ border-color: {c["primary"]};
  background: qradialgradient(cx: 0.5, cy: 0.5, radius: 0.5, fx: 0.5, fy: 0.5, stop: 0 {c["primary"]},
  stop: 0.55 {c["primary"]}, stop: 0.65 {c["surface"]}, stop: 1 {c["surface"]}); }}
"""


def _tables(c: Mapping[str, str], px) -> str:  # type: ignore[no-untyped-def]
    return f"""
QAbstractItemView {{ background: {c["surface"]}; border: none; outline: none;
  alternate-background-color: {c["surface"]}; selection-background-color: {c["primary_soft"]};
  selection-color: {c["text"]}; gridline-color: {c["border"]}; }}
QTableView::item {{ padding: {px(4)} {px(8)}; border: none; border-bottom: 1px solid {c["border"]}; }}
QTableView::item:selected {{ background: {c["primary_soft"]}; color: {c["text"]}; }}
QListView::item {{ padding: {px(5)} {px(8)}; border-radius: {px(5)}; }}
QListView::item:selected {{ background: {c["primary_soft"]}; color: {c["text"]}; }}
QListView::item:hover:!selected, QTableView::item:hover:!selected {{ background: {c["hover"]}; }}
QAbstractItemView:focus {{ border: 1px solid {c["primary"]}; border-radius: {px(5)}; }}
QHeaderView {{ background: {c["surface"]}; border: none; }}
QHeaderView::section {{ background: {c["surface"]}; color: {c["muted"]}; border: none;
  border-bottom: 1px solid {c["border"]}; padding: {px(6)} {px(11)}; font-weight: 600;
  font-size: {px(SMALL_PX)}; }}
QHeaderView::section:hover {{ color: {c["text"]}; }}
QHeaderView::down-arrow, QHeaderView::up-arrow {{ width: {px(10)}; height: {px(10)}; }}
QTableCornerButton::section {{ background: {c["surface"]}; border: none; }}
"""


def _rail(c: Mapping[str, str], px) -> str:  # type: ignore[no-untyped-def]
    return f"""
QWidget#rail {{ background: {c["nav"]}; }}
QWidget#rail QLabel {{ color: {c["nav_text"]}; }}
QWidget#rail QLabel#railwhere {{ color: {c["nav_strong"]}; font-size: {px(15)}; font-weight: 700; }}
QWidget#rail QLabel#railunder {{ font-size: {px(11)}; }}
QWidget#rail QLabel#railline {{ color: {c["nav_strong"]}; font-size: {px(13)}; }}
QWidget#rail QLabel#railnote {{ font-size: {px(11)}; }}
QWidget#rail QPushButton {{ background: transparent; border: 2px solid transparent;
  color: {c["nav_text"]}; text-align: left; padding: {px(6)} {px(10)}; font-weight: 500;
  min-height: {px(20)}; border-radius: {px(CONTROL_RADIUS)}; }}
QWidget#rail QPushButton:hover {{ background: {c["nav_active"]}; }}
QWidget#rail QPushButton:checked {{ background: {c["nav_active"]}; color: {c["nav_strong"]};
  font-weight: 600; }}
QWidget#rail QPushButton:focus {{ border-color: {c["nav_text"]}; }}
"""


def _tones(c: Mapping[str, str], px) -> str:  # type: ignore[no-untyped-def]
    rules = []
    for tone, (ink, ground) in TONES.items():
        rules.append(
            f'QLabel#pill[tone="{tone}"] {{ color: {c[ink]}; background: {c[ground]}; }}\n'
            f'QFrame#banner[tone="{tone}"] {{ background: {c[ground]}; border-radius: {px(8)}; }}\n'
            f'QFrame#banner[tone="{tone}"] QLabel {{ color: {c[ink]}; }}\n'
            f'QFrame#banner[tone="{tone}"] QPushButton {{ color: {c[ink]}; }}'
        )
    rules.append(
        f"QLabel#pill {{ border-radius: {px(9)}; padding: {px(2)} {px(12)}; font-size: {px(12)};"
        f" font-weight: 600; }}"
    )
    return "\n".join(rules)
