"""`python -m security.tools.outlets --home DIR`: how far each outlet of the trail has come.

Ends with 1 where one is out of reach.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import orjson
from sqlalchemy.exc import SQLAlchemyError

from security.adapters.outlet_store import standings
from security.outlets.ports import Standing
from security.tools.audit import reading


def said(one: Standing) -> bytes:
    """Return how an outlet stands as one line of JSON; what is not known is left out."""
    told = {
        "outlet": one.name,
        "behind": one.behind,
        "delivered_at": one.delivered_at,
        "failing_since": one.failing_since,
        "why": one.why,
    }
    return orjson.dumps({name: value for name, value in told.items() if value is not None})


def main(arguments: list[str] | None = None) -> int:
    """Print a line an outlet; 2 where there is no trail."""
    parser = argparse.ArgumentParser(prog="gatehouse audit outlets")
    parser.add_argument("--home", type=Path, required=True)
    options = parser.parse_args(arguments)
    try:
        with reading(options.home) as connection:
            found = standings(connection)
    except (OSError, SQLAlchemyError) as error:
        print(f"gatehouse audit outlets: {error}", file=sys.stderr)
        return 2
    for one in found:
        print(said(one).decode())
    return int(any(one.failing_since for one in found))


if __name__ == "__main__":
    sys.exit(main())
