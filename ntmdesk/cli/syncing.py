"""``sync`` and ``status``."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from ntmdesk.cli.answer import Answer
from ntmdesk.cli.desk import Desk, Words
from ntmdesk.cli.records import day_text

if TYPE_CHECKING:
    from ntmdesk.cli.verbs import Verbs

_DONE: Words = (
    "{sent} gửi, {accepted} nhận, {refused} bị từ chối, {received} về máy này. "
    "Còn {pending} chờ gửi, {conflicts} mục trái nhau.",
    "{sent} sent, {accepted} accepted, {refused} refused, {received} came. "
    "{pending} still to be sent, {conflicts} conflicts.",
)
_STANDING: Words = (
    "{pending} bản ghi chờ gửi, {refused} bị từ chối, {conflicts} mục trái nhau.",
    "{pending} records to be sent, {refused} refused, {conflicts} conflicts.",
)
_ALONE: Words = ("Máy này chưa tham gia tổ nào.", "This laptop belongs to no team yet.")
_NEVER: Words = ("Chưa đồng bộ lần nào.", "Never synced.")
_LAST: Words = ("Lần nhận gần nhất: {at}.", "Last receipt: {at}.")


CONFIRM: Words = (
    "gửi cả khi xóa hoặc làm trống nhiều bản ghi",
    "send although many records are deleted or blanked",
)


def register(verbs: Verbs) -> None:
    """Adds both verbs."""
    parser = verbs.add("sync", sync, help=("đồng bộ với máy chủ cấp trên", "sync with the upper server"))
    parser.add_argument("--confirm", action="store_true", help=verbs.say(CONFIRM))
    verbs.add("status", status, help=("còn gì chờ gửi", "what still has to be sent"))


def sync(desk: Desk, options: argparse.Namespace) -> Answer:
    """One sync; refusals are numbers, not failures."""
    from ntmdesk.services import syncing

    numbers = syncing.sync(desk.store, step=desk.step(), confirmed=options.confirm, asked=True)
    return Answer(numbers.document(), desk.say(_DONE, **numbers.document()))


def status(desk: Desk, options: argparse.Namespace) -> Answer:
    """How the store stands to the upper server."""
    from ntmdesk.services import syncing

    with desk.look() as uow:
        found = syncing.status(uow)
    text = [desk.say(_STANDING, **found.document())]
    if not found.enrolled:
        text.append(desk.say(_ALONE))
    elif found.last_receipt:
        text.append(desk.say(_LAST, at=day_text(found.last_receipt)))
    else:
        text.append(desk.say(_NEVER))
    return Answer(found.document(), text)
