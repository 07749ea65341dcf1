"""What one process needs for its arrows to other hosts, as one file to carry there.

It holds the private key of the certificate and the credentials of the arrows: whoever has it is
that process. On its host it is taken apart: the certificate goes where the relay reads it, the
credentials stay with the launcher, which passes them on as it does on one host.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import secrets
from collections.abc import Iterable
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cli.arrows import ARROWS, FOLDER, PROCESSES, Crossing
from cli.authority import Issued
from cli.certificates import write
from cli.problems import Problem
from relay.contexts import AUTHORITIES, IDENTITY
from relay.identity import name_of

_CREDENTIALS = "credentials.json"
_RENEW_DAYS = 7


class Bundle(BaseModel):
    """The content of the file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    process: str
    identity: str = Field(repr=False)
    authorities: str
    credentials: dict[str, str] = Field(repr=False)


def pack(folder: Path, process: str, issued: Issued) -> bytes:
    """Return the file of `process`; the credentials of arrows are made with the first one."""
    file = folder / _CREDENTIALS
    if not file.exists():
        made = {arrow.name: secrets.token_urlsafe(32) for arrow in ARROWS}
        write(file, json.dumps(made, indent=1).encode())
    known = json.loads(file.read_text())
    own = {a.name: known[a.name] for a in ARROWS if process in (a.caller, a.callee)}
    bundle = Bundle(
        process=process,
        identity=issued.identity,
        authorities=issued.authorities,
        credentials=own,
    )
    return bundle.model_dump_json(indent=1).encode()


def unpack(file: Path) -> Bundle:
    """Read the file. Raises `Problem`."""
    try:
        bundle = Bundle.model_validate_json(file.read_bytes())
    except (OSError, ValidationError):
        raise Problem(f"{file} is no file of `gatehouse certificates issue`", "issue it") from None
    if bundle.process not in PROCESSES:
        raise Problem(f"{file} is for {bundle.process}", f"there are {', '.join(PROCESSES)}")
    return bundle


def install(bundle: Bundle, home: Path, now: dt.datetime) -> None:
    """Put it in its place; what runs uses it for the next connection. Raises `Problem`.

    Authorities first: whatever the new certificate was signed by is known before it is shown.
    """
    _check(bundle.identity.encode(), bundle.process, now)
    _check_whole(bundle)
    folder = home / FOLDER / bundle.process
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    write(_credentials_file(home, bundle.process), json.dumps(bundle.credentials).encode())
    for name, text in ((AUTHORITIES, bundle.authorities), (IDENTITY, bundle.identity)):
        _replace(folder / name, text.encode())


def _replace(file: Path, content: bytes) -> None:
    """Replace a file of the relay's; where root does, it stays the relay's."""
    owner = file.parent.stat()
    fresh = file.with_name(f"{file.name}.fresh")
    write(fresh, content)
    if os.geteuid() == 0:
        os.chown(fresh, owner.st_uid, owner.st_gid)
    fresh.replace(file)


def credentials(home: Path, crossing: Iterable[Crossing]) -> dict[str, str]:
    """Return the credentials of arrows that cross; both hosts have the same ones.

    Raises `Problem` where one is missing.
    """
    found: dict[str, str] = {}
    for each in crossing:
        try:
            known = json.loads(_credentials_file(home, each.process).read_text())
            found[each.arrow.name] = known[each.arrow.name]
        except (OSError, ValueError, KeyError):
            raise _missing(each.process) from None
    return found


def ends(home: Path, process: str, now: dt.datetime) -> dt.datetime:
    """Return until when the certificate of `process` is good. Raises `Problem` where it is not."""
    file = home / FOLDER / process / IDENTITY
    try:
        content = file.read_bytes()
    except OSError:
        raise _missing(process) from None
    return _check(content, process, now)


def soon(end: dt.datetime, now: dt.datetime) -> bool:
    """Tell whether it is time to renew."""
    return end - now < dt.timedelta(days=_RENEW_DAYS)


def _check(identity: bytes, process: str, now: dt.datetime) -> dt.datetime:
    try:
        leaf = x509.load_pem_x509_certificate(identity)
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (ValueError, x509.ExtensionNotFound):
        raise Problem(f"the certificate of {process} is none", _issue(process)) from None
    if names.get_values_for_type(x509.UniformResourceIdentifier) != [name_of(process)]:
        raise Problem(f"this certificate is not {process}'s", _issue(process))
    if not leaf.not_valid_before_utc <= now < leaf.not_valid_after_utc:
        raise Problem(f"the certificate of {process} is not valid now", _issue(process))
    return leaf.not_valid_after_utc


def _check_whole(bundle: Bundle) -> None:
    """Raise `Problem` where key, certificate and authorities are not of each other.

    The relay would not take them, and go on with the certificate before until that ends.
    """
    try:
        key = load_pem_private_key(bundle.identity.encode(), None)
        leaf = x509.load_pem_x509_certificate(bundle.identity.encode())
        known = x509.load_pem_x509_certificates(bundle.authorities.encode())
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise Problem(f"the file of {bundle.process} is damaged", _issue(bundle.process)) from None
    if key.public_key() != leaf.public_key() or not any(_signed(leaf, each) for each in known):
        raise Problem(f"the file of {bundle.process} is damaged", _issue(bundle.process))


def _signed(leaf: x509.Certificate, authority: x509.Certificate) -> bool:
    try:
        leaf.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _credentials_file(home: Path, process: str) -> Path:
    return home / FOLDER / f"{process}.{_CREDENTIALS}"


def _missing(process: str) -> Problem:
    return Problem(f"{process} has no certificate for its arrows to other hosts", _issue(process))


def _issue(process: str) -> str:
    return f"gatehouse certificates issue FOLDER {process} --host …, then install it here"
