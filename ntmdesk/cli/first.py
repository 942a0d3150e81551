"""``init`` and ``enrol``: a new store, and joining a team."""

from __future__ import annotations

import argparse
import getpass
from typing import TYPE_CHECKING

from ntmdesk.cli.answer import Answer
from ntmdesk.cli.desk import Desk, Words

if TYPE_CHECKING:
    from ntmdesk.cli.verbs import Verbs

_NEW_PASSPHRASE: Words = (
    "Mật khẩu mới (ít nhất 12 ký tự, một câu dễ nhớ là tốt nhất): ",
    "New passphrase (at least 12 characters, a sentence you remember is best): ",
)
_MADE: Words = ("Đã tạo sổ ở {home} cho {name}.", "A store for {name} was made in {home}.")
_CODE: Words = (
    "Mã khôi phục, chỉ hiện một lần, chép ra giấy và cất nơi an toàn:\n\n    {code}\n",
    "Recovery code, shown only once; write it on paper and keep it safe:\n\n    {code}\n",
)
_JOINED: Words = (
    "Đã tham gia tổ. Vai trò: {role}. Đã nhận {pulled} bản ghi.",
    "Joined the team. Role: {role}. {pulled} records came.",
)
_UNSYNCED: Words = (
    "Lần đồng bộ đầu chưa xong: {why} Đã vào tổ rồi, không gõ mã lại; lần đồng bộ tới (lệnh sync) làm nốt.",
    "The first sync did not go through: {why} Joining is done, without the code again the next sync does the "
    "rest.",
)


def register(verbs: Verbs) -> None:
    """Adds ``init`` and ``enrol``."""
    parser = verbs.add("init", init, needs="nothing", help=("tạo sổ mới trên máy này", "make a new store"))
    parser.add_argument(
        "--name", metavar="PERSON", help=verbs.say(("họ tên người dùng", "the person's name"))
    )
    parser = verbs.add("enrol", enrol, help=("tham gia tổ bằng mã mời", "join a team by invitation"))
    parser.add_argument("url", metavar="URL")
    parser.add_argument("code", metavar="CODE")
    parser.add_argument("--name", metavar="PERSON")


def init(desk: Desk, options: argparse.Namespace) -> Answer:
    """Makes a store."""
    from ntmdesk.errors import UserError
    from ntmdesk.services import unlocking

    if unlocking.store_there(desk.home):
        raise UserError("store_exists", home=str(desk.home))
    name = options.name or desk.person or getpass.getuser()
    passphrase = desk.passphrase(_NEW_PASSPHRASE, confirm=True)
    created = unlocking.create(desk.home, passphrase, name, desk.surroundings)
    created.store.close()
    document = {
        "replica": created.replica,
        "home": str(created.home),
        "recovery_code": created.recovery_code,
    }
    made = desk.say(_MADE, home=created.home, name=name)
    return Answer(document, [made, desk.say(_CODE, code=created.recovery_code)])


def enrol(desk: Desk, options: argparse.Namespace) -> Answer:
    """Joins a team; ends with the first pull.  Where only that breaks, joining is done and said to be."""
    from ntmdesk.messages import message_of
    from ntmdesk.services import enrolling

    done = enrolling.enrol(
        desk.store, desk.author, options.url, options.code, step=desk.step(), name=options.name
    )
    role = desk.catalogue.choice_label("roles", done.role, desk.language)
    document, text = done.document(), [desk.say(_JOINED, role=role, pulled=done.pulled)]
    if done.unsynced is not None:
        why = message_of(done.unsynced, desk.language)
        document["sync"]["message"] = why
        text.append(desk.say(_UNSYNCED, why=why))
    return Answer(document, text)
