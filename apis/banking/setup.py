"""Prepare the database: `python -m apis.banking.setup --home DIR [--seed FILE]`.

With a seed file, standard input carries `{tenant: {username: pairwise subject}}`, because the
subjects belong to security and have no business in a file or in an argument.
"""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

import yaml
from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from apis.banking.database import database_path, migrate, writable_engine
from apis.banking.seed import SeedBook, SeedError, fill_when_empty


def prepare(home: Path, seed: Path | None, subjects: str, now: datetime) -> str:
    """Migrate, and seed where the database is empty; return what was done, in words.

    Raises `SeedError`, `OSError` or `SQLAlchemyError`.
    """
    engine = writable_engine(database_path(home))
    try:
        migrate(engine)
        if seed is None:
            return "banking: schema is current"
        filled = _fill(engine, seed, subjects, now)
        return "banking: seeded" if filled else "banking: has its data already"
    finally:
        engine.dispose()


def _fill(engine: Engine, seed: Path, subjects: str, now: datetime) -> bool:
    try:
        book = SeedBook.model_validate(yaml.safe_load(seed.read_text("utf-8"))["banking"])
        known = TypeAdapter(dict[str, dict[str, str]]).validate_json(subjects)
    except ValidationError as error:
        # Only where and why: a message of the validator would repeat the values.
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise SeedError(f"the seed is not valid at {where or 'its top'}: {first['msg']}") from None
    except (yaml.YAMLError, KeyError, TypeError):
        raise SeedError("the seed file has no `banking` part") from None
    return fill_when_empty(engine, book, known, now.date())


def main() -> int:
    """Run the set-up; return 0, or 1 with one line on standard error."""
    parser = argparse.ArgumentParser(prog="python -m apis.banking.setup")
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--seed", type=Path)
    given = parser.parse_args()
    subjects = sys.stdin.read() if given.seed else ""
    try:
        done = prepare(given.home, given.seed, subjects, datetime.now(UTC))
    except (SeedError, OSError, SQLAlchemyError) as error:
        reason = str(error) if isinstance(error, SeedError | OSError) else type(error).__name__
        sys.stderr.write(f"banking set-up failed: {reason}\n")
        return 1
    sys.stdout.write(f"{done}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
