"""The key of backups, and the keys of ring copies, which die.

The backup key is made with the first backup and kept by whoever keeps the backups, apart from
them: no backup holds any key. A rotation of the master key does not touch it.

The key ring is what a backup is worth nothing without, and what an erasure takes a key out of. A
copy of it keeps that key, so each copy is sealed under a key of its own, which is destroyed after
30 days; the copy is dead then, wherever it lies. Where keys are kept in other folders as well, this
home remembers which, and they are destroyed there too, while it runs and sees them.
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
# Of the launcher alone: in `keys/`, whoever has taken security over could name folders as well.
_ELSEWHERE = "ring-keys-elsewhere"
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


def is_over(made: dt.datetime, now: dt.datetime) -> bool:
    """Tell whether the time of a copy that was made then is over; one from the future has none."""
    return not made <= now < made + RING_COPY_LIFE


@dataclass(frozen=True)
class RingKey:
    """The key of one copy of the ring."""

    name: str
    made: dt.datetime
    file: Path

    def dead(self, now: dt.datetime) -> bool:
        """Tell whether its time is over; a key from the future is no key of ours."""
        return is_over(self.made, now)


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
        for folder in (ring_key_folder(home), *kept_elsewhere(home)):
            try:
                destroy_dead(folder, utc_now())
            except OSError as error:
                why = f"cannot be destroyed ({error.strerror})"
                say(f"  a dead key of a ring copy in {folder} {why}: remove it")
        await asyncio.sleep(_LOOK_SECONDS)


def kept_elsewhere(home: Path) -> list[Path]:
    """Return the other folders that keys of ring copies are kept in; some may not be there now."""
    file = home / _ELSEWHERE
    return [Path(line) for line in file.read_text("utf-8").splitlines()] if file.exists() else []


def keep_elsewhere(home: Path, other: Path) -> None:
    """Keep the keys in `other` as well, and remember that they have to die there."""
    folders = sorted({*kept_elsewhere(home), other.resolve()})
    write(home / _ELSEWHERE, "".join(f"{each}\n" for each in folders).encode())
    mirror(ring_key_folder(home), other)


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
    """Overwrite, then remove: where the file system writes in place, nothing is left of it.

    A link is removed alone: what it leads to is not ours, and security may write in the folder.
    """
    if file.is_symlink():
        file.unlink()
        return
    descriptor = os.open(file, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(descriptor, "r+b") as opened:
        opened.write(bytes(KEY_BYTES))
        opened.flush()
        os.fsync(opened.fileno())
    file.unlink()
