"""Why the upper server wants a record looked at again, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ntmdesk import messages
from ntmdesk.domain.kinds import Kind
from ntmdesk.domain.standings import FLAGS
from ntmdesk.ui.translation import label, language


def flag_words(kind: Kind | None, row: Mapping[str, Any]) -> str:
    """The reasons of a flagged record; "" for any other."""
    return " ".join(rule_words(kind, str(code)) for code in row.get(FLAGS) or ())


def rule_words(kind: Kind | None, code: str) -> str:
    """A broken rule between fields in the catalogue's own words, another code in the program's."""
    rule = next((r for r in kind.rules if r.code == code), None) if kind else None
    return label(rule.label) if rule is not None else reason_words(code)


def reason_words(code: str) -> str:
    """Why the server refused or flagged a value, in words."""
    if code in messages.ERRORS or code not in messages.PROBLEMS:
        return messages.message(code, {}, language())
    return messages.problem(code, {}, language())
