"""When two records of a hamlet, written down by two people, speak of one hamlet.  Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from ntmdesk.domain.text import canonical_name, fold

Alike = Callable[[str, str], bool]


class HamletName(NamedTuple):
    """A hamlet as far as it is compared.  ``commune``: id of its unit; ``code``: local code."""

    id: str
    commune: str
    code: str
    name: str


def matched(
    made: Sequence[HamletName], official: Sequence[HamletName], types: Iterable[str]
) -> dict[str, str]:
    """Which hamlet of the upper unit each one made by hand is: id to id; what is not certain is left out.

    One commune and one name, however it is spaced and capitalised; "Thôn" and its like (``types``) may be
    missing from one of the two, and marks from a name typed without any.  Local codes are given out at both
    ends from 001 on, so a code alone says nothing, unless each side has one hamlet only.
    """
    words = tuple(map(canonical_name, types))
    found: dict[str, str] = {}
    for one in made:
        near = [o for o in official if o.commune == one.commune]
        for alike in (_one_name, _one_bare_name(words), _typed_without_marks(words)):
            some = [o for o in near if alike(one.name, o.name)]
            if some:
                if len(some) == 1:
                    found[one.id] = some[0].id
                break
    if not found and len(made) == len(official) == 1:
        (one,), (other,) = made, official
        if one.code and (one.commune, one.code) == (other.commune, other.code):
            found[one.id] = other.id
    return found


def _one_name(a: str, b: str) -> bool:
    return canonical_name(a) == canonical_name(b)


def _one_bare_name(types: tuple[str, ...]) -> Alike:
    def alike(a: str, b: str) -> bool:
        (left, kind), (right, other) = _bare(canonical_name(a), types), _bare(canonical_name(b), types)
        return left == right and "" in (kind, other)

    return alike


def _typed_without_marks(types: tuple[str, ...]) -> Alike:
    plain = tuple(map(fold, types))

    def alike(a: str, b: str) -> bool:
        if not a.isascii():
            return False
        (left, kind), (right, other) = _bare(fold(a), plain), _bare(fold(b), plain)
        return left == right and (kind == other or "" in (kind, other))

    return alike


def _bare(name: str, types: tuple[str, ...]) -> tuple[str, str]:
    """The name without the word for its type, and that word ("" where there is none)."""
    word = next((word for word in types if name.startswith(f"{word} ")), "")
    return name.removeprefix(f"{word} ") if word else name, word
