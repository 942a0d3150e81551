"""``merge`` and ``unmerge``: one household or person recorded twice."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from ntmdesk.cli.answer import Answer
from ntmdesk.cli.desk import Desk, Words

if TYPE_CHECKING:
    from ntmdesk.cli.verbs import Verbs

_JOINED: Words = ("{id} và {into} là một.", "{id} and {into} are one.")
_APART: Words = ("{id} và {into} là hai.", "{id} and {into} are two.")


def register(verbs: Verbs) -> None:
    """Adds both verbs."""
    parser = verbs.add("merge", merge, help=("hai bản ghi là một hộ, một người", "two records are one"))
    parser.add_argument("kind", metavar="KIND")
    parser.add_argument("id", metavar="ID")
    parser.add_argument("into", metavar="INTO")
    parser = verbs.add("unmerge", unmerge, help=("tách lại", "take that back"))
    parser.add_argument("kind", metavar="KIND")
    parser.add_argument("id", metavar="ID")


def merge(desk: Desk, options: argparse.Namespace) -> Answer:
    """Joins two records."""
    from ntmdesk.services import records

    with desk.begin() as uow:
        done = records.merge(uow, options.kind, options.id, options.into)
    return Answer({"id": done.id, "into": done.into}, desk.say(_JOINED, id=done.id, into=done.into))


def unmerge(desk: Desk, options: argparse.Namespace) -> Answer:
    """Separates them again."""
    from ntmdesk.services import records

    with desk.begin() as uow:
        done = records.unmerge(uow, options.kind, options.id)
    return Answer({"id": done.id, "into": done.into}, desk.say(_APART, id=done.id, into=done.into))
