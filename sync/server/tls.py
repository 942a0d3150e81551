"""A self-signed certificate made at ``init``; laptops know it by its fingerprint, told by the invitation."""

from __future__ import annotations

import datetime
import hashlib
import socket
import ssl
from pathlib import Path

from cryptography import x509

from sync.protocol.errors import WireError
from sync.server.keys import write_private
from sync.web.certificates import self_signed

CERTIFICATE, KEY = "server.crt", "server.key"
YEARS = 10


def create(folder: Path, now: datetime.datetime, names: tuple[str, ...] = ()) -> str:
    """Makes certificate and key and gives the fingerprint.

    ``names``: host names or addresses beside localhost and this machine's own name.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = self_signed(
        "ntmdesk-server",
        ("localhost", "127.0.0.1", "::1", socket.gethostname(), *names),
        now,
        datetime.timedelta(days=365 * YEARS),
    )
    write_private(folder / KEY, made.key)
    (folder / CERTIFICATE).write_bytes(made.certificate)
    return made.fingerprint


def is_self_signed(certificate: Path) -> bool:
    """Whether no authority but itself has signed it: laptops can only know it by its fingerprint."""
    try:
        read = x509.load_pem_x509_certificate(certificate.read_bytes())
    except (OSError, ValueError):
        raise WireError("bad_certificate", file=certificate.name) from None
    return read.issuer == read.subject


def fingerprint(certificate: Path) -> str:
    """sha256 of the (first) certificate's DER bytes: 64 hexadecimal digits; ``bad_certificate`` otherwise."""
    try:
        text = certificate.read_text(encoding="ascii")
        end = "-----END CERTIFICATE-----"
        start = text.index("-----BEGIN CERTIFICATE-----")
        der = ssl.PEM_cert_to_DER_cert(text[start : text.index(end) + len(end)])
    except (OSError, ValueError):
        raise WireError("bad_certificate", file=certificate.name) from None
    return hashlib.sha256(der).hexdigest()
