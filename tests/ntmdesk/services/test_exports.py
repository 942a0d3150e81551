"""Records out: text that a spreadsheet cannot run, files that come in again."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path

import pytest

from ntmdesk.errors import AppError
from ntmdesk.services import exports, imports
from tests.ntmdesk.services.conftest import Bench
from tests.ntmdesk.services.week_of_work import record_week


def test_csv_holds_every_field_and_guards_formulas(bench: Bench, tmp_path: Path) -> None:
    record_week(bench)
    with bench.begin() as uow:
        hamlet = uow.records.find("hamlet", "15880-001")
        values = {"head_name": "=HYPERLINK(1)", "code": "H9", "hamlet": hamlet, "notes": 'hai\ndòng; "trích"'}
        uow.records.add("household", values)
    done = bench.ask(exports.export, "household", tmp_path / "hộ.csv", bom=True)
    data = (tmp_path / "hộ.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    read = list(csv.DictReader(data.decode("utf-8-sig").splitlines(keepends=True)))
    assert (done.rows, len(read)) == (4, 4)
    by_code = {r["code"]: r for r in read}
    assert by_code["H9"]["head_name"] == "'=HYPERLINK(1)"
    assert by_code["H9"]["notes"].replace("\r", "") == 'hai\ndòng; "trích"'
    assert by_code["H1"]["members_n"] == ""


def test_json_lines_can_be_added_again(bench: Bench, tmp_path: Path) -> None:
    from ntmdesk.services import records

    made = record_week(bench)
    bench.ask(exports.export, "support_visit", tmp_path / "lượt.jsonl")
    lines = (tmp_path / "lượt.jsonl").read_text(encoding="utf-8").splitlines()
    assert set(made.visits) <= {json.loads(line)["id"] for line in lines}
    again = records.add_lines(bench.begin, "support_visit", lines)
    assert again.refused == []
    assert set(again.ids) == {json.loads(line)["id"] for line in lines}


def test_json_lines_stand_in_one_order_whatever_order_they_came_in(bench: Bench) -> None:
    """Two laptops that hold the same records write the same bytes."""
    id = "0190e0e0-0000-7000-8000-000000000001"
    written = exports._lines(
        bench.store.catalogue.kind("household"),
        [
            {
                "id": id,
                "kind": "household",
                "state": "local",
                "head_name": "A",
                "code": "H9",
                "zz": {"b": 1, "a": 2},
            },
            {"zz": {"a": 2, "b": 1}, "code": "H9", "state": "accepted", "head_name": "A", "id": id},
        ],
    )
    one, other = written
    assert one == other
    assert list(json.loads(one)) == ["id", "head_name", "code", "zz"]


def test_an_exported_list_comes_in_unchanged(bench: Bench, tmp_path: Path) -> None:
    record_week(bench)
    bench.ask(exports.export, "household", tmp_path / "h.csv")
    sheet = imports.read((tmp_path / "h.csv").read_bytes(), "household")
    done = imports.run(bench.begin, "household", sheet, imports.propose("household", sheet.headings))
    assert (done.added, done.changed, done.same, done.refused) == (0, 0, 3, [])


@pytest.mark.skipif(os.name != "posix", reason="rights of files are those of POSIX")
@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_a_list_with_identity_numbers_is_its_owners_alone(bench: Bench, tmp_path: Path, ending: str) -> None:
    record_week(bench)
    rights = {}
    former = os.umask(0o022)
    try:
        for kind in ("resident", "household"):
            path = tmp_path / f"{kind}.{ending}"
            path.touch(0o644)
            bench.ask(exports.export, kind, path)
            rights[kind] = path.stat().st_mode & 0o777
    finally:
        os.umask(former)
    assert rights == {"resident": 0o600, "household": 0o644}


def test_only_what_was_asked_for(bench: Bench, tmp_path: Path) -> None:
    record_week(bench)
    done = bench.ask(exports.export, "household", tmp_path / "h.jsonl", {"code": "H2"})
    assert done.document() == {"rows": 1, "file": str(tmp_path / "h.jsonl")}


@pytest.mark.parametrize(
    ("kind", "name", "code"),
    [
        ("household", "h.xlsx", "not_yet"),
        ("household", "h.txt", "invalid"),
        ("nothing", "h.csv", "unknown_kind"),
    ],
)
def test_what_cannot_be_written(bench: Bench, tmp_path: Path, kind: str, name: str, code: str) -> None:
    with pytest.raises(AppError) as wrong:
        bench.ask(exports.export, kind, tmp_path / name)
    assert wrong.value.code == code
    assert not (tmp_path / name).exists()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (0, "0"),
        (True, "1"),
        (["a", "b"], "a;b"),
        ([{"id": "1"}], '[{"id":"1"}]'),
        ("-5", "'-5"),
        (-5, "-5"),
    ],
)
def test_cells(value: object, text: str) -> None:
    assert exports.cell_text(value) == text
