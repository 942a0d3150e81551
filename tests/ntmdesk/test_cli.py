"""The command line in this process: shapes, codes, words."""

from __future__ import annotations

import io
import json
import re
import sys
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ntmdesk import __main__ as entry
from ntmdesk.cli import MODULES, build, main
from ntmdesk.cli.answer import Answer, Table, print_answer
from ntmdesk.cli.records import day_text
from tests.ntmdesk.store.cheap_keys import cheap_keys

__all__ = ["cheap_keys"]

PASSPHRASE = "một câu thật dài"
HAMLET = {"local_code": "15880-001", "name": "Thôn 1", "type": "thon", "commune": "15880"}
DUC = {"head_name": "Trần Văn Đức", "lane": "Ngõ 4"}


class Line:
    """Runs verbs on one home folder."""

    def __init__(
        self, home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.home = home
        self._capsys = capsys
        self._monkeypatch = monkeypatch
        self.code = 0
        self.err = ""

    def text(self, *words: str, typed: str = "") -> str:
        """What a verb prints; ``code`` and ``err`` are kept."""
        stdin = io.TextIOWrapper(io.BytesIO(typed.encode()), encoding="utf-8")
        self._monkeypatch.setattr(sys, "stdin", stdin)
        self.code = main([*words, "--home", str(self.home)])
        captured = self._capsys.readouterr()
        self.err = captured.err
        return captured.out

    def __call__(self, *words: str, typed: str = "", code: int = 0) -> Any:
        """The one JSON document a verb prints."""
        out = self.text(*words, "--json", typed=typed)
        document = json.loads(out)
        assert out.count("\n") == 1
        assert self.code == code, document
        return document

    def refused(self, *words: str, typed: str = "", code: int = 1) -> str:
        """The code of the error a verb answers with."""
        error = self(*words, typed=typed, code=code)["error"]
        assert set(error) == {"code", "message", "details"}
        assert error["message"]
        return str(error["code"])

    def add(self, kind: str, *rows: dict[str, Any]) -> list[str]:
        """Ids of records that must be taken."""
        done = self("add", kind, typed="\n".join(json.dumps(row) for row in rows))
        assert done["refused"] == []
        return list(done["ids"])


@pytest.fixture
def line(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    cheap_keys: None,
) -> Line:
    monkeypatch.setenv("NTMDESK_PASSPHRASE", PASSPHRASE)
    for name in ("NTMDESK_PERSON", "NTMDESK_LANG", "NTMDESK_HOME", "NTMDESK_NEW_PASSPHRASE"):
        monkeypatch.delenv(name, raising=False)
    return Line(tmp_path / "nhà", capsys, monkeypatch)


@pytest.fixture
def made(line: Line) -> Line:
    """A store with one hamlet."""
    line("init", "--name", "Nguyễn Thị Hoa")
    line.add("hamlet", HAMLET)
    return line


def test_init(line: Line) -> None:
    done = line("init", "--name", "Nguyễn Thị Hoa")
    assert set(done) == {"replica", "home", "recovery_code"}
    assert done["home"] == str(line.home)
    assert (line.home / "ntmdesk.db").exists()
    assert (line.home / "keys.json").exists()
    assert line.refused("init") == "store_exists"


def test_without_a_store_or_the_right_words(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    assert line.refused("status") == "no_store"
    assert line.refused("person", "list") == "no_store"
    monkeypatch.setenv("NTMDESK_PASSPHRASE", "ngắn")
    assert line.refused("init") == "passphrase_too_short"
    monkeypatch.setenv("NTMDESK_PASSPHRASE", PASSPHRASE)
    line("init", "--name", "Hoa")
    monkeypatch.setenv("NTMDESK_PASSPHRASE", "sai nhưng cũng dài")
    assert line.refused("status") == "wrong_passphrase"
    monkeypatch.delenv("NTMDESK_PASSPHRASE")
    assert line.refused("status") == "passphrase_required"
    (line.home / "ntmdesk.db").write_bytes(b"SQLite format 3\0" + bytes(5000))
    monkeypatch.setenv("NTMDESK_PASSPHRASE", PASSPHRASE)
    assert line.refused("status") == "not_a_store"


def test_add_takes_what_it_can(made: Line) -> None:
    lines = [json.dumps(DUC), "nonsense", json.dumps({**DUC, "colour": "red"}), json.dumps({"lane": "Ngõ 1"})]
    done = made("add", "household", "-", typed="\n".join(lines) + "\n")
    assert [id is None for id in done["ids"]] == [False, True, True, True]
    assert [(r["line"], r["code"], r["field"]) for r in done["refused"]] == [
        (2, "invalid", ""),
        (3, "unknown_field", "colour"),
        (4, "invalid", "head_name"),
    ]
    assert all(r["message"] for r in done["refused"])
    assert made("add", "household", typed="") == {"ids": [], "refused": []}
    assert made.refused("add", "spaceship", typed="{}") == "unknown_kind"


def test_add_from_a_file_with_bom(made: Line, tmp_path: Path) -> None:
    path = tmp_path / "hộ.jsonl"
    path.write_bytes("\ufeff".encode() + (json.dumps(DUC) + "\r\n").encode())
    assert len(made("add", "household", str(path))["ids"]) == 1
    assert made.refused("add", "household", str(tmp_path / "none")) == "file_not_found"
    path.write_bytes(b'{"head_name":"L\xea"}\n' + json.dumps({**DUC, "head_name": "Lê Thị Ái"}).encode())
    done = made("add", "household", str(path))
    assert [r["line"] for r in done["refused"]] == [1], "one line in another encoding stops no other"
    assert done["ids"][0] is None
    assert done["ids"][1]


def test_lists_name_what_lies_in_the_trash(made: Line) -> None:
    home = made.add("household", DUC)[0]
    made.add("resident", {"full_name": "Trần Văn Đức", "household": home, "birth": "1958"})
    made("delete", "household", home)
    assert made("list", "resident", "--search", "Trần Văn Đức")["total"] == 1
    assert "Trần Văn Đức" in made.text("list", "resident")


def test_get_list_set_delete_restore(made: Line) -> None:
    a, b = made.add("household", {**DUC, "members_n": 4}, {"head_name": "Lê Thị Ái", "lane": "Ngõ 2"})
    row = made("get", "household", a)
    assert (row["id"], row["kind"], row["state"], row["head_name"]) == (
        a,
        "household",
        "local",
        "Trần Văn Đức",
    )
    assert set(row["history"][0]) == {"at", "by", "device", "field", "from", "to"}
    listed = made("list", "household", "--limit", "1")
    assert ([r["id"] for r in listed["rows"]], listed["total"]) == ([b], 2)
    assert made("list", "household", "--where", "lane=Ngõ 4", "--where", "members_n=4")["total"] == 1
    assert made("list", "household", "--where", "hamlet=15880-001")["total"] == 2
    assert made("list", "household", "--where", "members_n=")["total"] == 1
    assert made("list", "household", "--search", "tran van duc")["total"] == 1
    assert made("set", "household", a, "members_n=", "internet=fibre") == {"id": a, "state": "local"}
    row = made("get", "household", a)
    assert "members_n" not in row
    assert row["internet"] == "fibre"
    assert made("delete", "household", a) == {"id": a, "state": "local"}
    assert made("list", "household")["total"] == 1
    rows = {r["id"]: r for r in made("list", "household", "--deleted")["rows"]}
    assert rows.keys() == {a, b}
    assert "_deleted_by" not in rows[b]
    assert rows[a]["_deleted"] is True
    by, at = rows[a]["_deleted_by"], rows[a]["_deleted_at"]
    assert by == row["history"][0]["by"]
    assert f"{day_text(at)} · Nguyễn Thị Hoa" in made.text("list", "household", "--deleted")
    assert "_deleted_by" not in made("list", "household")["rows"][0]
    assert made.refused("get", "household", a) == "not_found"
    made("restore", "household", a)
    assert made("list", "household")["total"] == 2


def test_a_bundle_takes_the_place_of_no_file_unasked(made: Line, tmp_path: Path) -> None:
    file = tmp_path / "hoa.ntmb"
    file.write_bytes(b"of somebody")
    assert made.refused("bundle", "export", str(file)) == "file_exists"
    made.text("bundle", "export", str(file), "--lang", "en")
    assert "--replace" in made.err
    assert made.refused("bundle", "export", str(file), "--replace") == "not_enrolled"
    assert file.read_bytes() == b"of somebody"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["get", "household", "no-such"], "not_found"),
        (["get", "spaceship", "x"], "unknown_kind"),
        (["list", "spaceship"], "unknown_kind"),
        (["list", "household", "--where", "colour=red"], "unknown_field"),
        (["list", "household", "--where", "hamlet=15880-999"], "unknown_reference"),
        (["list", "household", "--where", "state=gone"], "bad_value"),
        (["set", "hamlet", "15880-001", "colour=red"], "unknown_field"),
        (["set", "hamlet", "15880-001", "commune=99999"], "unknown_reference"),
        (["set", "hamlet", "15880-001", "type=castle"], "invalid"),
        (["set", "household", "no-such", "lane=x"], "not_found"),
        (["delete", "household", "no-such"], "not_found"),
        (["restore", "household", "no-such"], "not_found"),
        (["merge", "household", "a", "b"], "not_found"),
        (["merge", "hamlet", "15880-001", "15880-001"], "invalid"),
        (["unmerge", "resident", "a"], "not_found"),
        (["conflicts", "resolve", "x", "lane", "mine"], "not_found"),
        (["sync"], "not_enrolled"),
        (["bundle", "export", "x.ntmb", "--to", "server"], "not_enrolled"),
        (["bundle", "import", "x.ntmb"], "not_found"),
        (["bundle", "confirm", "ABCD-EFGH-IJKL"], "wrong_code"),
        (["restore-backup", "no-such"], "not_found"),
    ],
)
def test_failures_have_codes(made: Line, words: list[str], code: str) -> None:
    assert made.refused(*words) == code


