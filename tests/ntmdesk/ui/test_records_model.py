"""A table of any kind: paging, words, order, and what Qt demands of a model."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from ntmdesk.domain.kinds import Catalogue
from ntmdesk.ui.jobs import Jobs
from ntmdesk.ui.models.records import PAGE, PAGES_KEPT, TONE, RecordsModel
from ntmdesk.ui.models.titles import title_of
from ntmdesk.ui.widgets.records_table import RecordsTable
from tests.fakes import ManualExecutor
from tests.ntmdesk.ui.accessibility import walk


class Shelf:
    """Households of two hamlets, as the repository would give them; notes what it is asked."""

    touched: frozenset[str] = frozenset()

    def __init__(self, count: int) -> None:
        self.count = count
        self.gone: set[int] = set()
        self.questions: list[tuple[Any, ...]] = []
        self.pages: list[int] = []

    @property
    def records(self) -> Shelf:
        return self

    def keys(
        self,
        kind: str,
        where: Mapping[str, Any] | None = None,
        search: str | None = None,
        order: str | None = None,
    ) -> array[int]:
        self.questions.append((kind, where, search, order))
        numbers = range(self.count)
        return array("q", reversed(numbers) if (order or "").startswith("-") else numbers)

    def rows(self, rowids: Sequence[int]) -> list[Mapping[str, Any]]:
        self.pages.append(len(rowids))
        return [self._row(n) for n in rowids if n not in self.gone]

    def peek(self, kind: str, id: object, deleted: bool = False) -> Mapping[str, Any] | None:
        return {"id": "h0", "name": "Thôn 1"} if id == "h0" else None

    @staticmethod
    def _row(n: int) -> dict[str, Any]:
        return {
            "id": f"id-{n}",
            "kind": "household",
            "state": "refused" if n == 1 else "accepted",
            "head_name": f"Hộ {n}",
            "members_n": 1000 + n,
            "internet": "fibre",
            "hamlet": f"h{n % 2}",
            "policy_family": False,
            "last_visit": "2026-02-05",
        }


COLUMNS = ("head_name", "members_n", "internet", "hamlet", "policy_family", "last_visit", "state")


class Table:
    """A model over a shelf, on a manual executor."""

    def __init__(self, catalogue: Catalogue, count: int, columns: Sequence[str] = COLUMNS) -> None:
        self.shelf = Shelf(count)
        self.executor = ManualExecutor()
        self.jobs: Jobs[Shelf] = Jobs(lambda: nullcontext(self.shelf), self.executor)
        self.model = RecordsModel(self.jobs, catalogue.kind("household"), catalogue, columns)
        self.totals: list[int] = []
        self.model.loaded.connect(self.totals.append)

    def show(self, **question: Any) -> None:
        self.model.show(**question)
        self.executor.drain()

    def words(self, row: int) -> list[str]:
        return [str(self.model.index(row, c).data()) for c in range(self.model.columnCount())]


@pytest.fixture
def table(qapp: object, catalogue: Catalogue) -> Table:
    return Table(catalogue, 5000)


def test_a_model_as_qt_wants_it(qapp: object, catalogue: Catalogue) -> None:
    for count in (0, 1, 600):
        table = Table(catalogue, count)
        QAbstractItemModelTester(table.model, QAbstractItemModelTester.FailureReportingMode.Fatal)
        table.show()
        if count > PAGE:
            table.model.index(PAGE, 0).data()
            table.executor.drain()
        table.shelf.count = count // 2
        table.model.reload()
        table.executor.drain()
        assert table.model.rowCount() == count // 2


def test_cells_are_words(table: Table) -> None:
    table.show()
    assert table.words(0) == ["Hộ 0", "1.000", "Cáp quang", "Thôn 1", "Không", "05/02/2026", "đã xác nhận"]
    assert table.words(1)[3] == "", "what is not here has no words"
    assert table.model.index(1, 6).data(TONE) == "danger"
    assert table.model.index(0, 1).data(Qt.ItemDataRole.TextAlignmentRole) & Qt.AlignmentFlag.AlignRight
    heads = [table.model.headerData(c, Qt.Orientation.Horizontal) for c in (0, 6)]
    assert heads == ["Chủ hộ", "Trạng thái"]


def test_personal_numbers_are_masked_in_lists(qapp: object, catalogue: Catalogue) -> None:
    table = Table(catalogue, 1)
    resident = catalogue.kind("resident")
    model = RecordsModel(table.jobs, resident, catalogue)
    for name, value in (("id_number", "038158000123"), ("phone", "0912345678")):
        words = model.words(resident.field(name), value)
        assert words
        assert value not in words.replace(" ", "")


def test_rows_come_by_the_page_when_looked_at(table: Table) -> None:
    table.show()
    assert table.totals == [5000]
    assert table.shelf.pages == [PAGE]
    far = table.model.index(3000, 0)
    assert far.data() == "…"
    far.data()
    assert table.executor.waiting == 1
    assert table.model.row_at(3000) is None
    table.executor.drain()
    assert far.data() == "Hộ 3000"
    assert table.model.id_at(3000) == "id-3000"
    assert table.model.row_of("id-3000") == 3000
    assert table.model.id_at(5000) is None


def test_far_pages_are_let_go(table: Table) -> None:
    table.show()
    for page in range(PAGES_KEPT + 3):
        table.model.index(page * PAGE, 0).data()
        table.executor.drain()
    assert table.model.row_at(0) is None
    assert table.model.index(0, 0).data() == "…"
    table.executor.drain()
    assert table.model.index(0, 0).data() == "Hộ 0"


def test_a_row_that_is_gone_is_blank_and_not_asked_for_again(table: Table) -> None:
    table.show()
    table.shelf.gone = {300}
    table.model.index(PAGE, 0).data()
    table.executor.drain()
    last = table.model.index(2 * PAGE - 1, 0)
    assert last.data() is None
    assert table.executor.waiting == 0


def test_pages_of_an_older_question_are_dropped(table: Table) -> None:
    table.show()
    table.model.index(3000, 0).data()
    table.model.show(order="-head_name")
    table.executor.drain()
    assert table.model.index(0, 0).data() == "Hộ 4999"
    assert table.model.index(3000, 0).data() == "…"


def test_order_and_search_are_the_stores_work(table: Table, qtbot: QtBot) -> None:
    view = RecordsTable(table.model)
    qtbot.addWidget(view)
    table.show(where={"lane": "Ngõ 4"}, search="hoa")
    table.model.sort(1, Qt.SortOrder.DescendingOrder)
    table.executor.drain()
    table.model.sort(6)
    table.executor.drain()
    question = ("household", {"lane": "Ngõ 4"}, "hoa")
    assert table.shelf.questions[-3:] == [(*question, None), (*question, "-members_n"), (*question, None)]


def test_the_table_opens_by_key(table: Table, qtbot: QtBot) -> None:
    view = RecordsTable(table.model)
    qtbot.addWidget(view)
    view.resize(900, 400)
    view.show()
    table.show()
    opened: list[str] = []
    chosen: list[str] = []
    view.opened.connect(opened.append)
    view.chosen.connect(chosen.append)
    assert view.choose("id-2")
    assert view.current_id() == "id-2"
    qtbot.keyClick(view, Qt.Key.Key_Down)
    qtbot.keyClick(view, Qt.Key.Key_Return)
    assert opened == ["id-3"]
    assert chosen == ["id-2", "id-3"]
    assert not view.choose("id-4999")
    walk(view)
    view.grab()


@pytest.mark.parametrize("width", [1072, 730])
def test_a_table_keeps_the_name_and_the_state_in_sight(table: Table, qtbot: QtBot, width: int) -> None:
    view = RecordsTable(table.model)
    qtbot.addWidget(view)
    view.resize(width, 400)
    view.show()
    header, last = view.horizontalHeader(), len(table.model.columns) - 1
    assert header.sectionSize(0) >= 170
    assert header.sectionSize(last) >= 128
    if width > 1000:
        assert header.length() <= view.viewport().width()
    header.resizeSection(1, 300)  # somebody's own width stays
    view.resize(width - 60, 400)
    assert header.sectionSize(1) == 300


def test_room_to_spare_goes_to_texts_and_not_to_a_day(catalogue: Catalogue, qtbot: QtBot) -> None:
    table = Table(catalogue, 3, ["last_visit", "head_name", "members_n", "lane", "state"])
    view = RecordsTable(table.model)
    qtbot.addWidget(view)
    view.resize(1300, 400)
    view.show()
    before = [view.horizontalHeader().sectionSize(at) for at in range(5)]
    view.resize(1500, 400)
    widths = [view.horizontalHeader().sectionSize(at) for at in range(5)]
    assert [at for at in range(5) if widths[at] > before[at]] == [1, 3]
    assert view.viewport().width() - sum(widths) < 2


def test_a_title_is_made_of_the_fields_named_for_it(catalogue: Catalogue) -> None:
    kind = catalogue.kind("household")
    assert title_of(kind, {"id": "x", "head_name": "Trần Văn Đức"}) == "Trần Văn Đức"
    assert title_of(kind, {"id": "x"}) == "x"
