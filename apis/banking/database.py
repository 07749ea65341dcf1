"""Makes the database file and brings its schema up to date; only the set-up writes here."""

from __future__ import annotations

import os
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, create_engine
from sqlalchemy.engine import URL

_MIGRATIONS = Path(__file__).parent / "migrations"


def database_path(home: Path) -> Path:
    """Return where this API's database is in the state folder."""
    return home / "db" / "banking.sqlite3"


def writable_engine(path: Path) -> Engine:
    """Open the database, created for its owner only before anything is in it."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    path.chmod(0o600)
    return create_engine(URL.create("sqlite", database=str(path)))


def migrate(engine: Engine) -> None:
    """Run every version that this database has not seen; does nothing where all are in."""
    config = Config()
    # Alembic reads its settings as an ini file does, so a percent sign is doubled.
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