@pytest.mark.parametrize(
    "words",
    [
        ["get", "household", "\udcff"],
        ["frobnicate"],
        ["get", "household"],
        ["list", "household", "--limit", "few"],
        ["set", "household", "x", "y"],
    ],
)
def test_wrong_usage_is_two(made: Line, words: list[str]) -> None:
    assert made.refused(*words, code=2) == "wrong_usage"


def test_consent_is_asked_before_a_number(made: Line) -> None:
    (id,) = made.add("resident", {"full_name": "Đặng Thị Hoà", "birth": "1958"})
    assert made.refused("set", "resident", id, "id_number=038158000123") == "consent_required"
    consent = {"subject": id, "purposes": ["identity"], "legal_basis": "consent", "channel": "paper"}
    (given,) = made.add("consent", consent)
    assert made("get", "consent", given)["text_version"] == "1"
    made("set", "resident", id, "id_number=038158000123")
    assert made("get", "resident", id)["id_number"] == "038158000123"
    assert "038158000123" not in made.text("get", "resident", id)


def test_merging_is_reversible(made: Line) -> None:
    a, b = made.add("household", DUC, {**DUC, "head_name": "Trần Đức"})
    assert made("merge", "household", b, a) == {"id": b, "into": a}
    assert made("list", "household")["total"] == 1
    assert made("unmerge", "household", b) == {"id": b, "into": a}
    assert made("list", "household")["total"] == 2


