"""What happened with a household or a person, as items of a timeline."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from ntmdesk.domain.kinds import Catalogue
from ntmdesk.services.timeline import Moment
from ntmdesk.ui.translation import label, translate
from ntmdesk.ui.widgets.timeline import TimelineItem


def moment_items(
    moments: Iterable[Moment], catalogue: Catalogue, today: date, names: Mapping[str, str] | None = None
) -> list[TimelineItem]:
    """``names``: resident id to name, so that a line says whom it was for."""
    known = names or {}
    return [
        TimelineItem(
            short_when(moment.on, today),
            moment_words(moment, catalogue, known),
            tone="danger" if moment.what in ("deleted", "consent_withdrawn") else "plain",
            key=(moment.kind, moment.id),
            state=moment.state,
        )
        for moment in moments
    ]


def short_when(day: date | None, today: date) -> str:
    """``18/11``, or ``11/2025`` for another year; – where no day is known."""
    if day is None:
        return "–"
    return f"{day:%d/%m}" if day.year == today.year else f"{day:%m/%Y}"


def moment_words(moment: Moment, catalogue: Catalogue, names: Mapping[str, str]) -> str:
    """One moment in words."""
    data = moment.data
    who = names.get(str(data.get("resident", "")), "")
    if moment.what == "visit":
        outcomes = list(data.get("outcomes") or ())
        services = [
            _with_outcome(catalogue, str(code), str(outcomes[at]) if at < len(outcomes) else "")
            for at, code in enumerate(data.get("services") or ())
        ]
        people = ", ".join(names[p] for p in data.get("persons") or () if p in names)
        return _dotted(", ".join(services) or translate("Moments", "Visit"), people)
    if moment.what == "vneid":
        status = choice_words(catalogue, "vneid_statuses", str(data.get("status", "")), short=False)
        return _dotted(translate("Moments", "VNeID: {status}").format(status=status), who)
    if moment.what == "training":
        topics = ", ".join(choice_words(catalogue, "topics", str(t)) for t in data.get("topics") or ())
        title = str(data.get("title") or topics)
        people = translate("Moments", "{n} attended").format(n=data.get("persons_n", 0))
        return _dotted(translate("Moments", "Training: {title}").format(title=title), people)
    if moment.what in ("consent", "consent_withdrawn"):
        if moment.what == "consent":
            words = translate("Moments", "Consent given")
        else:
            words = translate("Moments", "Consent withdrawn")
        return _dotted(words, who)
    return _of_record(moment, catalogue)


def _of_record(moment: Moment, catalogue: Catalogue) -> str:
    kind = catalogue.kinds.get(moment.kind)
    what = label(kind.label) if kind else moment.kind
    if moment.what == "added":
        return translate("Moments", "Written down: {what}").format(what=what)
    if moment.what == "deleted":
        return translate("Moments", "Put in the trash: {what}").format(what=what)
    fields = []
    for name in moment.data.get("fields") or ():
        field = kind.field(str(name).split("/")[0]) if kind else None
        fields.append(label(field.label) if field else str(name))
    told = ", ".join(dict.fromkeys(fields))
    return translate("Moments", "Changed: {fields}").format(fields=told or what)


def choice_words(catalogue: Catalogue, name: str, code: str, short: bool = True) -> str:
    """A code of a choice list in words; the code itself when the list does not know it."""
    known = catalogue.lists.get(name)
    choice = known.get(code) if known else None
    if choice is None:
        return code
    return label(choice.short if short else choice.label)


def _with_outcome(catalogue: Catalogue, service: str, outcome: str) -> str:
    words = choice_words(catalogue, "services", service)
    if outcome in ("", "done"):
        return words
    return f"{words} ({choice_words(catalogue, 'outcomes', outcome).lower()})"


def _dotted(*parts: str) -> str:
    return " · ".join(part for part in parts if part)


def person_named(name: str, gone: bool) -> str:
    """Whom a follow-up is about, also where the person's record is in the trash or has not come yet."""
    if not name:
        return translate("Moments", "somebody whose record has not come yet")
    return translate("Moments", "{name} (in the trash)").format(name=name) if gone else name
