"""Finding while typing: people first, then anything.

The folded words are in full-text tables of their own kind; nothing is ranked by the engine.  The first few
hundred hits are put in order here: exact diacritics before folded ones, earlier words before later ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ntmdesk.domain.text import fold, nfc
from ntmdesk.store import views
from ntmdesk.store.questions import match_of
from ntmdesk.store.shapes import LIVING, decode_shown

if TYPE_CHECKING:
    from ntmdesk.store.unit_of_work import UnitOfWork

LOOKED_AT = 200
"""Hits that are put in order; more than these are not read."""

PEOPLE = ("resident", "household")


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
        found: list[tuple[tuple[int, int, int], str, str, dict[str, Any]]] = []
        for kind in PEOPLE:
            for n, id, shown in self._matches(kind, match):
                said = decode_shown(shown)
                name = _text(said, "full_name" if kind == "resident" else "head_name")
                found.append(((*typed.rank(name), n), kind, id, said))
        found.sort(key=lambda f: f[0])
        chosen = found[:limit]
        heads = self._households({_text(s, "household") for _, k, _, s in chosen if k == "resident"})
        return [self._hit(kind, id, said, heads) for _, kind, id, said in chosen]

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
            for n, id, shown in self._matches(name, match, 50):
                said = decode_shown(shown)
                title = " · ".join(_text(said, t) for t in kind.title if _text(said, t))
                some.append(
                    ((*typed.rank(title), -n), Hit(name, id, title, code=_text(said, kind.code_field)))
                )
            some.sort(key=lambda s: s[0])
            hits += [hit for _, hit in some]
        return hits[:limit]

    def _matches(self, kind: str, match: str, limit: int = LOOKED_AT) -> list[tuple[int, str, str]]:
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
        self.folded = [fold(w) for w in self.exact]
        self.marked = [e for e, f in zip(self.exact, self.folded, strict=True) if e != f]

    def rank(self, name: str) -> tuple[int, int]:
        words = nfc(name).lower().split()
        folded = [fold(w) for w in words]
        whole = sum(1 for f in self.folded if f in folded)
        if self.marked:
            exact = sum(1 for e in self.exact if any(w.startswith(e) for w in words))
            plain = sum(1 for e in self.exact if e in words)
        else:
            exact = plain = 0
        first = next(
            (i for i, f in enumerate(reversed(folded)) if self.folded and f.startswith(self.folded[-1])), 99
        )
        return -(exact * 4 + plain * 2 + whole), first


def _text(said: dict[str, Any], name: str) -> str:
    value = said.get(name) if name else None
    return value if isinstance(value, str) else "" if value is None else str(value)
