"""The documents about the catalogue keep up with it."""

import re
from pathlib import Path

from sync.protocol import validation
from sync.protocol.kinds import FIELD_TYPES, RESERVED_NAMES, RULE_TYPES

DOCS = Path(__file__).parents[3] / "docs"


def test_every_type_rule_and_code_has_its_place() -> None:
    text = re.sub(r"```.*?```", "", (DOCS / "catalogue.md").read_text("utf-8"), flags=re.DOTALL)
    named = set(re.findall(r"[a-z][a-z_]+", " ".join(re.findall(r"`([^`]+)`", text))))
    assert named >= FIELD_TYPES
    assert named >= RULE_TYPES
    assert named >= RESERVED_NAMES
    codes = re.search(r"``(required .*?bad_row_id)``", str(validation.__doc__), re.DOTALL)
    assert codes is not None
    assert set(codes.group(1).split()) <= named


def test_the_glossary_names_each_thing_once() -> None:
    text = (DOCS / "glossary.md").read_text("utf-8")
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", text, re.MULTILINE)
    names = [row[0] for row in rows if row[0] not in ("name", "---")]
    assert len(names) > 50
    assert len(names) == len(set(names))
    assert all(vietnamese.strip() and meaning.strip() for _, vietnamese, meaning in rows)
