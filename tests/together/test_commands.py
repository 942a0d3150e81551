"""The command line as it is promised: every verb on one enrolled laptop, and the exact keys of its answer."""

from __future__ import annotations

import contextlib
import io
import json
import re
import shlex
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from ntmdesk.cli import build, main
from ntmdesk.services import syncing, unlocking
from ntmdesk.services.surroundings import surroundings
from ntmdesk.store import vault
from tests.ntmdesk.store.cheap_keys import CHEAP
from tests.together.laptop_process import PASSPHRASE
from tests.together.server import RealServer

pytestmark = pytest.mark.together

WEEK = "2026-W46"
HISTORY = ("at", "by", "device", "field", "from", "to")
SYNC = ("sent", "accepted", "refused", "received", "conflicts", "pending", "rounds", "bytes_up", "bytes_down")
STATUS = (
    *("pending", "refused", "conflicts", "last_receipt", "data_age_s", "enrolled", "team", "role"),
    *("replica", "epoch", "clock_off_s"),
)
LOG = ("week", "from", "to", "status", "figures", "adjustments", "missing", "files")
IMPORT = ("rows", "added", "changed", "doubles", "refused")
FIGURE = ("period", "cumulative", "target", "ratio")
INDICATOR = ("code", "value", "numerator", "denominator", "unit", "rule", "as_of")


@dataclass
class Desk:
    """An enrolled laptop with a household, the same household once more, and a visit."""

    home: Path
    files: Path
    ids: dict[str, str] = field(default_factory=dict)

    def run(self, *words: str, typed: str = "", code: int = 0) -> Any:
        """The one document a verb prints."""
        words = tuple(word.format(files=self.files, **self.ids) for word in words)
        out, before = io.StringIO(), sys.stdin
        sys.stdin = io.TextIOWrapper(io.BytesIO(typed.encode()), encoding="utf-8")
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
                assert main([*words, "--home", str(self.home), "--json"]) == code, out.getvalue()
        finally:
            sys.stdin = before
        assert out.getvalue().count("\n") == 1
        return json.loads(out.getvalue())


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealServer]:
    with RealServer(tmp_path_factory.mktemp("xã")) as running:
        running.team_add(hamlets=["Thôn 1"])
        yield running


@pytest.fixture(scope="module")
def desk(server: RealServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vault, "STRONG", CHEAP)
        patch.setattr(vault, "FLOOR", CHEAP)
        for name in ("NTMDESK_PERSON", "NTMDESK_LANG", "NTMDESK_HOME", "NTMDESK_NEW_PASSPHRASE"):
            patch.delenv(name, raising=False)
        patch.setenv("NTMDESK_PASSPHRASE", PASSPHRASE)
        made = Desk(tmp_path_factory.mktemp("máy") / "nhà", tmp_path_factory.mktemp("tệp"))
        told = made.run("init", "--name", "Nguyễn Thị Hoa")
        assert tuple(told) == ("replica", "home", "recovery_code")
        told = made.run("enrol", server.url, server.invite("T01", "leader")["code"])
        assert tuple(told) == ("team", "role", "device", "pulled")
        for name, kind, values in (
            ("house", "household", {"head_name": "Trần Văn Đức", "lane": "Ngõ 4", "members_n": 3}),
            ("twin", "household", {"head_name": "Trần Đức", "lane": "Ngõ 4"}),
        ):
            (made.ids[name],) = made.run("add", kind, typed=json.dumps(values))["ids"]
        visit = {
            "date": "2026-11-12",
            "place_type": "home",
            "household": made.ids["house"],
            "lines": [{"service": "K01", "outcome": "done"}],
        }
        told = made.run("add", "support_visit", typed=json.dumps(visit))
        assert tuple(told) == ("ids", "refused")
        (made.ids["visit"],) = told["ids"]
        (made.files / "hộ.csv").write_text("Mã hộ,Chủ hộ,Ngõ\nH1,Lê Thị Ái,Ngõ 2\n", "utf-8")
        yield made


@dataclass(frozen=True)
class Promise:
    """A verb, the keys of its answer, and the keys of the first thing in the list under ``inside``."""

    words: str
    keys: tuple[str, ...]
    inside: str = ""
    within: tuple[str, ...] = ()
    typed: str = ""
    grown: bool = False
    """Tells more than was promised."""


PROMISES = (
    Promise("person list", ("rows", "total"), "rows", ("id", "name")),
    Promise(
        "add household -",
        ("ids", "refused"),
        "refused",
        ("line", "code", "field", "message", "problem"),
        "{{}}",
    ),
    Promise("list household", ("rows", "total")),
    Promise("list household --where 'lane=Ngõ 4' --search duc --limit 1 --deleted", ("rows", "total")),
    Promise("set household {house} members_n=4", ("id", "state")),
    Promise("set household {house} members_n=", ("id", "state")),
    Promise("delete support_visit {visit}", ("id", "state")),
    Promise("restore support_visit {visit}", ("id", "state")),
    Promise("merge household {twin} {house}", ("id", "into")),
    Promise("unmerge household {twin}", ("id", "into")),
    Promise("sync", SYNC),
    Promise("status", STATUS),
    Promise("refused", ("rows", "total")),
    Promise("refused export {files}/refused.csv", ("rows", "file")),
    Promise("conflicts", ("rows", "total")),
    Promise(f"week show --week {WEEK}", LOG, "figures", FIGURE),
    Promise(f"week compile --week {WEEK}", LOG, "figures", FIGURE),
    Promise(f"week submit --week {WEEK} --out {{files}}/log.docx --annex 1", LOG, "figures", FIGURE),
    Promise(f"week reopen --week {WEEK} --reason Thiếu", LOG, "figures", FIGURE),
    Promise("indicators --from 2026-11-09 --to 2026-11-15", ("rows",), "rows", INDICATOR),
    Promise(
        "indicators --from 2026-11-09 --to 2026-11-15 --code I06 --explain",
        ("rows",),
        "rows",
        (*INDICATOR, "records"),
    ),
    Promise("import {files}/hộ.csv --kind household --dry-run", IMPORT, grown=True),
    Promise("import {files}/hộ.csv --kind household", IMPORT, grown=True),
    Promise("export household {files}/out.csv", ("rows", "file")),
    Promise("export household {files}/out.jsonl", ("rows", "file")),
    Promise("backup {files}/a.ntmbackup", ("file", "records", "verified")),
    Promise("check", ("ok", "checks"), "checks", ("name", "ok", "advice")),
    Promise("restore-backup {files}/a.ntmbackup", ("file", "records", "verified", "replica")),
    Promise("person add 'Lê Văn Nam'", ("id", "name")),
)


