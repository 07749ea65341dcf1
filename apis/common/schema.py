"""Brings an API's database to the present schema: for its set-up alone.

No process that serves imports this: Alembic is six megabytes and half a second of each start.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, MetaData
from sqlalchemy.exc import IntegrityError

from apis.common.sealing.kept import as_kept


def migrate(engine: Engine, migrations: Path) -> None:
    """Run every version under `migrations` that this database has not seen yet.

    All in one transaction: a set-up that dies half way leaves the schema as it was. What a version
    takes away is overwritten, in the file and in its log: it may have been kept in plain.
    """
    config = _config(migrations)
    with engine.connect() as connection:
        # Only so can a table be written anew that others refer to. No transaction can say it.
        _driver(connection).execute("PRAGMA foreign_keys = OFF")
        _driver(connection).execute("PRAGMA secure_delete = ON")
        with connection.begin():
            before = MigrationContext.configure(connection).get_current_revision()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            after = MigrationContext.configure(connection).get_current_revision()
            if connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
                raise IntegrityError("a row refers to one that is not there", None, ValueError())
        if before not in (None, after):
            _driver(connection).execute("VACUUM")
            _driver(connection).execute("PRAGMA wal_checkpoint(TRUNCATE)")
        _driver(connection).execute("PRAGMA secure_delete = OFF")
        _driver(connection).execute("PRAGMA foreign_keys = ON")


def migrate_on_server(engine: Engine, migrations: Path, tables: Iterable[MetaData]) -> None:
    """Do the same on a server, all in one transaction.

    A new database gets the tables as they are by now: the versions up to here tell how files came
    to them, and seal what files have kept in plain.
    """
    config = _config(migrations)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        context = MigrationContext.configure(connection)
        if context.get_current_revision() is None:
            for metadata in tables:
                as_kept(metadata).create_all(connection)
            context.stamp(ScriptDirectory.from_config(config), "head")
        command.upgrade(config, "head")


def _config(migrations: Path) -> Config:
    config = Config()
    # Alembic reads its settings as an ini file does, so a percent sign is doubled.
    config.set_main_option("script_location", str(migrations).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _driver(connection: Connection) -> sqlite3.Connection:
    driver = connection.connection.driver_connection
    if not isinstance(driver, sqlite3.Connection):
        raise TypeError("the database is not SQLite")
    return driver
