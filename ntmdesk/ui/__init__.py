"""The window: everything that imports PySide6.

PySide6 6.12.0 forgets, on Python before 3.12, to count the None that each of its calls returns and the True
that each ``Signal.emit`` returns; after some hundred signals or some thousand calls the interpreter ends with
"deallocating None" or "deallocating True or False".  Both are given more references than a program can use
up, before the first of those calls.  (Measured: one reference a call with 6.12.0, none with 6.11.3.)
"""

from __future__ import annotations

import ctypes
import sys

_PLENTY = 1 << 40


def _hold_for_ever(*lasting: object) -> None:
    if sys.version_info >= (3, 12) or sys.implementation.name != "cpython":
        return
    for one in lasting:
        if sys.getrefcount(one) < _PLENTY:
            ctypes.c_ssize_t.from_address(id(one)).value += _PLENTY


_hold_for_ever(None, True, False)
