"""Opening the key ring: its master key, its database, and what is derived from its root."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL
from sqlalchemy.exc import SQLAlchemyError

from runtime.postgres import Login
from security.adapters.data_keys import DataKeys
from security.adapters.master_file import MasterFile
from security.adapters.ring_store import RingStore
from security.clock import Clock, utc_now
from security.settings import SecuritySettings
from security.vault.envelope import CannotOpen
from security.vault.keys import KeyRing
from security.vault.vault import Vault

ANOTHER = "keys/master.key is not the key that this ring was wrapped with: put it back"


@dataclass(frozen=True)
class Keys:
    """What a process needs of keys: those derived from the root, the vault, and the ring."""

    derived: KeyRing
    vault: Vault
    data_keys: DataKeys


def ring_url(home: Path) -> URL:
    """Return where the ring is where nothing else is said: a file of its own."""
    return URL.create("sqlite", database=str(home / "db" / "security" / "ring.db"))


def open_keys(
    folder: Path,
    url: str | URL,
    clock: Clock = utc_now,
    before: bytes | None = None,
    login: Login | None = None,
) -> Keys:
    """Open the ring, and make it where there is none: with the root of a home from `before`.

    `login` is what a server wants to see, where the ring is on PostgreSQL.

    Raises `ValueError` where the master key is not the ring's, `OSError` where it cannot be read.
    """
    masters, store = MasterFile(folder), RingStore(url, login)
    try:
        store.prepare(masters.current().id)
        data_keys = DataKeys(store, masters, clock, before)
    except CannotOpen:
        store.close()
        raise ValueError(ANOTHER) from None
    except ValueError:
        store.close()
        raise
    except SQLAlchemyError as error:
        store.close()
        raise ValueError(f"the key ring cannot be opened: {type(error).__name__}") from None
    return Keys(data_keys.derived, Vault(data_keys), data_keys)


def open_ring(settings: SecuritySettings, clock: Clock = utc_now) -> Keys:
    """Open the ring that the settings name. Raises like `open_keys`."""
    url, login = settings.ring_sql_url, settings.ring_login
    return open_keys(settings.keys_dir, url, clock, login=login)
