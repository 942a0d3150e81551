"""The catalogue as this program uses it: services, topics, statuses, indicators and the form of the log.

Typed views of choice lists and documents of a ``sync.protocol.kinds.Catalogue``.  Built once per catalogue;
pure.  A newer catalogue may hold more than this program knows: unknown extras are left alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ntmdesk.domain.log_form import LogForm, read_log_form
from sync.protocol.kinds import Catalogue, Choice, Label

GIVEN = "given"
"""Formula of an indicator that is never counted from records: its figures come from ``indicator_value``."""

MEASURES = ("flow", "stock", "ratio")


def _names(value: object) -> tuple[str, ...]:
    if isinstance(value, list | tuple):
        return tuple(str(v) for v in value)
    return (str(value),) if isinstance(value, str) and value else ()


@dataclass(frozen=True, slots=True)
class Service:
    """What a team helps with (K01 … K99).  ``counts_to``: indicators a line adds to.

    ``chip``: place among the first chips of the visit form, 0 when it stands behind "all".
    """

    code: str
    label: Label
    short: Label
    counts_to: tuple[str, ...]
    chip: int
    retired: bool

    @property
    def number(self) -> int:
        """The digits of the code, as people type them: 4 for K04."""
        digits = "".join(c for c in self.code if c.isdigit())
        return int(digits) if digits else 0


@dataclass(frozen=True, slots=True)
class Topic:
    """What a training is about (T01 … T30).  ``counts_to``: indicators its attendances add to."""

    code: str
    label: Label
    short: Label
    counts_to: tuple[str, ...]
    retired: bool


@dataclass(frozen=True, slots=True)
class Status:
    """A status of a VNeID follow-up.

    ``order``: how far along the road, None for states beside it.  ``level``: account level held, None when
    the status does not tell.  ``clock_days``: days to act once in it.  ``ends``: nothing more to do.
    """

    code: str
    label: Label
    short: Label
    order: int | None
    level: int | None
    clock_days: int | None
    has_app: bool
    ends: bool

    @property
    def is_side(self) -> bool:
        """Whether it stands beside the road."""
        return self.order is None


@dataclass(frozen=True, slots=True)
class Indicator:
    """What is counted (I01 … I70).

    ``measure``: ``flow`` (in a period), ``stock`` (at its end) or ``ratio``.  ``formula``: name of the
    counting rule, ``given`` when there is none.  ``denominators``: what a ratio may be taken of, first
    choice first; empty: the quota only.  ``services``, ``topics``, ``outreach_topics``, ``integrations``:
    what the rule is narrowed to.  ``low_is_good``: a smaller figure is the better one.
    """

    code: str
    label: Label
    unit: Label
    measure: str
    formula: str
    denominators: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    outreach_topics: tuple[str, ...] = ()
    integrations: tuple[str, ...] = ()
    low_is_good: bool = False
    source: str = ""

    @property
    def is_counted(self) -> bool:
        """Whether a rule counts it from records."""
        return self.formula != GIVEN


class Work:
    """Everything the program reads out of one catalogue, by code, in the order people see it."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue

    @cached_property
    def services(self) -> Mapping[str, Service]:
        """Services by code."""
        return {
            c.code: Service(
                c.code,
                c.label,
                c.short,
                _names(c.extra.get("counts_to")),
                _whole(c.extra.get("chip")) or 0,
                c.retired,
            )
            for c in self._choices("services")
        }

    @property
    def first_services(self) -> tuple[Service, ...]:
        """The services shown as chips at once, in their order."""
        shown = [s for s in self.services.values() if s.chip and not s.retired]
        return tuple(sorted(shown, key=lambda s: s.chip))

    @cached_property
    def topics(self) -> Mapping[str, Topic]:
        """Training topics by code."""
        return {
            c.code: Topic(c.code, c.label, c.short, _names(c.extra.get("counts_to")), c.retired)
            for c in self._choices("topics")
        }

    @cached_property
    def statuses(self) -> Mapping[str, Status]:
        """VNeID statuses by code: the road in order, then the states beside it."""
        found = [_status(c) for c in self._choices("vneid_statuses")]
        found.sort(key=lambda s: (s.order is None, s.order or 0))
        return {s.code: s for s in found}

    @cached_property
    def indicators(self) -> Mapping[str, Indicator]:
        """Indicators by code."""
        return {c.code: _indicator(c) for c in self._choices("indicators")}

    @cached_property
    def log_forms(self) -> Mapping[str, LogForm]:
        """Forms of the weekly log by name; raises CatalogueError for a mistake in one."""
        forms: dict[str, LogForm] = {}
        for file, data in self.catalogue.documents.items():
            if file.startswith("log_forms/"):
                form = read_log_form(self.catalogue, file, data)
                forms[form.name] = form
        return forms

    def _choices(self, name: str) -> tuple[Choice, ...]:
        found = self.catalogue.lists.get(name)
        return found.choices if found else ()


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _status(choice: Choice) -> Status:
    extra = choice.extra
    return Status(
        choice.code,
        choice.label,
        choice.short,
        _whole(extra.get("order")),
        _whole(extra.get("level")),
        _whole(extra.get("clock_days")),
        extra.get("has_app") is True,
        extra.get("ends") is True,
    )


def _indicator(choice: Choice) -> Indicator:
    extra: Mapping[str, Any] = choice.extra
    unit = extra.get("unit")
    measure = str(extra.get("measure", "flow"))
    return Indicator(
        code=choice.code,
        label=choice.label,
        unit={str(k): str(v) for k, v in unit.items()} if isinstance(unit, Mapping) else {},
        measure=measure if measure in MEASURES else "flow",
        formula=str(extra.get("formula", GIVEN)),
        denominators=_names(extra.get("denominators")) or _names(extra.get("denominator")),
        services=_names(extra.get("services")),
        topics=_names(extra.get("topics")),
        outreach_topics=_names(extra.get("outreach_topics")),
        integrations=_names(extra.get("integrations")),
        low_is_good=extra.get("good") == "low",
        source=str(extra.get("source", "")),
    )
