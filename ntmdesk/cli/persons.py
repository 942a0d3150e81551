"""``person add`` and ``person list``: several people on one laptop."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from ntmdesk.cli.answer import Answer, Table
from ntmdesk.cli.desk import Desk, Words

if TYPE_CHECKING:
    from ntmdesk.cli.verbs import Verbs

NEW_PASSPHRASE = "NTMDESK_NEW_PASSPHRASE"  # noqa: S105
_ASK: Words = ("Mật khẩu cho {name}: ", "Passphrase for {name}: ")
_ADDED: Words = ("Đã thêm {name}.", "{name} was added.")
_NAME: Words = ("Họ và tên", "Name")
_ID: Words = ("Mã", "Id")


def register(verbs: Verbs) -> None:
    """Adds ``person``."""
    parser = verbs.add(
        "person", show, needs="nothing", help=("người dùng trên máy này", "people of this laptop")
    )
    actions = verbs.actions(parser)
    adding = actions.add("add", add, needs="store", help=("thêm người", "add a person"))
    adding.add_argument("name", metavar="NAME")
    actions.add("list", show, help=("liệt kê", "list them"))


def add(desk: Desk, options: argparse.Namespace) -> Answer:
    """Adds a slot.  The new person's passphrase: NTMDESK_NEW_PASSPHRASE, else asked at the terminal, else the
    passphrase that opened the store, to be changed by the person."""
    import os
    import sys

    from ntmdesk.services import persons

    store = desk.store
    given = os.environ.get(NEW_PASSPHRASE)
    if given is None and sys.stdin.isatty():
        from getpass import getpass

        given = getpass(desk.say(_ASK, name=options.name), stream=sys.stderr)
    person = persons.add(store, desk.home, options.name, given if given is not None else desk.passphrase())
    return Answer({"id": person.id, "name": person.name}, desk.say(_ADDED, name=person.name))


def show(desk: Desk, options: argparse.Namespace) -> Answer:
    """Lists the slots; no passphrase is needed for that."""
    from ntmdesk.services import persons

    people = persons.people(desk.home)
    rows = [{"id": p.id, "name": p.name} for p in people]
    table = Table([desk.say(_NAME), desk.say(_ID)], [[p.name, p.id] for p in people])
    return Answer({"rows": rows, "total": len(rows)}, table)