def test_status_and_conflicts_of_a_lone_laptop(made: Line) -> None:
    status = made("status")
    assert list(status) == [
        "pending",
        "refused",
        "conflicts",
        "last_receipt",
        "data_age_s",
        "enrolled",
        "team",
        "role",
        "replica",
        "epoch",
        "clock_off_s",
    ]
    assert (status["pending"], status["enrolled"]) == (1, False)
    assert made("conflicts") == {"rows": [], "total": 0}


def test_every_where_must_hold(made: Line, tmp_path: Path) -> None:
    composed, apart = (unicodedata.normalize(form, "Lò Thị Hằng") for form in ("NFC", "NFD"))
    (hang,) = made.add("household", {"head_name": apart, "internet": "fibre"})
    made.add("household", DUC)

    def found(*where: str) -> list[str]:
        asked = [word for each in where for word in ("--where", each)]
        file = tmp_path / "ra.jsonl"
        assert (
            made("export", "household", str(file), *asked)["rows"]
            == made("list", "household", *asked)["total"]
        )
        return [json.loads(line)["id"] for line in file.read_text("utf-8").splitlines()]

    assert found(f"head_name={apart}") == found(f"head_name={composed}") == [hang]
    assert found("internet=fibre", f"head_name={apart}") == [hang]
    assert found("internet=fibre", "internet=mobile") == found("internet=mobile", "internet=fibre") == []
    assert len(found("state=local")) == 2
    assert found("state=accepted") == []
    assert found("hamlet=01a221c2-0000-7000-8000-000000000000") == []
    assert (
        made.refused("export", "household", str(tmp_path / "x.csv"), "--where", "x", code=2) == "wrong_usage"
    )


