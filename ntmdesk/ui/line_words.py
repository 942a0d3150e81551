"""What the rail says: where we are, who is at work, how the line to the upper server stands."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from ntmdesk.domain.dates import format_moment
from ntmdesk.services import persons
from ntmdesk.services.home import LineState
from ntmdesk.services.surroundings import shipped_units
from ntmdesk.store.unit_of_work import UnitOfWork
from ntmdesk.ui.translation import QT_TRANSLATE_NOOP, translate, translated

FRESH = timedelta(minutes=30)
"""The server answered less than this ago: the rail says that we are in touch."""
NOT_CALM = frozenset(
    {
        "confirm_needed",
        "revoked",
        "clone",
        "too_old",
        "too_new",
        "tls",
        "refused",
        "bad_message",
        "foreign_stream",
    }
)
"""What a background try must not be quiet about; everything else is just the line."""

_ROLES = {
    "leader": QT_TRANSLATE_NOOP("Roles", "team leader"),
    "deputy": QT_TRANSLATE_NOOP("Roles", "deputy leader"),
    "member": QT_TRANSLATE_NOOP("Roles", "member"),
}


def role_words(role: str) -> str:
    """``tổ trưởng``; empty for somebody who has joined no team."""
    return translated("Roles", _ROLES[role]) if role in _ROLES else ""


def age_words(seconds: int) -> str:
    """``3 ngày``, ``5 giờ``, ``12 phút``."""
    if seconds >= 86_400:
        return translate("Line", "%n day(s)", "", seconds // 86_400)
    if seconds >= 3_600:
        return translate("Line", "%n hour(s)", "", seconds // 3_600)
    return translate("Line", "%n minute(s)", "", max(1, seconds // 60))


_KNOWN = {
    "no_network": QT_TRANSLATE_NOOP("Line", "No network"),
    "metered": QT_TRANSLATE_NOOP("Line", "Waiting for an unmetered network"),
}
_BESIDE = {
    "no_network": QT_TRANSLATE_NOOP("Line", "no network"),
    "metered": QT_TRANSLATE_NOOP("Line", "waiting for an unmetered network"),
}
"""The same where something else comes first."""
_ENDED = {
    "bad_reply": QT_TRANSLATE_NOOP("Line", "The network asks for a login"),
    "server_down": QT_TRANSLATE_NOOP("Line", "The server does not answer"),
    "busy": QT_TRANSLATE_NOOP("Line", "The server is busy"),
}
"""What more than "offline" a failed try says; it is tried again by itself."""


def syncing_words(before: tuple[str, str, str]) -> tuple[str, str, str]:
    """While a sync is under way; the small line stays as it was."""
    return "syncing", translate("Line", "Syncing…"), before[2]


def line_words(state: LineState, now: datetime, problem: str = "", known: str = "") -> tuple[str, str, str]:
    """State for the rail's icon, its words and the small line under them.

    ``problem``: code of the last try, "" when it went through; ``known``: ``no_network``, ``metered`` or "".
    """
    waiting = translate("Line", "%n record(s) wait", "", state.pending) if state.pending else ""
    if not state.enrolled:
        if state.without_server:
            return (
                "offline",
                translate("Line", "On this laptop"),
                translate("Line", "the team has no server yet"),
            )
        return "offline", translate("Line", "On this laptop"), translate("Line", "no team joined yet")
    trouble = []
    if state.refused:
        trouble.append(translate("Line", "%n refused", "", state.refused))
    if state.conflicts:
        trouble.append(translate("Line", "%n to settle", "", state.conflicts))
    if trouble or problem in NOT_CALM:
        if known in _BESIDE:
            trouble.append(translated("Line", _BESIDE[known]))
        return "problem", translate("Line", "Something to look at"), " · ".join(trouble)
    receipt = datetime.fromisoformat(state.last_receipt) if state.last_receipt else None
    heard = [receipt] if receipt is not None else []
    if state.last_contact:
        heard.append(datetime.fromisoformat(state.last_contact))
    fresh = any(abs(now - one) <= FRESH for one in heard)  # a moment to come is of a clock that was wrong
    if fresh and not problem and known != "no_network":
        received = translate("Line", "received {when}").format(when=format_moment(receipt)) if receipt else ""
        detail = waiting or received or translate("Line", "everything is sent")
        return "online", translate("Line", "In touch"), detail
    age = age_words(state.data_age_s) if state.pending and state.data_age_s else ""
    detail = " · ".join(part for part in (waiting, age) if part)
    if known in _KNOWN:
        words = translated("Line", _KNOWN[known])
    else:
        words = translated("Line", _ENDED[problem]) if problem in _ENDED else translate("Line", "Offline")
    return "offline", words, detail or translate("Line", "everything is sent")


def where_words(uow: UnitOfWork) -> tuple[str, str]:
    """Hamlet, and commune with team under it; empty where nothing is recorded yet."""
    hamlets = persons.hamlets_of(uow)
    team: dict[str, Any] = persons.team_of(uow) or {}
    where = ", ".join(str(h.get("name", "")) for h in hamlets[:2]) or str(team.get("name", ""))
    home: dict[str, Any] = hamlets[0] if hamlets else team
    code = home.get("commune")
    parts = [_commune(uow, str(code)) if code else "", translate("Line", "digital team")]
    return where, " · ".join(part for part in parts if part) if where else ""


def _commune(uow: UnitOfWork, code: str) -> str:
    found = uow.records.find("unit", code)
    if found:
        return str(uow.records.get("unit", found).get("name", ""))
    unit = shipped_units().get(code)
    return unit.name if unit is not None else ""
