"""Which record a row of a list is: found by code or number, else by name and place; doubles are explained.

All records of the kind are read once; rows of the file are remembered beside them, so that a double within
the file is found like one against the store.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ntmdesk.domain.people import Known, are_doubtful, name_key, reasons_for
from ntmdesk.domain.text import canonical_name, fold
from ntmdesk.services.import_values import Flaw, Read
from ntmdesk.services.persons import hamlets_of
from ntmdesk.store.unit_of_work import UnitOfWork

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class DoubleFound:
    """A row that looks like a record (``id``) or like an earlier row of the file (``other_line``)."""

    line: int
    id: str | None
    other_line: int | None
    reasons: tuple[str, ...]
    name: str = ""

    def document(self) -> dict[str, Any]:
        """As JSON; the name stays out of it."""
        return {
            "line": self.line,
            "id": self.id,
            "other_line": self.other_line,
            "reasons": list(self.reasons),
        }


@dataclass(slots=True)
class Entry:
    """A record or an earlier row.  ``line``: the row of this file it stands in, None when in none so far."""

    id: str | None
    values: Row
    line: int | None = None

    def name_in(self, field: str) -> str:
        """The name it is matched by."""
        return str(self.values.get(field) or "")


@dataclass(slots=True)
class Match:
    """The record a row was found to be."""

    id: str | None
    values: Row
    line: int | None
    name: str


def _lane(text: object) -> str:
    return fold(str(text or ""))


class Matching(ABC):
    """Common to both kinds; ``NAME`` is the field a row is called by."""

    NAME = ""

    def __init__(self, hamlets: list[Row]) -> None:
        self.hamlets = hamlets
        self.lines: dict[str, int] = {}
        self._entries: dict[int, Entry] = {}
        self._by_key: dict[tuple[Any, ...], list[Entry]] = {}
        self._by_name: dict[str, list[Entry]] = {}
        self._by_id: dict[str, Entry] = {}

    def place(self, read: Read, beside: Mapping[str, str]) -> None:
        """Finds the hamlet (and for a person the household) a row names; what is not found is a problem."""
        text = beside.get("hamlet", "").strip()
        if not text:
            return
        hamlet = self._hamlet(text)
        if hamlet is None:
            read.problems.append(Flaw("hamlet", "unknown_reference", text[:60]))
        else:
            read.values["hamlet"] = hamlet

    def complete(self, values: Row) -> Row:
        """The values with the only hamlet there is."""
        if "hamlet" in values or len(self.hamlets) != 1:
            return dict(values)
        return {**values, "hamlet": self.hamlets[0]["id"]}

    def find(self, values: Row) -> Match | None:
        """The record the row is, when that is certain."""
        whole = self.complete(values)
        for key in self.keys(whole):
            for entry in self._by_key.get(key, ()):
                if self.agree(entry.values, whole):
                    return Match(entry.id, entry.values, entry.line, entry.name_in(self.NAME))
        return None

    def doubles(self, line: int, values: Row) -> tuple[DoubleFound, ...]:
        """Records and earlier rows that the row may be, with reasons, the likeliest first."""
        whole = self.complete(values)
        mine = self.known(whole)
        found = []
        for entry in self._by_name.get(name_key(mine.name), ()):
            reasons = reasons_for(mine, self.known(entry.values))
            if self.suspicious(reasons, whole, entry):
                found.append(DoubleFound(line, entry.id, entry.line, reasons, entry.name_in(self.NAME)))
        return tuple(sorted(found, key=lambda d: -len(d.reasons)))

    def remember(self, line: int, match: str | None, values: Mapping[str, Any]) -> None:
        """A planned row: the found record with its changes, or a new entry."""
        entry = self._by_id.get(match) if match else None
        if entry is None:
            entry = Entry(None, self.complete(dict(values)))
            self.enter(entry)
        else:
            entry.values = {**entry.values, **values}
        entry.line = line
        self._entries[line] = entry

    def settle(self, line: int, id: str) -> None:
        """The row was written as this record."""
        entry = self._entries.get(line)
        if entry is not None:
            entry.id = id
            self.lines[id] = line

    def enter(self, entry: Entry) -> None:
        """Makes an entry findable."""
        for key in self.keys(entry.values):
            self._by_key.setdefault(key, []).append(entry)
        self._by_name.setdefault(name_key(self.known(entry.values).name), []).append(entry)
        if entry.id:
            self._by_id[entry.id] = entry
            entry.line = self.lines.get(entry.id)

    @abstractmethod
    def keys(self, values: Row) -> list[tuple[Any, ...]]:
        """What a record can be found by, the surest first."""

    @abstractmethod
    def agree(self, have: Row, values: Row) -> bool:
        """Whether nothing speaks against two with one key being one."""

    @abstractmethod
    def known(self, values: Row) -> Known:
        """What is compared when looking for doubles."""

    def suspicious(self, reasons: tuple[str, ...], values: Row, entry: Entry) -> bool:
        """Whether a person should look at these reasons."""
        return are_doubtful(reasons)

    def _hamlet(self, text: str) -> str | None:
        wanted = fold(text)
        for hamlet in self.hamlets:
            names = {fold(str(hamlet.get("name") or "")), str(hamlet.get("local_code") or ""), hamlet["id"]}
            if wanted in names or text.strip() in names:
                return str(hamlet["id"])
        ends = [h for h in self.hamlets if fold(str(h.get("name") or "")).split()[-1:] == wanted.split()[-1:]]
        return str(ends[0]["id"]) if len(ends) == 1 and len(wanted.split()) <= 2 else None


class HouseholdMatching(Matching):
    """Households: by code, else by the head's name with hamlet and lane."""

    NAME = "head_name"

    def keys(self, values: Row) -> list[tuple[Any, ...]]:
        """Code; name and place."""
        found: list[tuple[Any, ...]] = []
        if values.get("code"):
            found.append(("code", str(values["code"]).casefold()))
        if values.get("head_name"):
            name = canonical_name(str(values["head_name"]))
            found.append(("name", name, values.get("hamlet"), _lane(values.get("lane"))))
        return found

    def agree(self, have: Row, values: Row) -> bool:
        """Codes given for both must be one; two digital addresses are two houses."""
        for name in ("code", "digital_address"):
            mine, theirs = values.get(name), have.get(name)
            if mine and theirs and str(mine).casefold() != str(theirs).casefold():
                return False
        return True

    def known(self, values: Row) -> Known:
        """Head, lane, hamlet, address."""
        return Known(
            name=str(values.get("head_name") or ""),
            lane=str(values.get("lane") or ""),
            hamlet=str(values.get("hamlet") or ""),
            address=str(values.get("address_text") or ""),
        )

    def suspicious(self, reasons: tuple[str, ...], values: Row, entry: Entry) -> bool:
        """A like name in one lane or at one address.  Two codes in one file were given on purpose."""
        if entry.line is not None and values.get("code") and entry.values.get("code"):
            return False
        named = "same_name" in reasons or "similar_name" in reasons
        return are_doubtful(reasons) or (named and ("same_lane" in reasons or "same_address" in reasons))


