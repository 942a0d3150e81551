"""A team that worked before there was a server: what was recorded by hand becomes the upper unit's.

The leader had to write down hamlet and team herself to hand in a log.  A server that knows both has records
of its own for them, so after joining each stood twice and the log lay with the wrong team (decision 0019).
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from contextlib import suppress

import msgspec

from ntmdesk.domain.hamlets import HamletName, matched
from ntmdesk.domain.weekly_log import NARRATIVE, is_frozen
from ntmdesk.errors import UserError
from ntmdesk.services.persons import Row, written_down_by
from ntmdesk.store.meta import keep_meta, read_meta
from ntmdesk.store.unit_of_work import UnitOfWork
from sync.protocol.kinds_cells import natural_id
from sync.protocol.rosters import LEADING

_KEY = "by_hand"
SUBMISSION = ("status", "snapshot", "submitted_at", "submitted_by", "revision_of")
"""Fields of a log that was handed in."""
_OWN = {
    "hamlet": {"local_code", "name", "type", "commune", "code_list", "merged_into"},
    "team": {"code", "name", "hamlets", "commune", "status"},
}
"""Fields that stay as the upper unit wrote them; others are taken over where it left them blank."""


class Former(msgspec.Struct, frozen=True):
    """What this laptop knew before it joined.  ``team``: id of the team it worked as, "" for none;
    ``replaced``: by-hand ids, of hamlets and of that team, to those of the upper unit."""

    team: str = ""
    replaced: dict[str, str] = {}


def remember(uow: UnitOfWork, team: Row | None) -> None:
    """Keeps the team this laptop worked as, before it joins; in the transaction that joins."""
    keep_meta(uow.db, _KEY, msgspec.json.encode(Former(str(team["id"]) if team else "")).decode())


def bring_together(uow: UnitOfWork, team: Row, persons: Container[str]) -> None:
    """Once, when the upper unit's records are here.  ``team``: the team joined; ``persons``: ids of those who
    work on this laptop.

    Hamlets of one name become one: references are rewritten, totals the upper unit left blank are kept, the
    one made by hand goes to the trash.  A leader's team likewise, with its members, quotas, given figures and
    logs; hamlets of hers that the upper unit does not know become the team's.  Whoever is no leader brings
    together only the hamlets that were written down on this laptop.
    """
    former = _read(uow)
    leads = uow.author.role in LEADING
    replaced = dict(former.replaced)
    for made, official in _same_hamlets(uow, team).items():
        if leads or written_down_by(uow, made) in persons:
            replaced[made] = official
            _complete(uow, "hamlet", made, official)
    old = _living(uow, "team", former.team) if leads and former.team != team["id"] else None
    if old is not None:
        replaced[former.team] = str(team["id"])
        _complete(uow, "team", former.team, str(team["id"]))
        _add_hamlets(uow, team, [replaced.get(h, h) for h in old.get("hamlets") or ()])
    _follow(uow, replaced)
    keep_meta(uow.db, _KEY, msgspec.json.encode(Former(former.team, replaced)).decode())


def follow(uow: UnitOfWork) -> None:
    """What came later from a laptop that had not heard of it yet, such as a colleague's stick."""
    former = _read(uow)
    if former.replaced:
        _follow(uow, former.replaced)


def replaces(uow: UnitOfWork) -> bool:
    """Whether anything by hand was replaced, so that late comers have to be looked after."""
    return bool(_read(uow).replaced)


def _read(uow: UnitOfWork) -> Former:
    kept = read_meta(uow.db, _KEY)
    return msgspec.json.decode(kept, type=Former) if kept else Former()


def _same_hamlets(uow: UnitOfWork, team: Row) -> dict[str, str]:
    theirs = set(team.get("hamlets") or ())
    rows = uow.records.list("hamlet").rows
    types = [str(c.label.get("vi", "")) for c in uow.catalogue.choices("hamlet_types").offered]
    return matched(
        [_name(row) for row in rows if row["id"] not in theirs],
        [_name(row) for row in rows if row["id"] in theirs],
        types,
    )


def _name(row: Row) -> HamletName:
    return HamletName(*(str(row.get(field) or "") for field in ("id", "commune", "local_code", "name")))


def _living(uow: UnitOfWork, kind: str, id: str) -> Row | None:
    try:
        return uow.records.get(kind, id) if id else None
    except UserError:
        return None


def _complete(uow: UnitOfWork, kind: str, made: str, official: str) -> None:
    """What was written down by hand and the upper unit left blank."""
    here, there = _living(uow, kind, made), _living(uow, kind, official)
    if here is None or there is None:
        return
    fields = [f for f in uow.catalogue.kind(kind).fields if f.name not in _OWN[kind] and f.writer != "server"]
    known = {f.name: here[f.name] for f in fields if here.get(f.name) not in (None, "", [])}
    blank = {name: value for name, value in known.items() if there.get(name) in (None, "", [])}
    if blank:
        uow.records.set(kind, official, blank)


