"""The parser: every verb, the options that stand before or after it, help in two languages."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from ntmdesk.cli.answer import Answer
from ntmdesk.cli.desk import Desk, Words
from ntmdesk.cli.usage_words import in_words

Run = Callable[[Desk, argparse.Namespace], Answer]

_TITLES: dict[str, Words] = {
    "usage": ("cách dùng: ", "usage: "),
    "positional": ("tham số", "arguments"),
    "options": ("tùy chọn", "options"),
    "help": ("xem hướng dẫn", "show this help"),
    "home": ("thư mục sổ", "folder of the store"),
    "json": ("in một tài liệu JSON", "print one JSON document"),
    "as": ("người làm việc", "the person at work"),
    "lang": ("ngôn ngữ: vi hoặc en", "language: vi or en"),
    "version": ("phiên bản", "version"),
    "verbs": ("lệnh", "verbs"),
    "program": (
        "Bàn làm việc của tổ công nghệ số cộng đồng. Không có lệnh thì mở cửa sổ.",
        "The desk of a community digital-technology team. Without a verb the window opens.",
    ),
}


class WrongUsage(Exception):
    """What argparse refused: exit code 2."""

    def __init__(self, reason: str, usage: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.usage = usage


class Parser(argparse.ArgumentParser):
    """An argument parser that raises instead of exiting and speaks two languages."""

    language = "vi"

    def error(self, message: str) -> NoReturn:
        raise WrongUsage(in_words(message, self.language), self.format_usage())

    def format_usage(self) -> str:
        return super().format_usage().replace("usage: ", _say("usage", self.language), 1)

    def format_help(self) -> str:
        return super().format_help().replace("usage: ", _say("usage", self.language), 1)


def _say(key: str, language: str) -> str:
    return _TITLES[key][1 if language == "en" else 0]


class Verbs:
    """Collects verbs; each command module adds its own in ``register(verbs)``."""

    def __init__(self, language: str, version: str) -> None:
        self.language = language
        self.parser = self._dress(
            Parser(prog="ntmdesk", description=_say("program", language), add_help=False)
        )
        self.parser.add_argument(
            "--version", action="version", version=version, help=_say("version", language)
        )
        self._sub = self.parser.add_subparsers(
            dest="verb", metavar="VERB", title=_say("verbs", language), parser_class=Parser
        )

    def add(
        self, name: str, run: Run, needs: str = "store", help: Words = ("", ""), hidden: bool = False
    ) -> argparse.ArgumentParser:
        """One verb.  ``needs``: ``store`` (unlocked before) or ``nothing``; ``hidden``: not in the help."""
        words = help[1 if self.language == "en" else 0]
        options: dict[str, Any] = {} if hidden else {"help": words}
        parser = self._sub.add_parser(name, description=words, add_help=False, **options)
        self._dress(parser)
        parser.set_defaults(run=run, needs=needs)
        return parser

    def actions(self, parser: argparse.ArgumentParser, required: bool = True) -> Actions:
        """Second words of a verb (``person add``, ``conflicts resolve``)."""
        return Actions(self, parser, required)

    def say(self, words: Words) -> str:
        """Words in the language of the help."""
        return words[1 if self.language == "en" else 0]

    def _dress(self, parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
        """The options every verb takes, before and after it."""
        if isinstance(parser, Parser):
            parser.language = self.language
        parser._positionals.title = _say("positional", self.language)
        parser._optionals.title = _say("options", self.language)
        hide = argparse.SUPPRESS

        def help(key: str) -> str:
            return _say(key, self.language)

        parser.add_argument("-h", "--help", action="help", default=hide, help=help("help"))
        parser.add_argument("--home", metavar="DIR", default=hide, help=help("home"))
        parser.add_argument("--data", metavar="DIR", dest="home", default=hide, help=hide)
        parser.add_argument("--json", action="store_true", default=hide, help=help("json"))
        parser.add_argument("--as", metavar="NAME", dest="as_person", default=hide, help=help("as"))
        parser.add_argument("--lang", choices=("vi", "en"), default=hide, help=help("lang"))
        return parser

    def parse(self, argv: Sequence[str]) -> argparse.Namespace:
        """Reads a command line.  WrongUsage."""
        return self.parser.parse_args(argv)


class Actions:
    """The second words of one verb."""

    def __init__(self, verbs: Verbs, parser: argparse.ArgumentParser, required: bool) -> None:
        self._verbs = verbs
        self._sub = parser.add_subparsers(
            dest="action", metavar="ACTION", required=required, parser_class=Parser
        )

    def add(
        self, name: str, run: Run, help: Words = ("", ""), needs: str | None = None, hidden: bool = False
    ) -> argparse.ArgumentParser:
        """One second word with its own ``run``."""
        words = self._verbs.say(help)
        options: dict[str, Any] = {} if hidden else {"help": words}
        parser = self._sub.add_parser(name, description=words, add_help=False, **options)
        self._verbs._dress(parser)
        parser.set_defaults(run=run)
        if needs is not None:
            parser.set_defaults(needs=needs)
        return parser