@pytest.mark.parametrize(
    ("words", "vietnamese", "english"),
    [
        (["get"], "Thiếu: KIND, ID", "Missing: KIND, ID"),
        (["status", "--fly"], "Không hiểu: --fly", "Not understood: --fly"),
        (["fly"], "VERB: không có 'fly'; chọn trong", "VERB: there is no 'fly'; choose from"),
        (["list", "household", "--limit", "x"], "--limit: 'x' không phải", "--limit: 'x' is not"),
        (["list", "household", "--limit"], "--limit: cần một giá trị", "--limit: a value is needed"),
        (["set", "household", "x"], "Thiếu: F=V", "Missing: F=V"),
        (["status", "--json=1"], "--json: không nhận giá trị '1'", "--json: takes no value '1'"),
    ],
)
def test_wrong_usage_is_told_in_the_language(
    line: Line, words: list[str], vietnamese: str, english: str
) -> None:
    for language, said in (("vi", vietnamese), ("en", english)):
        line.text("--lang", language, *words)
        assert line.code == 2
        assert said in line.err


def test_what_is_not_found_is_named(made: Line) -> None:
    def said(*words: str) -> str:
        return str(made(*words, "--lang", "en", code=1)["error"]["message"])

    assert "no such person" in said("status", "--as", "Ai đó")
    assert "x.ntmb was not found" in said("bundle", "import", "x.ntmb")
    assert "record was not found" in said("get", "household", "x")
    made("person", "add", "Lê Văn Nam")
    assert "--as" in said("status")


