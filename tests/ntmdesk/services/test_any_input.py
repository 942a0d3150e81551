"""Whatever JSON comes, a line is taken or refused with a code; nothing else happens."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ntmdesk.services import records
from ntmdesk.services.surroundings import shipped_catalogue

from .conftest import Bench

KINDS = sorted(shipped_catalogue().kinds)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(
        ["15880-001", "2026-11-22", "\ud800", "\x00", "e\u0301", "K01", "done", "1e400", "A" * 5000]
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


@st.composite
def lines(draw: st.DrawFn) -> tuple[str, str]:
    """A kind and a line for it: mostly its own fields, with anything in them."""
    kind = draw(st.sampled_from(KINDS))
    names = st.sampled_from(
        [*shipped_catalogue().kind(kind).names, "id", "kind", "state", "nonsense", "#", "@a", "a/b"]
    )
    record: Any = draw(st.dictionaries(names, VALUES, max_size=5) | VALUES)
    text = json.dumps(record)
    return kind, draw(st.sampled_from([text, text[:-1], "\ufeff" + text, text + "\x00"]))


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(lines())
def test_any_line_is_taken_or_refused(bench: Bench, case: tuple[str, str]) -> None:
    kind, line = case
    done = records.add_lines(bench.begin, kind, [line])
    assert len(done.ids) == 1
    if done.ids[0] is None:
        assert [r.line for r in done.refused] == [1]
        assert done.refused[0].code
    else:
        assert done.refused == []
        row = bench.ask(records.get, kind, done.ids[0])
        assert json.dumps(row)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=40))
def test_any_search_answers(bench: Bench, text: str) -> None:
    from ntmdesk.services import people, search, vneid

    assert isinstance(bench.ask(people.suggest, text), list)
    assert isinstance(bench.ask(search.find, text), list)
    assert bench.ask(records.list_rows, "household", search=text).rows == []
    assert bench.ask(vneid.board, text).counts["none"] == 0


@pytest.mark.parametrize("text", ["'; DROP TABLE record; --", '"', "NEAR(", "a AND", "*", "^q", "-"])
def test_words_of_the_search_language_are_only_words(bench: Bench, text: str) -> None:
    from ntmdesk.services import search

    assert bench.ask(search.find, text) == []
