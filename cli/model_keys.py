"""The key that signs this home's models, and whom its dialogue process trusts.

Both are the launcher's: no process sees the private key, and Rasa's process reads the trust alone.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from cli.certificates import write
from cli.problems import Problem
from runtime.signed_model import TRUSTED, NotTrusted, Trust, read_trust

PRIVATE = TRUSTED.with_name("signing.key")
_PEM = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def signing_key(home: Path) -> Ed25519PrivateKey:
    """Return the key that signs models, made at the first training. Raises `Problem`."""
    path = home / PRIVATE
    try:
        key = load_pem_private_key(path.read_bytes(), None)
    except FileNotFoundError:
        key = Ed25519PrivateKey.generate()
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write(path, key.private_bytes(*_PEM))
    except ValueError:
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise Problem(f"{path} is no key that signs models", "delete it and run `make train`")
    return key


def trusted(home: Path) -> Trust:
    """Return whose models this home loads. Raises `NotTrusted`."""
    return read_trust(home / TRUSTED)


def next_serial(home: Path, now: dt.datetime) -> int:
    """Return a number above that of every model so far: the time, unless a clock went back."""
    try:
        before = trusted(home).serial
    except NotTrusted:
        before = 0
    return max(before + 1, int(now.timestamp()))


def keep_trust(home: Path, trust: Trust) -> None:
    """Trust this key from now on, and no model below this number."""
    path = home / TRUSTED
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write(path, trust.written())
    path.chmod(0o644)  # Read by another user; its folder is shown to nobody.
