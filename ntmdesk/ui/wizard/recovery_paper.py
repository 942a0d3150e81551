"""The recovery code on paper or in a file, where the person says."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtGui import QTextDocument
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import QFileDialog, QWidget

from ntmdesk.errors import AppError
from ntmdesk.system.whole_files import write_whole
from ntmdesk.ui.messages import sentence
from ntmdesk.ui.translation import translate


def code_text(name: str, code: str) -> str:
    """What stands on the paper."""
    return "\n\n".join(
        (
            translate("RecoveryPaper", "Recovery code of the desk"),
            name,
            code,
            translate(
                "RecoveryPaper", "Keep this away from the laptop. Whoever holds both opens everything."
            ),
        )
    )


def save_code(parent: QWidget, name: str, code: str) -> str:
    """Ask for a file and write it; the error in words, empty when written or not wanted."""
    chosen, _ = QFileDialog.getSaveFileName(
        parent, translate("RecoveryPaper", "Save the recovery code"), "recovery.txt", "*.txt"
    )
    if not chosen:
        return ""
    try:
        write_whole(Path(chosen), code_text(name, code).encode("utf-8"))
    except AppError as error:
        return sentence(error)
    return ""


def print_code(parent: QWidget, name: str, code: str) -> None:
    """Ask for a printer and print one page."""
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    dialog = QPrintDialog(printer, parent)
    if dialog.exec() == QPrintDialog.DialogCode.Accepted:
        document = QTextDocument()
        document.setPlainText(code_text(name, code))
        document.print_(printer)
