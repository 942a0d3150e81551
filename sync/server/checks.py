"""``check``: what a keeper should know before a laptop finds out."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from cryptography import x509

from sync.protocol.errors import WireError
from sync.protocol.kinds import CatalogueError
from sync.server import keys, tls
from sync.server.installation import Installation
from sync.server.store import copying
from sync.server.store.schema import CHAIN, PACKET, RECORD, STREAM

RENEW_DAYS = 60
BACKUP_DAYS = 8
DAY = 86_400

Check = dict[str, Any]


def run(server: Installation) -> dict[str, Any]:
    """``{"ok", "checks": [{"name", "ok", "advice"}]}``; ``advice`` is a code, ``fine`` where all is well."""
    checks = [
        _check("database", "restore", lambda: _database(server)),
        _check("streams", "restore", lambda: _streams(server)),
        _check("packets", "restore", lambda: _packets(server)),
        _check("keys", "close_keys", lambda: not keys.open_to_others(server.settings.keys)),
        _check("certificate", "renew_certificate", lambda: _certificate(server)),
        _check("catalogue", "load_catalogue", lambda: bool(server.catalogue.get().catalogue.kinds)),
        _check("backup", "make_backup", lambda: _backup(server)),
    ]
    needed = [c for c in checks if c["name"] != "backup"]
    return {"ok": all(c["ok"] for c in needed), "checks": checks}


def _check(name: str, advice: str, holds: Callable[[], bool]) -> Check:
    try:
        ok = holds()
    except (WireError, CatalogueError, sa.exc.SQLAlchemyError, OSError, ValueError):
        ok = False
    return {"name": name, "ok": ok, "advice": "fine" if ok else advice}


def _database(server: Installation) -> bool:
    copying.prove(server.database)
    return True


def _streams(server: Installation) -> bool:
    """No record above its stream's number."""
    query = (
        sa.select(sa.func.count())
        .select_from(RECORD.join(STREAM, RECORD.c.stream == STREAM.c.stream))
        .where(RECORD.c.seq > STREAM.c.seq)
    )
    with server.database.read() as connection:
        return connection.scalar(query) == 0


def _packets(server: Installation) -> bool:
    """Every chain has all its packets."""
    p = PACKET.c
    ends = sa.select(CHAIN.c.stream, CHAIN.c.replica, CHAIN.c.number)
    kept = sa.select(p.stream, p.replica, sa.func.count(), sa.func.max(p.number)).group_by(
        p.stream, p.replica
    )
    with server.database.read() as connection:
        held = {(s, r): (count, last) for s, r, count, last in connection.execute(kept)}
        return all(held.get((s, r)) == (n, n) for s, r, n in connection.execute(ends))


def _certificate(server: Installation) -> bool:
    path = server.settings.tls / tls.CERTIFICATE
    if not path.exists():
        return True
    certificate = x509.load_pem_x509_certificate(path.read_bytes())
    return certificate.not_valid_after_utc.timestamp() > time.time() + RENEW_DAYS * DAY


def _backup(server: Installation) -> bool:
    files = list(server.settings.backups.glob("*.tar"))
    return any(f.stat().st_mtime > time.time() - BACKUP_DAYS * DAY for f in files)
