"""Whole registers read from their covering indexes: every household, every person, the days of all visits.

No record is opened, so that a commune of a hundred thousand persons is answered in a fraction of a second.
The expressions are those of the indexes in ``migrations``; another spelling would read the records again.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from ntmdesk.domain.facts import HouseholdFact, ResidentFact
from ntmdesk.store import views
from ntmdesk.store.questions import match_of
from ntmdesk.store.rows import WAITS, Rows

if TYPE_CHECKING:
    from ntmdesk.store.unit_of_work import UnitOfWork


_Fact = TypeVar("_Fact")
_KEPT: weakref.WeakKeyDictionary[Any, dict[str, tuple[Any, list[Any]]]] = weakref.WeakKeyDictionary()
"""Per open store and kind: the mark and the facts read at it."""


class Home(NamedTuple):
    """One living household; text "" and numbers None where blank.  ``state``: as in a row,
    or ``review``."""

    id: str
    code: str
    head_name: str
    lane: str
    members_n: int | None
    last_visit: str
    poverty: str
    smartphones_n: int | None
    residence_state: str
    internet: str
    digital_family: str
    digital_address: str
    state: str


class Person(NamedTuple):
    """One living person; "" where blank.  ``household``: the leader of its group."""

    id: str
    household: str
    birth: str
    sim_in_own_name: str
    residence_state: str


_HOME = (
    *("code", "head_name", "lane", "members_n", "last_visit", "poverty", "smartphones_n", "residence_state"),
    *("internet", "digital_family", "digital_address"),
)
_PERSON = ("household", "birth", "sim_in_own_name", "residence_state")
_STANDING = "life=1 AND sort IS NOT NULL"


def _columns(names: Iterable[str]) -> str:
    return ", ".join(
        views.shown(name) if name.endswith("_n") else f"coalesce({views.shown(name)}, '')" for name in names
    )


class Registers:
    """Registers of one transaction, in the order of lists.  Nothing here writes."""

    def __init__(self, uow: UnitOfWork) -> None:
        # Weak: a unit of work holds its Registers, and both die with the transaction.
        self._uow = weakref.ref(uow)

    def homes(self, search: str | None = None) -> list[Home]:
        """Living households, all of them or those a search text finds (as ``Records.list``)."""
        found = ""
        parameters: tuple[Any, ...] = ()
        if search is not None and search.strip():
            match = match_of(search)
            if match is None:
                return []
            found = " AND n IN (SELECT rowid FROM find_household WHERE find_household MATCH ?)"
            parameters = (match,)
        sql = (
            f"SELECT id, {WAITS}, {_columns(_HOME)} FROM record INDEXED BY register_household"
            " LEFT JOIN outgoing USING (n) WHERE kind='household' AND "
            f"{_STANDING}{found} ORDER BY sort, n"
        )
        rows, standing = self._execute(sql, parameters), Rows(self._asked()).standing
        return [
            Home._make((row[0], *row[3:], standing(row[0], "household", bool(row[1]), row[2])))
            for row in rows
        ]

    def persons(self) -> list[Person]:
        """Living persons, whether they still live here or not."""
        sql = (
            f"SELECT id, {_columns(_PERSON)} FROM record INDEXED BY register_resident"
            f" WHERE kind='resident' AND {_STANDING} ORDER BY sort, n"
        )
        found = list(map(Person._make, self._execute(sql)))
        home = self._asked().figures.leaders("household")
        return [p._replace(household=home.get(p.household, p.household)) for p in found] if home else found

    def persons_with_case(self, statuses: Collection[str]) -> set[str]:
        """Persons (leaders of their groups) with a VNeID follow-up of one of these statuses."""
        sql = (
            f"SELECT {views.shown('resident')} FROM record WHERE kind='vneid_case' AND life=1"
            f" AND {views.listed(self._asked().shape('vneid_case'))}"
            f" AND {views.shown('status')} IN ({','.join('?' * len(statuses))})"
        )
        person = self._asked().figures.leaders("resident")
        return {person.get(id, id) for (id,) in self._execute(sql, tuple(statuses))}

    def household_facts(self, gone: Collection[str]) -> list[HouseholdFact]:
        """Households whose state of residence is none of ``gone``."""

        def read() -> list[HouseholdFact]:
            names = ("internet", "smartphones_n", "digital_family")
            sql = (
                f"SELECT id, {_columns(names)}, coalesce({views.shown('digital_address')}, '') <> ''"
                f" FROM record INDEXED BY register_household WHERE kind='household' AND {_STANDING}"
                f" AND {self._still_here(gone)} ORDER BY sort, n"
            )
            return [HouseholdFact._make((*row[:4], bool(row[4]))) for row in self._execute(sql, tuple(gone))]

        return self._kept("household", gone, read)

    def resident_facts(self, gone: Collection[str]) -> list[ResidentFact]:
        """Persons whose state of residence is none of ``gone``: those with a SIM of their own one by one, the
        others as many as share a birth."""

        def read() -> list[ResidentFact]:
            # Grouping reads the index only behind a materialised question.
            sql = (
                f"WITH p AS MATERIALIZED (SELECT id, sort, n, {views.shown('birth')} AS birth,"
                f" {views.shown('sim_in_own_name')} AS sim FROM record INDEXED BY register_resident"
                f" WHERE kind='resident' AND {_STANDING} AND {self._still_here(gone)})"
            )
            alone = f"{sql} SELECT id, coalesce(birth, ''), sim, 1 FROM p WHERE sim='yes' ORDER BY sort, n"
            rest = (
                f"{sql} SELECT '', coalesce(birth, ''), coalesce(sim, '') AS own, count(*) FROM p"
                " WHERE sim IS NOT 'yes' GROUP BY birth, own"
            )
            return [
                ResidentFact._make(row) for ask in (alone, rest) for row in self._execute(ask, tuple(gone))
            ]

        return self._kept("resident", gone, read)

    def _still_here(self, gone: Collection[str]) -> str:
        return f"coalesce({views.shown('residence_state')}, '') NOT IN ({','.join('?' * len(gone))})"

    def _kept(self, kind: str, gone: Collection[str], read: Callable[[], list[_Fact]]) -> list[_Fact]:
        """What was read earlier in this process, as long as no record of the kind came, went or changed."""
        if self._asked().writing:  # what a transaction saw that is rolled back must not stay
            return read()
        mark = (*self._mark(kind), frozenset(gone))
        kept = _KEPT.setdefault(self._asked().store, {})
        if kind not in kept or kept[kind][0] != mark:
            kept[kind] = (mark, read())
        facts: list[_Fact] = kept[kind][1]
        return facts

    def _mark(self, kind: str) -> tuple[Any, ...]:
        sql = (
            f"SELECT count(*), max(seq) FROM record INDEXED BY register_{kind}"
            f" WHERE kind={views.text(kind)} AND {_STANDING}"
        )
        return next(iter(self._execute(sql)))

    def visited(self, since: str, until: str) -> Mapping[str, str]:
        """Household to the day of its newest visit within those days, both included (``YYYY-MM-DD``)."""
        sql = (
            f"SELECT {views.shown('household')}, day FROM record INDEXED BY visit_home"
            " WHERE kind='support_visit' AND life=1 AND day BETWEEN ? AND ? ORDER BY day"
        )
        newest: dict[str, str] = dict(self._execute(sql, (since, until)))
        newest.pop(None, None)  # type: ignore[call-overload]
        newest.pop("", None)
        for id, leader in self._asked().figures.leaders("household").items():
            if id in newest:
                day = newest.pop(id)
                newest[leader] = max(day, newest.get(leader, ""))
        return newest

    def _asked(self) -> UnitOfWork:
        uow = self._uow()
        assert uow is not None  # noqa: S101  (a Registers outliving its transaction is a mistake)
        return uow

    def _execute(self, sql: str, values: tuple[Any, ...] = ()) -> Iterable[tuple[Any, ...]]:
        rows: Iterable[tuple[Any, ...]] = self._asked().db.execute(sql, values)
        return rows
