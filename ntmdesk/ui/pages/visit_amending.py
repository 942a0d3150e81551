"""A visit that is being corrected: what was on the screen, what was typed over it, what came underneath."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ntmdesk.domain.kinds import Kind
from ntmdesk.domain.rebasing import Rebased, changed_fields, rebase
from ntmdesk.ui.pages.visit_form import VisitForm

SHOWN = ("date", "place_type", "minutes", "members", "household", "persons", "persons_n", "lines", "notes")
"""Fields a correction may blank; others change only when the form holds them."""
MORE = ("hamlet", "follow_up_of")
WHO = frozenset({"household", "persons"})


class AmendedVisit:
    """``row``, ``dots``: the visit as the form shows it apart from what was typed.

    ``show_who(row)`` is called when the household or the persons changed underneath.
    """

    def __init__(
        self,
        form: VisitForm,
        kind: Kind,
        row: Mapping[str, Any],
        dots: Mapping[str, Any],
        show_who: Callable[[Mapping[str, Any]], None],
    ) -> None:
        self.kind = kind
        self.row: dict[str, Any] = dict(row)
        self.dots: dict[str, Any] = dict(dots)
        self._form, self._show_who = form, show_who

    @property
    def id(self) -> str:
        """Id of the visit."""
        return str(self.row["id"])

    def changes(self) -> dict[str, Any]:
        """What the form holds other than the visit, None for what was blanked."""
        values = self._form.values()
        wanted = {name for name in (*SHOWN, *MORE) if name in values or name in SHOWN}
        differ = set(changed_fields(self.kind, self.row, values))
        changes = {name: values.get(name) for name in (*SHOWN, *MORE) if name in wanted & differ}
        if set(self.row.get("members") or ()) == set(values.get("members") or ()):
            changes.pop("members", None)
        return changes

    def seen(self, changes: Mapping[str, Any]) -> dict[str, Any]:
        """The dots on the screen of the fields that are saved."""
        return {name: dot for name, dot in self.dots.items() if name.split("/")[0] in changes}

    def names(self) -> tuple[str, ...]:
        """Fields the form shows."""
        return (*SHOWN, *MORE)

    def given(self) -> dict[str, Any]:
        """The visit as it was last read."""
        return dict(self.row)

    def touched(self) -> dict[str, Any]:
        """What was typed and is not saved, half-typed fields as None."""
        half = {name: None for name, _ in self._form.local_problems() if name in SHOWN}
        return {**half, **self.changes()}

    def rebase(self, now: Mapping[str, Any]) -> Rebased:
        """The visit has become ``now``: untouched fields show it, touched ones keep what was typed."""
        found = rebase(self.kind, self.row, now, self._form.values(), self.touched().keys())
        self.row = dict(now)
        for name, value in found.taken.items():
            if name in self.names() and name not in WHO:
                self._form.take(name, value)
        if WHO & found.taken.keys():
            self._show_who(now)
        return found

    def take(self, name: str, value: Any) -> None:
        """Show the visit's own value in place of what was typed."""
        if name in WHO:
            self._show_who(self.row)
        else:
            self._form.take(name, value)
