"""The shipped catalogue, and small ones with mistakes in them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from sync.protocol.kinds import Catalogue
from sync.protocol.kinds_load import load

FOLDER = Path(__file__).parents[3] / "resources" / "catalogues"


@cache
def shipped_documents() -> dict[str, str]:
    """Texts of the shipped files by name."""
    return {p.relative_to(FOLDER).as_posix(): p.read_text("utf-8") for p in sorted(FOLDER.rglob("*.toml"))}


@cache
def shipped() -> Catalogue:
    """The shipped catalogue, loaded once."""
    return load(shipped_documents())


HEAD = "version = 3\n"

COLOURS = """
name = "colours"
label = { vi = "Màu", en = "Colours" }
choices = [
  { code = "red", vi = "Đỏ", en = "Red" },
  { code = "blue", vi = "Xanh", en = "Blue" },
  { code = "grey", vi = "Xám", en = "Grey", retired = true },
  { code = "gold", vi = "Vàng", en = "Gold", writer = "server" },
]
"""

PURPOSES = """
name = "purposes"
label = { vi = "Mục đích", en = "Purposes" }
choices = [{ code = "support", vi = "Hỗ trợ", en = "Support" }]
"""

THING = """
name = "thing"
label = { vi = "Vật", en = "Thing" }
plural = { vi = "Vật", en = "Things" }
columns = ["title", "colour"]
title = ["title"]
search = ["title"]
sort = "title"
sort_by = "text"
natural_key = ["title"]

[[sections]]
name = "all"
vi = "Tất cả"
en = "All"
fields = ["title", "colour", "parts"]

[[fields]]
name = "title"
type = "text"
vi = "Tên"
en = "Title"
required = true
max_length = 20

[[fields]]
name = "colour"
type = "choice"
vi = "Màu"
en = "Colour"
choices = "colours"

[[fields]]
name = "colours"
type = "choices"
vi = "Các màu"
en = "Colours"
choices = "colours"
maximum = 2

[[fields]]
name = "low"
type = "integer"
vi = "Ít"
en = "Low"
minimum = 0
maximum = 10

[[fields]]
name = "high"
type = "integer"
vi = "Nhiều"
en = "High"
minimum = 0
maximum = 10
aliases = ["top"]

[[fields]]
name = "street"
type = "text"
vi = "Đường"
en = "Street"
group = "address"

[[fields]]
name = "door"
type = "text"
vi = "Số nhà"
en = "Door"
group = "address"

[[fields]]
name = "parts"
type = "rows"
vi = "Phần"
en = "Parts"
row_key = "of"

[[fields.columns]]
name = "of"
type = "reference"
vi = "Của"
en = "Of"
refers = "thing"

[[fields.columns]]
name = "note"
type = "text"
vi = "Ghi chú"
en = "Note"
max_length = 10

[[fields]]
name = "sealed"
type = "text"
vi = "Đóng dấu"
en = "Sealed"
writer = "server"

[[rules]]
code = "low_at_most_high"
type = "at_most"
fields = ["low", "high"]
vi = "Ít nhiều hơn nhiều"
en = "Low is more than high"
"""


def small(**changed: str) -> dict[str, str]:
    """A catalogue of one kind; ``changed``: kind, colours, purposes, head, replacing a whole file."""
    return {
        "catalogue.toml": changed.get("head", HEAD),
        "lists/colours.toml": changed.get("colours", COLOURS),
        "lists/purposes.toml": changed.get("purposes", PURPOSES),
        "kinds/thing.toml": changed.get("kind", THING),
    }
