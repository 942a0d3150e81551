"""What each verb of the server's command line does: options in, one JSON document out."""

from __future__ import annotations

import argparse
import codecs
import logging
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from sync.protocol.errors import WireError
from sync.server import catalogues, codes, folder_lock, listing, lives, own_records, teams, tls
from sync.server import installation as installed
from sync.server import serving as marks
from sync.server.installation import Installation
from sync.server.words import advice, sentence

Options = argparse.Namespace
Document = dict[str, Any]

log = logging.getLogger("ntmdesk.server")


def _open(options: Options) -> Installation:
    return installed.open_installation(options.data)


def init(options: Options) -> Document:
    """Makes a server's folder."""
    with installed.create(
        options.data,
        database=options.database,
        catalogue=options.catalogue,
        names=tuple(options.host_name),
        administrator=options.name,
    ) as server:
        return {
            "data": str(options.data),
            "fingerprint": server.fingerprint,
            "catalogue": server.catalogue.get().judge.version,
        }


def serve(options: Options) -> None:
    """Answers until a signal; prints ``{"url", "fingerprint"}`` on one line once it listens."""
    from sync.server import listening
    from sync.server.app import Service
    from sync.web import binding

    if bool(options.cert) != bool(options.key):
        raise WireError("bad_certificate", file="--cert, --key")
    with _open(options) as server, folder_lock.held(options.data):
        certificate = None
        if options.cert:
            certificate = listening.Certificate(options.cert, options.key)
        elif options.tls:
            folder = server.settings.tls
            certificate = listening.Certificate(folder / tls.CERTIFICATE, folder / tls.KEY)
        if certificate is None and not listening.is_loopback(options.host):
            raise WireError("tls_required", host=options.host)
        fingerprint = tls.fingerprint(certificate.certificate) if certificate else ""
        pinned = certificate is not None and tls.is_self_signed(certificate.certificate)
        with binding.bind(options.host, options.port) as bound:
            url = listening.url_of(bound, options.host, certificate is not None)

            def started() -> None:
                marks.write(options.data, marks.Serving(url, fingerprint, pinned))
                print(msgspec.json.encode({"url": url, "fingerprint": fingerprint}).decode(), flush=True)
                log.info("listening url=%s server=%s", url, server.archive.server)

            listening.run(
                Service(server).application(),
                bound,
                certificate=certificate,
                started=started,
                with_parent=options.exit_with_parent,
            )
        log.info("stopped")


def team_add(options: Options) -> Document:
    """A team, its stream and its hamlets."""
    with _open(options) as server:
        return teams.add_team(server, options.code, options.name, options.commune, options.hamlet)


def invite(options: Options) -> Document:
    """A one-time code; with TLS the certificate's fingerprint stands behind it."""
    with _open(options) as server:
        code, expires = teams.invite(server, options.team, options.role, options.name, options.days)
        mark = marks.read(options.data)
        url = server.settings.public_url or (mark.url if mark else "")
        known = marks.Serving(url, server.fingerprint, True) if mark is None else mark
        fingerprint = known.fingerprint if known.pinned else ""
        return {
            "code": codes.invitation_text(code, fingerprint),
            "expires": _moment(expires),
            "url": url,
        }


def devices(options: Options) -> Document:
    """Enrolled laptops."""
    with _open(options) as server:
        rows = [
            {**row, "enrolled": _moment(row["enrolled"]), "seen": _moment(row["seen"])}
            for row in listing.device_rows(server)
        ]
        return {"rows": rows, "total": len(rows)}


def revoke(options: Options) -> Document:
    """Shuts a laptop out."""
    with _open(options) as server:
        row = teams.revoke(server, options.device)
        return {"device": row.device, "name": row.name, "revoked": True}


def list_records(options: Options) -> Document:
    """Records of one kind."""
    with _open(options) as server:
        found = listing.rows(
            server,
            options.kind,
            team=options.team,
            where=dict(options.where),
            search=options.search,
            limit=options.limit,
            deleted=options.deleted,
        )
        return found if options.json else listing.masked(server, options.kind, found)


def record_add(options: Options) -> Document:
    """Records written by the server, one JSON object a line; a refused line stops no other."""
    with _open(options) as server:
        team = teams.the_team(server, options.team)
        if options.kind not in server.catalogue.get().catalogue.kinds:
            raise WireError("unknown_kind", kind=options.kind)
        if options.file == "-":
            return _add_lines(options, server, team.stream, sys.stdin.buffer)
        try:
            with Path(options.file).open("rb") as lines:
                return _add_lines(options, server, team.stream, lines)
        except FileNotFoundError:
            raise WireError("not_found", file=options.file) from None


