"""Server-owned facts (rule 28): signed over (record, cell, dot, value), believed whoever brings them.

The value of such a cell is ``{"v": value, "sig": "<key id>.<128 hex digits>"}``.  Always so for the reserved
cells of ``SERVER_CELLS`` and for fields whose kind declares ``writer = "server"``.  An unsigned or falsely
signed one is set aside unmerged on every replica.

Where a server writes a leader's value again (rule 26), or its own in place of another, the fact also says
``"over"``, the context of what it replaces.  So anyone may bring what a server wrote in a life that its
successor has forgotten, and nobody can put an old word of the server in the place of a newer value.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sync.protocol import signing
from sync.protocol.cells import Value, canonical, is_fact
from sync.protocol.dots import Context, Dot

SERVER_CELLS = ("_refused/", "_home", "_erased")
"""Reserved cells that only the server (or an officer's key) may write."""


def is_server_cell(name: str) -> bool:
    """Whether a reserved cell is a server-owned fact in every kind."""
    return name.startswith("_") and name.startswith(SERVER_CELLS)


def fact(
    private: bytes,
    kind: str,
    id: str,
    cell: str,
    dot: Dot,
    value: Value,
    over: Mapping[str, int] | None = None,
) -> dict[str, Any]:
    """The signed form of a value, ready to be written into its cell under ``dot``.

    ``over``: replica -> counter, all of the cell that it takes the place of; nothing when empty."""
    said = {"over": dict(over)} if over else {}
    signature = signing.sign(private, signing.FACT, _signed(kind, id, cell, dot, {"v": value, **said}))
    return {
        "v": value,
        **said,
        "sig": f"{signing.key_id(signing.public_of(private))}.{signature.hex()}",
    }


def fact_is_true(keys: Mapping[str, bytes], kind: str, id: str, cell: str, dot: Dot, value: Value) -> bool:
    """Whether a cell's value is a fact signed by one of ``keys`` (key id -> public key) for just this
    place; a signature has one form, as a fact has one."""
    if not is_fact(value):
        return False
    name, _, signature = value["sig"].partition(".")
    public = keys.get(name)
    try:
        raw = bytes.fromhex(signature)
    except ValueError:
        return False
    return (
        public is not None
        and signature == raw.hex()
        and signing.verify(public, signing.FACT, _signed(kind, id, cell, dot, value), raw)
    )


def replaced_by(value: Value) -> Context:
    """What a true fact takes the place of: replica -> counter; empty where it says nothing of it."""
    return value.get("over", {}) if is_fact(value) else {}


def keyring(publics: tuple[bytes, ...]) -> dict[str, bytes]:
    """Key id -> public key."""
    return {signing.key_id(public): public for public in publics}


def _signed(kind: str, id: str, cell: str, dot: Dot, said: Mapping[str, Any]) -> bytes:
    over = [said["over"]] if "over" in said else []
    return canonical([kind, id, cell, dot.text, said["v"], *over])