def first(value: Any) -> Any:
    return next(iter(value.values() if isinstance(value, dict) else value))


def last_run(desk: Desk) -> str:
    """How the list of past syncs says the last one ended."""
    opened = unlocking.unlock(desk.home, PASSPHRASE, surroundings(desk.home), "Nguyễn Thị Hoa")
    with opened.store, opened.store.look() as uow:
        return syncing.past(uow, 1)[0].code


def test_every_verb_answers_as_promised(desk: Desk) -> None:
    for promise in PROMISES:
        words = shlex.split(promise.words)
        told = desk.run(*words, typed=promise.typed.replace("{{}}", "{}"))
        assert set(promise.keys) <= set(told), promise.words
        assert promise.grown or set(told) == set(promise.keys), promise.words
        if promise.inside:
            inner = first(told[promise.inside])
            assert set(inner) == set(promise.within), promise.words


def test_a_record_answers_with_its_history(desk: Desk) -> None:
    row = desk.run("get", "household", "{house}", "--as", "Nguyễn Thị Hoa")
    assert {"id", "kind", "state", "history"} <= row.keys()
    assert all(tuple(entry) == HISTORY for entry in row["history"])
    assert row["kind"] == "household"
    assert row["state"] in ("local", "carried", "received", "accepted", "refused")
    assert {"rev", "cells", "shown"}.isdisjoint(row)


def test_a_conflict_answers_with_its_values(desk: Desk, server: RealServer, tmp_path: Path) -> None:
    other = Desk(tmp_path / "máy hai", tmp_path)
    other.run("init", "--name", "Phạm Minh Tú")
    other.run("enrol", server.url, server.invite()["code"])
    me = ("--as", "Nguyễn Thị Hoa")
    desk.run("sync", *me)
    other.run("sync")
    desk.run("set", "household", "{house}", "smartphones_n=1", *me)
    other.run("set", "household", desk.ids["house"], "smartphones_n=2")
    other.run("sync")
    assert desk.run("sync", *me)["conflicts"] == 1
    (row,) = desk.run("conflicts", *me)["rows"]
    assert set(row) == {"id", "kind", "field", "values"}
    assert all(set(value) == {"dot", "value", "by", "at", "shown"} for value in row["values"])
    assert [value["shown"] for value in row["values"]].count(True) == 1
    told = desk.run("conflicts", "resolve", "{house}", "smartphones_n", "theirs", *me)
    assert (told["id"], told["field"], told["value"]) == (desk.ids["house"], "smartphones_n", 2)


def test_many_deletions_wait_until_they_are_confirmed(desk: Desk) -> None:
    me = ("--as", "Nguyễn Thị Hoa")
    homes = "\n".join(json.dumps({"head_name": f"Lê Văn {n}", "lane": f"Ngõ {n}"}) for n in range(25))
    made = desk.run("add", "household", *me, typed=homes)["ids"]
    desk.run("sync", *me)
    for id in made:
        desk.run("delete", "household", id, *me)
    told = desk.run("sync", *me, code=1)["error"]
    assert told["code"] == "confirm_needed"
    assert last_run(desk) == "confirm_needed"
    (loss,) = told["details"]["losses"]
    assert (loss["kind"], loss["deleted"], loss["blanked"]) == ("household", 25, 0)
    assert desk.run("status", *me)["pending"] == 25
    assert desk.run("sync", "--confirm", *me)["accepted"] == 25
    assert desk.run("status", *me)["pending"] == 0


def test_an_error_answers_with_code_message_details(desk: Desk) -> None:
    told = desk.run("get", "household", "none", "--as", "Nguyễn Thị Hoa", code=1)
    assert set(told) == {"error"}
    assert set(told["error"]) == {"code", "message", "details"}


def test_no_listed_verb_is_forgotten() -> None:
    listed = set(re.findall(r"^    ([a-z-]+)(?: |$)", build("en").parser.format_help(), re.MULTILINE))
    tried = {promise.words.split()[0] for promise in PROMISES} | {"init", "enrol", "get"}
    elsewhere = {"demo", "bundle", "point"}  # played whole in tests of their own
    assert listed - tried == elsewhere


SERVER = (
    (("devices",), {"rows", "total"}),
    (("list", "household", "--team", "T01"), {"rows", "total"}),
    (("stats",), {"records", "teams", "devices", "epoch"}),
    (("check",), {"ok", "checks"}),
    (("invite", "--team", "T01", "--role", "volunteer"), {"code", "expires", "url"}),
    (
        ("team", "add", "--code", "T09", "--name", "Tổ", "--commune", "15880", "--hamlet", "Thôn 9"),
        {"team", "hamlets"},
    ),
)


def test_the_servers_verbs_answer_as_promised(server: RealServer) -> None:
    for words, keys in SERVER:
        assert keys <= set(server.run(*words)), words
