"""Words of the window: English in code, Vietnamese by default.

Phrase books are TOML files, one per room, ``resources/translations/<language>/<room>.toml``: a table per
context (the class that says the words), English source = words; the table ``"*"`` serves every context.  A
value may be a list ``[one, many]`` for a source with ``%n``.  They are read directly by a translator, so a
fresh clone speaks Vietnamese without a build step.  GUI thread only, except ``translate`` and ``label``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date

from PySide6.QtCore import QCoreApplication, QLocale, QObject, QTranslator

from ntmdesk.domain.dates import format_date
from ntmdesk.domain.numbers import format_number
from ntmdesk.ui import shipped

DEFAULT = "vi"
LANGUAGES = ("vi", "en")
ANY = "*"
_LOCALES = {"vi": "vi_VN", "en": "en_GB"}
Phrases = dict[tuple[str, str], str | list[str]]
translate = QCoreApplication.translate
translated = QCoreApplication.translate
"""The same, for a source held in a variable that ``QT_TRANSLATE_NOOP`` marked elsewhere."""


class _Words:
    language = DEFAULT
    translator: PhraseTranslator | None = None


class PhraseTranslator(QTranslator):
    """Answers Qt's look-ups from phrase books; an unknown source stays as it is."""

    def __init__(self, phrases: Phrases, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._phrases = phrases

    def isEmpty(self) -> bool:
        return False

    def translate(
        self, context: str, sourceText: str, disambiguation: str | None = None, n: int = -1
    ) -> str | None:
        found = self._phrases.get((context, sourceText)) or self._phrases.get((ANY, sourceText))
        if isinstance(found, list):
            return found[0] if n == 1 else found[-1]
        return found or None


def QT_TRANSLATE_NOOP(context: str, source: str) -> str:
    """Mark ``source`` for the phrase books (Qt's own name); said later by ``translated(context, source)``."""
    return source


_DAYS = (
    QT_TRANSLATE_NOOP("Dates", "Monday"),
    QT_TRANSLATE_NOOP("Dates", "Tuesday"),
    QT_TRANSLATE_NOOP("Dates", "Wednesday"),
    QT_TRANSLATE_NOOP("Dates", "Thursday"),
    QT_TRANSLATE_NOOP("Dates", "Friday"),
    QT_TRANSLATE_NOOP("Dates", "Saturday"),
    QT_TRANSLATE_NOOP("Dates", "Sunday"),
)


def read_phrases(language: str) -> Phrases:
    """Every phrase book of ``language`` in one mapping."""
    phrases: Phrases = {}
    for name in shipped.names(f"translations/{language}", ".toml"):
        for context, entries in tomllib.loads(shipped.read_bytes(name).decode("utf-8")).items():
            phrases.update({(context, source): words for source, words in entries.items()})
    return phrases


def install(language: str = DEFAULT) -> None:
    """Speak ``language`` (``vi`` or ``en``; anything else is ``vi``) in widgets made from now on."""
    chosen = language if language in LANGUAGES else DEFAULT
    if _Words.translator is not None:
        QCoreApplication.removeTranslator(_Words.translator)
    _Words.translator = PhraseTranslator(read_phrases(chosen), QCoreApplication.instance())
    _Words.language = chosen
    QCoreApplication.installTranslator(_Words.translator)
    QLocale.setDefault(QLocale(_LOCALES[chosen]))


def language() -> str:
    """The language spoken now, ``vi`` or ``en``."""
    return _Words.language


def label(labels: Mapping[str, str]) -> str:
    """A catalogue label in the language spoken now, else in Vietnamese, else any."""
    return labels.get(_Words.language) or labels.get(DEFAULT) or next(iter(labels.values()), "")


def day_name(day: date) -> str:
    """``Chủ nhật`` / ``Sunday``."""
    return translated("Dates", _DAYS[day.weekday()])


def short_date(day: date) -> str:
    """``22/11/2026``."""
    return format_date(day)


def long_date(day: date) -> str:
    """``Chủ nhật 22/11/2026``."""
    return f"{day_name(day)} {short_date(day)}"


def number(value: float, decimals: int | None = None) -> str:
    """``1.234,5`` in Vietnamese, ``1,234.5`` in English; whole numbers without decimals."""
    places = decimals if decimals is not None else (0 if float(value).is_integer() else 1)
    if _Words.language == "vi":
        return format_number(value, places)
    return f"{value:,.{places}f}"
