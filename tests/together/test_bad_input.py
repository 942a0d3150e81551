"""What goes wrong on a real machine, through the real command line: a clear word, and nothing lost.

Every refusal is exit code 1 and one JSON document with a stable code and a Vietnamese sentence.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ntmdesk.messages import ERRORS
from ntmdesk.store import sqlcipher
from ntmdesk.store.vault import Vault
from sync.protocol.codec import encode_message
from sync.protocol.messages import ErrorReply
from tests.bounded import obey_rights
from tests.together.laptop import run_verb
from tests.together.laptop_process import PASSPHRASE
from tests.together.line import Line
from tests.together.server import COMMAND, REPOSITORY, RealServer, VerbFailed

pytestmark = [
    pytest.mark.together,
    pytest.mark.skipif(sys.platform == "win32", reason="folder rights and mounts are POSIX's"),
]

VIETNAMESE = re.compile(
    r"[ăâđêôơưàáảãạằắẳẵặầấẩẫậèéẻẽẹềếểễệìíỉĩịòóỏõọồốổỗộờớởỡợùúủũụừứửữựỳýỷỹỵ]", re.IGNORECASE
)


def refused(home: Path, *words: str, **more: Any) -> dict[str, Any]:
    """The error of a verb that must fail: exit 1, a known code, words that say what to do."""
    code, document, _ = run_verb(home, *words, **more)
    assert (code, set(document)) == (1, {"error"}), document
    error: dict[str, Any] = document["error"]
    assert set(error) == {"code", "message", "details"}
    assert VIETNAMESE.search(error["message"]), error
    assert "{" not in error["message"]
    assert error["code"] in ERRORS
    return error


def code_of(home: Path, *words: str, **more: Any) -> str:
    return str(refused(home, *words, **more)["code"])


def done(home: Path, *words: str, **more: Any) -> Any:
    code, document, err = run_verb(home, *words, **more)
    assert code == 0, (document, err)
    return document


def files(home: Path) -> dict[str, str]:
    """Every file of a home and its hash; logs and locks aside."""
    return {
        path.relative_to(home).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(home.rglob("*"))
        if path.is_file() and path.name != "lock" and "logs" not in path.parts
    }


@dataclass
class Village:
    """A serving upper server behind a line, and an enrolled home with one sent and one unsent household."""

    server: RealServer
    line: Line
    home: Path
    sent: str
    unsent: str

    def kept(self) -> None:
        """Both households are there, the unsent one still waiting."""
        rows = {row["id"]: row["state"] for row in done(self.home, "list", "household")["rows"]}
        assert rows == {self.sent: "accepted", self.unsent: "local"}


@pytest.fixture(scope="module")
def village(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Village]:
    folder = tmp_path_factory.mktemp("xã")
    with RealServer(folder) as server, Line(server.port) as line:
        server.team_add(hamlets=["Thôn 1"])
        home = folder / "máy của Hoa"
        done(home, "init", "--name", "Nguyễn Thị Hoa")
        done(home, "enrol", line.url, server.invite()["code"])
        (sent,) = done(home, "add", "household", typed='{"head_name":"Trần Văn Đức","lane":"Ngõ 4"}')["ids"]
        done(home, "sync")
        (unsent,) = done(home, "add", "household", typed='{"head_name":"Lê Thị Ái","lane":"Ngõ 2"}')["ids"]
        yield Village(server, line, home, sent, unsent)


@pytest.fixture
def home(village: Village, tmp_path: Path) -> Path:
    """A copy of the home that a test may spoil."""
    shutil.copytree(village.home, tmp_path / "nhà")
    return tmp_path / "nhà"


def test_wrong_or_missing_passphrase(village: Village) -> None:
    before = files(village.home)
    assert code_of(village.home, "status", passphrase="sai nhưng cũng dài") == "wrong_passphrase"
    assert code_of(village.home, "status", passphrase=None) == "passphrase_required"
    assert files(village.home) == before
    village.kept()


def test_too_short_a_passphrase_makes_no_store(tmp_path: Path) -> None:
    assert code_of(tmp_path / "mới", "init", passphrase="ngắn quá") == "passphrase_too_short"
    assert not (tmp_path / "mới" / "ntmdesk.db").exists()
    assert code_of(tmp_path / "mới", "status") == "no_store"


def halved(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def torn(path: Path) -> None:
    """The first page lost, as after a failing disk."""
    with path.open("r+b") as file:
        file.seek(16)
        file.write(bytes(4_000))


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def replaced(path: Path) -> None:
    path.write_text("Họ và tên;Năm sinh\n" * 400, "utf-8")


@pytest.mark.parametrize(
    ("spoil", "codes"),
    [
        (halved, {"store_damaged"}),
        (torn, {"store_damaged"}),
        (emptied, {"not_a_store", "store_damaged"}),
        (replaced, {"not_a_store"}),
    ],
)
def test_a_spoiled_file_is_told_and_left_alone(
    home: Path, spoil: Callable[[Path], None], codes: set[str]
) -> None:
    spoil(home / "ntmdesk.db")
    before = files(home)
    assert code_of(home, "add", "household", typed='{"head_name":"Ai Đó"}') in codes
    assert files(home) == before


def test_a_newer_store_is_left_alone(home: Path) -> None:
    key, _ = Vault(home).open(PASSPHRASE)
    db = sqlcipher.connect(home / "ntmdesk.db", key)
    db.execute(
        "INSERT INTO _sqlite_migrations(migration_set, name, applied_at) VALUES('ntmdesk', 'm9999_next', '')"
    )
    db.commit()
    db.close()
    before = files(home)
    assert code_of(home, "list", "household") == "store_too_new"
    assert files(home) == before


def test_lost_and_damaged_keys(home: Path) -> None:
    keys = home / "keys.json"
    text = keys.read_text("utf-8")
    keys.write_text(text[: len(text) // 2], "utf-8")
    assert code_of(home, "status") == "keys_damaged"
    keys.unlink()
    assert code_of(home, "status") in ("keys_missing", "no_store")
    keys.write_text(text, "utf-8")
    assert done(home, "list", "household")["total"] == 2


@contextmanager
def small_disk(folder: Path, kilobytes: int) -> Iterator[bool]:
    """A disk of its own under ``folder``; False where this machine does not let us mount one."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(folder)]
    mounted = os.geteuid() == 0 and subprocess.run(mount, capture_output=True, check=False).returncode == 0
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(folder)], capture_output=True, check=True)