class ResidentMatching(Matching):
    """Residents: by identity number, else by name, household and birth."""

    NAME = "full_name"

    def __init__(self, hamlets: list[Row], households: list[Row]) -> None:
        super().__init__(hamlets)
        self._lanes = {h["id"]: str(h.get("lane") or "") for h in households}
        self._codes = {str(h.get("code") or "").casefold(): h["id"] for h in households}
        self._heads: dict[str, list[Row]] = {}
        for household in households:
            self._heads.setdefault(name_key(str(household.get("head_name") or "")), []).append(household)
        self._last: str | None = None

    def place(self, read: Read, beside: Mapping[str, str]) -> None:
        """Hamlet and household; a row without a household under one with it belongs to the same one, as in
        lists whose cells were merged."""
        super().place(read, beside)
        code = beside.get("household_code", "").strip()
        head = beside.get("household_head", "").strip()
        asked = "household_code" in beside or "household_head" in beside
        if not code and not head:
            if asked and self._last and read.values.get("full_name"):
                read.values["household"] = self._last
                read.warnings.append(Flaw("household", "carried_down"))
            return
        self._last = None
        found = self._household(code, head, beside.get("household_lane", ""), read.values.get("hamlet"))
        if len(found) == 1:
            read.values["household"] = self._last = found[0]
        else:
            problem = "ambiguous" if found else "unknown_reference"
            read.problems.append(Flaw("household", problem, (code or head)[:60]))

    def keys(self, values: Row) -> list[tuple[Any, ...]]:
        """Identity number; name in a household; name and full birth without one."""
        found: list[tuple[Any, ...]] = []
        if values.get("id_number"):
            found.append(("number", values["id_number"]))
        if values.get("full_name"):
            name = canonical_name(str(values["full_name"]))
            where = (
                ("home", values["household"]) if values.get("household") else ("hamlet", values.get("hamlet"))
            )
            found.append(("name", name, *where))
        return found

    def agree(self, have: Row, values: Row) -> bool:
        """Numbers must be one; births must not contradict each other."""
        mine, theirs = values.get("id_number"), have.get("id_number")
        if mine and theirs:
            return bool(mine == theirs)
        born, known = str(values.get("birth") or ""), str(have.get("birth") or "")
        return born.startswith(known) or known.startswith(born)

    def known(self, values: Row) -> Known:
        """Name, birth, lane of the household, phone, number, sex."""
        return Known(
            name=str(values.get("full_name") or ""),
            birth=str(values.get("birth") or ""),
            lane=self._lanes.get(str(values.get("household")), ""),
            hamlet=str(values.get("hamlet") or ""),
            phone=str(values.get("phone") or ""),
            id_number=str(values.get("id_number") or ""),
            sex=str(values.get("sex") or ""),
        )

    def suspicious(self, reasons: tuple[str, ...], values: Row, entry: Entry) -> bool:
        """Two full, different birthdays are two people, and so are two households with only years known."""
        born, known = str(values.get("birth") or ""), str(entry.values.get("birth") or "")
        if len(born) == len(known) == 10 and born != known and "same_number" not in reasons:
            return False
        homes = {values.get("household"), entry.values.get("household")} - {None}
        apart = len(homes) == 2 and not {"same_phone", "same_number", "same_lane"} & set(reasons)
        if apart and not (len(born) == len(known) == 10 and born == known):
            return False
        return are_doubtful(reasons)

    def _household(self, code: str, head: str, lane: str, hamlet: object) -> list[str]:
        if code:
            found = self._codes.get(code.casefold())
            return [found] if found else []
        named = self._heads.get(name_key(head), [])
        exact = [h for h in named if canonical_name(str(h.get("head_name"))) == canonical_name(head)]
        named = exact or named
        if hamlet:
            named = [h for h in named if h.get("hamlet") == hamlet]
        if lane.strip():
            named = [h for h in named if _lane(h.get("lane")) == _lane(lane)]
        return [str(h["id"]) for h in named]


def matching_for(uow: UnitOfWork, kind: str, lines: Mapping[str, int] | None = None) -> Matching:
    """Reads all records of the kind.  ``lines``: ids that rows of this file were already found to be."""
    hamlets = hamlets_of(uow)
    if kind == "household":
        matching: Matching = HouseholdMatching(hamlets)
    else:
        matching = ResidentMatching(hamlets, uow.records.list("household").rows)
    matching.lines.update(lines or {})
    for row in uow.records.list(kind).rows:
        matching.enter(Entry(row["id"], {k: v for k, v in row.items() if k not in ("kind", "state", "id")}))
    return matching
