"""Forms from kinds: values in and out, what was changed, problems at their fields."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QScrollArea
from pytestqt.qtbot import QtBot

from ntmdesk.domain.kinds import Catalogue, Field, Problem, validate
from ntmdesk.ui.forms.choices import (
    ChipsEditor,
    DropDownEditor,
    ReferenceEditor,
    ReferencesEditor,
    YesNoEditor,
)
from ntmdesk.ui.forms.editor import (
    BirthEditor,
    IdNumberEditor,
    NumberEditor,
    PhoneEditor,
    TextEditor,
    read_number,
    read_time,
)
from ntmdesk.ui.forms.fields import KeptEditor, make_editor
from ntmdesk.ui.forms.form import Form
from ntmdesk.ui.forms.rows import RowsEditor
from ntmdesk.ui.widgets.suggestions import Suggestion
from tests.ntmdesk.ui.accessibility import walk

TODAY = date(2026, 11, 22)
MakeForm = Callable[..., Form]


@pytest.fixture
def make(qtbot: QtBot, catalogue: Catalogue) -> MakeForm:
    def made(kind: str, **options: Any) -> Form:
        form = Form(catalogue.kind(kind), catalogue, lambda: TODAY, **options)
        qtbot.addWidget(form)
        form.resize(900, 700)
        form.show()
        form.activateWindow()
        qtbot.waitUntil(form.isActiveWindow)
        return form

    return made


def a_field(type_: str, **more: Any) -> Field:
    return Field(name="x", type=type_, label={"vi": "Mục", "en": "Field"}, **more)


@pytest.mark.parametrize(
    ("typed", "whole", "value"),
    [
        ("1.234", True, 1234),
        ("1.234.567", True, 1234567),
        ("1.234,5", False, 1234.5),
        ("12,5", True, None),
        ("12,5", False, 12.5),
        ("0", True, 0),
        ("-3", True, -3),
        ("1.5", False, 1.5),
        ("3 người", True, None),
        ("1e9", True, None),
        ("inf", False, None),
        ("٣", True, None),
        ("", True, None),
    ],
)
def test_numbers_as_people_write_them(typed: str, whole: bool, value: float | None) -> None:
    assert read_number(typed, whole) == value


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("14:05", "14:05"),
        ("14h05", "14:05"),
        ("14h", "14:00"),
        ("1405", "14:05"),
        ("905", "09:05"),
        ("9", "09:00"),
        ("24:00", None),
        ("9:75", None),
        ("chiều", None),
        ("", None),
    ],
)
def test_times_as_people_write_them(typed: str, value: str | None) -> None:
    assert read_time(typed) == value


def test_every_kind_makes_a_form_whose_values_come_back(make: MakeForm, catalogue: Catalogue) -> None:
    for name in catalogue.kinds:
        form = make(name)
        assert form.values() == {}
        assert set(form.names()) == set(catalogue.kind(name).names)
        assert form.changed() == {}
        walk(form)
        form.close()


def test_values_of_every_type_are_kept(make: MakeForm) -> None:
    household = {
        "head_name": "Trần Văn Đức",
        "code": "a1b2-0003",
        "members_n": 4,
        "smartphones_n": 0,
        "internet": "fibre",
        "policy_family": False,
        "last_visit": "2026-02-05",
        "hamlet": "0190-id",
        "brought_by_a_newer_program": {"kept": True},
    }
    form = make("household")
    form.set_values(household)
    assert form.values() == household
    visit = {
        "lines": [{"id": "r1", "service": "K04", "outcome": "failed", "unknown": 1}],
        "persons": ["a", "b"],
    }
    lines = make("support_visit")
    lines.set_values(visit)
    assert lines.values() == visit
    assert lines.changed() == {}


def test_only_what_the_person_changed_is_a_change(make: MakeForm, qtbot: QtBot) -> None:
    form = make("household")
    edits: list[bool] = []
    turns: list[bool] = []
    form.edited.connect(lambda: edits.append(True))
    form.dirty.connect(turns.append)
    form.set_values({"head_name": "Hoa", "members_n": 4, "lane": "Ngõ 4"})
    head = form.field("head_name")
    assert isinstance(head, TextEditor)
    head.line.setFocus()
    qtbot.keyClicks(head.line, "n")
    assert form.changed() == {"head_name": "Hoan"}
    qtbot.keyClick(head.line, Qt.Key.Key_Backspace)
    assert form.changed() == {}
    lane = form.field("lane")
    assert isinstance(lane, TextEditor)
    lane.line.setFocus()
    lane.line.selectAll()
    qtbot.keyClick(lane.line, Qt.Key.Key_Delete)
    assert form.changed() == {"lane": None}
    assert len(edits) == 3
    assert turns == [True, False, True]
    form.set_values({"head_name": "Hoa"})
    assert form.changed() == {}
    assert turns == [True, False, True, False]


def test_a_draft_or_a_card_counts_as_changed(make: MakeForm) -> None:
    form = make("resident")
    form.set_values({"sex": "f"})
    form.fill({"full_name": "Đặng Thị Hoà", "sex": "f", "not_of_this_kind": 1})
    assert form.changed() == {"full_name": "Đặng Thị Hoà"}


def test_problems_stand_at_their_fields(make: MakeForm, catalogue: Catalogue) -> None:
    form = make("support_visit")
    form.set_values({"lines": [{"id": "r1", "service": "K04", "outcome": "failed"}]})
    problems = validate(catalogue, "support_visit", form.values(), today=TODAY)
    stray = Problem("not_shown", "required")
    assert form.show_problems([*problems, stray]) == [stray]
    assert form.field("date").problem_words() == "Cần nhập mục này."
    lines = form.field("lines")
    assert isinstance(lines, RowsEditor)
    assert lines.lines[0].editors["failure_reason"].problem_words()
    assert form.focus_first_problem()
    form.show_problems([])
    assert not form.focus_first_problem()
    assert lines.lines[0].editors["failure_reason"].problem_words() == ""


def test_typing_takes_the_problem_away(make: MakeForm, qtbot: QtBot) -> None:
    form = make("household")
    form.show_problems([Problem("head_name", "required")])
    head = form.field("head_name")
    assert isinstance(head, TextEditor)
    qtbot.keyClicks(head.line, "H")
    assert head.problem_words() == ""


def test_what_cannot_be_read_is_a_problem_before_saving(make: MakeForm, qtbot: QtBot) -> None:
    form = make("household")
    members = form.field("members_n")
    assert isinstance(members, NumberEditor)
    qtbot.keyClicks(members.line, "bon")
    assert form.values() == {}
    assert [(p.field, p.code) for p in form.local_problems()] == [("members_n", "not_a_number")]
    assert form.is_dirty()


def test_fields_of_others_are_read_only(make: MakeForm, catalogue: Catalogue) -> None:
    kinds = [k for k in catalogue.kinds.values() if any(f.writer == "server" for f in k.fields)]
    assert kinds
    name = next(f.name for f in kinds[0].fields if f.writer == "server")
    form = make(kinds[0].name)
    control = form.field(name).control
    assert not control.isEnabled() or control.isReadOnly()  # type: ignore[attr-defined]


def test_a_narrow_form_has_one_column(make: MakeForm, qtbot: QtBot) -> None:
    form = make("household")
    frame = QScrollArea()
    qtbot.addWidget(frame)
    frame.setWidgetResizable(True)
    frame.setWidget(form)
    frame.resize(800, 600)
    frame.show()

    def left(name: str) -> int:
        return form.field(name).mapTo(form, QPoint(0, 0)).x()

    qtbot.waitUntil(lambda: left("code") > left("head_name"))
    frame.resize(400, 600)
    qtbot.waitUntil(lambda: left("code") == left("head_name"))
    assert frame.horizontalScrollBar().maximum() == 0


def test_references_are_found_by_typing_and_named(make: MakeForm, qtbot: QtBot) -> None:
    form = make("household")
    names = {"h1": "Thôn 1"}
    form.set_suggest(lambda kind, text, deliver: deliver([Suggestion("h1", "Thôn 1", kind)]))
    form.set_name_of(lambda kind, id, deliver: deliver(names.get(id, "")))
    hamlet = form.field("hamlet")
    assert isinstance(hamlet, ReferenceEditor)
    form.set_values({"hamlet": "h1"})
    assert hamlet.box.text() == "Thôn 1"
    form.set_values({})
    hamlet.control.setFocus()
    qtbot.keyClicks(hamlet.box.edit, "thon")
    assert hamlet.local_problem() == "bad_reference"
    qtbot.keyClick(hamlet.box.edit, Qt.Key.Key_Return)
    assert form.changed() == {"hamlet": "h1"}


def test_several_references_are_chips(qtbot: QtBot) -> None:
    editor = ReferencesEditor(a_field("references", refers="resident"))
    qtbot.addWidget(editor)
    editor.show()
    editor.activateWindow()
    qtbot.waitUntil(editor.isActiveWindow)
    told: list[bool] = []
    editor.edited.connect(lambda: told.append(True))
    editor.suggest = lambda kind, text, deliver: deliver([Suggestion("p1", "Đặng Thị Hoà")])
    editor.box.setFocus()
    qtbot.keyClicks(editor.box.edit, "h")
    qtbot.keyClick(editor.box.edit, Qt.Key.Key_Return)
    assert editor.value() == ["p1"]
    assert editor.box.text() == ""
    editor.chips.chips()[0].click()
    assert editor.value() is None
    assert told == [True, True]


def test_rows_are_added_and_taken_away(make: MakeForm, qtbot: QtBot) -> None:
    form = make("support_visit")
    form.set_suggest(lambda kind, text, deliver: deliver([]))
    lines = form.field("lines")
    assert isinstance(lines, RowsEditor)
    line = lines.add_row()
    assert lines.value() is None, "a blank row is no row"
    notes = line.editors["notes"]
    notes.control.setFocus()
    qtbot.keyClicks(notes.control, "BHYT")
    assert form.changed() == {"lines": [{"notes": "BHYT"}]}
    line.removed.emit(line)
    assert form.values() == {}
    walk(form)


def test_an_identity_number_stays_masked(qtbot: QtBot) -> None:
    editor = IdNumberEditor(a_field("id_number"))
    qtbot.addWidget(editor)
    editor.show()
    editor.set_value("038158000123")
    assert "158000" not in editor.line.text()
    assert editor.value() == "038158000123"
    editor.line.setFocus()
    assert "158000" not in editor.line.text()
    editor._eye.trigger()
    assert editor.line.text() == "038158000123"
    editor.set_value("038158000123")
    press = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_0, Qt.KeyboardModifier.NoModifier, "0")
    QApplication.sendEvent(editor.line, press)
    qtbot.keyClicks(editor.line, "38 158 000 999")
    assert editor.value() == "038158000999"
    editor.set_value("038158000123")
    qtbot.keyClick(editor.line, Qt.Key.Key_Backspace)
    assert editor.value() is None


def test_births_and_phones_settle(qtbot: QtBot) -> None:
    birth = BirthEditor(a_field("birth"), lambda: TODAY)
    phone = PhoneEditor(a_field("phone"))
    for editor in (birth, phone):
        qtbot.addWidget(editor)
    qtbot.keyClicks(birth.line, "3/1958")
    assert birth.value() == "1958-03"
    birth.set_value("1958-03-15")
    assert birth.line.text() == "15/03/1958"
    birth.line.setText("2030")
    assert (birth.value(), birth.local_problem()) == (None, "birth_in_future")
    phone.line.setText("0912.345.678")
    phone.line.editingFinished.emit()
    assert phone.value() == "0912345678"
    assert phone.line.text() != "0912.345.678"


def test_choices_keep_codes_they_do_not_know(qtbot: QtBot, catalogue: Catalogue) -> None:
    short = make_editor(catalogue, a_field("choice", choices="internet"), lambda: TODAY)
    many = make_editor(catalogue, a_field("choices", choices="internet"), lambda: TODAY)
    long = make_editor(catalogue, a_field("choice", choices="services"), lambda: TODAY)
    for editor, kind in ((short, ChipsEditor), (many, ChipsEditor), (long, DropDownEditor)):
        qtbot.addWidget(editor)
        assert isinstance(editor, kind)
    for editor, value in ((short, "balloon"), (many, ["fibre", "balloon"]), (long, "K98765")):
        editor.set_value(value)
        assert editor.value() == value
        editor.set_value(None)
        assert editor.value() is None


def test_no_is_not_blank(qtbot: QtBot) -> None:
    editor = YesNoEditor(a_field("boolean"))
    qtbot.addWidget(editor)
    for value in (None, True, False):
        editor.set_value(value)
        assert editor.value() is value
    editor.chips.chips()[1].click()
    assert editor.value() is None


def test_a_type_of_a_newer_catalogue_is_kept(qtbot: QtBot, catalogue: Catalogue) -> None:
    editor = make_editor(catalogue, a_field("hologram"), lambda: TODAY)
    qtbot.addWidget(editor)
    assert isinstance(editor, KeptEditor)
    editor.set_value({"a": 1})
    assert editor.value() == {"a": 1}


@pytest.mark.parametrize("type_", ["text", "long_text"])
def test_a_value_from_before_a_shorter_limit_is_never_cut_unseen(
    qtbot: QtBot, catalogue: Catalogue, type_: str
) -> None:
    editor = make_editor(catalogue, a_field(type_, max_length=5), lambda: TODAY)
    qtbot.addWidget(editor)
    editor.set_value("bảy chữ")
    assert editor.value() == "bảy chữ"
    assert editor.local_problem() == ""  # it stands; what else is saved of the record is not held up
    control = editor.control
    control.setText("sáu ch") if isinstance(editor, TextEditor) else control.setPlainText("sáu ch")
    assert editor.local_problem() == "too_long"
    control.setText("năm c") if isinstance(editor, TextEditor) else control.setPlainText("năm c")
    assert editor.local_problem() == ""
