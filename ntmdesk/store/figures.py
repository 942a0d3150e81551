"""The questions behind the indicators: facts and record ids; what they add up to is ``domain.indicators``.

References to persons and households are given as those of their group's leader, so that two records of one
person count once (``same``).  Nothing here writes.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from ntmdesk.domain.facts import (
    CaseFact,
    HamletFact,
    HouseholdFact,
    LogFact,
    MemberFact,
    OutreachFact,
    ResidentFact,
    TeamFact,
    TrainingFact,
    ValueFact,
    VisitFact,
    WorkdayFact,
)
from ntmdesk.store import views
from ntmdesk.store.figure_fields import (
    CaseFields,
    HamletFields,
    LogFields,
    MemberFields,
    NamedFields,
    OutreachFields,
    TeamFields,
    TrainingFields,
    ValueFields,
    VisitFields,
    WorkdayFields,
)

if TYPE_CHECKING:
    from ntmdesk.store.registers import Registers
    from ntmdesk.store.unit_of_work import UnitOfWork

LIVING = 1
GONE = ("left", "deceased")


_MEMBERS = msgspec.json.Decoder(NamedFields)
_Shape = TypeVar("_Shape", bound=msgspec.Struct)
_Fact = TypeVar("_Fact")


_Sums = dict[int, dict[str, tuple[str, dict[str, Any]]]]
_SUMS: weakref.WeakKeyDictionary[Any, _Sums] = weakref.WeakKeyDictionary()


def _remembered(store: object) -> _Sums:
    """Sums kept in this process for one open store."""
    return _SUMS.setdefault(store, {})


class Figures:
    """Facts for counting, of one transaction."""

    def __init__(self, uow: UnitOfWork) -> None:
        # Weak: a unit of work holds its Figures, and both die with the transaction.
        self._uow = weakref.ref(uow)
        self._leaders: dict[str, dict[str, str]] = {}

    def visits(self, since: str, until: str) -> list[VisitFact]:
        """Support visits of the days ``since`` to ``until``, both included."""
        home, person = self.leaders("household"), self.leaders("resident")

        def fact(id: str, v: VisitFields) -> VisitFact:
            persons = tuple(dict.fromkeys(person.get(p, p) for p in v.persons)) if person else v.persons
            lines = tuple([(line.service, line.outcome) for line in v.lines])
            house = home.get(v.household, v.household) if home else v.household
            return VisitFact(id, v.date, house, persons, v.persons_n, lines)

        return self._dated("support_visit", VisitFields, fact, since, until)

    def households_visited(self, since: str, until: str) -> set[str]:
        """Households with a visit in those days."""
        return set(self._registers().visited(since, until))

    def trainings(self, since: str, until: str) -> list[TrainingFact]:
        """Training sessions of those days."""

        def fact(id: str, t: TrainingFields) -> TrainingFact:
            topics = frozenset(t.topics)
            return TrainingFact(
                id, t.date, topics, t.audience, t.attended_n, t.women_n, t.elders_n, t.members
            )

        return self._dated("training", TrainingFields, fact, since, until)

    def outreach(self, since: str, until: str) -> list[OutreachFact]:
        """Outreach activities of those days."""

        def fact(id: str, o: OutreachFields) -> OutreachFact:
            return OutreachFact(id, o.date, o.type, frozenset(o.topics), o.items_n, o.reach_n)

        return self._dated("outreach", OutreachFields, fact, since, until)

    def workdays(self, since: str, until: str) -> list[WorkdayFact]:
        """Work-days of those days."""

        def fact(id: str, w: WorkdayFields) -> WorkdayFact:
            return WorkdayFact(id, w.date, w.member, w.part)

        return self._dated("workday", WorkdayFields, fact, since, until)

    def cases(self) -> list[CaseFact]:
        """All VNeID follow-ups as they stand; of two about one person, the one of the later day."""
        person = self.leaders("resident")

        def fact(id: str, c: CaseFields) -> CaseFact:
            who = person.get(c.resident, c.resident)
            papers = frozenset(c.integrations)
            return CaseFact(
                id,
                who,
                c.status,
                c.status_date,
                c.granted_on,
                c.activation_due,
                papers,
                c.failure_reason,
            )

        found = self._standing("vneid_case", CaseFields, fact)
        if not person:
            return found
        newest: dict[str, CaseFact] = {}
        for case in sorted(found, key=lambda c: (c.status_day, c.id)):
            newest[case.resident or case.id] = case
        return list(newest.values())

    def households(self) -> list[HouseholdFact]:
        """Households that live here."""
        return self._registers().household_facts(GONE)

    def residents(self) -> list[ResidentFact]:
        """Persons who live here; who has no SIM of their own may stand for several of the same birth."""
        return self._registers().resident_facts(GONE)

    def hamlets(self) -> list[HamletFact]:
        """Hamlets with their official totals."""

        def fact(id: str, h: HamletFields) -> HamletFact:
            return HamletFact(
                id,
                h.local_code,
                h.households_total,
                h.residents_total,
                h.residents_14_total,
                h.residents_18_total,
                h.fibre,
                h.mobile,
            )

        return self._standing("hamlet", HamletFields, fact)

    def teams(self) -> list[TeamFact]:
        """Teams."""

        def fact(id: str, t: TeamFields) -> TeamFact:
            return TeamFact(id, t.code, t.name, t.status, t.hamlets, t.cutoff, t.log_form)

        return self._standing("team", TeamFields, fact)

    def members(self) -> list[MemberFact]:
        """Members of any team, those who left too."""

        def fact(id: str, m: MemberFields) -> MemberFact:
            return MemberFact(id, m.full_name, m.team, m.role, m.joined, m.left)

        return self._standing("member", MemberFields, fact)

    def values(self) -> list[ValueFact]:
        """Given figures of every type, and quotas with the type ``target``."""

        def fact(id: str, v: ValueFields) -> ValueFact | None:
            if v.value is None:
                return None
            return ValueFact(id, v.indicator, v.scope, v.period, v.value, v.type, v.source)

        given = [v for v in self._standing("indicator_value", ValueFields, fact) if v is not None]
        quotas = [v for v in self._standing("target", ValueFields, fact) if v is not None]
        return given + [v._replace(type="target") for v in quotas]

    def logs(self) -> list[LogFact]:
        """Weekly logs of every team."""

        def fact(id: str, log: LogFields) -> LogFact:
            return LogFact(id, log.team, log.week, log.status, log.snapshot or {}, log.submitted_at)

        return self._standing("weekly_log", LogFields, fact)

    def hashes(self, kinds: Iterable[str], since: str, until: str) -> dict[str, dict[str, str]]:
        """For each kind the records of those days: id to the hash of its cells, as hex (rule 35)."""
        return {
            kind: {
                id: bytes(hash_).hex()
                for id, hash_ in self._execute(
                    "SELECT id, hash FROM record WHERE kind=? AND life IN (1, 3) AND day BETWEEN ? AND ?"
                    " ORDER BY id",
                    (kind, since, until),
                )
            }
            for kind in kinds
        }

    def last_work(self, members: Iterable[str], until: str) -> dict[str, str]:
        """For each of these members the last day up to ``until`` on which a record names them.

        Looks at the newest 2,000 records of each kind; who is in none of them is left out.
        """
        found: dict[str, str] = {}
        wanted = set(members)
        for kind in ("support_visit", "training", "outreach"):
            left = set(wanted)
            rows = self._execute(
                "SELECT day, shown FROM record WHERE kind=? AND life=1 AND day <= ?"
                " ORDER BY day DESC LIMIT 2000",
                (kind, until),
            )
            for day, text in rows:
                if not left or all(found.get(m, "") >= day for m in left):
                    break
                for member in _MEMBERS.decode(text).members:
                    if member in left:
                        left.discard(member)
                        found[member] = max(day, found.get(member, ""))
        return found

    def marks(self, kinds: Iterable[str], since: str, until: str) -> dict[str, str]:
        """Day to a text that changes whenever a living record of that day comes, goes or changes; read from
        the index alone."""
        found: dict[str, list[str]] = {}
        for kind in kinds:
            rows = self._execute(
                "SELECT day, count(*), max(seq) FROM record WHERE kind=? AND life=1 AND day BETWEEN ? AND ?"
                " GROUP BY day",
                (kind, since, until),
            )
            for day, count, seq in rows:
                found.setdefault(day, []).append(f"{kind[0]}{count}.{seq}")
        return {day: " ".join(parts) for day, parts in found.items()}

    def groups_mark(self) -> str:
        """Changes whenever records are joined or separated."""
        sql = "SELECT count(*), coalesce(max(seq), 0) FROM record WHERE kind='sameness' AND sort IS NOT NULL"
        count, seq = next(iter(self._execute(sql, ())))
        return f"{count}.{seq}"

    def kept_sums(self, cutoff: int) -> dict[str, tuple[str, dict[str, Any]]]:
        """Week to (mark, sums) as far as they were kept."""
        rows = self._execute("SELECT week, mark, sums FROM week_sum WHERE cutoff=?", (cutoff,))
        kept = {week: (mark, msgspec.json.decode(sums)) for week, mark, sums in rows}
        return {**kept, **_remembered(self._store()).get(cutoff, {})}

    def keep_sums(self, cutoff: int, sums: Mapping[str, tuple[str, dict[str, Any]]]) -> None:
        """Keeps sums of weeks for the next time: in this process, and in the file when this transaction may
        write."""
        _remembered(self._store()).setdefault(cutoff, {}).update(sums)
        uow = self._uow()
        if uow is not None and uow.writing:
            for week, (mark, told) in sums.items():
                uow.db.execute(
                    "INSERT OR REPLACE INTO week_sum VALUES(?,?,?,?)",
                    (cutoff, week, mark, msgspec.json.encode(told).decode()),
                )

    def _registers(self) -> Registers:
        uow = self._uow()
        assert uow is not None  # noqa: S101
        return uow.registers

    def _store(self) -> object:
        uow = self._uow()
        assert uow is not None  # noqa: S101
        return uow.store

    def leaders(self, kind: str) -> dict[str, str]:
        """Records that are shown under another one: id to the leader of its group."""
        if kind not in self._leaders:
            rows = self._execute("SELECT id, leader FROM same WHERE kind=? AND id <> leader", (kind,))
            self._leaders[kind] = dict(rows)
        return self._leaders[kind]

    def change_mark(self) -> int:
        """A number that rises with every change of any record."""
        return int(next(iter(self._execute("SELECT seq FROM tally", ())))[0])

    def _dated(
        self,
        kind: str,
        shape: type[_Shape],
        fact: Callable[[str, _Shape], _Fact],
        since: str,
        until: str,
    ) -> list[_Fact]:
        rows = self._execute(
            "SELECT id, shown FROM record WHERE kind=? AND life=1 AND day BETWEEN ? AND ?",
            (kind, since, until),
        )
        return self._facts(rows, shape, fact)

    def _standing(self, kind: str, shape: type[_Shape], fact: Callable[[str, _Shape], _Fact]) -> list[_Fact]:
        uow = self._uow()
        assert uow is not None  # noqa: S101  (a Figures outliving its transaction is a mistake)
        listed = views.listed(uow.shape(kind))
        return self._facts(
            self._execute(f"SELECT id, shown FROM record WHERE kind=? AND life=1 AND {listed}", (kind,)),
            shape,
            fact,
        )

    @staticmethod
    def _facts(
        rows: Iterable[tuple[Any, ...]], shape: type[_Shape], fact: Callable[[str, _Shape], _Fact]
    ) -> list[_Fact]:
        decode = msgspec.json.Decoder(shape, strict=False).decode
        out = []
        for id, text in rows:
            try:
                read = decode(text)
            except msgspec.ValidationError:
                read = _lenient(text, shape)
            out.append(fact(id, read))
        return out

    def _execute(self, sql: str, values: tuple[Any, ...]) -> Iterable[tuple[Any, ...]]:
        uow = self._uow()
        assert uow is not None  # noqa: S101  (a Figures outliving its transaction is a mistake)
        rows: Iterable[tuple[Any, ...]] = uow.db.execute(sql, values)
        return rows


def _lenient(text: str, shape: type[_Shape]) -> _Shape:
    """A record with a value of the wrong type (two versions of a kind met): that field counts as blank."""
    raw: Mapping[str, Any] = msgspec.json.decode(text)
    kept = {}
    for field in msgspec.structs.fields(shape):
        value = raw.get(field.name)
        if value is None:
            continue
        try:
            kept[field.name] = msgspec.convert(value, field.type, strict=False)
        except msgspec.ValidationError:
            continue
    return shape(**kept)
