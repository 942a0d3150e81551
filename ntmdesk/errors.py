"""The error tree of the desk.

    AppError(code, **details)
      UserError            the person can mend it: a missing field, a wrong passphrase
      EnvironmentProblem   nobody's fault: disk full, file locked, file too new
      SyncProblem          the line or the upper server; work goes on

Codes are stable snake_case words listed in ``docs/errors.md``; sentences belong to the window and the
command line, which build them from code and details.  Details never hold personal data beyond what the
person at the keyboard just typed, and are never logged.
"""

from __future__ import annotations

from typing import Any


class AppError(Exception):
    """Something the program foresaw; ``code`` is for ever, words are not."""

    def __init__(self, code: str, **details: Any) -> None:
        super().__init__(code)
        self.code = code
        self.details: dict[str, Any] = details

    def __str__(self) -> str:
        return self.code


class UserError(AppError):
    """The person at the keyboard can mend this."""


class EnvironmentProblem(AppError):
    """The machine stands in the way: disk, permissions, a damaged or newer file."""


class SyncProblem(AppError):
    """The line, the upper server or its answer; everything recorded stays recorded."""
