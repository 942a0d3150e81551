"""Questions about records of one kind, compiled to SQL over the shown values.

A question names fields and values; the answer comes in the kind's own order.  Expressions on fields are those
of the views, so that the indexes of the catalogue serve them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ntmdesk.domain.text import fold
from ntmdesk.errors import UserError
from ntmdesk.store import views
from ntmdesk.store.shapes import DELETED, LIVING, UNLINKED, link_key
from sync.protocol.kinds import SET_TYPES, Field, Kind

if TYPE_CHECKING:
    from ntmdesk.store.unit_of_work import UnitOfWork

Where = Mapping[str, Any] | None


class Every(tuple[Any, ...]):
    """Values that must all hold for one field; a list of values means any of them."""


def conditions_of(where: Where) -> Iterator[tuple[str, Any]]:
    """Each field with one value it must have."""
    for name, value in (where or {}).items():
        for each in value if isinstance(value, Every) else (value,):
            yield name, each


_WORD = re.compile(r"[^\W_]+")


class Question:
    """Conditions of one question, with their parameters in order."""

    def __init__(self, uow: UnitOfWork, kind: Kind, *, deleted: bool = False) -> None:
        self._uow = uow
        self.kind = kind
        life = f"life IN ({LIVING}, {DELETED})" if deleted else f"life = {LIVING}"
        self.conditions = [f"kind = {views.text(kind.name)}", life, views.listed(uow.shape(kind.name))]
        self.parameters: list[Any] = []

    @property
    def where(self) -> str:
        """The conditions joined."""
        return " AND ".join(self.conditions)

    def having(self, where: Where) -> Question:
        """Each named field equals its value; a list of values means any of them, ``Every`` all of them, None
        blank.

        A reference takes an id or a natural code, and finds what refers to any record of that one's group.
        A set-valued field is asked whether it holds the value.  ``state``: where it stands with the server,
        as rows say it, or ``unsent`` or ``review``.  UserError ``unknown_field``, ``bad_value``.
        """
        for name, value in conditions_of(where):
            field = self.kind.field(name)
            if name == "id":
                self._any("id", [str(v) for v in _list(value)])
            elif name == "state":
                self._stands([str(v) for v in _list(value)])
            elif field is None:
                raise UserError("unknown_field", field=name, kind=self.kind.name)
            elif value is None or value == "":
                self.conditions.append(f"{views.shown(field.name)} IS NULL")
            elif field.type in ("reference", "references"):
                self._refers(field, [v for v in _list(value) if v is not None])
            else:
                self._equals(field, [_as_stored(field, v) for v in _list(value)])
        return self

    def between(self, since: str | None, until: str | None) -> Question:
        """The kind's day lies from ``since`` to ``until``, both included (``YYYY-MM-DD``)."""
        if since is not None:
            self._add("day >= ?", since)
        if until is not None:
            self._add("day <= ?", f"{until}\x7f" if len(until) == 10 else until)
        return self

    def matching(self, text: str | None) -> Question:
        """Every word of the text begins a word of the record's search fields, or ends a number."""
        if text is None or not text.strip():
            return self
        match = match_of(text)
        if match is None:
            self.conditions.append("0")
            return self
        table = views.quote(views.search_table(self.kind.name))
        self._add(f"n IN (SELECT rowid FROM {table} WHERE {table} MATCH ?)", match)
        return self

    def order(self, order: str | None) -> str:
        """The ORDER BY: None is the kind's own; ``sort``, ``date`` or a field name, ``-`` for downwards."""
        down = order is not None and order.startswith("-")
        name = (order or "").lstrip("-")
        way = " DESC" if down else ""
        if not name:
            return "sort, n" if self.kind.sort else "day DESC, n DESC"
        if name == "sort" or (name == self.kind.sort and name):
            return f"sort{way}, n{way}"
        if name == "date" or (name == self.kind.date_field and name):
            return f"day{way}, n{way}"
        if name == "seq":
            return f"seq{way}"
        field = self.kind.field(name)
        if field is None:
            raise UserError("unknown_field", field=name, kind=self.kind.name)
        expression = views.shown(field.name)
        if field.type in ("text", "long_text"):
            by_name = field.name in ("full_name", "head_name", "name") and self.kind.sort_by == "person"
            expression = f"{'person_key' if by_name else 'text_key'}({expression})"
        return f"{views.shown(field.name)} IS NULL, {expression}{way}, n{way}"

    def _refers(self, field: Field, values: list[Any]) -> None:
        uow = self._uow
        ids: list[str] = []
        for value in values:
            found = uow.records.find(field.refers, str(value)) if field.refers else str(value)
            ids += uow.samenesses.group(found) if found is not None else [str(value)]
        marks = ",".join("?" * len(ids))
        if field.refers not in UNLINKED:
            keys = [k for i in ids if (k := link_key(i)) is not None]
            if keys:
                some = ",".join("?" * len(keys))
                self._add(f"n IN (SELECT n FROM link WHERE target IN ({some}))", *keys)
        if field.type in SET_TYPES:
            each = f"SELECT 1 FROM json_each(shown->{views.text(field.name)}) WHERE value IN ({marks})"
            self._add(f"EXISTS ({each})", *ids)
        else:
            self._add(f"{views.shown(field.name)} IN ({marks})", *ids)

    def _stands(self, wanted: list[str]) -> None:
        kind = views.text(self.kind.name)
        waits = "n IN (SELECT n FROM outgoing)"
        refused = f"id IN (SELECT id FROM quarantine WHERE settled IS NULL AND kind={kind})"
        held = (
            "n IN (SELECT n FROM outgoing WHERE up IS NULL AND packet IN (SELECT number FROM packet "
            "WHERE replica=(SELECT replica FROM tally) AND carried IS NOT NULL AND receipt IS NULL))"
        )
        told = f"id IN (SELECT id FROM exception WHERE kind={kind} AND outcome="
        brought = f"(there IS NOT NULL AND NOT {waits} AND NOT {told}'later'))"
        taken = f"NOT {waits} AND NOT {refused}"
        accepted = f"{taken} AND NOT {told}'later') AND there IS NULL"
        meaning = {
            "unsent": f"({waits} OR {brought}) AND NOT {refused}",
            "local": f"{waits} AND NOT {held} AND NOT {refused}",
            "carried": f"({held} OR {brought}) AND NOT {refused}",
            "refused": refused,
            "received": f"{told}'later') AND {taken}",
            "accepted": accepted,
            "review": f"{told}'flagged') AND {accepted}",
        }
        for state in wanted:
            if state not in meaning:
                raise UserError("bad_value", field="state", value=state)
        either = " OR ".join(f"({meaning[state]})" for state in wanted)
        self.conditions.append(f"({either})")

    def _equals(self, field: Field, values: list[Any]) -> None:
        if field.type in SET_TYPES:
            marks = ",".join("?" * len(values))
            each = f"SELECT 1 FROM json_each(shown->{views.text(field.name)}) WHERE value IN ({marks})"
            self._add(f"EXISTS ({each})", *values)
        else:
            self._any(views.shown(field.name), values)

    def _any(self, expression: str, values: list[Any]) -> None:
        if len(values) == 1:
            self._add(f"{expression} = ?", values[0])
        else:
            self._add(f"{expression} IN ({','.join('?' * len(values))})", *values)

    def _add(self, condition: str, *parameters: Any) -> None:
        self.conditions.append(condition)
        self.parameters += parameters


def match_of(text: str) -> str | None:
    """The full-text expression for what was typed; None when no word is in it.

    Each word is quoted, so that nothing typed is ever read as search syntax.  Three digits or more also
    match the end of a number.
    """
    parts: list[str] = []
    for word in _WORD.findall(fold(text)):
        part = f'"{word}"*'
        if word.isdigit() and len(word) >= 3:
            part = f'({part} OR "x{word[::-1]}"*)'
        parts.append(part)
    return " AND ".join(parts) or None


def _list(value: Any) -> list[Any]:
    if isinstance(value, list | tuple | set | frozenset):
        return list(value)
    return [value]


def _as_stored(field: Field, value: Any) -> Any:
    """A value as ``->>`` gives it: booleans as 0 and 1, numbers typed as text as numbers."""
    if isinstance(value, bool):
        return int(value)
    if not isinstance(value, str):
        return value
    try:
        if field.type == "integer":
            return int(value)
        if field.type == "decimal":
            return float(value)
    except ValueError:
        return value
    if field.type == "boolean":
        return {"true": 1, "false": 0, "1": 1, "0": 0}.get(value.lower(), value)
    if field.type in ("phone", "id_number"):
        return "".join(c for c in value if not c.isspace() and c not in ".-")
    return value
