"""The map of the first run, as tables."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ntmdesk.ui.wizard.steps import (
    LAST,
    STEPS,
    WAYS,
    Answers,
    next_step,
    problem,
    road,
    same_code,
    step_before,
    strength,
)


@pytest.mark.parametrize(
    ("way", "wanted"),
    [
        (
            "join",
            "language way invitation person passphrase recovery typed_back joining done",
        ),
        ("alone", "language way person passphrase recovery typed_back done"),
        ("demo", "language way demo done"),
    ],
)
def test_each_way_leads_to_the_end(way: str, wanted: str) -> None:
    assert road(Answers(way=way)) == wanted.split()


def test_every_step_of_the_map_is_on_some_road() -> None:
    seen = {step for way in WAYS for step in road(Answers(way=way))}
    assert seen == {*STEPS, LAST}


@pytest.mark.parametrize(
    ("step", "way", "wanted"),
    [
        ("language", "join", None),
        ("way", "join", "language"),
        ("invitation", "join", "way"),
        ("person", "join", "invitation"),
        ("person", "alone", "way"),
        ("passphrase", "alone", "person"),
        ("recovery", "alone", None),
        ("typed_back", "alone", "recovery"),
        ("joining", "join", None),
        ("done", "alone", None),
        ("demo", "demo", "way"),
        ("invitation", "alone", None),
    ],
)
def test_back_leads_to_the_step_before_and_never_behind_the_made_store(
    step: str, way: str, wanted: str | None
) -> None:
    assert step_before(step, Answers(way=way)) == wanted


GOOD = Answers(
    way="join",
    url="https://xa.example.vn",
    code="AB12",
    name="Hoa",
    passphrase="một câu thật dài",
    again="một câu thật dài",
    recovery_code="ABCD-EFGH",
    typed_back="abcd efgh",
)


@pytest.mark.parametrize(
    ("step", "change", "wanted"),
    [
        ("language", {}, ""),
        ("invitation", {}, ""),
        ("invitation", {"url": " "}, "url_missing"),
        ("invitation", {"url": "http://xa.example.vn"}, "tls_required"),
        ("invitation", {"url": "http://127.0.0.1:8000"}, ""),
        ("invitation", {"code": ""}, "code_missing"),
        ("person", {"name": "  "}, "name_missing"),
        ("person", {}, ""),
        ("passphrase", {}, ""),
        ("passphrase", {"passphrase": "ngắn", "again": "ngắn"}, "passphrase_too_short"),
        ("passphrase", {"again": "khác"}, "passphrases_differ"),
        ("typed_back", {}, ""),
        ("typed_back", {"typed_back": "abcd efgx"}, "code_differs"),
        ("typed_back", {"typed_back": ""}, "code_differs"),
    ],
)
def test_a_step_says_why_it_cannot_be_left(step: str, change: dict[str, str], wanted: str) -> None:
    assert problem(step, replace(GOOD, **change)) == wanted


@pytest.mark.parametrize(
    ("passphrase", "name", "wanted"),
    [
        ("", "", "short"),
        ("mười một ch", "", "short"),
        ("aaaaaaaaaaaaaa", "", "weak"),
        ("123456789012345", "", "weak"),
        ("thonmotxahoang", "", "fair"),
        ("hoa thích trà sen buổi sáng", "Nguyễn Thị Hoa", "fair"),
        ("trà sen buổi sáng", "", "good"),
        ("trà sen buổi sáng bên hồ", "", "strong"),
        ("Tra7!sen buoi sang", "", "strong"),
    ],
)
def test_strength_is_a_word(passphrase: str, name: str, wanted: str) -> None:
    assert strength(passphrase, name) == wanted


def test_a_letter_wrong_is_another_code() -> None:
    assert same_code("ABCD-EFGH", "abcdefgh")
    assert not same_code("ABCD-EFGH", "ABCD-EFGG")
    assert not same_code("", "")


def test_an_unknown_step_is_no_step() -> None:
    with pytest.raises(KeyError):
        next_step("done", Answers())
