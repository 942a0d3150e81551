"""What a page is told when it is opened: an id, or a mapping that holds one."""

from __future__ import annotations

from collections.abc import Mapping


def id_in(argument: object) -> str | None:
    """The record id of ``go``'s argument, or of what the palette found."""
    if isinstance(argument, str):
        return argument or None
    if isinstance(argument, Mapping):
        found = argument.get("id") or argument.get("resident")
        return str(found) if found else None
    return None


def word_in(argument: object, name: str) -> str:
    """A named word of the argument; empty when it has none."""
    found = argument.get(name) if isinstance(argument, Mapping) else None
    return str(found) if found is not None else ""
