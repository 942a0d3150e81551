"""A mistake in a catalogue file is told by file, key and reason."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.protocol.kinds import CatalogueError, UnknownField, UnknownKind, UnknownList, words
from sync.protocol.kinds_load import load
from tests.sync.protocol.catalogue_files import COLOURS, THING, shipped_documents, small


def test_a_small_catalogue() -> None:
    catalogue = load(small())
    kind = catalogue.kind("thing")
    assert catalogue.version == 3
    assert kind.names[:3] == ("title", "colour", "colours")
    assert kind.field("top") is kind.field("high")
    assert catalogue.field("thing", "title").max_length == 20
    assert catalogue.field("thing", "street").cell == "@address"
    assert catalogue.field("thing", "parts").column("note") is not None
    assert [c.code for c in catalogue.choices("colours").offered] == ["red", "blue", "gold"]
    assert catalogue.choice_label("colours", "red", "en") == "Red"
    assert catalogue.choice_label("colours", "pink", "en") == "pink"
    assert words(kind.label, "fr") == "Vật"


def test_unknown_names_say_which() -> None:
    catalogue = load(small())
    with pytest.raises(UnknownKind) as kind:
        catalogue.kind("boat")
    with pytest.raises(UnknownField) as field:
        catalogue.field("thing", "mast")
    with pytest.raises(UnknownList) as choices:
        catalogue.choices("sails")
    assert [e.value.code for e in (kind, field, choices)] == ["unknown_kind", "unknown_field", "unknown_list"]
    assert field.value.name == "thing.mast"


def test_files_that_are_neither_kinds_nor_lists_are_kept() -> None:
    catalogue = load({**small(), "log_forms/a.toml": 'name = "a"', "README.md": "not read"})
    assert catalogue.documents == {"log_forms/a.toml": {"name": "a"}}


COLOUR = 'type = "choice"\nvi = "Màu"\nen = "Colour"\nchoices = "colours"\n'

MISTAKES = [
    # what is changed in the kind: old, new, key, part of the reason
    ('vi = "Tên"\n', "", "fields[title].vi", "missing"),
    ('en = "Title"', 'en = " "', "fields[title].en", "empty"),
    ('plural = { vi = "Vật", en = "Things" }', 'plural = { vi = "Vật" }', "plural.en", "missing"),
    ('label = { vi = "Vật", en = "Thing" }', 'label = "Thing"', "label", "table"),
    ('name = "low"', 'name = "Low"', "fields[Low].name", "no name"),
    ('name = "low"', 'name = "lo/w"', "fields[lo/w].name", "no name"),
    ('name = "low"', 'name = "_low"', "fields[_low].name", "no name"),
    ('name = "low"', 'name = "@low"', "fields[@low].name", "no name"),
    ('name = "low"', 'name = "state"', "fields[state].name", "reserved"),
    ('name = "low"', 'name = "cells"', "fields[cells].name", "reserved"),
    ('name = "low"', 'name = "colour"', "fields[colour].name", "twice"),
    ('aliases = ["top"]', 'aliases = ["low"]', "fields[high].name", "twice"),
    ('name = "note"', 'name = "of"', "fields[parts].columns[of].name", "twice"),
    ('name = "note"', 'name = "id"', "fields[parts].columns[id].name", "reserved"),
    ('type = "choice"', 'type = "colour"', "fields[colour].type", "none of"),
    (COLOUR, COLOUR.replace('choices = "colours"\n', ""), "fields[colour].choices", "must be there"),
    (COLOUR, COLOUR.replace('"colours"', '"shades"'), "fields[colour].choices", "no list 'shades'"),
    (COLOUR, COLOUR + 'default = "pink"\n', "fields[colour].default", "not in list"),
    ('refers = "thing"', 'refers = "boat"', "fields[parts].columns[of].refers", "no kind 'boat'"),
    ('refers = "thing"', "", "fields[parts].columns[of].refers", "must be there"),
    ("max_length = 20", "max_length = 99999", "fields[title].max_length", "more than"),
    ("max_length = 20", "max_length = 0", "fields[title].max_length", "1 or more"),
    ("max_length = 20", 'max_length = "20"', "fields[title].max_length", "whole number"),
    ("max_length = 20", 'pattern = "["', "fields[title].pattern", "regular expression"),
    ("max_length = 20", "minimum = 1", "fields[title].maximum", "no meaning"),
    ("max_length = 20", 'sensitivity = "basic"', "fields[title].purpose", "needs a purpose"),
    ("max_length = 20", 'purpose = "support"', "fields[title].purpose", "needs a purpose"),
    (
        "max_length = 20",
        'purpose = "fun"\nsensitivity = "basic"',
        "fields[title].purpose",
        "not in list 'purposes'",
    ),
    ("max_length = 20", 'sensitivity = "secret"', "fields[title].sensitivity", "none of"),
    ("max_length = 20", 'reading = "union"', "fields[title].reading", "sets"),
    ("max_length = 20", 'reading = "max"', "fields[title].reading", "numbers"),
    ("max_length = 20", 'writer = "police"', "fields[title].writer", "none of"),
    ("max_length = 20", "colour = 1", "fields[title].colour", "not known"),
    ("required = true", 'required = "yes"', "fields[title].required", "true or false"),
    (
        "minimum = 0\nmaximum = 10\naliases",
        "maximum = 10\naliases",
        "fields[high].maximum",
        "minimum and maximum",
    ),
    (
        "minimum = 0\nmaximum = 10\naliases",
        "minimum = 11\nmaximum = 10\naliases",
        "fields[high].minimum",
        "more than",
    ),
    ("maximum = 2", "maximum = 100000", "fields[colours].maximum", "1 to"),
    ('row_key = "of"', 'row_key = "off"', "fields[parts].row_key", "no column"),
    (
        'name = "door"\ntype = "text"',
        'name = "door"\ntype = "object"',
        "fields[door].group",
        "cells of its own",
    ),
    ('en = "Street"', 'en = "Street"\nwriter = "leader"', "fields[street].group", "differ in writer"),
    ('fields = ["title", "colour", "parts"]', 'fields = ["title", "mast"]', "sections[all].fields", "'mast'"),
    ('fields = ["title", "colour", "parts"]', 'fields = ["colour"]', "sections", "'title' is in no section"),
    ('columns = ["title", "colour"]', 'columns = ["title", "mast"]', "columns", "'mast'"),
    ('columns = ["title", "colour"]', 'columns = ["title", "title"]', "columns", "twice"),
    ('title = ["title"]', 'title = ["mast"]', "title", "'mast'"),
    ('search = ["title"]', 'search = ["mast"]', "search", "'mast'"),
    ('natural_key = ["title"]', 'natural_key = ["mast"]', "natural_key", "'mast'"),
    ('natural_key = ["title"]', 'natural_sorted = ["title"]', "natural_sorted", "part of natural_key"),
    ('sort = "title"', 'sort = "mast"', "sort", "'mast'"),
    ('sort_by = "text"', 'sort_by = "size"', "sort_by", "none of"),
    ('sort = "title"\nsort_by = "text"', "", "sort", "needs sort or date_field"),
    ('sort_by = "text"', 'sort_by = "text"\ndate_field = "title"', "date_field", "no date"),
    ('sort_by = "text"', 'sort_by = "text"\ncode_field = "mast"', "code_field", "'mast'"),
    ('sort_by = "text"', 'sort_by = "text"\nstream = "district"', "stream", "none of"),
    ('fields = ["low", "high"]', 'fields = ["low", "mast"]', "rules[low_at_most_high].fields", "'mast'"),
    ('fields = ["low", "high"]', 'fields = ["low"]', "rules[low_at_most_high].fields", "2 field"),
    (
        'fields = ["low", "high"]',
        'fields = ["low", "title"]',
        "rules[low_at_most_high].fields",
        "cannot compare",
    ),
    ('type = "at_most"', 'type = "at_least"', "rules[low_at_most_high].type", "none of"),
    (
        'type = "at_most"',
        'type = "at_most"\nrows = "title"',
        "rules[low_at_most_high].rows",
        "no field of type rows",
    ),
    (
        'type = "at_most"\nfields = ["low", "high"]',
        'type = "required_when"\nfields = ["low"]',
        "rules[low_at_most_high].when",
        "missing",
    ),
    (
        'type = "at_most"\nfields = ["low", "high"]',
        'type = "required_when"\nfields = ["low"]\nwhen = { field = "colour", is_in = ["pink"] }',
        "rules[low_at_most_high].when.is_in",
        "'pink' is not in list",
    ),
    (
        'type = "at_most"\nfields = ["low", "high"]',
        'type = "required_when"\nfields = ["low"]\nwhen = { field = "colour" }',
        "rules[low_at_most_high].when.is_in",
        "either",
    ),
    (
        'type = "at_most"\nfields = ["low", "high"]',
        'type = "not_future"\nfields = ["low"]',
        "rules[low_at_most_high].fields",
        "no date",
    ),
    ('name = "thing"', 'name = "things"', "name", "file is called 'thing'"),
    ("sort_by", "sort-by", "sort-by", "not known"),
    ('name = "all"', "name = all", "", "not TOML"),
]


@pytest.mark.parametrize(("old", "new", "key", "reason"), MISTAKES, ids=[f"{m[2]}: {m[3]}" for m in MISTAKES])
def test_mistakes_in_a_kind(old: str, new: str, key: str, reason: str) -> None:
    assert old in THING
    with pytest.raises(CatalogueError) as error:
        load(small(kind=THING.replace(old, new, 1)))
    assert error.value.file == "kinds/thing.toml"
    assert error.value.key == key
    assert reason in error.value.reason
    assert error.value.details == {"file": "kinds/thing.toml", "key": key, "reason": error.value.reason}


@pytest.mark.parametrize(
    ("old", "new", "key", "reason"),
    [
        ('code = "blue"', 'code = "red"', "choices[red].code", "twice"),
        ('code = "blue"', 'code = "b/l"', "choices[b/l].code", "no code"),
        ('vi = "Xanh", ', "", "choices[blue].vi", "missing"),
        ('en = "Blue"', 'en = ""', "choices[blue].en", "empty"),
        ('en = "Blue"', 'en = "Blue", short = { vi = "X" }', "choices[blue].short.en", "missing"),
        ('writer = "server"', 'writer = "king"', "choices[gold].writer", "none of"),
        ("retired = true", "retired = 1", "choices[grey].retired", "true or false"),
        ('label = { vi = "Màu", en = "Colours" }', "", "label", "missing"),
        ('name = "colours"', 'name = "colors"', "name", "file is called"),
        ("choices = [", 'refers = { near = "shades" }\nchoices = [', "refers.near", "no list 'shades'"),
    ],
)
def test_mistakes_in_a_list(old: str, new: str, key: str, reason: str) -> None:
    assert old in COLOURS
    with pytest.raises(CatalogueError) as error:
        load(small(colours=COLOURS.replace(old, new, 1)))
    assert (error.value.file, error.value.key) == ("lists/colours.toml", key)
    assert reason in error.value.reason


def test_a_code_that_another_list_does_not_have() -> None:
    changed = COLOURS.replace("choices = [", 'refers = { near = "colours" }\nchoices = [')
    changed = changed.replace('en = "Blue"', 'en = "Blue", near = ["pink"]')
    with pytest.raises(CatalogueError) as error:
        load(small(colours=changed))
    assert (error.value.key, error.value.reason) == ("choices[blue].near", "'pink' is not in list 'colours'")


def test_the_version_must_be_there() -> None:
    without = {k: v for k, v in small().items() if k != "catalogue.toml"}
    with pytest.raises(CatalogueError) as error:
        load(without)
    assert error.value.file == "catalogue.toml"
    with pytest.raises(CatalogueError) as error:
        load(small(head="version = 0\n"))
    assert error.value.key == "version"
    assert str(error.value) == "catalogue.toml: version: must be 1 or more"


def first_mistake(documents: dict[str, str]) -> CatalogueError | None:
    try:
        load(documents)
    except CatalogueError as error:
        return error
    return None


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(sorted(shipped_documents())), st.data())
def test_a_shipped_file_with_a_line_lost_loads_or_names_a_file(name: str, data: st.DataObject) -> None:
    lines = shipped_documents()[name].splitlines(keepends=True)
    del lines[data.draw(st.integers(0, len(lines) - 1))]
    error = first_mistake({**shipped_documents(), name: "".join(lines)})
    assert error is None or (error.file in shipped_documents() and error.reason)
