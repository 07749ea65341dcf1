"""A TLS certificate that was given by settings: looked at, and brought to where the gateway reads.

Production takes none but such a one. The gateway sees a copy, made anew at each start: within its
walls it sees no other folder, and where root starts it, it is another user.
"""

from __future__ import annotations

import datetime as dt
import ssl
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509

from cli.certificates import CA, CERTIFICATE, DEVELOPMENT, KEY, write
from cli.problems import Problem
from cli.settings import Settings

_FILES = "GATEHOUSE_TLS_CERTIFICATE_FILE and GATEHOUSE_TLS_KEY_FILE"


def check(settings: Settings, now: dt.datetime) -> str | None:
    """Say until when the certificate is good; None where none was given, which the demo may.

    Raises `Problem` where it is missing and needed, or cannot be used.
    """
    chain, key = settings.tls_certificate_file, settings.tls_key_file
    if chain is None and key is None:
        if settings.mode == "production":
            raise Problem("production needs a TLS certificate of your own", f"set {_FILES}")
        return None
    if chain is None or key is None:
        raise Problem("a certificate and its key belong together", f"set {_FILES}, or neither")
    leaf = _leaf(chain, key)
    if settings.mode == "production":
        _is_real(leaf)
    if not leaf.not_valid_before_utc <= now < leaf.not_valid_after_utc:
        raise Problem(f"the certificate in {chain} is not valid now", "renew it")
    host = urlsplit(settings.public_url or settings.address).hostname or ""
    if not _is_for(leaf, host):
        raise Problem(f"the certificate in {chain} is not for {host}", "get one for this name")
    return f"good until {leaf.not_valid_after_utc.date().isoformat()}"


def install(settings: Settings) -> None:
    """Bring the certificate that was given to the home, in the place of the development one."""
    chain, key = settings.tls_certificate_file, settings.tls_key_file
    if chain is None or key is None:
        return
    folder = settings.home_folder / "tls"
    write(folder / KEY, key.read_bytes())
    write(folder / CERTIFICATE, chain.read_bytes())
    (folder / CA).unlink(missing_ok=True)


def _leaf(chain: Path, key: Path) -> x509.Certificate:
    try:
        open_to_others = key.stat().st_mode & 0o077
        leaf = x509.load_pem_x509_certificate(chain.read_bytes())
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(chain, key)
    except (OSError, ValueError):
        # ssl.SSLError is an OSError: a key of another certificate, or one that wants a password.
        raise Problem(
            f"{chain} and {key} are no certificate and its key in PEM", f"correct {_FILES}"
        ) from None
    if open_to_others:
        raise Problem(f"{key} is open to others than its owner", f"chmod 600 {key}")
    return leaf


def _is_real(leaf: x509.Certificate) -> None:
    """Refuse what no browser of a stranger trusts: our development's, and one signed by itself."""
    organisation = leaf.issuer.get_attributes_for_oid(x509.NameOID.ORGANIZATIONAL_UNIT_NAME)
    ours = any(each.value == DEVELOPMENT for each in organisation)
    if ours or leaf.issuer == leaf.subject:
        raise Problem(
            "production takes no development certificate, and none that signed itself",
            "get one from an authority that your people's browsers trust",
        )


def _is_for(leaf: x509.Certificate, host: str) -> bool:
    try:
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return False
    known: Sequence[str] = names.get_values_for_type(x509.DNSName)
    addresses = [str(each) for each in names.get_values_for_type(x509.IPAddress)]
    above = f"*.{host.partition('.')[2]}"
    return host in {*known, *addresses} or above in known