def test_people_of_a_laptop(made: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NTMDESK_NEW_PASSPHRASE", "câu khác cũng dài")
    nam = made("person", "add", "Lê Văn Nam")
    assert [p["name"] for p in made("person", "list")["rows"]] == ["Nguyễn Thị Hoa", "Lê Văn Nam"]
    assert made.refused("status") == "ambiguous"
    made("status", "--as", "Nguyễn Thị Hoa")
    assert made.refused("status", "--as", "Ai đó") == "not_found"
    monkeypatch.setenv("NTMDESK_PASSPHRASE", "câu khác cũng dài")
    monkeypatch.setenv("NTMDESK_PERSON", "Lê Văn Nam")
    (id,) = made.add("household", DUC)
    assert {h["by"] for h in made("get", "household", id)["history"]} == {nam["id"]}


def test_backup_and_the_way_back(made: Line, tmp_path: Path) -> None:
    replica = made("status")["replica"]
    path = tmp_path / "một.ntmbackup"
    assert made("backup", str(path)) == {"file": str(path), "records": 1, "verified": True}
    made.add("household", DUC)
    done = made("restore-backup", str(path))
    assert (done["records"], done["verified"]) == (1, True)
    assert made("list", "household")["total"] == 0
    assert made("status")["replica"] == done["replica"] != replica
    checked = made("check")
    assert checked["ok"]
    assert all(set(c) == {"name", "ok", "advice"} and c["ok"] for c in checked["checks"])


def test_options_stand_before_or_after(made: Line, capsys: pytest.CaptureFixture[str]) -> None:
    home = str(made.home)
    for words in (
        ["--json", "--home", home, "list", "hamlet"],
        ["list", "hamlet", "--data", home, "--json"],
        ["--home", home, "list", "--json", "hamlet"],
    ):
        assert main(words) == 0
        assert json.loads(capsys.readouterr().out)["total"] == 1


def test_words_in_two_languages(made: Line) -> None:
    made.add("household", DUC)
    assert "Chủ hộ" in made.text("list", "household")
    assert "Head of household" in made.text("list", "household", "--lang", "en")
    assert "Thôn 1" in made.text("list", "household")
    made.text("get", "household", "none")
    assert made.code == 1
    assert "Không tìm thấy" in made.err
    made.text("get", "household", "none", "--lang", "en")
    assert "not found" in made.err


def test_help_lists_what_there_is(made: Line, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    shown = capsys.readouterr().out
    assert "cách dùng" in shown
    for verb in ("init", "enrol", "add", "sync", "bundle", "restore-backup"):
        assert f"\n    {verb}" in shown


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_module_registers(language: str) -> None:
    verbs = build(language)
    usage = verbs.parser.format_help()
    assert len(usage) > 500
    assert {"first", "records", "syncing"} <= set(MODULES)


@pytest.mark.parametrize(
    ("words", "verb"),
    [
        ([], False),
        (["--home", "x"], False),
        (["--lang", "en"], False),
        (["--home", "x", "status"], True),
        (["--help"], True),
        (["--json"], True),
        (["--home=x"], False),
    ],
)
def test_bare_means_the_window(words: list[str], verb: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[str] = []
    monkeypatch.setattr(sys, "argv", ["ntmdesk", *words])
    monkeypatch.setattr(entry, "window", _note(called, "window"))
    monkeypatch.setattr("ntmdesk.cli.main", _note(called, "verb"))
    assert entry.main() == 0
    assert called == ["verb" if verb else "window"]


def _note(called: list[str], name: str) -> Callable[..., int]:
    def run(*_: object) -> int:
        called.append(name)
        return 0

    return run


def test_a_table_counts_letters_not_marks() -> None:
    out = io.StringIO()
    decomposed = "Ho\u0300a"
    print_answer(Answer({}, Table(["tên", "n"], [[decomposed, 1], ["Đặng", None]])), out, as_json=False)
    assert out.getvalue().splitlines() == ["tên   n", "────  ─", f"{decomposed}   1", "Đặng"]


def test_what_nobody_foresaw_is_logged_without_what_was_typed(
    made: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("Đặng Thị Hoà 038158000123")

    monkeypatch.setattr("ntmdesk.services.records.list_rows", broken)
    error = made("list", "household", code=1)["error"]
    assert (error["code"], error["details"]) == ("unexpected", {"type": "RuntimeError"})
    logged = (made.home / "logs" / "ntmdesk.log").read_text("utf-8")
    assert "RuntimeError" in logged
    assert "038158000123" not in logged


def test_stopping_by_hand(made: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("ntmdesk.services.records.list_rows", stopped)
    assert made.refused("list", "household") == "cancelled"


def test_problems_are_told_at_their_fields(made: Line) -> None:
    made.text("set", "hamlet", "15880-001", "type=castle", "--lang", "en")
    assert made.code == 1
    assert "type:" in made.err
    (id,) = made.add("household", DUC)
    found = made.text("get", "household", id)
    assert "Ngõ 4" in found
    assert "ở máy này" in found
    assert made.text("conflicts").strip() == "Không có gì trái nhau."
    assert "Chưa" in made.text("status") or "chưa" in made.text("status")


def test_a_bar_on_a_terminal() -> None:
    from ntmdesk.cli.progress import Bar

    out = io.StringIO()
    bar = Bar(out)
    bar.tell(1, 2, "send")
    bar.tell(7, 0, "receive")
    bar.tell(2, 2, "send")
    assert "1/2 send" in out.getvalue()
    assert "7 receive" in out.getvalue()
    assert out.getvalue().endswith("2/2 send\n")


def test_every_listed_verb_is_in_the_document() -> None:
    text = (Path(__file__).parents[2] / "docs" / "command-line.md").read_text("utf-8")
    listed = re.findall(r"^    ([a-z-]+)(?: |$)", build("en").parser.format_help(), re.MULTILINE)
    assert len(listed) > 15
    assert [verb for verb in listed if f"`{verb}" not in text] == []
