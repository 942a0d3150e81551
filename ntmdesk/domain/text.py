"""Vietnamese text: one stored form, a search form, a sorting form and a form for comparing names.

Stored text is NFC, as typed.  Everything else here is computed from it and may be thrown away and made
again.  Order of the alphabet and of the tones as in the Vietnamese collation of CLDR: a ă â b c d đ e ê …
with none < huyền < hỏi < ngã < sắc < nặng, base letters first and tones only to break ties.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

_TONES = "\u0300\u0309\u0303\u0301\u0323"  # huyền hỏi ngã sắc nặng, in their order
_SHAPES = {"\u0306": "breve", "\u0302": "circumflex", "\u031b": "horn"}
_LETTERS = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_PUNCTUATION = "_-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$"
_MARKS = range(0x0300, 0x0370)
_UNSEEN = "\u00ad\u200b\u200c\u200d\u2060\ufeff"

_INVISIBLE = re.compile(f"[{_UNSEEN}]+")

_FOLDING: dict[int, str | None] = {
    **dict.fromkeys(_MARKS),
    **dict.fromkeys(map(ord, _UNSEEN)),
    **dict.fromkeys(map(ord, "đðɖ"), "d"),  # ð and ɖ stand where an old font or keyboard meant đ
    **dict.fromkeys(map(ord, "‘’ʼ`´"), "'"),
}


def nfc(text: str) -> str:
    """The form in which all text is stored."""
    return unicodedata.normalize("NFC", text)


def squeeze(text: str) -> str:
    """NFC without invisible characters, every run of white space (no-break too) as one blank, trimmed."""
    composed = unicodedata.normalize("NFC", text)
    if composed.isprintable():  # then the plain blank is its only white space, and nothing in it is invisible
        if "  " not in composed and composed[:1] != " " and composed[-1:] != " ":
            return composed
    else:
        composed = _INVISIBLE.sub("", composed)
    return " ".join(composed.split())


def fold(text: str) -> str:
    """What search compares: lower case, đ as d, no marks, single blanks; the same for NFC and NFD.

    Fold both the stored text and what is typed.  Only Latin marks fall; signs that are letters of another
    script (Khmer, Thai, Lao vowels) stay.
    """
    if text.isascii():
        plain = text.lower()
        return " ".join(plain.replace("`", "'").split())
    spread = unicodedata.normalize("NFD", text).lower()
    spread = unicodedata.normalize("NFD", spread).translate(_FOLDING)
    return " ".join(unicodedata.normalize("NFC", spread).split())


_TWIN = re.compile(r"(h|k|l|m|s|t|v|qu)([iy])")


def spelling_twin(word: str) -> str | None:
    """The other accepted spelling of one folded word that ends in i or y (``my`` and ``mi``), if it has one.

    Whole words only: use it beside the word, as an exact term of a search or when doubles are compared.
    """
    found = _TWIN.fullmatch(word)
    if found is None:
        return None
    return found[1] + ("y" if found[2] == "i" else "i")


@dataclass(frozen=True, slots=True)
class NameParts:
    """A Vietnamese name in its three parts; ``family`` and ``middle`` may be empty."""

    family: str
    middle: str
    given: str


_NICKNAME = re.compile(r"^(?P<name>.*\S)\s*(?P<nickname>\([^()]*\))$")


def split_name(full_name: str) -> NameParts:
    """Family name first, given name last, the rest in the middle.

    A by-name in brackets at the end (``Nguyễn Thị Hoa (Tám)``) belongs to the middle, so that it never
    stands for the given name.
    """
    return NameParts(*_parts(full_name))


def _parts(full_name: str) -> tuple[str, str, str]:
    name, nickname = squeeze(full_name), ""
    if name.endswith(")") and (found := _NICKNAME.match(name)):
        name, nickname = found["name"], found["nickname"]
    family, _, rest = name.partition(" ")
    if not rest:
        return "", nickname, family
    middle, _, given = rest.rpartition(" ")
    return family, f"{middle} {nickname}".strip() if nickname else middle, given


def _weigh(char: str) -> tuple[str, str, str]:
    """Base letter, tone and case of one NFC character, each as weights in Latin-1 characters."""
    if not char.isalpha() and not char.isdigit() and not unicodedata.combining(char):
        if char in _PUNCTUATION:
            return chr(0x04 + _PUNCTUATION.index(char)), "\x03", "\x03"
        if char.isspace() or unicodedata.category(char).startswith("C"):
            return "\x03", "\x03", "\x03"
    if "0" <= char <= "9":
        return chr(0x30 + int(char)), "\x03", "\x03"
    spread = unicodedata.normalize("NFD", char.lower())
    case = "\x04" if char != char.lower() else "\x03"
    if unicodedata.combining(char):
        return "", _tone(char), ""
    shape = unicodedata.normalize("NFC", "".join(c for i, c in enumerate(spread) if i == 0 or c in _SHAPES))
    marks = spread[1:]
    if shape not in _LETTERS or len(shape) != 1:
        shape = spread[0]
    else:
        marks = "".join(mark for mark in marks if mark not in _SHAPES)
    if shape in _LETTERS:
        base = chr(0x40 + _LETTERS.index(shape))
    else:
        base = "\xf0" + shape.encode("utf-8", "surrogatepass").decode("latin-1")
    return base, "".join(map(_tone, marks)) or "\x03", case


def _tone(mark: str) -> str:
    if mark in _TONES:
        return chr(0x04 + _TONES.index(mark))
    return "\x10" + mark.encode("utf-8", "surrogatepass").decode("latin-1")


class _Weights(dict[int, str]):
    """A table for ``str.translate`` that weighs a character the first time it meets it."""

    def __init__(self, level: int) -> None:
        super().__init__()
        self._level = level

    def __missing__(self, code: int) -> str:
        weight = _weigh(chr(code))[self._level]
        if len(self) < 4096:
            self[code] = weight
        return weight


_BASE, _TONE, _CASE = _Weights(0), _Weights(1), _Weights(2)


@lru_cache(maxsize=32768)
def _word(word: str) -> tuple[bytes, bytes, bytes]:
    return (
        word.translate(_BASE).encode("latin-1"),
        word.translate(_TONE).encode("latin-1"),
        word.translate(_CASE).encode("latin-1"),
    )


def _levels(text: str) -> tuple[bytes, bytes, bytes]:
    """Letters, tones and capitals of a squeezed text; names repeat their words, so words are remembered."""
    if " " not in text:
        base, tone, case = _word(text)
    else:
        base, tone, case = map(b"\x03".join, zip(*map(_word, text.split(" ")), strict=True))
    return base, tone.rstrip(b"\x03"), case.rstrip(b"\x03")


@lru_cache(maxsize=32768)
def _part(text: str) -> tuple[bytes, bytes]:
    base, tone, case = _levels(text)
    return base + b"\x01" + tone, case


def sort_key(full_name: str) -> bytes:
    """Where a person stands in a list: by given name, then family name, then middle names.

    Each part is compared by letters, then by tones; capitals decide last of all.  Compare keys as bytes
    (``ORDER BY`` on a BLOB): the order is the same on every machine.
    """
    family, middle, given = map(_part, _parts(full_name))
    return b"%b\x00%b\x00%b\x00%b\x01%b\x01%b" % (
        given[0],
        family[0],
        middle[0],
        given[1],
        family[1],
        middle[1],
    )


def plain_sort_key(text: str) -> bytes:
    """Where a text stands in a list when read as written, word by word: places, titles, labels."""
    return b"\x01".join(_levels(squeeze(text)))


_PAIR = re.compile(rf"(?:(o)([{_TONES}])([ae])|(?<!q)(u)([{_TONES}])(y))(?![\w\u0300-\u036f])")
_AFTER_Q = re.compile(rf"(qu)([{_TONES}])([aeioy])")


def _tone_last(found: re.Match[str]) -> str:
    first, tone, last = (group for group in found.groups() if group is not None)
    return first + last + tone


def canonical_name(name: str) -> str:
    """The form in which two spellings of one name are equal: lower case, tone on the second of oa, oe, uy.

    For finding doubles only (``HÒA`` and ``Hoà`` both give ``hoà``); names are stored and shown as typed.
    """
    spread = unicodedata.normalize("NFD", squeeze(name).lower())
    return nfc(_AFTER_Q.sub(_tone_last, _PAIR.sub(_tone_last, spread)))
