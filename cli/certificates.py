"""The development certificate authority and the gateway's certificate.

The authority's private key signs this one certificate and is never written: whoever trusts
the authority would otherwise trust whoever finds that key. Renewal makes a new authority.
"""

from __future__ import annotations

import datetime as dt
import os
import ssl
from pathlib import Path

import trustme
from cryptography import x509

CA = "ca.pem"
CERTIFICATE = "server.pem"
KEY = "server.key"

DEVELOPMENT = "Development"
"""What the development authority calls itself, as an organisational unit."""

_NAMES = ("localhost", "*.localhost", "127.0.0.1", "::1")
_LIFE = dt.timedelta(days=397)
_RENEW_BEFORE = dt.timedelta(days=30)


def usable(folder: Path, now: dt.datetime) -> bool:
    """Tell whether the certificate is whole, fits its key and is not near its end."""
    try:
        certificate = x509.load_pem_x509_certificate((folder / CERTIFICATE).read_bytes())
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / CERTIFICATE, folder / KEY)
        context.load_verify_locations(folder / CA)
    except (OSError, ValueError):
        return False
    return now < certificate.not_valid_after_utc - _RENEW_BEFORE


def make(folder: Path, now: dt.datetime) -> None:
    """Write a new authority's certificate, and a certificate for this machine's own names."""
    authority = trustme.CA(organization_name="Gatehouse", organization_unit_name=DEVELOPMENT)
    issued = authority.issue_cert(
        *_NAMES,
        organization_name="Gatehouse",
        not_before=now - dt.timedelta(days=1),
        not_after=now + _LIFE,
    )
    write(folder / KEY, issued.private_key_pem.bytes())
    chain = b"".join(blob.bytes() for blob in issued.cert_chain_pems)
    write(folder / CERTIFICATE, chain)
    write(folder / CA, authority.cert_pem.bytes())


def share_authority(home: Path) -> None:
    """Copy the authority to where security reads what it trusts at identity providers.

    It may not see the folder of the certificate, which is the gateway's. With a certificate of
    one's own there is none: the demo's provider is not asked then.
    """
    folder, authority = home / "providers", home / "tls" / CA
    folder.mkdir(mode=0o700, exist_ok=True)
    if authority.is_file():
        write(folder / "demo-authority.pem", authority.read_bytes())


def write(path: Path, content: bytes) -> None:
    """Replace `path` by a file that only its owner may read."""
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    fresh.replace(path)


def ensure(folder: Path, now: dt.datetime) -> bool:
    """Make the certificate where there is no usable one; tell whether it was made."""
    if usable(folder, now):
        return False
    make(folder, now)
    return True