def rows(count: int) -> str:
    notes = "Nhà ở cuối ngõ, cửa màu xanh. " * 15
    return "\n".join(
        json.dumps({"head_name": f"Hộ {n}", "lane": "Ngõ 9", "notes": notes}) for n in range(count)
    )


def test_a_full_disk(home: Path, tmp_path: Path) -> None:
    size = sum(path.stat().st_size for path in home.rglob("*") if path.is_file()) // 1024
    with small_disk(tmp_path / "đĩa", size + 400) as mounted:
        place = tmp_path / "đĩa" / "nhà"
        shutil.copytree(home, place)
        (before,) = done(place, "add", "household", typed='{"head_name":"Trước khi đầy"}')["ids"]

        def limit() -> None:
            most = (place / "ntmdesk.db").stat().st_size + 400_000
            resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))

        more: dict[str, Any] = {} if mounted else {"preexec_fn": limit}
        code, document, _ = run_verb(place, "add", "household", typed=rows(1_400), **more)
        assert (code, document["error"]["code"]) in ((1, "disk_full"), (1, "disk_trouble"))
        if mounted:
            assert document["error"]["code"] == "disk_full"
            assert code_of(place, "backup", str(tmp_path / "đĩa" / "sao.ntmbackup")) == "disk_full"
            assert not (tmp_path / "đĩa" / "sao.ntmbackup").exists()
            subprocess.run(["mount", "-o", "remount,size=200m", str(tmp_path / "đĩa")], check=True)
        there = {row["id"] for row in done(place, "list", "household")["rows"]}
        assert before in there
        assert done(place, "check")["ok"]
        (after,) = done(place, "add", "household", typed='{"head_name":"Sau khi dọn"}')["ids"]
        assert done(place, "list", "household", "--search", "sau khi don")["rows"][0]["id"] == after


