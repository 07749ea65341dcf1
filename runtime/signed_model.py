"""What is said and signed of a trained model: an in-toto statement about its archive.

The statement names the archive and every file in it, by size and SHA-256. A `serial` that only
grows keeps an older model of the same key out. The file `<name>.signed.json` lies beside the
archive; whom to trust is kept apart from both.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from runtime import statements
from runtime.statements import NotSigned

ARCHIVE, SIGNED = ".tar.gz", ".signed.json"
TRUSTED = Path("model-keys") / "trusted.json"
"""Within a home: the public key whose models are loaded, and the least serial of them."""

_KIND = "application/vnd.in-toto+json"
_STATEMENT = "https://in-toto.io/Statement/v1"
_PREDICATE = "urn:gatehouse:trained-model:v1"


class NotTrusted(Exception):
    """The model may not be loaded; the message says why, as a clause after its name."""


@dataclass(frozen=True)
class SignedFile:
    """A file by its name in the archive, its SHA-256 in hex, and its bytes."""

    name: str
    sha256: str
    size: int


@dataclass(frozen=True)
class Statement:
    """What was signed of one model."""

    name: str
    """The file name of the archive, without its ending."""
    serial: int
    made: str
    """When it was signed: RFC 3339, UTC."""
    archive: SignedFile
    files: tuple[SignedFile, ...]
    training: str
    """The SHA-256 of the training data and of what else the model is made from."""
    libraries: Mapping[str, str]
    """The versions of the libraries that trained it."""


@dataclass(frozen=True)
class Trust:
    """Whose models are loaded, and how old one may be."""

    key: Ed25519PublicKey
    serial: int

    def written(self) -> bytes:
        """Return the content of the file that keeps it."""
        key = base64.b64encode(self.key.public_bytes_raw()).decode()
        return json.dumps({"ed25519": key, "serial": self.serial}).encode() + b"\n"


def read_trust(path: Path) -> Trust:
    """Return whom to trust. Raises `NotTrusted` where the file is missing or not readable."""
    try:
        given = json.loads(path.read_bytes())
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(given["ed25519"], validate=True))
        return Trust(key, _number(given["serial"]))
    except (OSError, ValueError, KeyError, TypeError):
        raise NotTrusted(f"nothing says whose models to trust ({path})") from None


def signature_of(archive: Path) -> Path:
    """Return the path of the signature that belongs to an archive."""
    return archive.with_name(archive.name.removesuffix(ARCHIVE) + SIGNED)


def sign(statement: Statement, key: Ed25519PrivateKey) -> bytes:
    """Return the content of the signature file."""
    said = {
        "_type": _STATEMENT,
        "subject": [_subject(statement.archive), *(_subject(each) for each in statement.files)],
        "predicateType": _PREDICATE,
        "predicate": {
            "name": statement.name,
            "serial": statement.serial,
            "made": statement.made,
            "sizes": {each.name: each.size for each in (statement.archive, *statement.files)},
            "training": {"sha256": statement.training},
            "libraries": dict(sorted(statement.libraries.items())),
        },
    }
    payload = json.dumps(said, sort_keys=True, separators=(",", ":")).encode()
    return statements.signed(_KIND, payload, key)


def verified(archive: Path, trust: Trust) -> Statement:
    """Return what the trusted key has said of `archive`, which is not opened here.

    Raises `NotTrusted` for a signature that is missing, of another key, of another model, or older
    than what has been trusted.
    """
    try:
        with signature_of(archive).open("rb") as file:
            envelope = file.read(statements.MAX_BYTES + 1)
    except OSError:
        raise NotTrusted("it is not signed") from None
    try:
        statement = _read(statements.opened(envelope, _KIND, trust.key))
    except NotSigned as error:
        raise NotTrusted(str(error)) from None
    if statement.name + ARCHIVE != archive.name:
        raise NotTrusted("its signature is that of another model")
    if statement.serial < trust.serial:
        raise NotTrusted("it is older than a model that was trusted before")
    return statement


def _subject(file: SignedFile) -> dict[str, Any]:
    return {"name": file.name, "digest": {"sha256": file.sha256}}


def _read(payload: bytes) -> Statement:
    """Return a statement that was signed. Raises `NotTrusted` where it says something else."""
    try:
        given = json.loads(payload)
        predicate = given["predicate"]
        if given["_type"] != _STATEMENT or given["predicateType"] != _PREDICATE:
            raise ValueError
        archive, *files = (
            SignedFile(
                _inside(each["name"]),
                each["digest"]["sha256"],
                _number(predicate["sizes"][each["name"]]),
            )
            for each in given["subject"]
        )
        return Statement(
            name=predicate["name"],
            serial=_number(predicate["serial"]),
            made=predicate["made"],
            archive=archive,
            files=tuple(files),
            training=predicate["training"]["sha256"],
            libraries=predicate["libraries"],
        )
    except (ValueError, KeyError, TypeError):
        raise NotTrusted("what is signed of it says something else") from None


def _number(given: object) -> int:
    if type(given) is not int or given < 0:
        raise ValueError(given)
    return given


def _inside(name: str) -> str:
    """Return a name that stays below the folder it is unpacked in. Raises `ValueError`."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or str(path) != name or "\0" in name:
        raise ValueError(name)
    return name
