"""``backup``, ``restore-backup`` and ``check``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from ntmdesk.cli.answer import Answer, Table
from ntmdesk.cli.desk import Desk, Words

if TYPE_CHECKING:
    from ntmdesk.cli.verbs import Verbs

_SAVED: Words = (
    "Đã sao lưu và kiểm tra {records} bản ghi: {file}",
    "{records} records saved and verified: {file}",
)
_BACK: Words = (
    "Đã khôi phục {records} bản ghi từ {file}.",
    "{records} records restored from {file}.",
)
_CHECKS: Words = ("kiểm tra|kết quả|nên làm", "check|result|what to do")
_ADVICE: dict[str, Words] = {
    "restore_backup": (
        "Chép giữ thư mục này, rồi khôi phục bản sao lưu gần nhất.",
        "Copy this folder aside, then restore the newest backup.",
    ),
    "reopen": (
        "Mở lại chương trình; phần này được tính lại. Nếu vẫn lỗi, khôi phục bản sao lưu.",
        "Open the program again; this part is computed anew. If it stays, restore a backup.",
    ),
}
_GOOD: Words = ("tốt", "good")
_BAD: Words = ("có lỗi", "problem")


def register(verbs: Verbs) -> None:
    """Adds the verbs."""
    parser = verbs.add("backup", backup, help=("sao lưu ra tệp", "save a copy"))
    parser.add_argument("file", metavar="FILE", type=Path)
    parser = verbs.add(
        "restore-backup",
        restore,
        needs="nothing",
        help=("khôi phục từ bản sao lưu", "go back to a saved copy"),
    )
    parser.add_argument("file", metavar="FILE", type=Path)
    verbs.add("check", check, help=("kiểm tra sổ", "check the store"))


def backup(desk: Desk, options: argparse.Namespace) -> Answer:
    """A verified copy."""
    from ntmdesk.services import backups

    done = backups.backup(desk.store, options.file, step=desk.step())
    return Answer(done.document(), desk.say(_SAVED, records=done.records, file=done.file))


def restore(desk: Desk, options: argparse.Namespace) -> Answer:
    """The store of a copy, under a new replica id."""
    from ntmdesk.services import backups

    done = backups.restore(desk.home, options.file, desk.passphrase(), desk.surroundings, person=desk.person)
    return Answer(done.document(), desk.say(_BACK, records=done.records, file=done.file))


def check(desk: Desk, options: argparse.Namespace) -> Answer:
    """Every check with its advice; exit 1 when one fails."""
    from ntmdesk.services import checks

    done = checks.check(desk.store, step=desk.step())
    said = [
        {"name": c.name, "ok": c.ok, "advice": desk.say(_ADVICE[c.advice]) if c.advice else ""}
        for c in done.checks
    ]
    rows = [[c["name"], desk.say(_GOOD if c["ok"] else _BAD), c["advice"]] for c in said]
    table = Table(desk.say(_CHECKS).split("|"), rows)
    return Answer({"ok": done.ok, "checks": said}, table, code=0 if done.ok else 1)
