"""The server's command line: arguments, one answer, exit codes.  What a verb does is in ``verbs``.

Exit 0 done, 1 failed (``{"error": {"code", "message", "details"}}``), 2 wrong usage.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from sync.protocol.errors import WireError
from sync.server import verbs
from sync.server.words import sentence

DATA_VARIABLE = "NTMDESK_SERVER_DATA"
Verb = Callable[[argparse.Namespace], dict[str, Any] | None]


def default_data() -> Path:
    """Where a server keeps its data when nobody says otherwise."""
    if named := os.environ.get(DATA_VARIABLE):
        return Path(named)
    if os.name == "posix" and os.geteuid() == 0:
        return Path("/var/lib/ntmdesk-server")
    return Path.home() / ".local" / "share" / "ntmdesk-server"


def parser() -> argparse.ArgumentParser:
    """The whole grammar; global options may stand before or after the verb."""
    everywhere = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    _global_options(everywhere)
    top = argparse.ArgumentParser(prog="ntmdesk-server", description="The upper server of ntmdesk.")
    _global_options(top)
    top.set_defaults(data=None, json=False, lang="vi")
    named = top.add_subparsers(dest="verb", required=True, metavar="VERB")

    def verb(name: str, run: Verb, help: str | None = None, of: Any = named) -> argparse.ArgumentParser:
        shown = {"help": help} if help else {}
        added: argparse.ArgumentParser = of.add_parser(name, parents=[everywhere], **shown)
        added.set_defaults(run=run)
        return added

    def group(name: str, help: str) -> Any:
        return named.add_parser(name, parents=[everywhere], help=help).add_subparsers(
            required=True, metavar="ACTION"
        )

    init = verb("init", verbs.init, "keys, certificate, administrator, catalogue")
    init.add_argument("--catalogue", type=Path, metavar="DIR", help="instead of the shipped one")
    init.add_argument("--database", default="", metavar="URL", help="postgresql://… instead of one file")
    init.add_argument("--host-name", action="append", default=[], metavar="NAME", help="for the certificate")
    init.add_argument("--name", default="Quản trị", help="of the administrator")

    serve = verb("serve", verbs.serve, "answer laptops until stopped")
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=_port, default=8443, help="0: a free one")
    serve.add_argument("--tls", action="store_true", help="with the certificate made at init")
    serve.add_argument("--cert", type=Path, metavar="FILE")
    serve.add_argument("--key", type=Path, metavar="FILE")
    serve.add_argument("--exit-with-parent", action="store_true", help="end when the starter has ended")

    team = group("team", "teams")
    add = verb("add", verbs.team_add, "a team and its hamlets", team)
    add.add_argument("--code", required=True)
    add.add_argument("--name", required=True)
    add.add_argument("--commune", required=True, metavar="CODE")
    add.add_argument("--hamlet", action="append", default=[], metavar="NAME")

    invite = verb("invite", verbs.invite, "a one-time code for one laptop")
    invite.add_argument("--team", required=True)
    invite.add_argument("--role", required=True, choices=("leader", "deputy", "volunteer", "member"))
    invite.add_argument(
        "--name", default="", help="who it is for; the id of a member for one more laptop of theirs"
    )
    invite.add_argument("--days", type=int, default=7)

    verb("devices", verbs.devices, "enrolled laptops")
    revoke = verb("revoke", verbs.revoke, "shut a laptop out")
    revoke.add_argument("device")

    listed = verb("list", verbs.list_records, "records of a kind")
    listed.add_argument("kind")
    listed.add_argument("--team")
    listed.add_argument("--where", action="append", default=[], type=_pair, metavar="FIELD=VALUE")
    listed.add_argument("--search", default="")
    listed.add_argument("--limit", type=int)
    listed.add_argument("--deleted", action="store_true")

    record = group("record", "records the server writes")
    record_add = verb("add", verbs.record_add, "from JSON lines", record)
    record_add.add_argument("kind")
    record_add.add_argument("file", nargs="?", default="-")
    record_add.add_argument("--team", required=True)

    verb("stats", verbs.stats, "how much there is")
    logs = verb("logs", verbs.not_yet)
    logs.add_argument("--week")

    catalogue = group("catalogue", "what is recorded")
    load = verb("load", verbs.catalogue_load, "a newer catalogue", catalogue)
    load.add_argument("folder", type=Path)

    bundle = group("bundle", "files carried by hand")
    brought = verb("import", verbs.bundle_import, "take one in", bundle)
    brought.add_argument("file", type=Path)
    brought.add_argument("--answer", type=Path, metavar="FILE", help="write what goes home with its carrier")

    backup = verb("backup", verbs.backup, "the whole server in one verified file")
    backup.add_argument("file", type=Path)
    restore = verb("restore", verbs.restore, "go back to a backup; always a new epoch")
    restore.add_argument("file", type=Path)
    restore.add_argument("--database", default="", metavar="URL", help="where DATA has no server yet")
    epochs = verb("epochs", verbs.epochs, "lives of this server, and those that laptops know")
    choices = epochs.add_subparsers(metavar="ACTION")
    choose = verb("choose", verbs.epochs_choose, "go on with the present life, end the others", choices)
    choose.add_argument("life", metavar="LIFE", help="name of the present life, as `epochs` lists it")
    verb("check", verbs.check, "whether all is well")
    return top


def _global_options(to: argparse.ArgumentParser) -> None:
    to.add_argument("--data", type=Path, metavar="DIR", help="the server's folder")
    to.add_argument("--json", action="store_true", help="one JSON document on stdout")
    to.add_argument("--lang", choices=("vi", "en"))


def _port(text: str) -> int:
    number = int(text)
    if not 0 <= number <= 65_535:
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
    options = parser().parse_args(arguments)
    if options.verb == "serve":
        _logging()
    options.data = options.data or default_data()
    try:
        document = options.run(options)
    except WireError as error:
        return _failed(options, error.code, error.details)
    except KeyboardInterrupt:
        return _failed(options, "interrupted", {})
    except PermissionError as error:
        return _failed(options, "read_only", {"path": str(error.filename)})
    except OSError as error:
        code = "disk_full" if error.errno == 28 else "unexpected"
        return _failed(options, code, {"type": type(error).__name__})
    if document is not None:
        print(_json(document) if options.json else verbs.text_of(options, document))
    return 0


def _failed(options: argparse.Namespace, code: str, details: dict[str, Any]) -> int:
    message = sentence(code, details, options.lang)
    if options.json:
        print(_json({"error": {"code": code, "message": message, "details": details}}))
    else:
        print(f"{message} [{code}]", file=sys.stderr)
    return 1


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
