"""Bringing the database to the schema that this version of the code expects."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine

from security.vault_parts import Keys

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"


def alembic_config() -> Config:
    """Return Alembic's configuration; there is no ini file, so nothing is said twice."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def upgrade(engine: Engine, keys: Keys | None = None) -> None:
    """Apply every migration that is missing. Does nothing where there is none.

    `keys` seal what an earlier version left readable, or sealed in its own way.
    """
    config = alembic_config()
    config.attributes["keys"] = keys
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite" and (raw := connection.connection.dbapi_connection):
            # A table that others refer to is made anew under its name; only here can that be said.
            raw.execute("PRAGMA foreign_keys=OFF")
        try:
            with connection.begin():
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
                _check_references(connection)
        finally:
            connection.invalidate()  # Nobody else gets one that looks at no references.


def _check_references(connection: Connection) -> None:
    if connection.dialect.name != "sqlite":
        return
    if connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
        raise ValueError("a row of the security database refers to one that is not there")
