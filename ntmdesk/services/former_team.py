"""A team that worked before there was a server: what was recorded by hand becomes the upper unit's.

The leader had to write down hamlet, team and members herself to hand in a log.  A server that knows them has
records of its own, so after joining each stood twice and the log lay with the wrong team (decision 0019).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

import msgspec

from ntmdesk.domain.hamlets import HamletName, matched
from ntmdesk.domain.text import canonical_name
from ntmdesk.services.moving import move
from ntmdesk.services.persons import Row, written_down_by
from ntmdesk.services.rewriting import is_named, rewrite
from ntmdesk.store.meta import keep_meta, read_meta
from ntmdesk.store.unit_of_work import UnitOfWork
from sync.protocol.rosters import LEADING

_KEY = "by_hand"
_OWN = {
    "hamlet": {"local_code", "name", "type", "commune", "code_list", "merged_into"},
    "team": {"code", "name", "hamlets", "commune", "status"},
    "member": {"full_name", "team", "role"},
}
"""Fields that stay as the upper unit wrote them; others are taken over where it left them blank."""


class Former(msgspec.Struct, frozen=True):
    """What this laptop knew before it joined.  ``team``: id of the team it worked as, "" for none;
    ``replaced``: kind to ids by hand to those of the upper unit."""

    team: str = ""
    replaced: dict[str, dict[str, str]] = {}


def remember(uow: UnitOfWork, team: Row | None) -> None:
    """Keeps the team this laptop worked as, before it joins; in the transaction that joins.

    Joining once more forgets nothing.
    """
    known = _read(uow)
    _keep(uow, Former(str(team["id"]) if team else known.team, known.replaced))


def bring_together(uow: UnitOfWork, team: Row, persons: Collection[str]) -> None:
    """Once, when the upper unit's records are here.  ``team``: the team joined; ``persons``: ids of those who
    work on this laptop.

    Hamlets of one name become one: references are rewritten, totals the upper unit left blank are kept, the
    one made by hand goes to the trash.  A leader's team likewise, with its quotas, given figures and logs,
    and what she wrote down about herself as a member; hamlets of hers that the upper unit does not know
    become the team's.  Whoever is no leader brings together only the hamlets written down on this laptop.
    """
    leads = uow.author.role in LEADING
    official = str(team["id"])
    former = _read(uow)
    before = former.team
    hamlets = _same_hamlets(uow, team)
    if not leads:
        hamlets = {made: one for made, one in hamlets.items() if written_down_by(uow, made) in persons}
    replaced = {"hamlet": hamlets}
    old = uow.records.peek("team", before) if leads and before != official else None
    if old is not None:
        replaced["team"] = {before: official}
        replaced["member"] = _same_members(uow, before, persons)
        _add_hamlets(uow, team, [hamlets.get(h, h) for h in old.get("hamlets") or ()])
    for kind, ids in replaced.items():
        for made, one in ids.items():
            _complete(uow, kind, made, one)
    every = {kind: {**former.replaced.get(kind, {}), **replaced.get(kind, {})} for kind in _OWN}
    _keep(uow, Former(before, every))
    follow(uow)


def follow(uow: UnitOfWork) -> None:
    """Also what came later from a laptop that had not heard of it yet, such as a colleague's stick."""
    replaced = _read(uow).replaced
    if not any(replaced.values()):
        return
    rewrite(uow, replaced)
    if uow.author.role in LEADING:
        move(uow, replaced)
    for kind in ("member", "team", "hamlet"):
        for made in replaced.get(kind, ()):
            if uow.records.peek(kind, made) and not is_named(uow, kind, made):
                uow.records.delete(kind, made)


def replaces(uow: UnitOfWork) -> bool:
    """Whether anything by hand was replaced, so that late comers have to be looked after."""
    return any(_read(uow).replaced.values())


def _read(uow: UnitOfWork) -> Former:
    kept = read_meta(uow.db, _KEY)
    return msgspec.json.decode(kept, type=Former) if kept else Former()


def _keep(uow: UnitOfWork, former: Former) -> None:
    keep_meta(uow.db, _KEY, msgspec.json.encode(former).decode())


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


def _same_members(uow: UnitOfWork, team: str, persons: Iterable[str]) -> dict[str, str]:
    """Members of the former team who bear the name of somebody at work here and for whom no laptop stands."""
    stood_for = {mate.member for mate in uow.mates.all()}
    rows = uow.records.list("member", where={"team": team}).rows
    found: dict[str, str] = {}
    for person in persons:
        me = uow.records.peek("member", uow.peers.member_of(person))
        name = canonical_name(str(me.get("full_name") or "")) if me else ""
        alike = [r for r in rows if canonical_name(str(r.get("full_name") or "")) == name]
        if me and len(alike) == 1 and alike[0]["id"] not in {me["id"], *stood_for}:
            found[str(alike[0]["id"])] = str(me["id"])
    return found


def _complete(uow: UnitOfWork, kind: str, made: str, official: str) -> None:
    """What was written down by hand and the upper unit left blank."""
    here, there = uow.records.peek(kind, made), uow.records.peek(kind, official)
    if here is None or there is None:
        return
    fields = [f for f in uow.catalogue.kind(kind).fields if f.name not in _OWN[kind] and f.writer != "server"]
    known = {f.name: here[f.name] for f in fields if here.get(f.name) not in (None, "", [])}
    blank = {name: value for name, value in known.items() if there.get(name) in (None, "", [])}
    if blank:
        uow.records.set(kind, official, blank)


def _add_hamlets(uow: UnitOfWork, team: Row, hamlets: Iterable[str]) -> None:
    known = list(team.get("hamlets") or ())
    more = [h for h in hamlets if h not in known and uow.records.peek("hamlet", h)]
    if more:
        uow.records.set("team", team["id"], {"hamlets": [*known, *dict.fromkeys(more)]})
