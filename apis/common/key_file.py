"""A key of an API's own: a file that its set-up makes, and that nobody but its owner may read."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

KEY_BYTES = 32


def key_path(home: Path, api: str) -> Path:
    """Return where the key of an API is in the state folder."""
    return home / "api-keys" / f"{api}.key"


def make_key(path: Path) -> None:
    """Make the key where there is none, for its owner alone. Raises `OSError`."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(file, "wb") as opened:
        opened.write(secrets.token_bytes(KEY_BYTES))
        opened.flush()
        os.fsync(opened.fileno())


def read_key(path: Path) -> bytes:
    """Read the key. Raises `OSError`, also where others may read it, or `ValueError`."""
    if path.stat().st_mode & 0o077:
        raise PermissionError(f"{path.name} may be readable for its owner only")
    key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise ValueError(f"{path.name} has to have {KEY_BYTES} bytes")
    return key
