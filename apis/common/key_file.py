"""A key of an API's own: a file that its set-up makes, and that nobody but its owner may read.

It is the master key of that API: under it are wrapped the keys that seal what the API keeps
(`sealing.ring`). While it is replaced the file holds two, the old one and the new one after it. It
is always written in place: a process behind walls is shown this file and no other, and one that
took its place would not be seen there.
"""

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


def read_keys(path: Path) -> tuple[bytes, ...]:
    """Read the key, or two while it is replaced: the last one is what new things are wrapped under.

    Raises `OSError`, also where others may read it, or `ValueError`.
    """
    if path.stat().st_mode & 0o077:
        raise PermissionError(f"{path.name} may be readable for its owner only")
    held = path.read_bytes()
    if len(held) not in (KEY_BYTES, 2 * KEY_BYTES):
        raise ValueError(f"{path.name} has to have {KEY_BYTES} bytes")
    return tuple(held[at : at + KEY_BYTES] for at in range(0, len(held), KEY_BYTES))


def begin_replacing(path: Path) -> None:
    """Add a new key after the one that is there; one that was added already stays."""
    if len(read_keys(path)) == 1:
        _write(path, KEY_BYTES, secrets.token_bytes(KEY_BYTES))


def end_replacing(path: Path) -> None:
    """Overwrite the old key with the new one, which is the only one from then on."""
    _write(path, 0, read_keys(path)[-1])
    with path.open("r+b") as opened:
        opened.truncate(KEY_BYTES)
        os.fsync(opened.fileno())


def _write(path: Path, at: int, key: bytes) -> None:
    file = os.open(path, os.O_WRONLY)
    try:
        os.pwrite(file, key, at)
        os.fsync(file)
    finally:
        os.close(file)
