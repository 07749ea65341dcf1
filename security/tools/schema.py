"""`python -m security.tools.schema --home DIR`: whether a database on a server is up to date."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from runtime.copying import plain_engine
from runtime.postgres import Login
from security.adapters.schema import alembic_config
from security.settings import SecuritySettings


def state_of(engine: Engine) -> str:
    """Return `current`, `empty`, or what it lacks. Raises `SQLAlchemyError`."""
    with engine.connect() as connection:
        there = MigrationContext.configure(connection).get_current_revision()
    newest = ScriptDirectory.from_config(alembic_config()).get_current_head()
    if there == newest:
        return "current"
    return f"at {there}, upgraded to {newest} at the next start" if there else "empty"


def main() -> int:
    """Print it; 1 with one line where the database cannot be read."""
    parser = argparse.ArgumentParser(prog="python -m security.tools.schema")
    parser.add_argument("--home", type=Path, required=True)
    home = parser.parse_args().home
    try:
        told = SecuritySettings(home=home, run_dir=home)
        login = Login(told.security_database_pass_file, told.security_database_ca_file)
        engine = plain_engine(told.sql_url, login)  # No row of anybody's is read: it needs no key.
        print(state_of(engine))
    except (OSError, ValueError, SQLAlchemyError) as error:
        print(type(error).__name__, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
