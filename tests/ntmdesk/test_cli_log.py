"""``week``, ``indicators``, ``import`` and ``export`` on the command line: the binding shapes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.ntmdesk.test_cli import HAMLET, Line, cheap_keys, line

__all__ = ["cheap_keys", "line"]

TEAM = {"code": "T01", "name": "Tổ công nghệ số cộng đồng Thôn 1", "hamlets": ["15880-001"]}
WEEK = ("--week", "2026-W47")


@pytest.fixture
def desk(line: Line) -> Line:
    """A store with a team, three households from a list and one visit in week 47."""
    line("init", "--name", "Nguyễn Thị Hoa")
    line.add("hamlet", HAMLET)
    line.add("team", TEAM)
    home = line.add("household", {"head_name": "Lê Văn Bảy", "code": "H1"})[0]
    lines = [{"service": "K26", "outcome": "done"}]
    visit = {"date": "2026-11-18", "household": home, "place_type": "home", "lines": lines}
    line.add("support_visit", visit)
    return line


def test_week_show_has_the_binding_shape(desk: Line) -> None:
    told = desk("week", "show", *WEEK)
    keys = {"week", "from", "to", "status", "figures", "adjustments", "missing", "files"}
    assert set(told) == keys
    assert (told["week"], told["from"], told["to"]) == ("2026-W47", "2026-11-16", "2026-11-22")
    assert told["figures"]["I06"] == {"period": 1, "cumulative": 1, "target": None, "ratio": None}
    assert told["figures"]["I51"]["period"] is None


def test_people_read_days_and_moments_as_they_write_them(desk: Line) -> None:
    assert "  18/11/2026  " in desk.text("list", "support_visit")
    desk.text("week", "submit", *WEEK)
    [log] = [row for row in desk.text("list", "weekly_log").splitlines() if "2026-W47" in row]
    assert re.search(r"\d\d/\d\d/\d{4} \d\d:\d\d$", log)


def test_from_the_draft_to_handing_in_and_back(desk: Line, tmp_path: Path) -> None:
    assert desk("week", "compile", *WEEK)["status"] == "draft"
    paper = tmp_path / "nhật ký.docx"
    handed_in = desk("week", "submit", *WEEK, "--out", str(paper))
    assert (handed_in["status"], handed_in["files"]) == ("submitted", [str(paper)])
    assert paper.read_bytes().startswith(b"PK")
    assert desk.refused("week", "submit", *WEEK) == "log_submitted"
    late = {
        "date": "2026-11-17",
        "place_type": "market",
        "persons_n": 4,
        "lines": [{"service": "K01", "outcome": "done"}],
    }
    desk.add("support_visit", late)
    after = desk("week", "show", *WEEK)
    assert after["figures"] == handed_in["figures"]
    assert {"code": "I06", "before": 1, "after": 6} in after["adjustments"]
    assert desk("week", "reopen", *WEEK, "--reason", "thiếu một lượt")["status"] == "draft"


def test_wrong_weeks_and_endings(desk: Line, tmp_path: Path) -> None:
    assert desk.refused("week", "show", "--week", "2026-W54") == "invalid"
    assert desk.refused("week", "show", *WEEK, "--out", str(tmp_path / "x.xlsx")) == "not_yet"
    assert desk.refused("week", "reopen", *WEEK, "--reason", "x") == "not_submitted"
    assert not (tmp_path / "x.xlsx").exists()


def test_week_in_words(desk: Line) -> None:
    said = desk.text("week", "show", *WEEK)
    assert "Tuần 47 (16/11–22/11/2026): Bản nháp" in said
    assert "Lượt hỗ trợ" in said


def test_indicators_have_the_binding_shape(desk: Line) -> None:
    days = ("--from", "2026-11-01", "--to", "2026-11-30")
    row = desk("indicators", *days, "--code", "I06")["rows"][0]
    assert set(row) == {"code", "value", "numerator", "denominator", "unit", "rule", "as_of"}
    assert (row["code"], row["value"], row["unit"], row["rule"]) == ("I06", 1, "lượt", "lines")
    explained = desk("indicators", *days, "--code", "I06", "--explain")["rows"][0]
    assert len(explained["records"]) == 1
    assert desk.refused("indicators", *days, "--code", "I99") == "invalid"
    desk.refused("indicators", "--from", "hôm nay", "--to", "2026-11-30", code=2)


def test_import_and_export(desk: Line, tmp_path: Path) -> None:
    listed = tmp_path / "hộ.csv"
    listed.write_text("Chủ hộ;Ngõ;Số khẩu\nĐỗ Thị Mận;Ngõ 3;2\nTrần Ất;Ngõ 3;hai\n", encoding="utf-8-sig")
    dry = desk("import", str(listed), "--kind", "household", "--dry-run")
    assert (dry["rows"], dry["added"]) == (2, 1)
    done = desk("import", str(listed), "--kind", "household")
    assert {"rows", "added", "changed", "doubles", "refused"} <= set(done)
    assert (done["added"], done["changed"], done["doubles"]) == (1, 0, 0)
    assert [(r["line"], r["code"], r["field"]) for r in done["refused"]] == [(3, "wrong_type", "members_n")]
    assert done["refused"][0]["message"]
    assert desk("import", str(listed), "--kind", "household")["added"] == 0
    out = tmp_path / "ra.csv"
    assert desk("export", "household", str(out)) == {"rows": 2, "file": str(out)}
    assert "Đỗ Thị Mận" in out.read_text(encoding="utf-8")
    assert desk.refused("export", "household", str(tmp_path / "ra.xlsx")) == "not_yet"
    assert desk.refused("import", str(tmp_path / "không có.csv"), "--kind", "household") == "not_found"
    assert desk.refused("import", str(listed), "--kind", "training") == "import_kind"
