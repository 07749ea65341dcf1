"""The banking process: `python -m apis.banking.serve`. Here, and only here, it is wired."""

from __future__ import annotations

import sys
from pathlib import Path

from apis.banking.app import AUDIENCE, NAME, POLICIES, create_app
from apis.banking.ledger import Ledger
from apis.banking.pins import Pins
from apis.banking.writer import Writer
from apis.common.engines import engine_to_read, engine_to_write
from apis.common.relations import read_relations
from apis.common.sealing.files import read_sealing
from apis.common.sealing.ring import PINS
from apis.common.serve import guarded, listen, run_process, utc_now


async def run(home: Path) -> None:
    """Serve until told to stop. Raises `OSError`, `ValueError` or `SQLAlchemyError` at start."""
    relations = read_relations(POLICIES)
    sealing = read_sealing(home, NAME)
    pins = Pins(sealing.ring.secret(PINS))
    writer = Writer(engine_to_write(home, NAME, sealing), utc_now, relations)
    ledger = Ledger(engine_to_read(home, NAME, sealing), relations)
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
