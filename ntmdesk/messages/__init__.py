"""Error and problem codes -> sentences, Vietnamese and English, for the window and the command line.

Each sentence says what happened and what to do next.  Codes are for ever, sentences may improve.  A sentence
may name details as ``{name}``; a missing detail leaves the sentence readable.  No Qt, no files.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ntmdesk.errors import AppError
from ntmdesk.messages import bundles, entries, fields, line, points, program, store
from ntmdesk.messages.sentence import Sentences, say

__all__ = ["BY_DETAIL", "ERRORS", "PROBLEMS", "message", "message_of", "problem"]

ERRORS: Sentences = {
    code: pair
    for subject in (store, entries, line, bundles, points, program)
    for code, pair in subject.SENTENCES.items()
}
PROBLEMS: Sentences = fields.SENTENCES

BY_DETAIL: Mapping[tuple[str, str], tuple[str, str]] = {
    **bundles.BY_REASON,
    ("not_found", "folder"): ERRORS["folder_not_found"],
    ("not_found", "is_folder"): ERRORS["file_is_folder"],
    ("not_found", "file"): ERRORS["file_not_found"],
    ("not_found", "person"): ERRORS["unknown_person"],
    ("ambiguous", "people"): (
        "Máy này có nhiều người dùng. Chọn một người bằng --as TÊN.",
        "Several people use this laptop. Choose one with --as NAME.",
    ),
}
"""(code, detail) -> the sentence of a code that says more of what is meant by having that detail, or that
``reason``."""


def message(code: str, details: Mapping[str, Any] | None = None, language: str = "vi") -> str:
    """The sentence of an error code; an unknown code gets the unexpected-error sentence with the code."""
    told = details or {}
    names = (str(told.get("reason", "")), *told)
    pair = next((BY_DETAIL[code, name] for name in names if (code, name) in BY_DETAIL), ERRORS.get(code))
    if pair is None:
        return f"{say(ERRORS['unexpected'], {}, language)} ({code})"
    return say(pair, told, language)


def message_of(error: AppError, language: str = "vi") -> str:
    """The sentence of an error."""
    return message(error.code, error.details, language)


def problem(code: str, details: Mapping[str, Any] | None = None, language: str = "vi") -> str:
    """The sentence of a validation problem at a field."""
    pair = PROBLEMS.get(code) or ERRORS.get(code)
    if pair is None:
        return f"{say(ERRORS['invalid'], {}, language)} ({code})"
    return say(pair, details or {}, language)
