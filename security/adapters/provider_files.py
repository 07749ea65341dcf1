"""The files of identity providers: `<home>/providers/<id>.yml`, and their secrets beside them.

`<id>.secret` holds a client secret, `<id>.pem` a private key; both for their owner only.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from security.sso.provider import Provider, provider_of
from security.sso.requests import Credential

_MOST = 65_536


@dataclass(frozen=True)
class Registered:
    """A provider, and what we prove ourselves with there."""

    provider: Provider
    credential: Credential = field(repr=False)


def load_providers(folder: Path) -> list[Registered]:
    """Read every provider under `folder`; none where there is no folder.

    Raises `ValueError` of one line that names the file, and `OSError`.
    """
    found = list(_load(folder))
    pairs = [(each.provider.tenant, each.provider.issuer) for each in found]
    if len(set(pairs)) != len(pairs):
        raise ValueError("two providers of one tenant have the same issuer")
    return found


def _load(folder: Path) -> Iterator[Registered]:
    for path in sorted(folder.glob("*.yml")):
        provider = provider_of(path.read_text("utf-8"), path.stem)
        yield Registered(provider, _credential(provider, path))


def _credential(provider: Provider, path: Path) -> Credential:
    if provider.client_auth == "client_secret_basic":
        secret = _private(path.with_suffix(".secret")).decode("utf-8").strip()
        if not 16 <= len(secret) <= 512:
            raise ValueError(f"{path.stem}.secret is no client secret: 16 to 512 characters")
        return secret
    pem = _private(path.with_suffix(".pem"))
    for kind in (RSAKey, ECKey):
        try:
            key = kind.import_key(pem)
        except (JoseError, ValueError, TypeError):
            continue
        usable = isinstance(key, ECKey) and key.curve_name == "P-256"
        usable |= isinstance(key, RSAKey) and key.raw_value.key_size >= 2_048
        if usable and key.is_private:
            return key
    raise ValueError(f"{path.stem}.pem is no private key: P-256, or RSA of 2048 bits and more")


def _private(path: Path) -> bytes:
    """Read a file that its owner alone may read. Raises `PermissionError`, `ValueError`."""
    with path.open("rb") as file:
        known = os.fstat(file.fileno())
        if known.st_mode & 0o077 or known.st_uid != os.geteuid():
            raise PermissionError(f"{path} may be readable for its owner only: chmod 600 {path}")
        content = file.read(_MOST + 1)
    if len(content) > _MOST:
        raise ValueError(f"{path.name} is too large")
    return content
