"""Opening the security database that the settings name."""

from __future__ import annotations

from sqlalchemy import Engine

from runtime.postgres import Login
from security.adapters.database import Database, open_engine
from security.adapters.row_security import ROW_KEY_FILE, load_row_key
from security.feed import Feed
from security.settings import SecuritySettings
from security.vault.vault import Vault


def open_database(settings: SecuritySettings, feed: Feed, vault: Vault) -> Database:
    """Open the security database; `feed` is told of the sessions that a transaction touched.

    Raises `ValueError` or `OSError` where the key of the row security is missing.
    """
    durable, relaxed = (engine_of(settings, each) for each in (True, False))
    return Database(durable, relaxed, feed.touched, vault)


def engine_of(settings: SecuritySettings, durable: bool = True) -> Engine:
    """Return an engine for the database that the settings name."""
    if settings.security_database_url is None:
        return open_engine(settings.sql_url, durable)
    login = Login(settings.security_database_pass_file, settings.security_database_ca_file)
    key = load_row_key(settings.keys_dir / ROW_KEY_FILE)
    return open_engine(settings.sql_url, durable, login, key)
