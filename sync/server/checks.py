"""``check``: what a keeper should know before a laptop finds out."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from cryptography import x509

from sync.protocol.errors import WireError
from sync.server import keys, tls
from sync.server.installation import Installation
from sync.server.store import copying, soundness

RENEW_DAYS = 60
BACKUP_DAYS = 8
DAY = 86_400

Check = dict[str, Any]


def run(server: Installation) -> dict[str, Any]:
    """``{"ok", "checks": [{"name", "ok", "advice"}]}``; ``advice`` is a code, ``fine`` where all is well."""
    checks = [
        _check("database", "restore", lambda: _database(server)),
        _check("streams", "restore", lambda: soundness.streams_hold(server.database)),
        _check("packets", "restore", lambda: soundness.chains_hold(server.database)),
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
    except (WireError, OSError, ValueError):
        ok = False
    return {"name": name, "ok": ok, "advice": "fine" if ok else advice}


def _database(server: Installation) -> bool:
    copying.prove(server.database)
    return True


def _certificate(server: Installation) -> bool:
    path = server.settings.tls / tls.CERTIFICATE
    if not path.exists():
        return True
    certificate = x509.load_pem_x509_certificate(path.read_bytes())
    return certificate.not_valid_after_utc.timestamp() > time.time() + RENEW_DAYS * DAY


def _backup(server: Installation) -> bool:
    files = list(server.settings.backups.glob("*.tar"))
    return any(f.stat().st_mtime > time.time() - BACKUP_DAYS * DAY for f in files)
