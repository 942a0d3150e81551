"""A self-signed certificate made at ``init``; laptops know it by its fingerprint, told by the invitation."""

from __future__ import annotations

import datetime
import hashlib
import ipaddress
import socket
import ssl
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from sync.protocol.errors import WireError
from sync.server.keys import write_private

CERTIFICATE, KEY = "server.crt", "server.key"
YEARS = 10


def create(folder: Path, now: datetime.datetime, names: tuple[str, ...] = ()) -> str:
    """Makes certificate and key and gives the fingerprint.

    ``names``: host names or addresses beside localhost and this machine's own name.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ntmdesk-server")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=2))  # laptops whose clock is late
        .not_valid_after(now + datetime.timedelta(days=365 * YEARS))
        .add_extension(x509.SubjectAlternativeName(_alternatives(names)), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    write_private(
        folder / KEY,
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
    )
    (folder / CERTIFICATE).write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return fingerprint(folder / CERTIFICATE)


def _alternatives(names: tuple[str, ...]) -> list[x509.GeneralName]:
    wanted = dict.fromkeys(("localhost", "127.0.0.1", "::1", socket.gethostname(), *names))
    found: list[x509.GeneralName] = []
    for name in wanted:
        try:
            found.append(x509.IPAddress(ipaddress.ip_address(name)))
        except ValueError:
            if name.isascii() and name:
                found.append(x509.DNSName(name))
    return found


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
