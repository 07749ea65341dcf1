"""Where the keys of an API are in the state folder: its key file, and the ring beside its data."""

from __future__ import annotations

from pathlib import Path

from apis.common.database import database_path
from apis.common.key_file import key_path, make_key
from apis.common.sealing.ring import Ring, ring_path
from apis.common.sealing.sealing import Sealing


def prepare_sealing(home: Path, api: str) -> Sealing:
    """Make the key file and the ring where there are none; return what seals with them.

    Raises `OSError`, `sqlite3.Error`, `ValueError` or `WrongKey`.
    """
    database = database_path(home, api)
    for folder in (database.parent.parent, database.parent):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    make_key(key_path(home, api))
    ring = ring_of(home, api)
    ring.make()
    return Sealing(ring)


def read_sealing(home: Path, api: str) -> Sealing:
    """Return what seals and opens in an API that was set up. Raises like `prepare_sealing`."""
    return Sealing(ring_of(home, api))


def ring_of(home: Path, api: str) -> Ring:
    """Return the keys of an API."""
    return Ring(ring_path(database_path(home, api)), key_path(home, api))