def _add_lines(options: Options, server: Installation, stream: str, lines: Iterable[bytes]) -> Document:
    ids: list[str | None] = []
    refused: list[Document] = []
    declared = server.catalogue.get()

    def refuse(line: int, code: str, field: str, details: Document) -> None:
        message = sentence(code, details, options.lang)
        refused.append({"line": line, "code": code, "field": field, "message": message})

    with server.archive.begin([stream]) as transaction:
        for number, text in enumerate(lines, 1):
            if not text.strip():
                continue
            ids.append(None)
            try:
                values = msgspec.json.decode(text.removeprefix(codecs.BOM_UTF8), type=dict[str, Any])
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                refuse(number, "invalid", "", {"problems": "JSON"})
                continue
            try:
                ids[-1] = own_records.write(
                    transaction,
                    server.archive,
                    declared,
                    stream,
                    options.kind,
                    {k: v for k, v in values.items() if k != "id"},
                    at=server.now(),
                    by=server.administrator,
                    id=values.get("id"),
                )
            except WireError as error:
                problems = error.details.get("problems")
                if problems:
                    refuse(number, problems[0]["code"], problems[0]["field"], problems[0])
                else:
                    refuse(number, error.code, str(error.details.get("field", "")), error.details)
    return {"ids": ids, "refused": refused}


def stats(options: Options) -> Document:
    """How much there is."""
    with _open(options) as server:
        return listing.stats(server)


def not_yet(options: Options) -> Document:
    """A verb that a later version brings."""
    raise WireError("not_yet", verb=options.verb)


def catalogue_load(options: Options) -> Document:
    """Stores a newer catalogue; a serving process notices it within seconds."""
    with _open(options) as server:
        catalogue, new = catalogues.store(server.database, catalogues.read_folder(options.folder))
        return {"version": catalogue.version, "kinds": len(catalogue.kinds), "new": new}


def bundle_import(options: Options) -> Document:
    """Takes a bundle that somebody carried here; writes the one that goes home."""
    from sync.server import bundles

    with _open(options) as server:
        return bundles.bring(server, options.file, options.answer)


def backup(options: Options) -> Document:
    """The whole server in one verified file."""
    from sync.server import backups

    with _open(options) as server:
        return backups.make(server.settings, server.database, options.file.absolute()).document


def restore(options: Options) -> Document:
    """Goes back to a backup under a new epoch."""
    from sync.server import restoring

    return restoring.restore(options.data, options.file.absolute(), options.database)


def epochs(options: Options) -> Document:
    """The lives of this server, and those that only laptops know of."""
    with _open(options) as server:
        found = lives.rows(server)
        return {"rows": found, "total": len(found)}


def epochs_choose(options: Options) -> Document:
    """Goes on with the present life where laptops know another."""
    with _open(options) as server:
        return lives.choose(server, options.life)


def check(options: Options) -> Document:
    """Whether all is well."""
    from sync.server import checks

    with _open(options) as server:
        return checks.run(server)


def _moment(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def text_of(options: Options, document: Document) -> str:
    """A document for people: a table for rows, lines for the rest."""
    if "rows" in document:
        return _table(document["rows"])
    lines: list[str] = []
    for name, value in document.items():
        if name == "checks":
            lines += [
                f"{'✓' if c['ok'] else '✗'} {c['name']}: {advice(c['advice'], options.lang)}" for c in value
            ]
        elif isinstance(value, dict):
            lines += [f"{name}.{key}: {number}" for key, number in value.items()]
        elif isinstance(value, list):
            lines += [f"{name}: {_cell(entry)}" for entry in value]
        else:
            lines.append(f"{name}: {_cell(value)}")
    return "\n".join(lines)


def _table(rows: list[Document]) -> str:
    names = list(dict.fromkeys(name for row in rows for name in row))
    texts = [names, *([_cell(row.get(name)) for name in names] for row in rows)]
    widths = [min(40, max(len(line[i]) for line in texts)) for i in range(len(names))]
    return "\n".join(
        "  ".join(text[:40].ljust(width) for text, width in zip(line, widths, strict=True)).rstrip()
        for line in texts
    )


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return " ".join(f"{k}={_cell(v)}" for k, v in value.items())
    return msgspec.json.encode(value).decode()
