"""`python -m security.tools.audit verify|tail --home DIR`: looks at the trail, changes nothing.

`verify` walks the whole chain and ends with 1 and the first record that does not fit.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from urllib.parse import quote

import orjson
from sqlalchemy import URL, Engine, create_engine
from sqlalchemy.exc import SQLAlchemyError

from security.adapters.audit_log import head, read_all, read_last
from security.audit.chain import Broken, Whole, verify_chain


def open_read_only(home: Path) -> Engine:
    """Return an engine that cannot write, also while security is running."""
    file = home.resolve() / "db" / "security" / "security.sqlite3"
    if not file.exists():
        raise FileNotFoundError(f"there is no trail in {home}: has Gatehouse run there?")
    # The path is part of an address here: what has a meaning there is written otherwise.
    query = {"mode": "ro", "uri": "true"}
    return create_engine(URL.create("sqlite", database=f"file:{quote(str(file))}", query=query))


def verify(engine: Engine) -> int:
    """Check the chain and say what was found."""
    with engine.connect() as connection:
        found = verify_chain(read_all(connection))
        kept = head(connection)
    if isinstance(found, Whole) and kept != (found.count, found.head):
        # The next record would follow what the database says, not what the record is.
        found = Broken(found.count, "is not what its stored digest says, or there is none")
    if isinstance(found, Broken):
        print(f"record {found.sequence}: {found.reason}", file=sys.stderr)
        return 1
    print(f"{found.count} records, each follows its predecessor; head {found.head}")
    return 0


def tail(engine: Engine, count: int) -> int:
    """Print the last `count` records, oldest first, one JSON object a line."""
    with engine.connect() as connection:
        records = read_last(connection, count)
    for record in records:
        print(orjson.dumps(orjson.loads(record)).decode())
    return 0


def main() -> int:
    """Run one of the two; 1 with one line on standard error where it cannot."""
    parser = argparse.ArgumentParser(prog="security.tools.audit")
    parser.add_argument("what", choices=("verify", "tail"))
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--count", type=int, default=20)
    options = parser.parse_args()
    try:
        engine = open_read_only(options.home)
    except OSError as error:
        print(f"audit: {error}", file=sys.stderr)
        return 1
    try:
        return verify(engine) if options.what == "verify" else tail(engine, options.count)
    except (SQLAlchemyError, ValueError, TypeError) as error:
        print(f"audit: the trail cannot be read ({type(error).__name__})", file=sys.stderr)
        return 1
    finally:
        engine.dispose()


if __name__ == "__main__":
    sys.exit(main())
