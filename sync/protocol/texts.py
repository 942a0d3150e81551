"""Many canonical JSON texts at once: values encoded a column at a time, put into one template."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

_encode = msgspec.json.Encoder(order="deterministic").encode


def texts(values: Sequence[Any]) -> tuple[str, Sequence[Any]]:
    """(quote, texts): the canonical JSON of each value stands between two ``quote``."""
    if not values:
        return "", ()
    kinds = set(map(type, values))
    if kinds == {str}:
        joined = _encode(values)
        if b"\\" not in joined:  # then a quote within the joined text is one between two values
            return '"', joined[2:-2].decode().split('","')
        return "", [_encode(value).decode() for value in values]
    if kinds == {int}:
        return "", values
    return "", [_encode(value).decode() for value in values]


class Piece:
    """A part of a template: fixed text and columns of texts or numbers in turn."""

    def __init__(self, text: str) -> None:
        self.form = text.replace("%", "%%")
        self.columns: list[Sequence[Any]] = []

    def text(self, text: str) -> Piece:
        """Adds fixed text."""
        self.form += text.replace("%", "%%")
        return self

    def add(self, column: Sequence[Any]) -> Piece:
        """Adds a column of str or int; one that is the same throughout becomes fixed text."""
        if column and column.count(column[0]) == len(column):
            return self.text(str(column[0]))
        self.form += "%s"
        self.columns.append(column)
        return self


class Template:
    """Pieces in order."""

    def __init__(self, pieces: Sequence[Piece]) -> None:
        self._form = "".join(piece.form for piece in pieces)
        self._columns = [column for piece in pieces for column in piece.columns]

    def fill(self, n: int) -> list[str]:
        """The ``n`` texts."""
        if not self._columns:
            return [self._form % ()] * n
        return list(map(self._form.__mod__, zip(*self._columns, strict=True)))
