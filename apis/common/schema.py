"""Brings an API's database to the present schema: for its set-up alone.

No process that serves imports this: Alembic is six megabytes and half a second of each start.
"""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine


def migrate(engine: Engine, migrations: Path) -> None:
    """Run every version under `migrations` that this database has not seen yet.

    All in one transaction: a set-up that dies half way leaves the schema as it was.
    """
    config = Config()
    # Alembic reads its settings as an ini file does, so a percent sign is doubled.
    config.set_main_option("script_location", str(migrations).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
