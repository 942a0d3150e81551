"""Roll-call on a real store."""

from __future__ import annotations

import pytest

from ntmdesk.errors import UserError
from ntmdesk.services import people, training

from .conftest import Bench

HOA = {"full_name": "Đặng Thị Hoà", "birth": "1958", "sex": "f", "phone": "0912345678"}
SESSION = {"title": "Phòng lừa đảo qua mạng", "topics": ["T12"], "audience": "resident"}


@pytest.fixture
def session(bench: Bench) -> str:
    bench.do(
        people.add_household,
        {"head_name": "Trần Văn Đức", "lane": "Ngõ 4"},
        [HOA, {"full_name": "Trần Văn Nam", "sex": "m", "birth": "1990"}, {"full_name": "Trần Thị Hoa"}],
    )
    return str(bench.do(training.save_session, SESSION))


def counts(roll: training.RollCall) -> tuple[int | None, int | None, int | None]:
    return (roll.counts.attended, roll.counts.women, roll.counts.elders)


def test_a_new_session_has_nobody(bench: Bench, session: str) -> None:
    roll = bench.ask(training.roll_call, session)
    assert roll.present == []
    assert roll.session["date"] == "2026-11-22"
    (line,) = bench.ask(training.sessions)
    assert (line.title, line.attended) == ("Phòng lừa đảo qua mạng", 0)


def test_typing_given_names_counts_live(bench: Bench, session: str) -> None:
    done = bench.do(training.mark_text, session, "nam")
    assert done.marked
    assert counts(done.roll) == (1, 0, 0)
    done = bench.do(training.mark_text, session, "hoa")
    assert done.marked is None
    assert {s.name for s in done.choices} == {"Đặng Thị Hoà", "Trần Thị Hoa"}
    done = bench.do(training.mark_text, session, "dang thi hoa")
    assert done.marked
    assert counts(done.roll) == (2, 1, 1)
    assert [a.lane for a in done.roll.present] == ["Ngõ 4", "Ngõ 4"]
    (line,) = bench.ask(training.sessions)
    assert (line.attended, line.women, line.elders) == (2, 1, 1)
    assert bench.do(training.mark_text, session, "hoa").marked
    assert bench.do(training.mark_text, session, "không ai cả").choices == []


def test_a_telephone_or_a_card_marks(bench: Bench, session: str) -> None:
    assert bench.do(training.mark_text, session, "0912345678").marked
    card = "038090000123||Trần Văn Nam|15031990|Nam|Thôn 1, Hoằng Giang|01012022"
    assert bench.do(training.mark_text, session, card).marked
    assert bench.do(training.mark_text, session, "|||").choices == []


def test_twice_is_once_and_back(bench: Bench, session: str) -> None:
    hoa = bench.ask(people.suggest, "dang thi hoa")[0].id
    bench.do(training.mark, session, resident=hoa)
    assert counts(bench.do(training.mark, session, resident=hoa)) == (1, 1, 1)
    assert counts(bench.do(training.mark, session, resident=hoa, present=False)) == (0, 0, 0)
    assert counts(bench.do(training.mark, session, resident=hoa, present=False)) == (0, 0, 0)


def test_guests_of_one_name_are_one_row(bench: Bench, session: str) -> None:
    bench.do(training.mark, session, name="Bà Tư", sex="f", birth="1950")
    roll = bench.do(training.mark, session, name=" bà  tư ")
    assert counts(roll) == (1, 1, 1)
    assert [a.resident for a in roll.present] == [""]
    with pytest.raises(UserError, match="invalid"):
        bench.do(training.mark, session, name=" ")


def test_a_typed_number_stays_until_the_rows_exceed_it(bench: Bench, session: str) -> None:
    bench.do(training.save_session, {"attended_n": 2}, session)
    roll = bench.do(training.mark, session, name="Một")
    assert counts(roll)[0] == 2
    assert roll.counts.typed == {"attended"}
    bench.do(training.mark, session, name="Hai")
    assert counts(bench.do(training.mark, session, name="Ba"))[0] == 3


def test_a_new_form(bench: Bench) -> None:
    values = bench.ask(training.start)
    assert (values["date"], values["mode"], values["attended_n"]) == ("2026-11-22", "direct", 0)
