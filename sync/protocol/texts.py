"""Many canonical JSON texts at once: values encoded a column at a time, put into one template."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import repeat
from typing import Any

import msgspec

_encode = msgspec.json.Encoder(order="deterministic").encode


def texts(values: Sequence[Any]) -> tuple[str, Sequence[Any]]:
    """(quote, texts): the canonical JSON of each value stands between two ``quote``."""
    if not values:
        return "", ()
    kinds = set(map(type, values))
    if kinds == {str}:
        together = "".join(values)
        if together.isprintable() and '"' not in together and "\\" not in together:
            return '"', values
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
        self.fixed = [text]
        self.columns: list[Sequence[Any]] = []

    def text(self, text: str) -> Piece:
        """Adds fixed text."""
        self.fixed[-1] += text
        return self

    def add(self, column: Sequence[Any]) -> Piece:
        """Adds a column of str or int; one that is the same throughout becomes fixed text."""
        if column and column.count(column[0]) == len(column):
            return self.text(str(column[0]))
        self.columns.append(column)
        self.fixed.append("")
        return self


class Template:
    """Pieces in order."""

    def __init__(self, pieces: Sequence[Piece]) -> None:
        whole = Piece("")
        for piece in pieces:
            whole.fixed[-1] += piece.fixed[0]
            whole.fixed += piece.fixed[1:]
            whole.columns += piece.columns
        self._whole = whole

    def fill(self, n: int) -> list[str]:
        """The ``n`` texts."""
        first, *rest = self._whole.fixed
        parts: list[Iterable[str]] = [repeat(first, n)]
        for column, text in zip(self._whole.columns, rest, strict=True):
            parts.append(column if set(map(type, column)) == {str} else map(str, column))
            if text:
                parts.append(repeat(text, n))
        return list(map("".join, zip(*parts, strict=True)))
