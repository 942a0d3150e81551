"""The server's command line: arguments, one answer, exit codes.  What a verb does is in ``verbs``.

Exit 0 done, 1 failed (``{"error": {"code", "message", "details"}}``), 2 wrong usage (code ``wrong_usage``).
With ``--json`` stdout holds that one document whatever happens; Vietnamese unless ``--lang`` or
``NTMDESK_LANG`` says otherwise.
"""

from __future__ import annotations

import argparse
import errno
import logging
import os
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

import msgspec

from sync.protocol.errors import WireError
from sync.server import verbs
from sync.server.words import help_of, sentence

DATA_VARIABLE = "NTMDESK_SERVER_DATA"
LANGUAGE_VARIABLE = "NTMDESK_LANG"
Verb = Callable[[argparse.Namespace], dict[str, Any] | None]

DONE, FAILED, USAGE = 0, 1, 2
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_CLOSED = {errno.EROFS, errno.EACCES, errno.EPERM}
_MISSING = {errno.ENOENT, errno.ENOTDIR, errno.EISDIR}


class WrongUsage(Exception):
    """What the grammar refused, and how it is used."""

    def __init__(self, reason: str, usage: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.usage = usage


class _Parser(argparse.ArgumentParser):
    """An argument parser that raises instead of ending the process."""

    def error(self, message: str) -> NoReturn:
        raise WrongUsage(message, self.format_usage())


def default_data() -> Path:
    """Where a server keeps its data when nobody says otherwise."""
    if named := os.environ.get(DATA_VARIABLE):
        return Path(named)
    if os.name == "posix" and os.geteuid() == 0:
        return Path("/var/lib/ntmdesk-server")
    return Path.home() / ".local" / "share" / "ntmdesk-server"


def parser(language: str = "en") -> argparse.ArgumentParser:
    """The whole grammar; global options may stand before or after the verb.  ``language``: of its help."""

    def say(key: str) -> str:
        return help_of(key, language)

    everywhere = _Parser(add_help=False, argument_default=argparse.SUPPRESS)
    _global_options(everywhere, say)
    top = _Parser(prog="ntmdesk-server", description=say("program"))
    _global_options(top, say)
    top.set_defaults(data=None, json=False, lang=language)
    named = top.add_subparsers(dest="verb", required=True, metavar="VERB")

    def verb(name: str, run: Verb, help: str | None = None, of: Any = named) -> argparse.ArgumentParser:
        shown = {"help": say(help)} if help else {}
        added: argparse.ArgumentParser = of.add_parser(name, parents=[everywhere], **shown)
        added.set_defaults(run=run)
        return added

    def group(name: str, help: str) -> Any:
        return named.add_parser(name, parents=[everywhere], help=say(help)).add_subparsers(
            required=True, metavar="ACTION"
        )

    init = verb("init", verbs.init, "init")
    init.add_argument("--catalogue", type=Path, metavar="DIR", help=say("init_catalogue"))
    init.add_argument("--database", default="", metavar="URL", help=say("init_database"))
    init.add_argument("--host-name", action="append", default=[], metavar="NAME", help=say("host_name"))
    init.add_argument("--name", default="Quản trị", help=say("administrator"))

    serve = verb("serve", verbs.serve, "serve")
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=_port, default=8443, help=say("port"))
    serve.add_argument("--tls", action="store_true", help=say("tls"))
    serve.add_argument("--cert", type=Path, metavar="FILE")
    serve.add_argument("--key", type=Path, metavar="FILE")
    serve.add_argument("--exit-with-parent", action="store_true", help=say("with_parent"))

    team = group("team", "team")
    add = verb("add", verbs.team_add, "team_add", team)
    add.add_argument("--code", required=True)
    add.add_argument("--name", required=True)
    add.add_argument("--commune", required=True, metavar="CODE")
    add.add_argument("--hamlet", action="append", default=[], metavar="NAME")

    invite = verb("invite", verbs.invite, "invite")
    invite.add_argument("--team", required=True)
    invite.add_argument("--role", required=True, choices=("leader", "deputy", "volunteer", "member"))
    invite.add_argument("--name", default="", help=say("invite_name"))
    invite.add_argument("--days", type=int, default=7)

    verb("devices", verbs.devices, "devices")
    revoke = verb("revoke", verbs.revoke, "revoke")
    revoke.add_argument("device")

    listed = verb("list", verbs.list_records, "list")
    listed.add_argument("kind")
    listed.add_argument("--team")
    listed.add_argument("--where", action="append", default=[], type=_pair, metavar="FIELD=VALUE")
    listed.add_argument("--search", default="")
    listed.add_argument("--limit", type=_count)
    listed.add_argument("--deleted", action="store_true")

    record = group("record", "record")
    record_add = verb("add", verbs.record_add, "record_add", record)
    record_add.add_argument("kind")
    record_add.add_argument("file", nargs="?", default="-")
    record_add.add_argument("--team", required=True)

    verb("stats", verbs.stats, "stats")
    logs = verb("logs", verbs.not_yet)
    logs.add_argument("--week")

    catalogue = group("catalogue", "catalogue")
    load = verb("load", verbs.catalogue_load, "catalogue_load", catalogue)
    load.add_argument("folder", type=Path)

    bundle = group("bundle", "bundle")
    brought = verb("import", verbs.bundle_import, "bundle_import", bundle)
    brought.add_argument("file", type=Path)
    brought.add_argument("--answer", type=Path, metavar="FILE", help=say("answer"))

    backup = verb("backup", verbs.backup, "backup")
    backup.add_argument("file", type=Path)
    restore = verb("restore", verbs.restore, "restore")
    restore.add_argument("file", type=Path)
    restore.add_argument("--database", default="", metavar="URL", help=say("restore_database"))
    epochs = verb("epochs", verbs.epochs, "epochs")
    choices = epochs.add_subparsers(metavar="ACTION")
    choose = verb("choose", verbs.epochs_choose, "epochs_choose", choices)
    choose.add_argument("life", metavar="LIFE", help=say("life"))
    verb("check", verbs.check, "check")
    return top


