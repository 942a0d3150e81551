"""Why the upper server wants a record looked at again, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ntmdesk.domain.kinds import Kind
from ntmdesk.domain.standings import FLAGS
from ntmdesk.services import quarantine
from ntmdesk.ui.translation import language


def flag_words(kind: Kind | None, row: Mapping[str, Any]) -> str:
    """The reasons of a flagged record; "" for any other."""
    return " ".join(rule_words(kind, str(code)) for code in row.get(FLAGS) or ())


def rule_words(kind: Kind | None, code: str, name: str = "") -> str:
    """Why the server refused or flagged a value (of field ``name``), in the language spoken now."""
    return quarantine.reason(kind, code, language(), name)
