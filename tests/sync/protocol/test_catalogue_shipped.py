"""The shipped catalogue says what the rest of the program and outside checks rely on."""

import unicodedata
from collections.abc import Iterator

import pytest

from sync.protocol.kinds import Field, Kind
from tests.sync.protocol.catalogue_files import shipped


def numbered(letter: str, last: int, *more: int) -> set[str]:
    return {f"{letter}{n:02}" for n in (*range(1, last + 1), *more)}


BINDING = {
    "roles": "leader deputy member",
    "sexes": "m f",
    "place_types": "home culture_house office market school clinic post_office mobile online other",
    "outcomes": "done partial postponed referred failed refused",
    "vneid_statuses": "none app_installed l1_submitted l1_granted l2_appointment l2_collected l2_granted "
    "l2_active rejected activation_overdue locked device_changed not_eligible declined moved_away deceased",
    "audiences": "team cadre_hamlet cadre_commune resident elder woman farmer coop youth school ethnic",
    "weekly_log_statuses": "draft submitted returned approved locked",
    "poverty": "none poor near",
    "internet": "none fibre mobile both",
    "consent_channels": "paper spoken thumbprint",
    "legal_bases": "consent state_task emergency contract other_law",
    "sources": "seen told list import police office",
    "services": " ".join(numbered("K", 37, 99)),
    "topics": " ".join(numbered("T", 30)),
    "difficulties": " ".join(numbered("D", 10, 99)),
    "failure_reasons": " ".join(numbered("F", 19, 99)),
}


@pytest.mark.parametrize("name", sorted(BINDING))
def test_codes_that_outside_checks_use(name: str) -> None:
    assert set(shipped().choices(name).codes) == set(BINDING[name].split())


USED_BY = {
    "roles": "member.role",
    "sexes": "resident.sex",
    "place_types": "support_visit.place_type",
    "vneid_statuses": "vneid_case.status",
    "audiences": "training.audience",
    "weekly_log_statuses": "weekly_log.status",
    "poverty": "household.poverty",
    "internet": "household.internet",
    "consent_channels": "consent.channel",
    "legal_bases": "consent.legal_basis",
    "topics": "training.topics",
    "difficulties": "weekly_log.difficulties",
}


@pytest.mark.parametrize(("list_name", "where"), sorted(USED_BY.items()))
def test_the_fields_that_take_them(list_name: str, where: str) -> None:
    kind, _, name = where.partition(".")
    assert shipped().field(kind, name).choices == list_name


REQUIRED = {
    "unit": "code code_list name type",
    "hamlet": "local_code name type commune",
    "team": "code name hamlets",
    "member": "full_name team role",
    "household": "code head_name",
    "resident": "full_name",
    "consent": "subject purposes legal_basis channel text_version taken_by taken_at",
    "support_visit": "date place_type members lines",
    "vneid_case": "resident status status_date provenance",
    "training": "title topics date audience attended_n",
    "outreach": "type date",
    "workday": "member date part",
    "target": "indicator scope period value",
    "indicator_value": "indicator scope period value source",
    "weekly_log": "team week compiled_by",
    "sameness": "of a b verdict",
}


def test_all_kinds_are_there_with_what_they_must_have() -> None:
    assert {
        k.name: " ".join(f.name for f in k.fields if f.required) for k in shipped().kinds.values()
    }.keys() == REQUIRED.keys()
    for name, fields in REQUIRED.items():
        assert {f.name for f in shipped().kind(name).fields if f.required} == set(fields.split()), name


def all_fields() -> Iterator[tuple[Kind, Field]]:
    for kind in shipped().kinds.values():
        for field in kind.fields:
            yield kind, field
            for column in field.columns:
                yield kind, column


def test_a_visit_line() -> None:
    lines = shipped().field("support_visit", "lines")
    assert {c.name: c.choices for c in lines.columns if c.choices} == {
        "service": "services",
        "outcome": "outcomes",
        "failure_reason": "failure_reasons",
    }
    assert lines.column("notes").max_length == 500  # type: ignore[union-attr]


def test_every_field_stands_in_a_section() -> None:
    for kind in shipped().kinds.values():
        placed = [name for section in kind.sections for name in section.fields]
        assert sorted(placed) == sorted(kind.names), kind.name


def test_names_and_numbers_of_people_have_a_purpose() -> None:
    for kind, field in all_fields():
        telling = field.type in ("phone", "id_number", "birth") or field.name in (
            "full_name",
            "head_name",
            "notes",
        )
        if telling and (kind.name, field.name) not in {("training", "notes"), ("outreach", "notes")}:
            assert field.purpose, f"{kind.name}.{field.name}"


def test_nothing_that_must_never_be_recorded_has_a_field() -> None:
    forbidden = ("password", "passcode", "otp", "photo", "bank_account", "allowance", "gps", "ethnicity")
    assert [f.name for _, f in all_fields() if any(word in f.name for word in forbidden)] == []


def test_sensitive_fields_are_never_required() -> None:
    assert [
        f.name for _, f in all_fields() if f.sensitivity in ("restricted", "sensitive") and f.required
    ] == []


def test_words_are_composed_and_short_labels_are_short() -> None:
    for choice_list in shipped().lists.values():
        for choice in choice_list.choices:
            for word in (*choice.label.values(), *choice.short.values()):
                assert unicodedata.is_normalized("NFC", word)
            if choice_list.name in (
                "services",
                "failure_reasons",
                "vneid_statuses",
                "difficulties",
                "topics",
            ):
                assert len(choice.short["vi"]) <= 22, choice.code
    for kind, field in all_fields():
        assert unicodedata.is_normalized("NFC", field.label["vi"]), f"{kind.name}.{field.name}"


def test_every_service_but_other_counts_to_an_indicator() -> None:
    services = shipped().choices("services").choices
    assert len(services) == 38
    assert [s.code for s in services if not s.extra["counts_to"]] == ["K99"]
    assert [c.extra["chip"] for c in services if "chip" in c.extra] == list(range(1, 11))


def test_sixty_indicators_with_unit_measure_and_rule() -> None:
    indicators = shipped().choices("indicators").choices
    assert len(indicators) == 60
    for indicator in indicators:
        assert set(indicator.extra["unit"]) == {"vi", "en"}, indicator.code
        assert indicator.extra["measure"] in {"flow", "stock", "ratio"}, indicator.code
        assert indicator.extra["formula"], indicator.code
        if indicator.extra["measure"] == "ratio":
            assert indicator.extra["denominator"], indicator.code


def test_the_clock_of_a_granted_account() -> None:
    granted = shipped().choices("vneid_statuses").get("l2_granted")
    assert granted is not None
    assert granted.extra["clock_days"] == 7


def test_one_per_kinds_have_natural_keys() -> None:
    assert shipped().kind("weekly_log").natural_key == ("team", "week")
    assert shipped().kind("target").natural_key == ("indicator", "scope", "period")
    assert shipped().field("training", "attendance").row_key == "resident"
    assert shipped().kind("sameness").natural_sorted == ("a", "b")
