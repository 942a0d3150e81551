"""The window: everything that imports PySide6.

PySide6 6.12.0 forgets, on Python before 3.12, to count the None that each of its calls returns; after some
thousand calls the interpreter ends with "deallocating None".  None is given more references than a program
can use up, before the first of those calls.  (Measured: one reference a call with 6.12.0, none with 6.11.3.)
"""

from __future__ import annotations

import ctypes
import sys

_PLENTY = 1 << 40


def _hold_none() -> None:
    if (
        sys.version_info < (3, 12)
        and sys.implementation.name == "cpython"
        and sys.getrefcount(None) < _PLENTY
    ):
        ctypes.c_ssize_t.from_address(id(None)).value += _PLENTY


_hold_none()
