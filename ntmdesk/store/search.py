"""Finding while typing: people first, then anything.

The folded words are in full-text tables of their own kind; nothing is ranked by the engine.  The first few
hundred hits are put in order here: exact diacritics before folded ones, earlier words before later ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from heapq import nsmallest
from typing import TYPE_CHECKING, Any

from ntmdesk.domain.text import fold, nfc
from ntmdesk.store import views
from ntmdesk.store.questions import match_of
from ntmdesk.store.shapes import LIVING, decode_shown

if TYPE_CHECKING:
    from ntmdesk.store.unit_of_work import UnitOfWork

LOOKED_AT = 200
"""Hits that are put in order, of all kinds together; more than these are not read."""

PEOPLE = {"resident": "full_name", "household": "head_name"}


@dataclass(frozen=True)
class Hit:
    """One thing found.  ``number_tail``: last four digits of the personal number, "" without one;
    ``household``: id; ``household_head``, ``lane``, ``birth`` (as stored), ``code``: "" where blank."""

    kind: str
    id: str
    name: str
    birth: str = ""
    lane: str = ""
    household: str = ""
    household_head: str = ""
    number_tail: str = ""
    code: str = ""

    @property
    def birth_year(self) -> int | None:
        """The year of birth, None where it is not known."""
        year = self.birth[:4]
        return int(year) if year.isdecimal() and len(year) == 4 else None


class Search:
    """Search inside one unit of work."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow
        self._db = uow.db

    def people(self, text: str, limit: int = 12) -> list[Hit]:
        """Residents and households whose name, code, lane, telephone or number the text begins or ends."""
        match = match_of(text)
        if match is None:
            return []
        typed = _Typed(text)
        found: list[tuple[tuple[int, int, int], str, int]] = []
        for kind, name_field in PEOPLE.items():
            for n, name in self._names(kind, name_field, match):
                found.append(((*typed.rank(name or ""), n), kind, n))
        chosen = nsmallest(limit, found)
        if not chosen:
            return []
        said = self._shown([n for _, _, n in chosen])
        heads = self._households(
            {_text(said[n][1], "household") for _, kind, n in chosen if kind == "resident"}
        )
        return [self._hit(kind, *said[n], heads) for _, kind, n in chosen]

    def anything(self, text: str, limit: int = 20) -> list[Hit]:
        """Records of any kind, people first; ``name`` is what the kind is titled by."""
        match = match_of(text)
        if match is None:
            return []
        hits = self.people(text, limit)
        typed = _Typed(text)
        for name, kind in self._uow.catalogue.kinds.items():
            if name in PEOPLE or len(hits) >= limit or name == "sameness":
                continue
            some = []
            for n, id, shown in self._matches(name, match):
                said = decode_shown(shown)
                title = " · ".join(_text(said, t) for t in kind.title if _text(said, t))
                some.append(
                    ((*typed.rank(title), -n), Hit(name, id, title, code=_text(said, kind.code_field)))
                )
            some.sort(key=lambda s: s[0])
            hits += [hit for _, hit in some]
        return hits[:limit]

    def _names(self, kind: str, field: str, match: str) -> list[tuple[int, str | None]]:
        """(rowid, name) of the first hits, nothing else read of them."""
        if kind not in self._uow.shapes:
            return []
        table = views.quote(views.search_table(kind))
        rows: list[tuple[int, str | None]] = self._db.execute(
            f"SELECT record.n, {views.shown(field)} FROM {table} JOIN record ON record.n = {table}.rowid "
            f"WHERE {table} MATCH ? AND life = {LIVING} LIMIT ?",
            (match, LOOKED_AT // len(PEOPLE)),
        ).fetchall()
        return rows

    def _shown(self, ns: list[int]) -> dict[int, tuple[str, dict[str, Any]]]:
        marks = ",".join("?" * len(ns))
        rows = self._db.execute(f"SELECT n, id, shown FROM record WHERE n IN ({marks})", ns)
        return {n: (id, decode_shown(shown)) for n, id, shown in rows}

    def _matches(self, kind: str, match: str, limit: int = 50) -> list[tuple[int, str, str]]:
        if kind not in self._uow.shapes:
            return []
        table = views.quote(views.search_table(kind))
        rows: list[tuple[int, str, str]] = self._db.execute(
            f"SELECT record.n, id, shown FROM {table} JOIN record ON record.n = {table}.rowid "
            f"WHERE {table} MATCH ? AND life = {LIVING} LIMIT ?",
            (match, limit),
        ).fetchall()
        return rows

    def _households(self, ids: set[str]) -> dict[str, dict[str, Any]]:
        ids.discard("")
        if not ids:
            return {}
        leaders = {id: self._uow.samenesses.leader(id) for id in ids}
        marks = ",".join("?" * len(leaders))
        rows = self._db.execute(
            f"SELECT id, shown FROM record WHERE kind='household' AND id IN ({marks})", list(leaders.values())
        )
        found = {id: decode_shown(shown) for id, shown in rows}
        return {id: found[leader] for id, leader in leaders.items() if leader in found}

    def _hit(self, kind: str, id: str, said: dict[str, Any], heads: dict[str, dict[str, Any]]) -> Hit:
        if kind == "household":
            head = _text(said, "head_name")
            return Hit(
                kind,
                id,
                head,
                lane=_text(said, "lane"),
                household=id,
                household_head=head,
                code=_text(said, "code"),
            )
        household = _text(said, "household")
        home = heads.get(household, {})
        return Hit(
            kind,
            id,
            _text(said, "full_name"),
            birth=_text(said, "birth"),
            lane=_text(home, "lane"),
            household=self._uow.samenesses.leader(household) if household else "",
            household_head=_text(home, "head_name"),
            number_tail=_text(said, "id_number")[-4:],
            code=_text(home, "code"),
        )


class _Typed:
    """What was typed, and how well a name answers it: smaller is better."""

    def __init__(self, text: str) -> None:
        self.exact = nfc(text).lower().split()
        self.folded = [_folded(word) for word in self.exact]
        self.last = self.folded[-1] if self.folded else ""
        self.marked = self.exact != self.folded

    def rank(self, name: str) -> tuple[int, int]:
        """Words met with their marks, then whole words, then how near the end the last one stands."""
        words = name.lower().split()
        folded = [_folded(word) for word in words]
        good = 0
        for word in self.folded:
            good += word in folded
        if self.marked:
            for word in self.exact:
                good += 2 * (word in words) + 4 * any(w.startswith(word) for w in words)
        place = 99
        for i, word in enumerate(reversed(folded)):
            if word.startswith(self.last):
                place = i
                break
        return -good, place


@lru_cache(maxsize=32768)
def _folded(word: str) -> str:
    return fold(word)


def _text(said: dict[str, Any], name: str) -> str:
    value = said.get(name) if name else None
    return value if isinstance(value, str) else "" if value is None else str(value)
