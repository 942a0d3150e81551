"""The program's typed view of the shipped catalogue."""

from pathlib import Path

import pytest

from ntmdesk.domain import vneid
from ntmdesk.domain.catalogue import MEASURES, Work
from sync.protocol.kinds import Catalogue, CatalogueError
from sync.protocol.kinds_load import load

FOLDER = Path(__file__).parents[3] / "resources" / "catalogues"


def documents() -> dict[str, str]:
    return {p.relative_to(FOLDER).as_posix(): p.read_text("utf-8") for p in FOLDER.rglob("*.toml")}


@pytest.fixture(scope="module")
def work() -> Work:
    return Work(load(documents()))


def test_services(work: Work) -> None:
    assert len(work.services) == 38
    four = work.services["K04"]
    assert (four.number, four.short["vi"], four.counts_to) == (4, "Kích hoạt mức 2", ("I13",))
    assert [s.number for s in work.first_services] == [1, 2, 3, 4, 5, 6, 10, 14, 21, 26]


def test_topics(work: Work) -> None:
    assert len(work.topics) == 30
    assert work.topics["T13"].counts_to == ("I23",)
    assert work.topics["T01"].counts_to == ()


def test_statuses_stand_in_the_order_of_the_road(work: Work) -> None:
    road = [s.code for s in work.statuses.values() if not s.is_side]
    assert tuple(road) == vneid.STATUSES
    assert {s.code for s in work.statuses.values() if s.is_side} == set(vneid.SIDES)
    assert work.statuses["l2_granted"].clock_days == vneid.ACTIVATION_DAYS
    assert {s.code for s in work.statuses.values() if s.ends} >= set(vneid.ENDED)
    assert work.statuses["none"].level == 0
    assert not work.statuses["none"].has_app


def test_indicators(work: Work) -> None:
    assert len(work.indicators) == 60
    assert all(i.measure in MEASURES and i.unit["vi"] for i in work.indicators.values())
    assert work.indicators["I13"].denominators == ("quota", "residents")
    assert work.indicators["I16"].low_is_good
    assert work.indicators["I21"].services == ("K06", "K07", "K08", "K09")
    assert not work.indicators["I64"].is_counted
    assert work.indicators["I06"].is_counted


def test_the_standard_log_form(work: Work) -> None:
    form = work.log_forms["standard"]
    assert [c.name for c in form.columns] == [
        "number",
        "indicator",
        "unit",
        "target",
        "period",
        "cumulative",
        "ratio",
        "note",
    ]
    numbers = [s.number for s in form.sections]
    assert numbers == ["I", "II", *(f"II.{n}" for n in range(1, 9)), "III", "IV", "V"]
    assert set(form.indicators) <= set(work.indicators)
    assert [a.number for a in form.annexes if a.personal] == [1, 3]
    assert {s.name for s in form.signatures} == {"compiler", "leader", "confirmation"}


@pytest.mark.parametrize(
    ("old", "new", "key", "reason"),
    [
        ('indicators = ["I06"', 'indicators = ["I99"', "indicators", "not in list"),
        ('field = "situation"', 'field = "weather"', "sections[1].field", "no field of weekly_log"),
        ('field = "situation"\n', "", "sections[1].field", "belongs to"),
        ('kind = "training"', 'kind = "lesson"', "sections[6].kind", "no kind"),
        ('type = "heading"', 'type = "title"', "sections[2].type", "none of"),
        ('name = "target"', 'name = "quota"', "columns[quota].name", "none of"),
        ("personal = true", 'personal = "yes"', "annexes[1].personal", "true or false"),
        ('vi = "NGƯỜI LẬP"\n', "", "signatures[compiler].vi", "missing"),
        ('period = "week"', 'period = "moon"', "period", "none of"),
        ('period = "week"', 'periode = "week"', "periode", "not known"),
    ],
)
def test_a_mistake_in_a_log_form_is_told(old: str, new: str, key: str, reason: str) -> None:
    texts = documents()
    assert old in texts["log_forms/standard.toml"]
    texts["log_forms/standard.toml"] = texts["log_forms/standard.toml"].replace(old, new, 1)
    with pytest.raises(CatalogueError) as error:
        _ = Work(load(texts)).log_forms
    assert (error.value.file, error.value.key) == ("log_forms/standard.toml", key)
    assert reason in error.value.reason


def test_an_empty_catalogue_has_nothing() -> None:
    empty = Work(Catalogue(1, {}, {}))
    assert (empty.services, empty.topics, empty.statuses, empty.indicators, empty.log_forms) == (
        {},
        {},
        {},
        {},
        {},
    )
