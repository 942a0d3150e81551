"""The lives of this server as its keeper sees them, and the choice between two (rule 23)."""

from __future__ import annotations

import secrets
from typing import Any

from sync.hub.restoring import choose as choose_life
from sync.hub.restoring import ended_by
from sync.protocol.errors import WireError
from sync.server.installation import Installation
from sync.server.store import audit


def rows(server: Installation) -> list[dict[str, Any]]:
    """All lives led here, oldest first, then those only laptops know of.

    ``state``: ``present``, ``past``, ``ended`` (laptops that knew it may follow) or ``elsewhere`` (they do
    not sync until a keeper chooses).  ``laptops``: how many told of it.
    """
    with server.archive.look() as seen:
        line = seen.epochs_since("")
        heard = audit.lives_heard(seen.connection)
    ended = ended_by(line)
    own = [
        {
            "life": epoch.random,
            "number": epoch.number,
            "parent": epoch.parent,
            "state": "present" if epoch is line[-1] else "past",
            "laptops": 0,
        }
        for epoch in line
    ]
    led = {epoch.random for epoch in line}
    return own + [
        {
            "life": life,
            "number": None,
            "parent": "",
            "state": "ended" if life in ended else "elsewhere",
            "laptops": laptops,
        }
        for life, laptops in sorted(heard.items())
        if life not in led
    ]


def choose(server: Installation, life: str) -> dict[str, Any]:
    """Goes on with the present life and ends the others heard of; the new life follows all of them.

    WireError ``epoch_not_here`` when ``life`` is not the present one.
    """
    with server.archive.begin([]) as transaction:
        if life != transaction.epoch().random:
            raise WireError("epoch_not_here", epoch=life)
        heard = audit.lives_heard(transaction.connection)
        epoch = choose_life(transaction, heard, secrets.token_hex(16))
        others = list(epoch.others or ())
        audit.note(
            transaction.connection,
            "choose_life",
            server.now(),
            actor=server.administrator,
            subject=epoch.random,
            epoch=epoch.number,
            ended=others,
        )
    return {"life": epoch.random, "number": epoch.number, "parent": epoch.parent, "ended": others}
