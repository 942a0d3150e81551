"""The weekly log as a document: what stands in ``LogView`` put into the words and form of the paper."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from ntmdesk.domain.cumulative import Figure
from ntmdesk.domain.dates import format_date, long_date
from ntmdesk.domain.log_form import LogForm, LogSection
from ntmdesk.domain.numbers import format_number
from ntmdesk.errors import UserError
from ntmdesk.services.documents import (
    Block,
    Column,
    Document,
    Heading,
    Letterhead,
    Paragraph,
    Signature,
    Table,
)
from ntmdesk.services.log_annexes import annex
from ntmdesk.services.log_words import Words, words
from ntmdesk.services.persons import hamlets_of, members_of, team_of
from ntmdesk.services.weekly_log import LogView
from ntmdesk.store.unit_of_work import UnitOfWork
from sync.protocol.kinds import Catalogue

LANGUAGE = "vi"
_PREFIXES = ("Xã ", "Phường ", "Đặc khu ", "Thị trấn ")
_WIDTHS: Mapping[str, tuple[float, str]] = {
    "number": (1.35, "center"),
    "indicator": (5.2, "left"),
    "unit": (1.7, "center"),
    "target": (1.6, "right"),
    "period": (1.6, "right"),
    "cumulative": (1.6, "right"),
    "ratio": (1.6, "right"),
    "note": (2.7, "left"),
}


@dataclass(frozen=True, slots=True)
class Place:
    """Who writes and where: team, hamlets, commune with its prefix ("Xã Hoằng Giang")."""

    team: str
    hamlets: tuple[str, ...]
    commune: str
    leader: str
    people: Mapping[str, str]

    @property
    def commune_name(self) -> str:
        """Without the prefix, as a document is dated."""
        for prefix in _PREFIXES:
            if self.commune.startswith(prefix):
                return self.commune.removeprefix(prefix)
        return self.commune


def log_document(uow: UnitOfWork, view: LogView, annexes: Collection[int] = ()) -> Document:
    """The content of the paper; ``annexes``: numbers of those wanted, never any by itself.

    UserError ``invalid`` (field ``annex``) for a number the form does not have.
    """
    said, place = words(), place_of(uow)
    known = {a.number for a in view.form.annexes}
    for number in annexes:
        if number not in known:
            raise UserError("invalid", field="annex", value=number, allowed=sorted(known))
    blocks: list[Block] = []
    for section in view.form.sections:
        blocks += _section(uow.catalogue, view, section, said)
    return Document(
        letterhead=_letterhead(view, place, said),
        title=said.say("title"),
        subject=said.say("subject", week=_lower(view.week.label)),
        blocks=tuple(blocks),
        signatures=_signatures(view, place, said),
        recipients_heading=said.say("recipients_heading"),
        recipients=_recipients(place, said),
        annexes=tuple(annex(uow, view, number, said) for number in sorted(set(annexes))),
        author=place.team,
        draft_mark="" if view.frozen else said.say("draft"),
    )


def place_of(uow: UnitOfWork) -> Place:
    """The team, its hamlets and its commune, as far as they are recorded."""
    team = team_of(uow) or {}
    hamlets = hamlets_of(uow)
    commune = ""
    for reference in (team.get("commune"), *(h.get("commune") for h in hamlets)):
        unit = uow.records.peek("unit", reference)
        if unit is not None:
            commune = str(unit.get("name") or "")
            break
    members = members_of(uow)
    leader = next((m for m in members if m.get("role") == "leader"), {})
    return Place(
        team=str(team.get("name") or ""),
        hamlets=tuple(str(h.get("name") or "") for h in hamlets),
        commune=commune,
        leader=str(leader.get("full_name") or ""),
        people={m["id"]: str(m.get("full_name") or "") for m in members},
    )


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _letterhead(view: LogView, place: Place, said: Words) -> Letterhead:
    issuer = said.say("issuer")
    name = place.team or issuer
    lines = [issuer]
    if name.casefold().startswith(issuer.casefold()):
        rest = name[len(issuer) :].strip(" -–,")
        lines += [rest] if rest else []
    else:
        lines = [name]
    if len(place.hamlets) == 1 and place.hamlets[0].casefold() not in " ".join(lines).casefold():
        lines.append(place.hamlets[0])
    on = _day(view.as_of) or view.end
    where = f"{place.commune_name}, " if place.commune_name else ""
    number = view.number
    numbered = f"{int(number):02}" if number.isdigit() else number
    plain = not number or "/" not in number
    return Letterhead(
        superior=(said.say("superior", commune=place.commune or "…"),),
        issuer=tuple(lines),
        number=(said.say("number", number=numbered) if plain else f"Số: {number}")
        if number
        else said.say("number_blank"),
        place_and_date=where + long_date(on) if where else _upper(long_date(on)),
    )


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _day(moment: str) -> date | None:
    try:
        return date.fromisoformat(moment[:10])
    except ValueError:
        return None


def _signatures(view: LogView, place: Place, said: Words) -> tuple[Signature, ...]:
    compiler = str(view.record.get("compiled_by") or "")
    compiled = place.people.get(compiler, "")
    found = []
    for block in view.form.signatures:
        name = {"leader": place.leader, "compiler": compiled}.get(block.name, "")
        if block.name == "compiler" and (not compiled or compiled == place.leader):
            continue
        found.append(Signature(block.label[LANGUAGE], said.say("sign"), name))
    return tuple(found)


def _recipients(place: Place, said: Words) -> tuple[str, ...]:
    many = len(place.hamlets) != 1
    hamlet = place.hamlets[0] if place.hamlets else ""
    name = "recipients_many" if many else "recipients"
    return said.list(name, commune=_lower_prefix(place.commune or "…"), hamlet=_lower_prefix(hamlet))


def _lower_prefix(name: str) -> str:
    return _lower(name) if name.startswith((*_PREFIXES, "Thôn ", "Ấp ", "Khóm ", "Bản ", "Xóm ")) else name


def _section(catalogue: Catalogue, view: LogView, section: LogSection, said: Words) -> list[Block]:
    top = "." not in section.number
    label = section.label[LANGUAGE]
    blocks: list[Block] = [Heading(f"{section.number}. {label.upper() if top else label}", 1 if top else 2)]
    told = next((s for s in view.sections if s.get("number") == section.number), {})
    if section.type == "figures":
        blocks += _figures(view.form, view.figures, said)
    elif section.type == "lines":
        blocks += _lines(catalogue, told, said)
    elif section.type == "statuses":
        blocks += _statuses(catalogue, told, said)
    elif section.type == "sessions":
        blocks += _sessions(catalogue, told, said)
    elif section.type == "counts":
        blocks += _counts(catalogue, told, said)
    elif section.type == "indicators":
        blocks += _indicators(view, section.indicators, said)
    elif section.type == "difficulties":
        blocks += _difficulties(catalogue, view, said)
    elif section.type == "rows":
        blocks += _rows(view.narrative.get(section.field) or (), said, view.frozen)
    elif section.type == "narrative":
        blocks.append(_text(view.narrative.get(section.field), said, view.frozen))
    return blocks


def _text(value: object, said: Words, frozen: bool) -> Paragraph:
    return Paragraph(str(value) if value else said.say("nothing" if frozen else "not_written"))


def _figures(form: LogForm, figures: Sequence[Figure], said: Words) -> list[Block]:
    shown = [f for f in figures if f.code in form.indicators]
    columns = tuple(
        Column(c.label[LANGUAGE], _WIDTHS[c.name][0], _align(_WIDTHS[c.name][1])) for c in form.columns
    )
    rows = []
    for number, figure in enumerate(shown, start=1):
        cells = {
            "number": str(number),
            "indicator": figure.label[LANGUAGE],
            "unit": _unit(figure, said),
            "target": number_text(figure.target),
            "period": number_text(figure.period),
            "cumulative": number_text(figure.cumulative),
            "ratio": ratio_text(figure, said),
            "note": _note(figure, said),
        }
        rows.append(tuple(cells[c.name] for c in form.columns))
    return [Table(columns, tuple(rows)), Paragraph(said.say("legend"), italic=True)]


def _unit(figure: Figure, said: Words) -> str:
    """What the numbers of the row count: of a share its base, for the columns hold counts."""
    unit = figure.unit.get(LANGUAGE, "")
    return said.get(f"bases.{figure.denominator_name}", unit) if unit == "%" and figure.denominator else unit


def _align(name: str) -> Any:
    return name


def number_text(value: float | None) -> str:
    """A figure in a cell; blank stays blank."""
    return format_number(value)


def ratio_text(figure: Figure, said: Words) -> str:
    """The share as a percentage without the sign, for a column that carries it; "—" without a denominator."""
    if figure.ratio is None:
        return said.say("no_ratio")
    return format_number(figure.ratio * 100, 1)


def _note(figure: Figure, said: Words) -> str:
    if figure.denominator_name in ("", "quota") or not figure.denominator:
        return ""
    unit = said.get(f"bases.{figure.denominator_name}")
    return said.say("note_base", value=number_text(figure.denominator), unit=unit).strip()


def _columns(said: Words, name: str, *shapes: tuple[float, str]) -> tuple[Column, ...]:
    return tuple(
        Column(heading, width, _align(align))
        for heading, (width, align) in zip(said.list(f"headings.{name}"), shapes, strict=True)
    )


def _lines(catalogue: Catalogue, told: Mapping[str, Any], said: Words) -> list[Block]:
    total = told.get("total") or {}
    if not told.get("rows") and not total.get("occurrences"):
        return [Paragraph(said.say("no_lines"))]
    rows = [
        (str(n), _word(catalogue, "services", service), *(number_text(v) for v in counts))
        for n, (service, *counts) in enumerate(told["rows"], start=1)
    ]
    if total.get("unnamed"):
        rows.append(("", said.say("unnamed"), number_text(total["unnamed"]), "", "", ""))
    counts = (total.get(k) for k in ("occurrences", "done", "persons", "households"))
    rows.append(("", said.say("total"), *(number_text(c) for c in counts)))
    columns = _columns(
        said,
        "lines",
        (1.2, "center"),
        (8, "left"),
        (1.6, "right"),
        (2, "right"),
        (1.6, "right"),
        (1.6, "right"),
    )
    return [Table(columns, tuple(rows), strong=(len(rows) - 1,))]


def _statuses(catalogue: Catalogue, told: Mapping[str, Any], said: Words) -> list[Block]:
    if not told.get("rows"):
        return [Paragraph(said.say("no_cases"))]
    rows = tuple(
        (str(n), _word(catalogue, "vneid_statuses", status), number_text(count), number_text(fresh))
        for n, (status, count, fresh) in enumerate(told["rows"], start=1)
    )
    columns = _columns(said, "statuses", (1.2, "center"), (9, "left"), (2.5, "right"), (2.5, "right"))
    blocks: list[Block] = [Table(columns, rows)]
    text = [said.say("overdue", n=number_text(told.get("overdue") or 0))]
    if told.get("police"):
        text.append(said.say("police", n=number_text(told["police"])))
    return [*blocks, Paragraph(" ".join(text))]


def _sessions(catalogue: Catalogue, told: Mapping[str, Any], said: Words) -> list[Block]:
    if not told.get("rows"):
        return [Paragraph(said.say("no_sessions"))]
    rows = []
    for row in told["rows"]:
        topics = ", ".join(_word(catalogue, "topics", t) for t in row.get("topics") or ())
        title = str(row.get("title") or "")
        counts = (number_text(row.get(k)) for k in ("attended_n", "women_n", "elders_n"))
        what = f"{title}\n({topics})" if topics and topics.casefold() != title.casefold() else title
        rows.append((day_text(row.get("date")), what, str(row.get("place") or ""), *counts))
    columns = _columns(
        said,
        "sessions",
        (2.6, "center"),
        (6.5, "left"),
        (3, "left"),
        (1.5, "right"),
        (1.2, "right"),
        (1.5, "right"),
    )
    return [Table(columns, tuple(rows))]


def _counts(catalogue: Catalogue, told: Mapping[str, Any], said: Words) -> list[Block]:
    if not told.get("rows"):
        return [Paragraph(said.say("no_outreach"))]
    rows = tuple(
        (str(n), _word(catalogue, "outreach_types", type_), *(number_text(v) for v in counts))
        for n, (type_, *counts) in enumerate(told["rows"], start=1)
    )
    columns = _columns(
        said, "counts", (1.2, "center"), (7, "left"), (2.4, "right"), (2.4, "right"), (2.4, "right")
    )
    return [Table(columns, rows)]


def _indicators(view: LogView, codes: Sequence[str], said: Words) -> list[Block]:
    by_code = {f.code: f for f in view.figures}
    shown = [by_code[c] for c in codes if c in by_code]
    known = [f for f in shown if f.period is not None or f.cumulative is not None]
    if not known:
        return [Paragraph(said.say("nothing_counted"))]
    rows = tuple(
        (
            str(n),
            f.label[LANGUAGE],
            f.unit.get(LANGUAGE, ""),
            number_text(f.period),
            number_text(f.cumulative),
        )
        for n, f in enumerate(known, start=1)
    )
    columns = _columns(
        said, "indicators", (1.2, "center"), (8, "left"), (2.2, "center"), (2.2, "right"), (2.2, "right")
    )
    return [Table(columns, rows)]


def _difficulties(catalogue: Catalogue, view: LogView, said: Words) -> list[Block]:
    codes = view.narrative.get("difficulties") or ()
    blocks: list[Block] = [
        Paragraph(f"{_word(catalogue, 'difficulties', code)} ({code}).", bullet=True) for code in codes
    ]
    text = view.narrative.get("difficulties_text")
    if text or not blocks:
        blocks.append(_text(text, said, view.frozen))
    return blocks


def _rows(rows: Sequence[Mapping[str, Any]], said: Words, frozen: bool) -> list[Block]:
    if not rows:
        return [_text(None, said, frozen)]
    told = tuple(
        (day_text(r.get("date")), str(r.get("task") or ""), str(r.get("person") or "")) for r in rows
    )
    columns = _columns(said, "rows", (2.7, "center"), (9, "left"), (4, "left"))
    return [Table(columns, told)]


def day_text(value: object) -> str:
    """A stored day as ``05/02/2026``; what is no day stays as it is."""
    try:
        return format_date(date.fromisoformat(str(value))) if value else ""
    except ValueError:
        return str(value)


def _word(catalogue: Catalogue, name: str, code: object) -> str:
    return catalogue.choice_label(name, str(code), LANGUAGE)
