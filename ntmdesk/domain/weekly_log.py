"""The weekly log: what is frozen when it is handed in, and what is told when records change afterwards.

A handed-in log is one snapshot: figures, tables, narrative and the list of (record, hash) it counted.
A record of the period that is not listed with its present hash is late, and is told as an adjustment.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ntmdesk.domain.cumulative import FROZEN, Figure
from ntmdesk.domain.periods import Week
from sync.protocol.cells import canonical

COUNTED_KINDS = ("support_visit", "training", "outreach", "workday")
"""Dated kinds whose records of a period stand behind its figures."""

NARRATIVE = ("situation", "difficulties", "difficulties_text", "proposals", "next_week")
"""What people write themselves."""

NEEDED = ("situation", "difficulties", "proposals", "next_week")
"""Sections a log should not be handed in without."""

VERSION = 1


@dataclass(frozen=True, slots=True)
class Adjustment:
    """A record of the period that was ``added``, ``changed`` or ``removed`` after the log was handed in."""

    kind: str
    id: str
    change: str


@dataclass(frozen=True, slots=True)
class AdjustedFigure:
    """What a figure of the period was when frozen and what the records say now."""

    code: str
    before: int | float | None
    after: int | float | None


@dataclass(frozen=True, slots=True)
class Missing:
    """Something the log still needs.

    ``what``: ``member_silent`` (member, name, days since the last record, None = never), ``section_empty``
    (field), ``figure_blank`` (code), ``not_synced`` (data_age_s), ``no_records``.
    """

    what: str
    data: Mapping[str, Any] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return {"what": self.what, **self.data}


def snapshot(
    week: Week,
    form: str,
    catalogue: int,
    at: str,
    by: str,
    figures: Sequence[Figure],
    sections: Sequence[Mapping[str, Any]],
    narrative: Mapping[str, Any],
    records: Mapping[str, Mapping[str, str]],
) -> dict[str, Any]:
    """The value of the one cell that freezes a log."""
    return {
        "v": VERSION,
        "week": week.name,
        "from": week.start.isoformat(),
        "to": week.end.isoformat(),
        "form": form,
        "catalogue": catalogue,
        "at": at,
        "by": by,
        "order": [f.code for f in figures],
        "figures": {f.code: frozen_figure(f) for f in figures},
        "sections": [dict(s) for s in sections],
        "narrative": {k: narrative[k] for k in NARRATIVE if narrative.get(k) not in (None, "", [])},
        "records": {kind: dict(sorted(ids.items())) for kind, ids in records.items()},
    }


def frozen_figure(figure: Figure) -> dict[str, Any]:
    """A figure as it lies in a snapshot."""
    return {
        **figure.document(),
        "denominator_name": figure.denominator_name,
        "denominator": figure.denominator,
    }


def read_figures(frozen: Mapping[str, Any], known: Mapping[str, Any]) -> tuple[Figure, ...]:
    """The figures of a snapshot; labels and units of codes the catalogue knows (``Indicator``) are added."""
    told = frozen.get("figures") or {}
    order = frozen.get("order") or sorted(told)
    found = []
    for code in order:
        said = told.get(code)
        if not isinstance(said, Mapping):
            continue
        indicator = known.get(code)
        found.append(
            Figure(
                code=code,
                label=indicator.label if indicator else {"vi": code, "en": code},
                unit=indicator.unit if indicator else {},
                measure=indicator.measure if indicator else "flow",
                period=said.get("period"),
                cumulative=said.get("cumulative"),
                target=said.get("target"),
                ratio=said.get("ratio"),
                denominator_name=said.get("denominator_name") or "",
                denominator=said.get("denominator"),
            )
        )
    return tuple(found)


def hash_of(frozen: Mapping[str, Any]) -> str:
    """The name of a snapshot: SHA-256 of its canonical bytes, in hex.  An approval counts for no other."""
    return hashlib.sha256(canonical(frozen)).hexdigest()


def is_frozen(status: str) -> bool:
    """Whether the figures of a log with this status stand."""
    return status in FROZEN


def late(
    listed: Mapping[str, Mapping[str, str]], now: Mapping[str, Mapping[str, str]]
) -> tuple[Adjustment, ...]:
    """Records of the period that are not listed with their present hash, and listed ones that left it."""
    found = []
    for kind in dict.fromkeys((*listed, *now)):
        before, after = listed.get(kind) or {}, now.get(kind) or {}
        for id in sorted({*before, *after}):
            if id not in before:
                found.append(Adjustment(kind, id, "added"))
            elif id not in after:
                found.append(Adjustment(kind, id, "removed"))
            elif before[id] != after[id]:
                found.append(Adjustment(kind, id, "changed"))
    return tuple(found)


def adjusted(frozen: Iterable[Figure], now: Iterable[Figure]) -> tuple[AdjustedFigure, ...]:
    """Figures in the period that the records now give differently.  What stands at the end of a period is
    not compared: it moves on with every week."""
    present = {f.code: f.period for f in now if f.measure == "flow"}
    return tuple(
        AdjustedFigure(f.code, f.period, present[f.code])
        for f in frozen
        if f.code in present and present[f.code] != f.period
    )


def unwritten(narrative: Mapping[str, Any]) -> tuple[str, ...]:
    """Sections nobody has written yet; coded difficulties or their text count as written."""
    empty = []
    for name in NEEDED:
        value = narrative.get(name)
        if name == "difficulties":
            value = value or narrative.get("difficulties_text")
        if not value:
            empty.append(name)
    return tuple(empty)
