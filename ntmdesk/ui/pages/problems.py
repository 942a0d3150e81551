"""What is wrong with a record, in words: a broken rule in the catalogue's own."""

from __future__ import annotations

from collections.abc import Iterable

from ntmdesk.domain.kinds import Kind, Problem
from ntmdesk.errors import AppError
from ntmdesk.ui.messages import problem_sentence, sentence
from ntmdesk.ui.translation import label


def problem_words(kind: Kind, problem: Problem) -> str:
    """One problem."""
    if problem.rule:
        found = next((rule for rule in kind.rules if rule.code == problem.code), None)
        if found is not None:
            return label(found.label)
    return problem_sentence(problem)


def field_words(kind: Kind, problem: Problem) -> str:
    """The same with the name of its field, for a problem that cannot be shown at a field."""
    field = kind.field(problem.field)
    words = problem_words(kind, problem)
    return f"{label(field.label)}: {words}" if field is not None else words


def problems_of(error: AppError) -> list[Problem]:
    """Those that stop a save."""
    found: Iterable[Problem] = error.details.get("problems") or ()
    return [problem for problem in found if not problem.warning]


def error_words(error: AppError, kind: Kind | None = None) -> str:
    """An error as one sentence, its problems named."""
    problems = problems_of(error)
    if kind is None or not problems:
        return sentence(error)
    return " ".join(dict.fromkeys(field_words(kind, problem) for problem in problems))
