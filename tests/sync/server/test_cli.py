"""The command line as a keeper meets it: JSON, sentences, exit codes."""

from __future__ import annotations

import errno
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from sync.server import cli, words
from sync.server.installation import open_installation
from tests.together.server import COMMAND, REPOSITORY, RealServer


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> RealServer:
    made = RealServer(tmp_path_factory.mktemp("cli"))
    made.team_add("T01", "Tổ Thôn 1", hamlets=["Thôn 1", "Thôn 2"])
    return made


def run(*arguments: str, **more: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
        **more,
    )


def test_global_options_stand_before_or_after_the_verb(server: RealServer) -> None:
    data = str(server.data)
    before = run("--data", data, "--json", "stats")
    after = run("stats", "--json", "--data", data)
    assert before.stdout == after.stdout
    assert json.loads(before.stdout)["records"] == {"hamlet": 2, "team": 1}
    named = run("stats", "--json", env={**os.environ, cli.DATA_VARIABLE: data})
    assert named.stdout == after.stdout


def test_an_invitation_has_a_code_an_end_and_an_address(server: RealServer) -> None:
    made = server.invite("T01", "leader", days=3)
    code, _, fingerprint = made["code"].partition(".")
    assert len(code.split("-")) == 4
    assert len(fingerprint) == 64
    assert made["expires"].endswith("Z")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["invite", "--team", "T99", "--role", "leader"], "not_found"),
        (["invite", "--team", "T01", "--role", "leader", "--days", "0"], "invalid"),
        (["revoke", "nobody"], "not_found"),
        (["list", "nothing"], "unknown_kind"),
        (["list", "hamlet", "--where", "x=1"], "unknown_field"),
        (["record", "add", "nothing", "--team", "T01"], "unknown_kind"),
        (["record", "add", "target", "/nowhere.jsonl", "--team", "T01"], "not_found"),
        (["logs"], "not_yet"),
        (["logs", "--week", "2026-W47"], "not_yet"),
        (["init"], "store_exists"),
        (["catalogue", "load", "/nowhere"], "not_found"),
        (["restore", "/nowhere.tar"], "not_found"),
        (["bundle", "import", "/"], "not_found"),
        (["serve", "--cert", "/nowhere.crt"], "bad_certificate"),
    ],
)
def test_a_failure_is_one_coded_document_and_exit_1(
    server: RealServer, arguments: list[str], code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main([*arguments, "--data", str(server.data), "--json"]) == 1
    said = capsys.readouterr()
    document = json.loads(said.out)
    assert document["error"]["code"] == code
    assert set(document["error"]) == {"code", "message", "details"}
    assert said.err == ""


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["fly"],
        ["invite"],
        ["invite", "--team", "T01", "--role", "queen"],
        ["list"],
        ["list", "hamlet", "--where", "x"],
        ["list", "hamlet", "--limit", "-1"],
        ["serve", "--port", "70000"],
        ["record"],
    ],
)
def test_wrong_usage_is_exit_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "usage" in said.err
    assert cli.main([*arguments, "--json"]) == 2
    said = capsys.readouterr()
    assert said.out.count("\n") == 1
    error = json.loads(said.out)["error"]
    assert (error["code"], set(error)) == ("wrong_usage", {"code", "message", "details"})
    assert "usage" in said.err


def test_vietnamese_unless_the_flag_or_the_environment_says_otherwise(
    server: RealServer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def said(*words: str) -> str:
        assert cli.main(["revoke", "nobody", "--data", str(server.data), *words]) == 1
        return capsys.readouterr().err

    monkeypatch.delenv(cli.LANGUAGE_VARIABLE, raising=False)
    assert "Không tìm thấy" in said()
    assert "not found" in said("--lang", "en")
    monkeypatch.setenv(cli.LANGUAGE_VARIABLE, "en")
    assert "not found" in said()
    assert "Không tìm thấy" in said("--lang=vi")
    assert "máy chủ" in run("--help", env={**os.environ, cli.LANGUAGE_VARIABLE: "vi"}).stdout
    assert "The upper server" in run("--help", "--lang", "en").stdout


def test_a_mistake_of_the_program_is_told_as_a_document_too(
    server: RealServer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(options: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(cli.verbs, "stats", broken)
    assert cli.main(["stats", "--data", str(server.data), "--json"]) == 1
    said = capsys.readouterr()
    assert json.loads(said.out)["error"]["code"] == "unexpected"
    assert "broken" in said.err


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.EROFS, "read_only"),
        (errno.EACCES, "read_only"),
        (errno.ENOSPC, "disk_full"),
        (errno.EDQUOT, "disk_full"),
        (errno.EISDIR, "not_found"),
        (errno.EIO, "unexpected"),
    ],
)
def test_what_the_disk_says_has_a_code(
    server: RealServer,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    number: int,
    code: str,
) -> None:
    def closed(options: object) -> None:
        raise OSError(number, os.strerror(number), "/usb/x")

    monkeypatch.setattr(cli.verbs, "stats", closed)
    assert cli.main(["stats", "--data", str(server.data), "--json"]) == 1
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["code"] == code
    assert "{" not in error["message"]


def test_help_does_not_list_what_is_not_there_yet() -> None:
    done = run("--help")
    assert done.returncode == 0
    assert "invite" in done.stdout
    assert "logs" not in done.stdout


