"""What a backup holds: databases, and what was registered by files. Never a key, never the ring."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from cli.settings import Mode

MANIFEST = "manifest.json"
DATA = Path("db/security/security.sqlite3")
CONVERSATIONS = Path("db/rasa/tracker.sqlite3")
RING = Path("db/security/ring.db")
"""Security's key ring, below the home; each API has one of its own beside its database."""
_RINGS = "db/*/ring.db"

_FIRST = "security"
_DATABASES = "db/*/*.sqlite3"
_REGISTERED = ("keys/clients/*.yml", "keys/hosts/*.yml", "providers/*.yml")
TRAIL = "audit"
"""The folder of what is kept of the trail outside its database."""
_PERMITTED = re.compile(
    r"db/[a-z0-9_-]+/[a-z0-9_-]+\.sqlite3"
    r"|(?:keys/clients|keys/hosts|providers)/[A-Za-z0-9._-]+\.yml"
    r"|audit/[A-Za-z0-9][A-Za-z0-9._-]*"
    r"|audit/archive/trail-[0-9]{6}\.jsonl"
)


class Manifest(BaseModel):
    """What stands first in a backup."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: int = 1
    mode: Mode
    made: str
    gatehouse: str
    files: list[str]
    keys: list[str]
    """The key files without which it says nothing: their names alone."""
    rings: list[str]
    """The key rings without which it says nothing either."""


@dataclass(frozen=True)
class Found:
    """One thing to copy: its name in the backup, and where it is."""

    name: str
    path: Path
    on_server: bool = False
    """Whether it is a database on a server: `path` is where its file would be."""

    @property
    def is_database(self) -> bool:
        """Whether it has to be copied as a database."""
        return self.name.startswith("db/")


def rings(home: Path) -> list[Found]:
    """Return the key rings of a home: in no backup, copied by themselves."""
    return [
        Found(str(path.relative_to(home)), path)
        for path in sorted(home.glob(_RINGS))
        if not path.is_symlink() and path.is_file()
    ]


def is_ring(name: str) -> bool:
    """Tell whether a copy of the rings may bring a file of this name."""
    return re.fullmatch(r"db/[a-z0-9_-]+/ring\.db", name) is not None


def databases(home: Path) -> list[Found]:
    """Return the databases of a home: security's first.

    Its copy is older than the others' then. What it calls done is done in them; what it had only
    begun is asked of them after a restore, as after a crash.
    """
    found = [
        Found(str(path.relative_to(home)), path)
        for path in sorted(home.glob(_DATABASES))
        if not path.is_symlink() and path.is_file()
    ]
    return sorted(found, key=lambda one: one.path.parent.name != _FIRST)


def registered(home: Path) -> Iterator[Found]:
    """Yield the files by which clients, sites and providers are registered: no secret in them."""
    for pattern in _REGISTERED:
        for path in sorted(home.glob(pattern)):
            if not path.is_symlink() and path.is_file():
                yield Found(str(path.relative_to(home)), path)


def of_the_trail(home: Path) -> Iterator[Found]:
    """Yield what is kept of the trail outside its database: archives, checkpoints.

    Checkpoints of earlier logs too. To be copied before the database: what is newer than it would
    prove that it was cut off.
    """
    for path in (*sorted(home.glob(f"{TRAIL}/archive/*")), *sorted(home.glob(f"{TRAIL}/*"))):
        name = str(path.relative_to(home))
        if not path.is_symlink() and path.is_file() and permitted(name):
            yield Found(name, path)


def archived(home: Path) -> set[tuple[str, int, int]]:
    """Return which stretches of the trail are in archives, and how each file stands."""
    found = set()
    for one in of_the_trail(home):
        if one.path.parent.name != TRAIL:
            told = one.path.stat()
            found.add((one.name, told.st_size, told.st_mtime_ns))
    return found


def permitted(name: str) -> bool:
    """Tell whether a backup may bring a file of this name: whatever it says, no other."""
    return _PERMITTED.fullmatch(name) is not None and ".." not in name.split("/")
