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
    "Gửi {sent}, máy chủ nhận {accepted}, từ chối {refused}; về máy này {received}. "
    "Còn {pending} chờ gửi, {conflicts} mục trái nhau.",
    "{sent} sent, {accepted} accepted, {refused} refused, {received} came. "
    "{pending} still to be sent, {conflicts} conflicts.",
)
_STANDING: Words = (
    "{pending} bản ghi chờ gửi, {refused} bị từ chối, {conflicts} mục trái nhau.",
    "{pending} records to be sent, {refused} refused, {conflicts} conflicts.",
)
_ALONE: Words = ("Máy này chưa tham gia tổ nào.", "This laptop belongs to no team yet.")
_NEVER: Words = (
    "Máy chủ chưa xác nhận bản ghi nào của máy này.",
    "The server has confirmed no record of this laptop yet.",
)
_LAST: Words = ("Lần nhận gần nhất: {at}.", "Last receipt: {at}.")
_DAYS: Words = ("ngày", "days")
_HOURS: Words = ("giờ", "hours")
_BEHIND: Words = (
    "Đồng hồ máy này chậm {much} so với máy chủ. Sửa ngày giờ của máy, rồi xem lại ngày của những bản ghi "
    "vừa ghi.",
    "The clock of this machine is {much} behind the server's. Set its date and time, then look again at the "
    "dates of what was recorded lately.",
)
_AHEAD: Words = (_BEHIND[0].replace("chậm", "nhanh"), _BEHIND[1].replace("behind", "ahead of"))


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
    from ntmdesk.services.clock import seconds_ahead

    numbers = syncing.sync(desk.store, step=desk.step(), confirmed=options.confirm, asked=True)
    text = [desk.say(_DONE, **numbers.document())]
    if not desk.json:
        with desk.look() as uow:
            text += _clock(desk, seconds_ahead(uow))
    return Answer(numbers.document(), text)


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
    return Answer(found.document(), text + _clock(desk, found.clock_off_s))


def _clock(desk: Desk, ahead: int) -> list[str]:
    """That this machine's clock is wrong, and what to do; nothing when it is not."""
    hours = abs(ahead) // 3_600
    if not hours:
        return []
    n, unit = (hours // 24, _DAYS) if hours >= 48 else (hours, _HOURS)
    return [desk.say(_AHEAD if ahead > 0 else _BEHIND, much=f"{n} {desk.say(unit)}")]