def test_people_read_sentences_in_their_language(server: RealServer) -> None:
    data = str(server.data)
    for language, expected in (("vi", "Đã có máy chủ ở đây."), ("en", "There is a server here already.")):
        done = run("init", "--data", data, "--lang", language)
        assert (done.returncode, done.stdout) == (1, "")
        assert expected in done.stderr
    assert "Thôn 2" in run("list", "hamlet", "--data", data).stdout
    checked = run("check", "--data", data).stdout
    assert "✓ database: tốt" in checked


def test_numbers_are_masked_on_the_screen_and_whole_in_json(server: RealServer) -> None:
    person = {"full_name": "Phạm Văn Thử", "hamlet": "15880-001", "birth": "1958"}
    done = server.record_add("resident", [{**person, "id_number": "038058001234", "phone": "0912345678"}])
    assert done["ids"] != [None], done
    shown = run("list", "resident", "--data", str(server.data)).stdout
    assert "038•••••1234" in shown
    assert "•••••••678" in shown
    assert "038058001234" not in shown
    assert server.run("list", "resident")["rows"][0]["id_number"] == "038058001234"


def test_records_are_added_line_by_line(server: RealServer, tmp_path: Path) -> None:
    lines = [
        {"indicator": "I10", "scope": "T01", "period": "2026", "value": 150, "basis": "KH 12"},
        {"indicator": "I10", "scope": "T01", "period": "soon", "value": 150},
        {"indicator": "I11", "scope": "15880-001", "period": "2026-W47", "value": 5},
    ]
    done = server.record_add("target", lines)
    assert [bool(i) for i in done["ids"]] == [True, False, True]
    assert [(r["line"], r["code"], r["field"]) for r in done["refused"]] == [(2, "bad_pattern", "period")]
    file = tmp_path / "lines.jsonl"
    file.write_text('﻿{"indicator": "I10", "scope": "T01", "period": "2026", "value": 160}\n\nnonsense\n')
    again = server.run("record", "add", "target", str(file), "--team", "T01")
    assert again["ids"] == [done["ids"][0], None]
    assert [r["line"] for r in again["refused"]] == [3]
    rows = server.run("list", "target", "--where", "indicator=I10")["rows"]
    assert [(r["value"], r["basis"]) for r in rows] == [(160, "KH 12")]


def test_a_backup_is_made_and_brought_back(server: RealServer, tmp_path: Path) -> None:
    made = server.run("backup", str(tmp_path / "copy.tar"))
    assert made["verified"] is True
    assert made["file"] == str(tmp_path / "copy.tar")
    epoch = server.run("stats")["epoch"]
    assert server.run("restore", str(tmp_path / "copy.tar"))["epoch"] == epoch + 1
    assert server.run("stats")["epoch"] == epoch + 1


def test_no_server_is_said(tmp_path: Path) -> None:
    done = run("stats", "--data", str(tmp_path), "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["error"]["code"] == "no_store"


def test_every_sentence_is_in_both_languages_and_takes_its_details() -> None:
    for code, pair in {**words.WORDS, **words.ADVICE}.items():
        assert all(pair), code
    assert words.sentence("unheard_of", {}, "vi") == "unheard_of"
    assert "{file}" in words.sentence("bad_certificate", {}, "en")


def test_a_keeper_sees_the_lives_and_chooses_one(server: RealServer) -> None:
    data = ["--data", str(server.data), "--json"]
    *_, present = json.loads(run("epochs", *data).stdout)["rows"]
    number = present["number"]
    assert present["state"] == "present"
    with open_installation(server.data) as opened, opened.archive.begin([]) as tx:
        tx.note("other_life", 1, "", "device", "f" * 32, {})
        tx.note("other_life", 2, "", "device", "f" * 32, {})
        tx.note("other_life", 2, "", "device 2", "f" * 32, {})
    elsewhere = json.loads(run("epochs", *data).stdout)["rows"][-1]
    assert (elsewhere["life"], elsewhere["state"], elsewhere["laptops"]) == ("f" * 32, "elsewhere", 2)
    refused = run("epochs", "choose", "f" * 32, *data)
    assert refused.returncode == 1
    assert json.loads(refused.stdout)["error"]["code"] == "epoch_not_here"
    chosen = json.loads(run("epochs", "choose", present["life"], *data).stdout)
    assert (chosen["number"], chosen["parent"], chosen["ended"]) == (
        number + 1,
        present["life"],
        ["f" * 32],
    )
    states = [row["state"] for row in json.loads(run("epochs", *data).stdout)["rows"]]
    assert states[-3:] == ["past", "present", "ended"]


def test_lines_that_are_no_text_are_refused_each_by_itself(server: RealServer, tmp_path: Path) -> None:
    file = tmp_path / "dòng.jsonl"
    deep = b'{"x":' * 5_000
    file.write_bytes(b'\xff\xfe{}\n{"x":"\xff"}\n' + deep + b'\n{"x":1}\n')
    done = server.run("record", "add", "target", str(file), "--team", "T01")
    assert done["ids"] == [None] * 4
    assert [r["code"] for r in done["refused"]] == ["invalid", "invalid", "invalid", "unknown_field"]
    assert done["refused"][-1]["message"] == "Không có mục x."
