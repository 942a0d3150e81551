"""``bundle``: files carried by hand.  Not in this version; the verb answers so and is not listed."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, NoReturn

from ntmdesk.cli.desk import Desk

if TYPE_CHECKING:
    from ntmdesk.cli.verbs import Verbs


def register(verbs: Verbs) -> None:
    """Adds ``bundle``, hidden."""
    parser = verbs.add("bundle", later, needs="nothing", hidden=True)
    parser.add_argument("words", nargs="*")
    parser.add_argument("--to", choices=("server", "team"))


def later(desk: Desk, options: argparse.Namespace) -> NoReturn:
    """Answers ``not_yet``."""
    from ntmdesk.errors import UserError

    raise UserError("not_yet", verb="bundle")
