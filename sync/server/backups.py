"""A whole server in one file, verified before it counts.

The file is a tar: ``manifest.json`` (counts and sha256 of the rest), ``server.db`` (always SQLite, also of a
server on PostgreSQL), ``keys/`` and ``tls/``.  It holds the server's keys: keep it as closed as the server.
"""

from __future__ import annotations

import errno
import hashlib
import io
import os
import re
import tarfile
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from sync.protocol.errors import WireError
from sync.server.settings import Settings
from sync.server.store.copying import Proof, address, copy_out, prove
from sync.server.store.database import Database
from sync.server.store.upgrading import newest, present

FORMAT = 1
MANIFEST, DATABASE = "manifest.json", "server.db"
_NAME = re.compile(r"server\.db|(?:keys|tls)/[A-Za-z0-9_-]+\.(?:key|crt)")
_PIECE = 1 << 20


class Manifest(msgspec.Struct, frozen=True):
    """What a backup says of itself.  ``made_at``: seconds since 1970.  ``files``: name -> sha256."""

    format: int
    server: str
    epoch: int
    revision: str
    made_at: int
    tables: dict[str, int]
    files: dict[str, str]


class Made(NamedTuple):
    """A finished backup."""

    file: Path
    manifest: Manifest

    @property
    def document(self) -> dict[str, Any]:
        """What the command line answers."""
        return {
            "file": str(self.file),
            "records": self.manifest.tables.get("record", 0),
            "bytes": self.file.stat().st_size,
            "epoch": self.manifest.epoch,
            "verified": True,
        }


def make(settings: Settings, database: Database, file: Path) -> Made:
    """Copies, proves the copy and writes the file, which appears under its name only when whole.

    The server may be at work meanwhile.  Raises WireError ``file_exists``, ``store_damaged``, ``read_only``,
    ``disk_full``.
    """
    if file.exists():
        raise WireError("file_exists", file=str(file))
    revision = present(database) or newest()
    try:
        with tempfile.TemporaryDirectory(dir=file.parent, prefix=".backup-") as folder:
            copy = Path(folder) / DATABASE
            copy_out(database, copy)
            proof = _prove(copy)
            files = {DATABASE: copy}
            for part in (settings.keys, settings.tls):
                files |= {f"{part.name}/{p.name}": p for p in sorted(part.iterdir()) if p.is_file()}
            manifest = Manifest(
                FORMAT,
                proof.server,
                proof.epoch,
                revision,
                int(time.time()),
                proof.tables,
                {name: sha256(path) for name, path in files.items()},
            )
            unfinished = Path(folder) / "whole"
            _write_tar(unfinished, manifest, files)
            os.replace(unfinished, file)
    except OSError as error:
        raise WireError(_door(error), path=str(file.parent)) from error
    return Made(file, manifest)


def _door(error: OSError) -> str:
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return "read_only"
    return "disk_full" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "not_found"


def copy_before(settings: Settings, database: Database, why: str) -> Made:
    """The copy made by itself before something that changes the whole database."""
    settings.backups.mkdir(mode=0o700, exist_ok=True)
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    file = settings.backups / f"before-{why}-{stamp}.tar"
    number = 2
    while file.exists():
        file = settings.backups / f"before-{why}-{stamp}-{number}.tar"
        number += 1
    return make(settings, database, file)


def _write_tar(file: Path, manifest: Manifest, files: dict[str, Path]) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
            document = msgspec.json.format(msgspec.json.encode(manifest), indent=1)
            entry = tarfile.TarInfo(MANIFEST)
            entry.size, entry.mode, entry.mtime = len(document), 0o600, manifest.made_at
            tar.addfile(entry, io.BytesIO(document))
            for name, path in files.items():
                entry = tarfile.TarInfo(name)
                entry.size, entry.mode, entry.mtime = path.stat().st_size, 0o600, manifest.made_at
                with path.open("rb") as content:
                    tar.addfile(entry, content)
        out.flush()
        os.fsync(out.fileno())


def unpack(file: Path, folder: Path) -> Manifest:
    """Takes a backup apart into ``folder`` and proves every part of it.

    Raises WireError ``not_found``, ``backup_damaged`` (details: what), ``store_too_new``.
    """
    if not file.is_file():
        raise WireError("not_found", file=str(file))
    try:
        with tarfile.open(file, mode="r:") as tar:
            members = {m.name: m for m in tar.getmembers()}
            manifest = msgspec.json.decode(_content(tar, members[MANIFEST]).read(), type=Manifest)
            if manifest.format != FORMAT:
                raise WireError("store_too_new", format=manifest.format)
            for name, expected in manifest.files.items():
                if not _NAME.fullmatch(name):
                    raise WireError("backup_damaged", what="name")
                target = folder / name
                target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                content = _content(tar, members[name])
                descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                with os.fdopen(descriptor, "wb") as out:
                    while piece := content.read(_PIECE):
                        out.write(piece)
                    out.flush()
                    os.fsync(out.fileno())
                if sha256(target) != expected:
                    raise WireError("backup_damaged", what=name)
    except (tarfile.TarError, KeyError, msgspec.DecodeError, EOFError) as error:
        raise WireError("backup_damaged", what=type(error).__name__) from error
    if DATABASE not in manifest.files:
        raise WireError("backup_damaged", what=DATABASE)
    proof = _prove(folder / DATABASE)
    if (proof.server, proof.epoch, proof.tables) != (manifest.server, manifest.epoch, manifest.tables):
        raise WireError("backup_damaged", what="counts")
    return manifest


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo) -> Any:
    content = tar.extractfile(member)
    if content is None:
        raise WireError("backup_damaged", what=member.name)
    return content


def _prove(file: Path) -> Proof:
    database = Database(address(file))
    try:
        present(database)
        return prove(database)
    finally:
        database.close()


def sha256(path: Path) -> str:
    """Of a file, 64 hexadecimal digits."""
    digest = hashlib.sha256()
    with path.open("rb") as content:
        while piece := content.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()