def _global_options(to: argparse.ArgumentParser, say: Callable[[str], str]) -> None:
    to.add_argument("--data", type=Path, metavar="DIR", help=say("data"))
    to.add_argument("--json", action="store_true", help=say("json"))
    to.add_argument("--lang", choices=("vi", "en"), help=say("lang"))


def _port(text: str) -> int:
    number = int(text)
    if not 0 <= number <= 65_535:
        raise ValueError(text)
    return number


def _count(text: str) -> int:
    number = int(text)
    if number < 0:
        raise ValueError(text)
    return number


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not name:
        raise argparse.ArgumentTypeError("FIELD=VALUE")
    return name, value


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and gives its exit code."""
    _utf8()
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        return _run(words)
    except BrokenPipeError:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115  keeps the exit quiet
        return FAILED


def _run(words: Sequence[str]) -> int:
    language = _language(words)
    try:
        options = parser(language).parse_args(words)
    except WrongUsage as error:
        return _wrong_usage(error, "--json" in words, language)
    if options.verb == "serve":
        _logging()
    options.data = options.data or default_data()
    try:
        document = options.run(options)
    except WireError as error:
        return _failed(options, plainly(error), error.details)
    except KeyboardInterrupt:
        return _failed(options, "interrupted", {})
    except BrokenPipeError:
        raise
    except OSError as error:
        return _failed(options, *_told(error))
    except Exception as error:
        _trace(error)
        return _failed(options, "unexpected", {"type": type(error).__name__})
    if document is not None:
        print(_json(document) if options.json else verbs.text_of(options, document), flush=True)
    return DONE


def _language(words: Sequence[str]) -> str:
    """What ``--lang`` says, else the environment, else Vietnamese."""
    for place, word in enumerate(words):
        if word.startswith("--lang="):
            return "en" if word == "--lang=en" else "vi"
        if word == "--lang" and place + 1 < len(words):
            return "en" if words[place + 1] == "en" else "vi"
    return "en" if os.environ.get(LANGUAGE_VARIABLE) == "en" else "vi"


def _wrong_usage(error: WrongUsage, as_json: bool, language: str) -> int:
    message = sentence("wrong_usage", {}, language)
    if as_json:
        details = {"reason": error.reason}
        print(_json({"error": {"code": "wrong_usage", "message": message, "details": details}}), flush=True)
    print(f"{message}\n{error.reason}\n{error.usage}".rstrip(), file=sys.stderr)
    return USAGE


def plainly(error: WireError) -> str:
    """A laptop waits while a disk is full or closed; a keeper is told which."""
    reason = error.details.get("reason")
    return reason if error.code == "busy" and reason in ("disk_full", "read_only") else error.code


def _told(error: OSError) -> tuple[str, dict[str, Any]]:
    """Code and details of what the file system said."""
    where = {"path": str(error.filename)} if error.filename is not None else {}
    if error.errno in _FULL:
        return "disk_full", where
    if error.errno in _CLOSED:
        return "read_only", where
    if error.errno in _MISSING:
        return "not_found", where
    return "unexpected", {"type": type(error).__name__}


def _trace(error: Exception) -> None:
    """Where a mistake of the program happened, without what was in its hands."""
    for frame in traceback.extract_tb(error.__traceback__)[-6:]:
        print(f"{frame.filename}:{frame.lineno} {frame.name}", file=sys.stderr)


def _failed(options: argparse.Namespace, code: str, details: dict[str, Any]) -> int:
    message = sentence(code, details, options.lang)
    if options.json:
        print(_json({"error": {"code": code, "message": message, "details": details}}), flush=True)
    else:
        print(f"{message} [{code}]", file=sys.stderr)
    return FAILED


def _json(document: Any) -> str:
    return msgspec.json.encode(document).decode()


def _utf8() -> None:
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8")


def _logging() -> None:
    handler = logging.StreamHandler(sys.stderr)
    formatter = logging.Formatter("%(asctime)sZ %(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%S")
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    logger = logging.getLogger("ntmdesk.server")
    logger.handlers[:] = [handler]
    logger.setLevel(logging.INFO)
    logger.propagate = False
