"""`python -m security.tools.schema --home DIR`: whether the database has the present schema."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from security.adapters.schema import alembic_config
from security.database_parts import engine_of
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
        engine = engine_of(SecuritySettings(home=home, run_dir=home))
        print(state_of(engine))
    except (OSError, ValueError, SQLAlchemyError) as error:
        print(type(error).__name__, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
