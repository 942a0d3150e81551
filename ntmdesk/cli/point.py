"""``point``: a collection point in the same room: open one, find them, meet one."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from ntmdesk.cli.answer import SAID, Answer, Table, print_answer
from ntmdesk.cli.desk import Desk, Words
from ntmdesk.cli.syncing import CONFIRM
from ntmdesk.messages import message

if TYPE_CHECKING:
    from ntmdesk.cli.verbs import Verbs
    from ntmdesk.services.collection_point import PointStatus

_OPEN: Words = (
    "{name} đang mở. Mã: {code}\nĐịa chỉ: {addresses}\nNhấn Ctrl+C để đóng; sau {minutes} phút không có ai "
    "gửi thì tự đóng.",
    "{name} is open. Code: {code}\nAddress: {addresses}\nPress Ctrl+C to close; it closes by itself after "
    "{minutes} minutes without a delivery.",
)
_NO_NETWORK: Words = ("(máy chưa nối mạng nào)", "(this laptop is in no network)")
_CLOSED: Words = ("Điểm thu đã đóng.", "The collection point is closed.")
_FAILED: Words = ("Điểm thu dừng vì lỗi.", "The collection point stopped by an error.")
_NONE: Words = (
    "Chưa thấy điểm thu nào. Có thể gõ địa chỉ ghi trên máy tổ trưởng.",
    "No collection point is seen. The address shown on the leader's laptop can be typed.",
)
_MET: Words = (
    "{point}: {sent} bản ghi gửi, {received} về máy này. Còn {pending} chờ máy chủ ghi nhận, "
    "{conflicts} mục trái nhau.",
    "{point}: {sent} records given in, {received} came. {pending} still wait for the server, "
    "{conflicts} conflicts.",
)
AUTO = "auto"


def register(verbs: Verbs) -> None:
    """Adds ``point`` and its second words."""
    parser = verbs.add("point", opened, help=("điểm thu trong cùng phòng", "a collection point in the room"))
    actions = verbs.actions(parser)
    opening = actions.add(
        "open", opened, help=("mở điểm thu trên máy này", "open a collection point on this laptop")
    )
    opening.add_argument("--port", type=_port, default=0, metavar="N")
    opening.add_argument("--minutes", type=_minutes, default=None, metavar="M")
    opening.add_argument("--host", metavar="ADDRESS")
    actions.add(
        "find", find, help=("tìm điểm thu trong mạng này", "look for points in this network"), needs="nothing"
    ).add_argument("--seconds", type=_minutes, default=None, metavar="S")
    meeting = actions.add("meet", meet, help=("gửi vào một điểm thu", "give in at a collection point"))
    meeting.add_argument("address", metavar="HOST:PORT|auto")
    meeting.add_argument("point_code", metavar="CODE")
    meeting.add_argument("--confirm", action="store_true", help=verbs.say(CONFIRM))


def _port(text: str) -> int:
    number = int(text)
    if not 0 <= number < 65536:
        raise ValueError(text)
    return number


def _minutes(text: str) -> float:
    number = float(text)
    if not 0 < number <= 24 * 60:
        raise ValueError(text)
    return number


def opened(desk: Desk, options: argparse.Namespace) -> Answer:
    """Opens a point and stays until it closes; tells code and address once it listens."""
    from ntmdesk.services import collection_point

    with desk.look() as uow:
        collection_point.check_team(uow)
    minutes = options.minutes or collection_point.IDLE_MINUTES
    point = collection_point.open_point(
        collection_point.again(desk.store), port=options.port, minutes=minutes, host=options.host
    )
    try:
        status = point.status()
        print_answer(Answer(_document(status), _words(desk, status, minutes)), sys.stdout, desk.json)
        sys.stdout.flush()
        while not point.wait(0.5):
            pass
    except KeyboardInterrupt:
        pass
    finally:
        point.close()
    failed = point.status().ended_by == "failed"
    return Answer(SAID, desk.say(_FAILED if failed else _CLOSED), 1 if failed else 0)


def _document(status: PointStatus) -> dict[str, object]:
    said = status.document()
    return {key: said[key] for key in ("url", "code", "fingerprint", "qr", "name", "addresses")}


def _words(desk: Desk, status: PointStatus, minutes: float) -> str:
    addresses = ", ".join(status.addresses) or desk.say(_NO_NETWORK)
    return desk.say(_OPEN, name=status.name, code=status.code, addresses=addresses, minutes=f"{minutes:g}")


def find(desk: Desk, options: argparse.Namespace) -> Answer:
    """Who has a point open in this network."""
    from ntmdesk.services import meeting

    found = meeting.find(options.seconds or meeting.FIND_SECONDS)
    rows = [point.document() for point in found]
    table = Table(("", ""), [(point.name, point.addresses) for point in found])
    return Answer({"rows": rows, "total": len(rows)}, table if rows else desk.say(_NONE))


def meet(desk: Desk, options: argparse.Namespace) -> Answer:
    """Gives what waits here in at a point and takes its answer home."""
    from ntmdesk.services import mass_change, meeting

    if options.confirm:
        mass_change.require_confirmed(desk.store, confirmed=True)
    address = "" if options.address == AUTO else options.address
    numbers = meeting.meet(desk.store, options.point_code, address, desk.step())
    text = [desk.say(_MET, **numbers.document())]
    if numbers.clone:
        text.append(message("clone", {}, desk.language))
    return Answer(numbers.document(), text)
