"""The key of backups, and the keys of ring copies, which die.

The backup key is made with the first backup and kept by whoever keeps the backups, apart from
them: no backup holds any key. A rotation of the master key does not touch it.

The key ring is what a backup is worth nothing without, and what an erasure takes a key out of. A
copy of it keeps that key, so each copy is sealed under a key of its own, which is destroyed after
30 days at the latest; the copy is dead then, wherever it lies.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import re
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from cli.certificates import write
from cli.problems import Problem

KEY_BYTES = 32
RING_COPY_LIFE = dt.timedelta(days=30)
_LOOK_SECONDS = 3_600
_FORM = "%Y%m%dT%H%M%SZ"
_NAME = re.compile(r"([0-9]{8}T[0-9]{6}Z)-([0-9a-f]{16})\.key")


def utc_now() -> dt.datetime:
    """Return the present moment."""
    return dt.datetime.now(dt.UTC)


def backup_key_file(home: Path) -> Path:
    """Return where the key of backups is."""
    return home / "keys" / "backup.key"


def ring_key_folder(home: Path) -> Path:
    """Return where the keys of ring copies are."""
    return home / "keys" / "ring-copies"


def make_backup_key(home: Path) -> tuple[bytes, bool]:
    """Return the key of backups, and whether it was made just now. Raises `Problem`."""
    file = backup_key_file(home)
    if file.exists():
        return read_key(file), False
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = secrets.token_bytes(KEY_BYTES)
    write(file, key)
    return key, True


def read_key(file: Path) -> bytes:
    """Read a key. Raises `Problem`."""
    try:
        open_to_others = file.stat().st_mode & 0o077
        key = file.read_bytes()
    except OSError as error:
        raise Problem(
            f"there is no key at {file} ({error.strerror})", "bring it back from where you keep it"
        ) from None
    if open_to_others:
        raise Problem(f"{file} is open to others than its owner", f"chmod 600 {file}")
    if len(key) != KEY_BYTES:
        raise Problem(f"{file} is no key of {KEY_BYTES} bytes", "bring it back once more")
    return key


@dataclass(frozen=True)
class RingKey:
    """The key of one copy of the ring."""

    name: str
    made: dt.datetime
    file: Path

    def dead(self, now: dt.datetime) -> bool:
        """Tell whether its time is over; a key from the future is no key of ours."""
        return not self.made <= now < self.made + RING_COPY_LIFE


def new_ring_key(folder: Path, now: dt.datetime) -> RingKey:
    """Make the key of a new copy."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = secrets.token_hex(8)
    file = folder / f"{now.strftime(_FORM)}-{name}.key"
    write(file, secrets.token_bytes(KEY_BYTES))
    return RingKey(name, now, file)


def ring_keys(folder: Path) -> Iterator[RingKey]:
    """Yield the keys that are there, oldest first."""
    if folder.is_dir():
        for file in sorted(folder.iterdir()):
            if found := _NAME.fullmatch(file.name):
                made = dt.datetime.strptime(found[1], _FORM).replace(tzinfo=dt.UTC)
                yield RingKey(found[2], made, file)


def destroy_dead(folder: Path, now: dt.datetime) -> int:
    """Destroy the keys whose time is over; return how many. Raises `OSError`."""
    dead = [key for key in ring_keys(folder) if key.dead(now)]
    for key in dead:
        _destroy(key.file)
    return len(dead)


async def keep_destroying(home: Path, say: Callable[[str], None]) -> None:
    """Destroy keys of ring copies when their time is over, for as long as Gatehouse runs."""
    while True:
        try:
            destroy_dead(ring_key_folder(home), utc_now())
        except OSError as error:
            say(f"  a dead key of a ring copy cannot be destroyed ({error.strerror}): remove it")
        await asyncio.sleep(_LOOK_SECONDS)


def mirror(folder: Path, other: Path) -> None:
    """Make `other` hold the same keys and no others of ours: dead ones die there as well."""
    other.mkdir(mode=0o700, parents=True, exist_ok=True)
    kept = {key.file.name: key.file for key in ring_keys(folder)}
    for name, file in kept.items():
        if not (other / name).exists():
            write(other / name, file.read_bytes())
    for key in ring_keys(other):
        if key.file.name not in kept:
            _destroy(key.file)


def _destroy(file: Path) -> None:
    """Overwrite, then remove: where the file system writes in place, nothing is left of it."""
    with file.open("r+b") as opened:
        opened.write(bytes(KEY_BYTES))
        opened.flush()
        os.fsync(opened.fileno())
    file.unlink()