@pytest.fixture
def readable(home: Path) -> Iterator[Path]:
    """The home where an unprivileged person can read and not write."""
    folder = Path(tempfile.mkdtemp(prefix="ntmdesk-test-"))
    folder.chmod(0o755)
    place = folder / "nhà"
    shutil.copytree(home, place)
    for path in (place, *place.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    yield place
    for path in (place, *place.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    shutil.rmtree(folder)


def test_a_folder_that_cannot_be_written(readable: Path) -> None:
    more: dict[str, Any] = {"preexec_fn": obey_rights}
    before = files(readable)
    typed = '{"head_name":"Ai Đó"}'
    assert code_of(readable, "add", "household", typed=typed, **more) == "read_only"
    assert code_of(readable / "mới", "init", **more) == "read_only"
    assert files(readable) == before


def test_no_server(village: Village, tmp_path: Path) -> None:
    """The laptop was enrolled straight at the server's own address, which then falls silent."""
    straight = tmp_path / "thẳng"
    done(straight, "init", "--name", "Hồ Thị Bảy")
    done(straight, "enrol", village.server.url, village.server.invite()["code"])
    done(straight, "add", "household", typed='{"head_name":"Bùi Văn Đá"}')
    village.server.stop()
    try:
        assert code_of(straight, "sync") == "server_down"
        assert done(straight, "status")["pending"] == 1
    finally:
        village.server.start()
    assert done(straight, "sync")["accepted"] == 1


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that has joined nobody."""
    home = tmp_path_factory.mktemp("máy") / "riêng"
    done(home, "init", "--name", "Phạm Minh Tú")
    return home


@pytest.mark.parametrize(
    ("url", "codes"),
    [
        ("http://may-chu.xa.example:8443", {"tls_required"}),
        ("http://192.0.2.7:8443", {"tls_required"}),
        ("https://khong-co-ten-nay.invalid", {"dns", "offline"}),
        ("http://127.0.0.1:1", {"server_down"}),
    ],
)
def test_addresses_that_lead_nowhere(
    alone: Path, url: str, codes: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    assert code_of(alone, "enrol", url, "AAAA-BBBB-CCCC-DDDD") in codes
    assert done(alone, "status")["enrolled"] is False


def test_joined_though_the_first_sync_meets_a_login_page(village: Village, tmp_path: Path) -> None:
    """The invitation is used up: whoever was told that it failed would try it again for nothing."""
    home = tmp_path / "nhà"
    done(home, "init", "--name", "Võ Thị Sen")
    (kept,) = done(home, "add", "household", typed='{"head_name":"Ghi trước khi vào"}')["ids"]
    page = "<!DOCTYPE html><html>Đăng nhập wifi</html>".encode()
    line, code = village.line, village.server.invite()["code"]
    line.break_after(messages=1, then=lambda: line.answer("200 OK", page, "text/html"))
    told = done(home, "enrol", line.url, code)
    assert tuple(told) == ("team", "role", "device", "pulled", "sync")
    assert (told["role"], told["pulled"]) == ("member", 0)
    assert set(told["sync"]) == {"code", "message", "details"}
    assert told["sync"]["code"] == "bad_reply"
    assert VIETNAMESE.search(told["sync"]["message"])
    assert done(home, "status")["enrolled"] is True
    assert code_of(home, "sync") == "bad_reply"  # asked for by itself a sync that fails is a failure
    line.mend()
    done(home, "sync")
    assert done(home, "status")["pending"] == 0
    row = done(home, "get", "household", kept)
    assert row["state"] == "accepted"
    assert row["hamlet"] == done(home, "list", "hamlet")["rows"][0]["id"]  # what joining owed was done, too


def test_a_wrong_invitation(alone: Path, village: Village) -> None:
    assert code_of(alone, "enrol", village.server.url, "AAAA-BBBB-CCCC-DDDD") == "bad_code"
    used = village.server.invite()["code"]
    other = alone.parent / "khác"
    done(other, "init", "--name", "Lê Văn Nam")
    done(other, "enrol", village.server.url, used)
    assert code_of(alone, "enrol", village.server.url, used) == "code_used"
    assert done(alone, "status")["enrolled"] is False


def error_reply(code: str, **details: Any) -> bytes:
    return encode_message(ErrorReply(code, details), plain=True)


@pytest.mark.parametrize(
    ("status", "body", "kind", "codes"),
    [
        ("200 OK", b"<html>Wi-Fi: dang nhap</html>", "text/html", {"bad_reply"}),
        ("200 OK", bytes(range(256)) * 40, "application/octet-stream", {"bad_reply"}),
        ("200 OK", b"NTMX" + b"\xff" * 30, "application/octet-stream", {"bad_reply"}),
        ("302 Found", b"", "text/html", {"bad_reply"}),
        ("404 Not Found", b"no", "text/plain", {"refused"}),
        ("502 Bad Gateway", b"<html>", "text/html", {"server_down"}),
        (
            "426 Upgrade Required",
            error_reply("too_old", minimum=7, maximum=9),
            "application/json",
            {"too_old"},
        ),
        ("426 Upgrade Required", error_reply("too_new", maximum=0), "application/json", {"too_new"}),
        ("409 Conflict", error_reply("clone"), "application/json", {"clone"}),
    ],
)
def test_answers_that_are_none(
    village: Village, status: str, body: bytes, kind: str, codes: set[str]
) -> None:
    village.line.answer(status, body, kind)
    try:
        assert code_of(village.home, "sync") in codes
    finally:
        village.line.mend()
    assert done(village.home, "status")["pending"] == 1


def test_a_certificate_that_is_not_the_invited_one(tmp_path: Path) -> None:
    with RealServer(tmp_path, tls=True) as server:
        server.team_add(hamlets=["Thôn 1"])
        home = tmp_path / "máy"
        done(home, "init", "--name", "Vũ Thị Chín")
        code, _, fingerprint = server.invite()["code"].partition(".")
        wrong = ("0" if fingerprint[0] != "0" else "1") + fingerprint[1:]
        assert code_of(home, "enrol", server.url, f"{code}.{wrong}") == "tls"
        assert code_of(home, "enrol", server.url, code) == "tls"  # no fingerprint, and nobody vouches
        assert done(home, "enrol", server.url, f"{code}.{fingerprint}")["role"] == "member"
        done(home, "add", "household", typed='{"head_name":"Bùi Văn Đá"}')
        server.stop()
        (tmp_path / "kẻ khác").mkdir()
        other = RealServer(tmp_path / "kẻ khác", tls=True)
        shutil.rmtree(server.data / "tls")
        shutil.copytree(other.data / "tls", server.data / "tls")
        server.start()
        assert server.fingerprint != fingerprint
        error = refused(home, "sync")
        assert (error["code"], error["details"]["reason"]) == ("tls", "fingerprint")
        assert done(home, "status")["pending"] == 1


def test_what_is_not_in_this_version(alone: Path, village: Village, tmp_path: Path) -> None:
    out = tmp_path / "x.xlsx"
    table = tmp_path / "bảng.xlsx"
    table.write_bytes(b"PK\x03\x04")
    for words in (
        ("week", "show", "--out", str(out)),
        ("import", str(table), "--kind", "household"),
        ("export", "household", str(out)),
    ):
        assert code_of(alone, *words) == "not_yet", words
    assert list(tmp_path.iterdir()) == [table]
    with pytest.raises(VerbFailed, match="not_yet"):
        village.server.run("logs")


def test_lines_that_are_wrong_do_not_hold_up_the_right_one(alone: Path) -> None:
    hamlet = {"local_code": "15880-001", "name": "Thôn 1", "type": "thon", "commune": "15880"}
    (place,) = done(alone, "add", "hamlet", typed=json.dumps(hamlet))["ids"]
    lines: list[Any] = [
        {"head_name": "Đúng", "hamlet": "15880-001"},
        {"head_name": "Sai mục", "colour": "red"},
        {"head_name": "Sai nơi", "hamlet": "15880-999"},
        {"lane": "Không tên"},
        {"id": place, "head_name": "Mã của loại khác"},
        ["không phải bản ghi"],
        {"head_name": "Đúng nữa", "members_n": 4},
    ]
    text = "\n".join([*(json.dumps(line, ensure_ascii=False) for line in lines), '{"head_name": "dở'])
    told = done(alone, "add", "household", typed=text)
    assert [bool(id) for id in told["ids"]] == [True, False, False, False, False, False, True, False]
    codes = {r["line"]: r["code"] for r in told["refused"]}
    assert (codes[2], codes[3], codes[4], codes[5]) == (
        "unknown_field",
        "unknown_reference",
        "invalid",
        "id_in_use",
    )
    assert set(codes) == {2, 3, 4, 5, 6, 8}
    assert all(VIETNAMESE.search(r["message"]) for r in told["refused"])
    assert code_of(alone, "add", "spaceship", typed="{}") == "unknown_kind"
    # the same id with the same values again is no change
    again = {"id": told["ids"][0], "head_name": "Đúng", "hamlet": "15880-001"}
    assert done(alone, "add", "household", typed=json.dumps(again))["ids"] == [told["ids"][0]]
    assert done(alone, "list", "household")["total"] == 2


def test_a_catalogue_with_a_mistake_is_not_loaded(village: Village, tmp_path: Path) -> None:
    folder = tmp_path / "catalogues"
    shutil.copytree(REPOSITORY / "resources" / "catalogues", folder)
    top = folder / "catalogue.toml"
    top.write_text(top.read_text("utf-8").replace("version = 1", "version = 2"), "utf-8")
    household = folder / "kinds" / "household.toml"
    household.write_text(household.read_text("utf-8").replace('type = "text"', 'type = "colour"', 1), "utf-8")
    asked = [*COMMAND, "catalogue", "load", str(folder), "--data", str(village.server.data), "--json"]
    told = subprocess.run(
        asked, cwd=REPOSITORY, capture_output=True, text=True, encoding="utf-8", check=False
    )
    error = json.loads(told.stdout)["error"]
    assert (told.returncode, error["code"]) == (1, "catalogue_damaged")
    assert "household.toml" in error["details"]["file"]
    assert error["details"]["key"]
    assert error["details"]["reason"]
    assert VIETNAMESE.search(error["message"])
    village.line.mend()
    assert done(village.home, "status")["pending"] == 1
    assert village.server.run("check")["ok"] is True


def test_at_last_everything_goes_through_and_then_the_laptop_is_shut_out(village: Village) -> None:
    """The unsent household survived all of the above; a revoked laptop keeps what it records after."""
    village.line.mend()
    village.kept()
    numbers = done(village.home, "sync")
    assert (numbers["accepted"], numbers["pending"]) == (1, 0)
    (device,) = [d["device"] for d in village.server.run("devices")["rows"] if d["name"] == "Nguyễn Thị Hoa"]
    village.server.run("revoke", device)
    (late,) = done(village.home, "add", "household", typed='{"head_name":"Sau khi bị khóa"}')["ids"]
    assert code_of(village.home, "sync") == "revoked"
    assert done(village.home, "get", "household", late)["state"] == "local"
    assert done(village.home, "status")["pending"] == 1
    # with a new invitation it is let in again, and what waited goes out
    done(village.home, "enrol", village.line.url, village.server.invite()["code"])
    assert done(village.home, "get", "household", late)["state"] == "accepted"
