"""The private authority of an installation: it names processes, and nothing else trusts it.

Its key belongs on no host that runs Gatehouse. Renewal has three steps, so that no process ever
meets a certificate that it does not trust yet: `begin` (both are trusted, the old one signs),
`switch` (the new one signs, the old key is destroyed), `finish` (the old one is trusted no more).
"""

from __future__ import annotations

import datetime as dt
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from cli.certificates import write
from cli.problems import Problem
from relay.identity import name_of

LIFE = dt.timedelta(days=2 * 365)
LEAF_DAYS = 30
MOST_LEAF_DAYS = 90
_CLOCKS_DIFFER = dt.timedelta(minutes=5)
_PRESENT, _NEXT, _OLD = "authority", "next", "old"


@dataclass(frozen=True)
class Issued:
    """A certificate of one process: its key and chain in one text, and who is to be trusted."""

    identity: str
    authorities: str
    ends: dt.datetime


def make(folder: Path, now: dt.datetime) -> None:
    """Make the authority. Raises `Problem` where there is one already."""
    if _certificate(folder, _PRESENT).exists():
        raise Problem(f"{folder} holds an authority already", "`renew-ca` replaces it in steps")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _make(folder, _PRESENT, now)


def begin(folder: Path, now: dt.datetime) -> None:
    """Make the next authority: trusted from now on, and not signing yet. Raises `Problem`."""
    _load(folder)
    if any(_certificate(folder, name).exists() for name in (_NEXT, _OLD)):
        raise Problem("a renewal is under way", "take its next step: switch, then finish")
    _make(folder, _NEXT, now)


def switch(folder: Path) -> None:
    """Sign with the next authority from now on; the key of the old one is destroyed."""
    if not _certificate(folder, _NEXT).exists():
        raise Problem("there is no next authority", "begin a renewal first")
    write(_certificate(folder, _OLD), _certificate(folder, _PRESENT).read_bytes())
    # The key first: an authority without its certificate signs nothing. Cut off between the two,
    # the same step goes on where it was.
    if _key(folder, _NEXT).exists():
        _key(folder, _NEXT).replace(_key(folder, _PRESENT))
    _certificate(folder, _NEXT).replace(_certificate(folder, _PRESENT))


def finish(folder: Path) -> None:
    """Trust the old authority no more, in what is issued from now on. Raises `Problem`."""
    if not _certificate(folder, _OLD).exists():
        raise Problem("there is no old authority", "begin a renewal and switch first")
    _certificate(folder, _OLD).unlink()


def issue(
    folder: Path, process: str, hosts: Sequence[str], now: dt.datetime, days: int = LEAF_DAYS
) -> Issued:
    """Return a certificate for `process`, good on `hosts`: names or addresses.

    Raises `Problem` where there is no authority, or it ends before.
    """
    key, signer = _load(folder)
    ends = now + dt.timedelta(days=days)
    if ends > signer.not_valid_after_utc:
        raise Problem("the authority ends before this certificate would", "renew the authority")
    own = ec.generate_private_key(ec.SECP256R1())
    names = [x509.UniformResourceIdentifier(name_of(process)), *(_host(each) for each in hosts)]
    leaf = (
        _builder(process, signer.subject, own.public_key(), now - _CLOCKS_DIFFER, ends)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs=False), critical=True)
        .add_extension(
            x509.ExtendedKeyUsage(
                [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
            ),
            critical=False,
        )
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    return Issued(
        identity=_pem(own).decode() + leaf.public_bytes(Encoding.PEM).decode(),
        authorities=_trusted(folder),
        ends=ends,
    )


def _trusted(folder: Path) -> str:
    files = [_certificate(folder, name) for name in (_PRESENT, _NEXT, _OLD)]
    return "".join(file.read_text("ascii") for file in files if file.exists())


def _make(folder: Path, name: str, now: dt.datetime) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Gatehouse"),
            # Two authorities of one name could not be told apart.
            x509.NameAttribute(NameOID.COMMON_NAME, f"arrows {x509.random_serial_number():x}"),
        ]
    )
    made = (
        _builder(None, subject, key.public_key(), now - _CLOCKS_DIFFER, now + LIFE)
        .subject_name(subject)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    write(_key(folder, name), _pem(key))
    write(_certificate(folder, name), made.public_bytes(Encoding.PEM))


def _builder(
    process: str | None,
    issuer: x509.Name,
    public: ec.EllipticCurvePublicKey,
    begins: dt.datetime,
    ends: dt.datetime,
) -> x509.CertificateBuilder:
    builder = (
        x509.CertificateBuilder()
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )
    if process is None:
        return builder
    return builder.subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, process)]))


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        key_cert_sign=signs,
        crl_sign=signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _host(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        pass
    try:
        if "*" in text:
            raise ValueError
        return x509.DNSName(text)
    except ValueError:
        raise Problem(f"{text} is no name of a host", "write a name or an address") from None


def _load(folder: Path) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    try:
        key = load_pem_private_key(_key(folder, _PRESENT).read_bytes(), None)
        signer = x509.load_pem_x509_certificate(_certificate(folder, _PRESENT).read_bytes())
    except (OSError, ValueError):
        raise Problem(
            f"there is no authority in {folder}", "make one: gatehouse certificates ca FOLDER"
        ) from None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != signer.public_key():
        raise Problem(f"the authority in {folder} is not whole", "bring it back, or make another")
    return key, signer


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _key(folder: Path, name: str) -> Path:
    return folder / f"{name}.key"


def _certificate(folder: Path, name: str) -> Path:
    return folder / f"{name}.pem"
