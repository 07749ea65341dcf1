"""The banking process: `python -m apis.banking.serve`. Here, and only here, it is wired."""

from __future__ import annotations

import sys
from pathlib import Path

from apis.banking.app import AUDIENCE, NAME, POLICIES, create_app
from apis.banking.ledger import Ledger
from apis.banking.pins import Pins
from apis.banking.writer import Writer
from apis.common.database import database_path, read_only_engine, write_engine
from apis.common.key_file import key_path, read_key
from apis.common.relations import read_relations
from apis.common.serve import guarded, listen, run_process, utc_now


async def run(home: Path) -> None:
    """Serve until told to stop. Raises `OSError`, `ValueError` or `SQLAlchemyError` at start."""
    database = database_path(home, NAME)
    relations = read_relations(POLICIES)
    pins = Pins(read_key(key_path(home, NAME)))
    writer = Writer(write_engine(database), utc_now, relations)
    ledger = Ledger(read_only_engine(database), relations)
    try:
        # The writer first: after a crash it is the one that may bring the file in order.
        await writer.ready()
        await ledger.ready()
        async with guarded(home, NAME, AUDIENCE) as protection:
            await listen(NAME, create_app(ledger, writer, protection, pins))
    finally:
        ledger.close()
        writer.close()


if __name__ == "__main__":
    sys.exit(run_process(NAME, run))
