"""Where a server keeps its data, and its limits.

``DATA/`` holds ``server.db``, ``keys/``, ``tls/``, ``backups/`` and ``settings.toml``; nothing of a server
stands outside it but a PostgreSQL database, when ``database`` names one.
"""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path

from sync.protocol.errors import WireError

FILE = "settings.toml"
MARK = "serving"
"""File that tells other processes of this machine at which address the server listens or last listened."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request may ask for; every figure can be set in ``[limits]``."""

    body_bytes: int = 8 * 1024 * 1024
    """Bytes of a request as they come over the line."""
    raw_bytes: int = 48 * 1024 * 1024
    """Bytes of a request after unpacking."""
    read_seconds: int = 120
    """Longest silence while a request body is read."""
    workers: int = 4
    """Threads that work on the database at once."""
    waiting: int = 64
    """Requests that may wait for such a thread; beyond, ``later`` with Retry-After."""
    idle_days: int = 45
    """A device that has not been heard of for so long must be enrolled again."""
    enrol_per_minute: int = 12
    """Tries to enrol from one address in a minute."""
    exchange_per_minute: int = 1200
    """Exchanges of one device in a minute."""


@dataclass(frozen=True, slots=True)
class Settings:
    """One server's settings.  ``database``: "" for the embedded file, else a PostgreSQL URL."""

    data: Path
    database: str = ""
    public_url: str = ""
    limits: Limits = Limits()

    @property
    def database_file(self) -> Path:
        """The embedded database."""
        return self.data / "server.db"

    @property
    def database_url(self) -> str:
        """SQLAlchemy's address of the database."""
        if not self.database:
            return f"sqlite+pysqlite:///{self.database_file}"
        scheme, _, rest = self.database.partition("://")
        return f"postgresql+psycopg://{rest}" if scheme in ("postgres", "postgresql") else self.database

    @property
    def keys(self) -> Path:
        """Folder of the server's own keys."""
        return self.data / "keys"

    @property
    def tls(self) -> Path:
        """Folder of the certificate and its key."""
        return self.data / "tls"

    @property
    def backups(self) -> Path:
        """Folder for copies made before a restore or an upgrade."""
        return self.data / "backups"


def read(data: Path) -> Settings:
    """The settings of an initialised folder.

    Raises WireError: ``no_store`` where ``init`` has not been, ``bad_settings`` (details: reason) for a
    file that cannot be read.
    """
    path = data / FILE
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise WireError("no_store", data=str(data)) from None
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise WireError("bad_settings", reason=str(error)) from error
    known = {"database", "public_url", "limits"}
    if unknown := sorted(set(table) - known):
        raise WireError("bad_settings", reason=f"unknown key {unknown[0]}")
    for name in ("database", "public_url"):
        if not isinstance(table.get(name, ""), str):
            raise WireError("bad_settings", reason=f"{name} must be a text")
    return Settings(
        data=data,
        database=os.environ.get("NTMDESK_SERVER_DATABASE") or table.get("database", ""),
        public_url=table.get("public_url", ""),
        limits=_limits(table.get("limits", {})),
    )


def _limits(table: object) -> Limits:
    if not isinstance(table, dict):
        raise WireError("bad_settings", reason="limits must be a table")
    names = {f.name for f in fields(Limits)}
    for name, value in table.items():
        if name not in names:
            raise WireError("bad_settings", reason=f"unknown key limits.{name}")
        if type(value) is not int or value < 1:
            raise WireError("bad_settings", reason=f"limits.{name} must be a whole number above 0")
    return Limits(**table)


def write(settings: Settings) -> None:
    """Writes a first ``settings.toml`` that explains itself."""
    lines = [
        '# "" = the embedded file server.db beside this one; or postgresql://user@host/database',
        f'database = "{settings.database}"',
        "# the address that invitations name; empty = where the server listens",
        f'public_url = "{settings.public_url}"',
        "",
        "[limits]",
        *(f"# {f.name} = {getattr(settings.limits, f.name)}" for f in fields(Limits)),
        "",
    ]
    path = settings.data / FILE
    path.write_text("\n".join(lines), encoding="utf-8")
    path.chmod(0o600)  # a database URL may hold a password
