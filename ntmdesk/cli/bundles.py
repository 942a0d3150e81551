"""``bundle``: files carried by hand, and getting to know the laptops of a team without a server."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from ntmdesk.cli.answer import Answer, Table
from ntmdesk.cli.desk import Desk, Words
from ntmdesk.cli.syncing import CONFIRM

if TYPE_CHECKING:
    from ntmdesk.cli.verbs import Verbs
    from ntmdesk.services.bundles import Imported
    from ntmdesk.services.greetings import Met

_EXPORTED: Words = (
    "Đã chép {records} bản ghi ({bytes} byte) vào {file}.",
    "{records} records ({bytes} bytes) are in {file}.",
)
_REPLACE: Words = ("ghi đè tệp đã có", "replace a file of that name")
_IMPORTED: Words = (
    "Tệp của {maker}: {records} bản ghi, {new} mới với máy này, {receipts} biên nhận.",
    "From {maker}: {records} records, {new} new here, {receipts} receipts.",
)
_SERVER: Words = ("máy chủ cấp trên", "the upper server")
_SOMEBODY: Words = ("một máy trong tổ", "a laptop of the team")
_SEALED: Words = (
    "Tệp niêm phong cho người khác; máy này mang hộ {records} bản ghi và sẽ chuyển tiếp.",
    "The file is sealed to others; this laptop carries its {records} records on.",
)
_CARRIED: Words = (
    "Tổ trưởng đang giữ {carried} gói của máy này.",
    "{carried} packets of this laptop are held.",
)
_REFUSED: Words = ("{refused} gói không nhận được.", "{refused} packets could not be taken.")
_CLONE: Words = (
    "Có máy khác đang dùng bản sao của sổ này. Máy này đã lấy số hiệu mới; không mất gì.",
    "Another laptop works on a copy of this store. This one took a new id; nothing is lost.",
)
_GREETED: Words = (
    "Đã ghi lời chào vào {file}. Đọc mã này cho đồng nghiệp: {code}",
    "The greeting is in {file}. Read this code aloud: {code}",
)
_MET: Words = (
    "Máy của {name}. Hỏi mã trên màn hình của họ rồi gõ: ntmdesk bundle confirm MÃ",
    "The laptop of {name}. Ask for the code on their screen, then: ntmdesk bundle confirm CODE",
)
_CONFIRMED: Words = ("Đã quen máy của {name}.", "The laptop of {name} is known now.")
_HEADINGS: Words = ("tên|đã đối chiếu|tổ trưởng", "name|compared|leader")
_NOBODY: Words = ("Chưa quen máy nào.", "No laptop is known yet.")


def register(verbs: Verbs) -> None:
    """Adds ``bundle`` and its actions."""
    parser = verbs.add("bundle", met, help=("tệp mang tay qua USB", "files carried by hand"))
    actions = verbs.actions(parser)
    out = actions.add("export", export, help=("chép ra tệp", "write what waits into a file"))
    out.add_argument("file", metavar="FILE", type=Path)
    out.add_argument("--to", choices=("server", "team"), default="server")
    out.add_argument("--confirm", action="store_true", help=verbs.say(CONFIRM))
    out.add_argument("--replace", action="store_true", help=verbs.say(_REPLACE))
    came = actions.add("import", take, help=("nhận từ tệp", "take a file in"))
    came.add_argument("file", metavar="FILE", type=Path)
    hello = actions.add("hello", greet, help=("lời chào của máy này", "the greeting of this laptop"))
    hello.add_argument("file", metavar="FILE", type=Path)
    hello.add_argument("--lead", action="store_true")
    code = actions.add("confirm", confirm, help=("gõ mã đồng nghiệp đọc", "type the code a colleague read"))
    code.add_argument("code", metavar="CODE")
    actions.add("met", met, help=("các máy đã gặp", "laptops that were met"))


def export(desk: Desk, options: argparse.Namespace) -> Answer:
    """Writes a bundle."""
    from ntmdesk.services import bundles

    done = bundles.export_bundle(
        desk.store, options.file, options.to, confirmed=options.confirm, replace=options.replace
    )
    return Answer(done.document(), desk.say(_EXPORTED, **done.document()))


def take(desk: Desk, options: argparse.Namespace) -> Answer:
    """Takes a bundle or a greeting in."""
    from ntmdesk.services import bundles

    came = bundles.import_bundle(desk.store, options.file)
    return Answer(came.document(), _words(desk, came))


def _words(desk: Desk, came: Imported) -> list[str]:
    if came.met is not None:
        return [desk.say(_MET, name=came.met.name)]
    numbers = {**came.document(), "maker": came.maker or desk.say(_SERVER if came.by_server else _SOMEBODY)}
    text = [desk.say(_SEALED if came.sealed else _IMPORTED, **numbers)]
    if came.carried:
        text.append(desk.say(_CARRIED, **numbers))
    if came.refused:
        text.append(desk.say(_REFUSED, **numbers))
    if came.clone:
        text.append(desk.say(_CLONE))
    return text


def greet(desk: Desk, options: argparse.Namespace) -> Answer:
    """Writes this laptop's greeting."""
    from ntmdesk.services import greetings

    done = greetings.greet(desk.store, desk.author, options.file, lead=options.lead)
    document = {"file": done.file, "name": done.name, "code": done.code}
    return Answer(document, desk.say(_GREETED, **document))


def confirm(desk: Desk, options: argparse.Namespace) -> Answer:
    """The code a colleague read aloud."""
    from ntmdesk.services import greetings

    with desk.begin() as uow:
        found = greetings.confirm(uow, options.code)
    return Answer(found.document(), desk.say(_CONFIRMED, name=found.name))


def met(desk: Desk, options: argparse.Namespace) -> Answer:
    """Laptops met by hand."""
    from ntmdesk.services import greetings

    with desk.look() as uow:
        found = greetings.met(uow)
    document = {"rows": [one.document() for one in found], "total": len(found)}
    table = Table(desk.say(_HEADINGS).split("|"), [_line(one) for one in found])
    return Answer(document, table if found else desk.say(_NOBODY))


def _line(one: Met) -> list[object]:
    return [one.name, "•" if one.confirmed else "", "•" if one.leads else ""]
