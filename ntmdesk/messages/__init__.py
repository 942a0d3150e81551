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

__all__ = ["ERRORS", "PROBLEMS", "message", "message_of", "problem"]

ERRORS: Sentences = {
    code: pair
    for subject in (store, entries, line, bundles, points, program)
    for code, pair in subject.SENTENCES.items()
}
PROBLEMS: Sentences = fields.SENTENCES

_BY_DETAIL: Mapping[tuple[str, str], tuple[str, str]] = {
    ("not_found", "file"): ERRORS["file_not_found"],
    ("not_found", "person"): ERRORS["unknown_person"],
    ("ambiguous", "people"): (
        "Máy này có nhiều người dùng. Chọn một người bằng --as TÊN.",
        "Several people use this laptop. Choose one with --as NAME.",
    ),
}
"""(code, detail) -> the sentence of a code that says more of what is meant by having that detail."""


def message(code: str, details: Mapping[str, Any] | None = None, language: str = "vi") -> str:
    """The sentence of an error code; an unknown code gets the unexpected-error sentence with the code."""
    pair = next((_BY_DETAIL[code, name] for name in details or () if (code, name) in _BY_DETAIL), None)
    pair = pair or ERRORS.get(code)
    if pair is None:
        return f"{say(ERRORS['unexpected'], {}, language)} ({code})"
    return say(pair, details or {}, language)


def message_of(error: AppError, language: str = "vi") -> str:
    """The sentence of an error."""
    return message(error.code, error.details, language)


def problem(code: str, details: Mapping[str, Any] | None = None, language: str = "vi") -> str:
    """The sentence of a validation problem at a field."""
    pair = PROBLEMS.get(code) or ERRORS.get(code)
    if pair is None:
        return f"{say(ERRORS['invalid'], {}, language)} ({code})"
    return say(pair, details or {}, language)
