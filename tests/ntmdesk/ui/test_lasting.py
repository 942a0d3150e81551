"""A day's signals and calls do not end the process, whatever PySide6 forgets to count."""

from __future__ import annotations

import subprocess
import sys

EMITS = """
import ntmdesk.ui
from PySide6.QtCore import QCoreApplication, QObject, Signal
app = QCoreApplication([])
class Bell(QObject):
    rung = Signal(bool)
bell = Bell()
for n in range(20_000):
    bell.rung.emit(True)
    bell.setObjectName("bell")
print("alive")
"""


def test_twenty_thousand_signals() -> None:
    done = subprocess.run([sys.executable, "-c", EMITS], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "alive"), done.stderr
