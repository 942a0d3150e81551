"""Errors in the words of the language spoken by the window."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from ntmdesk import messages
from ntmdesk.errors import AppError
from ntmdesk.ui.translation import language


class FieldProblem(Protocol):
    """What a catalogue check says about one field."""

    @property
    def code(self) -> str: ...
    @property
    def details(self) -> Mapping[str, Any]: ...


def sentence(error: AppError) -> str:
    """What happened and what to do next."""
    return messages.message_of(error, language())


def problem_sentence(problem: FieldProblem) -> str:
    """What is wrong at a field."""
    return messages.problem(problem.code, problem.details, language())


def language_words(code: str) -> str:
    """What is wrong with something typed or read, by its code alone."""
    return messages.problem(code, {}, language())
