"""What the inbox of the sync page shows, read in the worker and put in words."""

from __future__ import annotations

from dataclasses import dataclass

from ntmdesk.services import inbox, syncing
from ntmdesk.services.inbox import Back, Edit, Merged, Settled
from ntmdesk.services.search import title_of
from ntmdesk.store.unit_of_work import UnitOfWork
from ntmdesk.ui.models.flags import rule_words
from ntmdesk.ui.pages.conflict_reading import Open, read_conflicts
from ntmdesk.ui.pages.refused import RefusedValue, read_refused
from ntmdesk.ui.pages.told_list import Told
from ntmdesk.ui.pages.values import field_words, moment_words, person_words, value_words
from ntmdesk.ui.translation import label, language, translate


@dataclass(frozen=True, slots=True)
class Read:
    """One reading of everything in the inbox."""

    open: list[Open]
    refused: list[RefusedValue]
    back: list[Told]
    review: list[Told]
    settled: list[Told]
    merged: list[Told]


def read_inbox(uow: UnitOfWork) -> Read:
    """Read it all."""
    return Read(
        read_conflicts(uow),
        read_refused(uow),
        [_back(uow, one) for one in inbox.brought_back(uow)],
        _review(uow),
        [_settled(uow, one) for one in inbox.settled(uow)],
        [_merged(uow, at, one) for at, one in enumerate(inbox.merged(uow))],
    )


def _back(uow: UnitOfWork, one: Back) -> Told:
    deleted = translate("Inbox", "{who} deleted it{when}.").format(
        who=_person(uow, one.deleted_by), when=_when(one.deleted_at)
    )
    after = translate("Inbox", "Edited without having seen that: {edits}.").format(
        edits=_edits(uow, one.kind, one.edits)
    )
    words = " ".join([deleted, after, translate("Inbox", "It stays until you choose.")])
    detail = " · ".join([_kind(uow, one.kind), translate("Inbox", "deleted, then edited")])
    offered = frozenset({"keep", "delete"})
    title = _title(uow, one.kind, one.id)
    return Told((one.kind, one.id), one.kind, one.id, title, detail, words, offered=offered)


def _review(uow: UnitOfWork) -> list[Told]:
    reasons: dict[tuple[str, str], list[str]] = {}
    for kind, id, code in syncing.to_review(uow):
        words = rule_words(uow.catalogue.kinds.get(kind), code)
        reasons.setdefault((kind, id), []).append(words)
    return [
        Told((kind, id), kind, id, _title(uow, kind, id), _kind(uow, kind), " ".join(dict.fromkeys(words)))
        for (kind, id), words in reasons.items()
    ]


def _settled(uow: UnitOfWork, one: Settled) -> Told:
    field = field_words(uow.catalogue, one.kind, one.field)
    chosen = value_words(uow, one.kind, one.field, one.chosen)
    others = [
        translate("Inbox", "{value} ({who}{when})").format(
            value=_one_line(value_words(uow, one.kind, one.field, value)),
            who=_person(uow, by),
            when=_when(at),
        )
        for value, by, at in one.others
    ]
    words = translate("Inbox", "{who} chose “{value}”{when}, out of: {others}.").format(
        who=_person(uow, one.by), value=_one_line(chosen), when=_when(one.at), others="; ".join(others)
    )
    if not one.open:
        words += " " + translate("Inbox", "The field was changed since.")
    detail = f"{_kind(uow, one.kind)} · {field}: {_one_line(chosen)}"
    title, offered = _title(uow, one.kind, one.id), frozenset({"reopen"} if one.open else ())
    return Told(one.dot, one.kind, one.id, title, detail, words, offered=offered)


def _merged(uow: UnitOfWork, at: int, one: Merged) -> Told:
    words = translate("Inbox", "Changed here: {ours}. Changed elsewhere: {theirs}. Both were kept.").format(
        ours=_edits(uow, one.kind, one.ours), theirs=_edits(uow, one.kind, one.theirs)
    )
    detail = " · ".join(part for part in (_kind(uow, one.kind), moment_words(one.at)) if part)
    return Told((at, one.id), one.kind, one.id, _title(uow, one.kind, one.id), detail, words)


def _edits(uow: UnitOfWork, kind: str, edits: tuple[Edit, ...]) -> str:
    said = []
    for edit in edits:
        said.append(
            translate("Inbox", "{field} {before} → {after} ({who}{when})").format(
                field=field_words(uow.catalogue, kind, edit.field),
                before=_one_line(value_words(uow, kind, edit.field, edit.before)),
                after=_one_line(value_words(uow, kind, edit.field, edit.after)),
                who=_person(uow, edit.by),
                when=_when(edit.at),
            )
        )
    return "; ".join(said)


def _person(uow: UnitOfWork, id: str) -> str:
    return person_words(uow, id)


def _when(seconds: int) -> str:
    said = moment_words(seconds)
    return translate("Inbox", ", {moment}").format(moment=said) if said else ""


def _title(uow: UnitOfWork, kind: str, id: str) -> str:
    return title_of(uow, uow.records.get(kind, id, deleted=True), language())


def _kind(uow: UnitOfWork, name: str) -> str:
    known = uow.catalogue.kinds.get(name)
    return label(known.label) if known else name


def _one_line(words: str) -> str:
    return ", ".join(words.splitlines())
