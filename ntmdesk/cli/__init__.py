"""The command line: composition root of every verb.  The services of the window, no Qt in the process."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import json
import os
import sys
from collections.abc import Sequence
from typing import TextIO

from ntmdesk import __version__
from ntmdesk.cli.answer import Answer, print_answer
from ntmdesk.cli.desk import LANG, Desk, UsageError
from ntmdesk.cli.verbs import Verbs, WrongUsage
from ntmdesk.errors import AppError
from ntmdesk.messages import message

MODULES = (
    "first",
    "persons",
    "records",
    "sameness",
    "syncing",
    "conflicts",
    "refused",
    "bundles",
    "point",
    "week",
    "indicators",
    "imports",
    "exports",
    "backups",
    "demo",
)
"""Modules of verbs, in the order of the help; each has ``register(verbs)``."""

DONE, FAILED, USAGE = 0, 1, 2


def build(language: str) -> Verbs:
    """The parser with every verb."""
    verbs = Verbs(language, f"ntmdesk {__version__}")
    for name in MODULES:
        module = f"ntmdesk.cli.{name}"
        if importlib.util.find_spec(module) is not None:
            importlib.import_module(module).register(verbs)
    return verbs


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one verb and returns the exit code: 0 done, 1 failed, 2 wrong usage."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            with contextlib.suppress(ValueError, OSError):
                stream.reconfigure(encoding="utf-8", errors="replace")
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        return _run(words)
    except BrokenPipeError:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115  keeps the exit quiet
        return FAILED


def _run(words: list[str]) -> int:
    as_json, language = "--json" in words, _language(words)
    verbs = build(language)
    try:
        _must_be_text(words)
        options = verbs.parse(words)
        if not hasattr(options, "run"):
            raise WrongUsage("verb", verbs.parser.format_usage())
    except WrongUsage as error:
        return _wrong_usage(error.reason, error.usage, as_json, language)
    desk = Desk(options)
    try:
        if options.needs == "store":
            desk.store  # noqa: B018  unlocked before the verb begins
        answer: Answer = options.run(desk, options)
        print_answer(answer, sys.stdout, desk.json)
        sys.stdout.flush()
        return answer.code
    except UsageError as error:
        return _wrong_usage(str(error), "", as_json, desk.language)
    except KeyboardInterrupt:
        return _failed("cancelled", {}, desk.json, desk.language)
    except BrokenPipeError:  # whoever read has heard enough
        raise
    except AppError as error:
        return _failed(error.code, error.details, desk.json, desk.language)
    except Exception as error:
        code = getattr(error, "code", None)
        details = getattr(error, "details", None)
        if isinstance(code, str) and isinstance(details, dict):
            return _failed(code, details, desk.json, desk.language)
        _log(desk, error)
        return _failed("unexpected", {"type": type(error).__name__}, desk.json, desk.language)
    finally:
        desk.close()


def _must_be_text(words: Sequence[str]) -> None:
    """Bytes that are no UTF-8 arrive as half surrogate pairs; no name and no value holds one."""
    for word in words:
        try:
            word.encode("utf-8")
        except UnicodeEncodeError:
            raise WrongUsage("utf-8", "") from None


def _language(words: Sequence[str]) -> str:
    for place, word in enumerate(words):
        if word.startswith("--lang="):
            return "en" if word.endswith("=en") else "vi"
        if word == "--lang" and place + 1 < len(words):
            return "en" if words[place + 1] == "en" else "vi"
    return "en" if os.environ.get(LANG) == "en" else "vi"


def _failed(code: str, details: dict[str, object], as_json: bool, language: str) -> int:
    sentence = message(code, details, language)
    if as_json:
        shown = {name: _plain(value) for name, value in details.items()}
        _print_json({"error": {"code": code, "message": sentence, "details": shown}}, sys.stdout)
    else:
        print(sentence, file=sys.stderr)
        for line in _problem_lines(details, language):
            print(line, file=sys.stderr)
    return FAILED


def _wrong_usage(reason: str, usage: str, as_json: bool, language: str) -> int:
    sentence = message("wrong_usage", {}, language)
    if as_json:
        error = {"code": "wrong_usage", "message": sentence, "details": {"reason": reason}}
        _print_json({"error": error}, sys.stdout)
    print(f"{sentence}\n{reason}\n{usage}".rstrip(), file=sys.stderr)
    return USAGE


def _problem_lines(details: dict[str, object], language: str) -> list[str]:
    from ntmdesk.messages import problem

    found = details.get("problems")
    if not isinstance(found, list | tuple):
        return []
    return [f"  {p.field}: {problem(p.code, p.details, language)}" for p in found]


def _plain(value: object) -> object:
    """Details as JSON: a problem or a possible double by its fields."""
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(v) for v in value]
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    names = getattr(type(value), "__dataclass_fields__", None)
    if names is not None:
        return {name: _plain(getattr(value, name)) for name in names if not name.startswith("_")}
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return str(value)


def _print_json(document: object, out: TextIO) -> None:
    out.write(json.dumps(document, ensure_ascii=False) + "\n")
    out.flush()


def _log(desk: Desk, error: Exception) -> None:
    """A bug: where it happened goes into the log, never what the person typed."""
    import logging

    from ntmdesk.system.logs import start_logs, stop_logs

    try:
        handler = start_logs(desk.paths.logs)
    except (AppError, OSError):
        print(f"{type(error).__name__}", file=sys.stderr)
        return
    logging.getLogger("ntmdesk").error("unexpected", exc_info=error)
    stop_logs(handler)
