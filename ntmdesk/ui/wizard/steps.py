"""The first run as a map of steps: what each needs, and where it leads.  Plain Python, no window.

language > way -(join)-> invitation > person > passphrase > recovery > typed_back > joining > done
               -(alone)-----------> person > passphrase > recovery > typed_back > done
               -(demo)--> demo > done
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass

FIRST, LAST = "language", "done"
WAYS = ("join", "alone", "demo")
SHORTEST = 12
"""Fewest characters of a passphrase; the store refuses shorter ones as well."""
_STRONG_LENGTH, _GOOD_LENGTH = 24, 16


@dataclass(frozen=True, slots=True)
class Answers:
    """What a person has said so far; ``recovery_code`` is known once the store was made."""

    language: str = "vi"
    way: str = "join"
    url: str = ""
    code: str = ""
    name: str = ""
    passphrase: str = ""
    again: str = ""
    recovery_code: str = ""
    typed_back: str = ""


Next = str | Callable[[Answers], str]

STEPS: Mapping[str, Next] = {
    "language": "way",
    "way": lambda a: {"join": "invitation", "demo": "demo"}.get(a.way, "person"),
    "invitation": "person",
    "person": "passphrase",
    "passphrase": "recovery",
    "recovery": "typed_back",
    "typed_back": lambda a: "joining" if a.way == "join" else LAST,
    "joining": LAST,
    "demo": LAST,
}
NO_WAY_BACK = frozenset({"recovery", "typed_back", "joining", LAST})
"""From here on the store is made; a person may still step from ``typed_back`` to ``recovery``."""


def next_step(step: str, answers: Answers) -> str:
    """Where a step leads; ``KeyError`` for the last one."""
    leads = STEPS[step]
    return leads if isinstance(leads, str) else leads(answers)


def road(answers: Answers) -> list[str]:
    """All steps these answers lead through, first to last."""
    steps = [FIRST]
    while steps[-1] != LAST:
        steps.append(next_step(steps[-1], answers))
    return steps


def step_before(step: str, answers: Answers) -> str | None:
    """Where Back leads; None where there is no way back."""
    if step == "typed_back":
        return "recovery"
    steps = road(answers)
    if step in NO_WAY_BACK or step not in steps or step == FIRST:
        return None
    return steps[steps.index(step) - 1]


def problem(step: str, answers: Answers) -> str:
    """Why the step cannot be left yet, as a code; empty when it can.

    Codes: ``url_missing tls_required code_missing name_missing passphrase_too_short passphrases_differ
    code_differs``.
    """
    check = _CHECKS.get(step)
    return check(answers) if check else ""


def strength(passphrase: str, name: str = "") -> str:
    """How a passphrase would stand: ``short``, ``weak``, ``fair``, ``good`` or ``strong``."""
    told = unicodedata.normalize("NFC", passphrase)
    if len(told) < SHORTEST:
        return "short"
    letters = len(set(told.casefold()))
    repeated = re.search(r"(.)\1{3}", told) is not None
    personal = bool(name.strip()) and name.strip().split()[-1].casefold() in told.casefold()
    if letters < 6 or repeated or told.isdigit():
        return "weak"
    words = len(told.split())
    kinds = sum(1 for p in (r"[^\W\d_]", r"\d", r"[^\w\s]") if re.search(p, told)) + (words > 1)
    if personal or (len(told) < _GOOD_LENGTH and kinds < 3):
        return "fair"
    if len(told) >= _STRONG_LENGTH or words >= 5 or kinds >= 4:
        return "strong"
    return "good"


def same_code(shown: str, typed: str) -> bool:
    """The recovery code was copied rightly: case, dashes and blanks do not matter."""
    return bool(_plain(shown)) and _plain(shown) == _plain(typed)


def _plain(code: str) -> str:
    return re.sub(r"[\s\-–—.]", "", unicodedata.normalize("NFKC", code)).upper()


def _invitation(answers: Answers) -> str:
    url = answers.url.strip()
    if not url:
        return "url_missing"
    if url.casefold().startswith("http://") and not _is_local(url):
        return "tls_required"
    return "" if answers.code.strip() else "code_missing"


def _is_local(url: str) -> bool:
    host = url.split("://", 1)[-1].split("/", 1)[0].rsplit(":", 1)[0]
    return host in ("localhost", "127.0.0.1", "[::1]")


def _passphrase(answers: Answers) -> str:
    if len(unicodedata.normalize("NFC", answers.passphrase)) < SHORTEST:
        return "passphrase_too_short"
    return "" if answers.passphrase == answers.again else "passphrases_differ"


_CHECKS: Mapping[str, Callable[[Answers], str]] = {
    "invitation": _invitation,
    "person": lambda a: "" if a.name.strip() else "name_missing",
    "passphrase": _passphrase,
    "typed_back": lambda a: "" if same_code(a.recovery_code, a.typed_back) else "code_differs",
}
