"""The catalogue as a judge: what it remembers never changes what it says."""

from __future__ import annotations

from typing import Any

import pytest

from sync.hub.judging import CatalogueJudge
from sync.protocol import records
from sync.protocol.dots import Dot
from sync.protocol.forms import reserved_code
from sync.protocol.records import Stamp
from sync.protocol.validation import judge_cell
from tests.sync.protocol.catalogue_files import shipped

VALUES: list[tuple[str, str, Any]] = [
    ("household", "poverty", "poor"),
    ("household", "poverty", "rich"),
    ("household", "poverty", 1),
    ("household", "members_n", 4),
    ("household", "members_n", True),
    ("household", "members_n", 1.0),
    ("household", "members_n", -1),
    ("household", "head_name", "Lò Thị Mai"),
    ("household", "no_such_field", 1),
    ("no_such_kind", "a", 1),
    ("support_visit", "lines/r1", {"#": 0, "service": "K01", "outcome": "done"}),
    ("support_visit", "lines/không được", {"#": 0, "service": "K01", "outcome": "done"}),
    ("support_visit", "lines/r1", {"#": 0, "service": "K99x", "outcome": "done"}),
    ("support_visit", "lines", {"#": 0, "service": "K01", "outcome": "done"}),
    ("support_visit", "lines/r1", None),
]


@pytest.mark.parametrize("order", [1, -1])
def test_remembering_changes_no_verdict(order: int) -> None:
    judge = CatalogueJudge(shipped())
    for _ in range(3):
        for kind, cell, value in VALUES[::order]:
            assert judge.judge(kind, cell, value) == judge_cell(shipped(), kind, cell, value)
    assert {judge.judge(*v) for v in VALUES} >= {None, "unknown_kind", "wrong_type", "unknown_choice"}


def test_kinds_of_the_server_are_guarded() -> None:
    judge = CatalogueJudge(shipped())
    assert "target" in judge.guarded
    assert "household" not in judge.guarded
    assert judge.writer("household", "head_name", "x") == "anyone"


def test_a_rule_between_fields_is_flagged_when_one_of_its_cells_changed() -> None:
    judge = CatalogueJudge(shipped())
    dot = Dot(1, "00000000000000aa")
    broken = records.create("training", "t", {"attended_n": 3, "women_n": 9}, dot, Stamp(1, "", 1))
    assert judge.flags(broken, ["women_n", "title"])
    assert judge.flags(broken, ["attended_n"])
    assert judge.flags(broken, ["title", "_deleted", "no_such_field"]) == ()
    assert not judge.touches_rule("training", ["title"])
    assert not judge.touches_rule("no_such_kind", ["women_n"])
    fine = records.create("training", "t", {"attended_n": 9, "women_n": 3}, dot, Stamp(1, "", 1))
    assert [code for _, code in judge.flags(fine, ["women_n"]) if "women" in code] == []
    wrong = records.create("training", "t", {"attended_n": 3, "women_n": "chín"}, dot, Stamp(1, "", 1))
    assert judge.flags(wrong, ["women_n"]) == ()


def test_a_rule_inside_rows_is_flagged_when_a_row_changed() -> None:
    judge = CatalogueJudge(shipped())
    dot = Dot(1, "00000000000000aa")
    lines = {"lines/a": {"#": 0, "service": "K01", "outcome": "failed"}, "persons_n": 1}
    broken = records.create("support_visit", "v", lines, dot, Stamp(1, "", 1))
    assert ("lines", "reason_when_failed") in judge.flags(broken, ["lines/a"])
    assert judge.flags(broken, ["notes", "members/m"]) == ()


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("_born", True, None),
        ("_born", 1, "wrong_type"),
        ("_deleted", [[["a"], {"00000000000000aa": 1}]], None),
        ("_deleted", [[["a"], 1]], "wrong_type"),
        ("_something", 1, "unknown_field"),
    ],
)
def test_reserved_cells(name: str, value: Any, code: str | None) -> None:
    assert reserved_code(name, value) == code


def test_a_column_is_fine_exactly_when_each_of_its_values_is() -> None:
    judge = CatalogueJudge(shipped())
    columns: list[tuple[str, str, list[Any]]] = [
        ("household", "phone", [f"09{i:08d}" for i in range(100)]),
        ("household", "phone", [f"09{i:08d}" for i in range(100)] + ["0912 345"]),
        ("household", "phone", ["0912345678\n0912345679", *(f"09{i:08d}" for i in range(99))]),
        ("household", "phone", [f"09{i:08d}" for i in range(100)] + ["٠٩١٢٣٤٥٦٧٨"]),
        ("household", "head_name", [f"Nguyễn Văn {i}" for i in range(100)]),
        ("household", "head_name", [f"Nguyễn Văn {i}" for i in range(100)] + ["x" * 10_000]),
        ("household", "head_name", [f"Nguyễn Văn {i}" for i in range(100)] + ["a\x00b"]),
        ("household", "head_name", [f"Nguyễn Văn {i}" for i in range(100)] + [7]),
        ("household", "head_name", [None, "An"]),
        ("household", "members_n", list(range(1, 8)) * 20),
        ("household", "members_n", [1, 2, -1]),
        ("household", "members_n", [1, True]),
        ("household", "nowhere", ["x"]),
        ("nothing", "phone", ["0912345678"]),
        ("support_visit", "difficulties/", ["D01", "no such code"]),
    ]
    verdicts = [judge.fine(*column) for column in columns]
    one_by_one = [
        all(
            judge.judge(
                kind, cell + value if cell.endswith("/") else cell, value if cell[-1] != "/" else True
            )
            is None
            for value in values
        )
        for kind, cell, values in columns
    ]
    assert verdicts == one_by_one
    assert set(verdicts) == {True, False}
