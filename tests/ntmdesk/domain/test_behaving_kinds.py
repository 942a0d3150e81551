"""The classes of kinds that behave know the fields and codes that the catalogue declares, and no others."""

from __future__ import annotations

from dataclasses import fields

import pytest

from ntmdesk.domain import people, training, visits, vneid
from ntmdesk.services.surroundings import shipped_catalogue

CATALOGUE = shipped_catalogue()


@pytest.mark.parametrize(
    ("kind", "made_by", "besides"),
    [
        ("support_visit", visits.Visit, {"id"}),
        ("vneid_case", vneid.Case, {"id"}),
        ("consent", people.Consent, {"id"}),
    ],
)
def test_a_class_reads_declared_fields_only(kind: str, made_by: type, besides: set[str]) -> None:
    declared = set(CATALOGUE.kind(kind).names)
    assert {f.name for f in fields(made_by)} - besides <= declared  # type: ignore[arg-type]


def test_a_line_reads_all_its_columns() -> None:
    lines = CATALOGUE.field("support_visit", "lines")
    assert {f.name for f in fields(visits.Line)} - {"id"} == {c.name for c in lines.columns}


def test_counts_are_fields_of_a_session() -> None:
    assert set(training.COUNTED_FIELDS.values()) <= set(CATALOGUE.kind("training").names)


def test_statuses_stand_in_the_order_of_the_catalogue() -> None:
    choices = CATALOGUE.choices("vneid_statuses").choices
    road = sorted((c for c in choices if not c.extra.get("side")), key=lambda c: c.extra["order"])
    assert tuple(c.code for c in road) == vneid.STATUSES
    assert tuple(c.code for c in choices if c.extra.get("side")) == vneid.SIDES
    for choice in choices:
        level = choice.extra.get("level")
        if level is not None:
            assert vneid.level_of(choice.code) == int(level), choice.code
        if "clock_days" in choice.extra:
            assert (choice.code, choice.extra["clock_days"]) == ("l2_granted", vneid.ACTIVATION_DAYS)


def test_every_failure_reason_has_an_answer() -> None:
    assert set(CATALOGUE.choices("failure_reasons").codes) == set(vneid.FAILURE_REASONS)


def test_outcomes() -> None:
    choices = CATALOGUE.choices("outcomes")
    assert choices.codes == visits.OUTCOMES
    for choice in choices.choices:
        needs = set()
        if choice.extra.get("needs_reason"):
            needs.add("failure_reason")
        if choice.extra.get("needs_date"):
            needs.add("follow_up_date")
        assert visits.needs(choice.code) == needs, choice.code


def test_services_offered_and_purposes_exist() -> None:
    assert set(visits.BASIC_SERVICES) <= set(CATALOGUE.choices("services").codes)
    assert people.ID_PURPOSE in CATALOGUE.choices("purposes").codes
    assert CATALOGUE.field("resident", "id_number").purpose == people.ID_PURPOSE