def _add_hamlets(uow: UnitOfWork, team: Row, hamlets: Iterable[str]) -> None:
    known = list(team.get("hamlets") or ())
    more = [h for h in hamlets if h not in known and _living(uow, "hamlet", h)]
    if more:
        uow.records.set("team", team["id"], {"hamlets": [*known, *dict.fromkeys(more)]})


def _follow(uow: UnitOfWork, replaced: Mapping[str, str]) -> None:
    _rewrite(uow, replaced)
    if uow.author.role in LEADING:
        moved = {**replaced, **_codes(uow, replaced)}
        for kind, field in (("weekly_log", "team"), ("target", "scope"), ("indicator_value", "scope")):
            _move(uow, kind, field, moved)
    for kind in ("team", "hamlet"):
        for made in replaced:
            if _living(uow, kind, made) and not _named(uow, kind, made):
                uow.records.delete(kind, made)


def _rewrite(uow: UnitOfWork, replaced: Mapping[str, str]) -> None:
    """References to what is replaced; those that are part of a record's id are moved instead (``_move``)."""
    for kind, field in _references(uow):
        for made, official in replaced.items():
            for row in uow.records.list(kind, where={field: made}).rows:
                held = row[field]
                now = [official if v == made else v for v in held] if isinstance(held, list) else official
                with suppress(UserError):  # what its own rules forbid stays, and what it names stays too
                    uow.records.set(kind, row["id"], {field: now})


def _references(uow: UnitOfWork, to: Container[str] = ("hamlet", "team")) -> list[tuple[str, str]]:
    """(kind, field) of all that may name a hamlet or a team and that the person may write."""
    return [
        (kind.name, field.name)
        for kind in uow.catalogue.kinds.values()
        for field in kind.fields
        if field.refers in to
        and field.type in ("reference", "references")
        and field.name not in kind.natural_key
        and (kind.writer != "leader" or uow.author.role in LEADING)
    ]


def _named(uow: UnitOfWork, kind: str, id: str) -> bool:
    """Whether a living record still speaks of it: then it stays."""
    fields = [*_references(uow, {kind}), *([("weekly_log", "team")] if kind == "team" else [])]
    return any(uow.records.list(k, where={field: id}, limit=1).total for k, field in fields)


def _codes(uow: UnitOfWork, replaced: Mapping[str, str]) -> dict[str, str]:
    """Codes of what is replaced that nothing else goes by: quotas and given figures may name them."""
    found = {}
    for kind, field in (("hamlet", "local_code"), ("team", "code")):
        for made, official in replaced.items():
            with suppress(UserError):
                code = uow.records.get(kind, made, deleted=True).get(field)
                if code and not set(_ids(uow, kind, field, code)) - {made}:
                    found[str(code)] = official
    return found


def _ids(uow: UnitOfWork, kind: str, field: str, code: str) -> list[str]:
    return [str(row["id"]) for row in uow.records.list(kind, where={field: code}).rows]


def _move(uow: UnitOfWork, kind: str, field: str, moved: Mapping[str, str]) -> None:
    """Records whose id is made of what is replaced: written anew with all they hold, the old to the trash.

    Where there is one already, a log is joined with it; anything else stays beside it.
    """
    known = uow.catalogue.kind(kind)
    own = [f.name for f in known.fields if f.writer != "server"]
    for made, official in moved.items():
        for row in uow.records.list(kind, where={field: made}).rows:
            values = {**{name: row[name] for name in own if name in row}, field: official}
            there = _living(uow, kind, str(natural_id(known, values)))
            with suppress(UserError):
                if there is None:
                    uow.records.add(kind, values)
                elif kind != "weekly_log" or not _join_logs(uow, row, there):
                    continue
                uow.records.delete(kind, row["id"])


def _join_logs(uow: UnitOfWork, here: Row, there: Row) -> bool:
    """Brings the log of the former team into the one that is there; False where both say something: then
    both stay."""
    frozen = is_frozen(str(here.get("status") or "draft"))
    if is_frozen(str(there.get("status") or "draft")):
        return False
    both = [n for n in NARRATIVE if here.get(n) and there.get(n) and here[n] != there[n]]
    if both and not frozen:
        return False
    names = (*NARRATIVE, "number", *(SUBMISSION if frozen else ()))
    uow.records.set(
        "weekly_log",
        there["id"],
        {n: here[n] for n in names if here.get(n) and (not there.get(n) or n in SUBMISSION)},
    )
    return True
