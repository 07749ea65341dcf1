"""The clinic's process: `python -m apis.healthcare.serve`. Here, and only here, it is wired."""

from __future__ import annotations

import sys
from pathlib import Path

from apis.common.engines import engine_to_read, engine_to_write
from apis.common.relations import read_relations
from apis.common.sealing.files import read_sealing
from apis.common.serve import guarded, listen, run_process, utc_now
from apis.healthcare.app import AUDIENCE, NAME, POLICIES, create_app
from apis.healthcare.calendar import Calendar
from apis.healthcare.records import Records
from apis.healthcare.writer import Writer


async def run(home: Path) -> None:
    """Serve until told to stop. Raises `OSError`, `ValueError` or `SQLAlchemyError` at start."""
    relations = read_relations(POLICIES)
    sealing = read_sealing(home, NAME)
    writer = Writer(engine_to_write(home, NAME, sealing), utc_now, relations)
    calendar = Calendar(engine_to_read(home, NAME, sealing), relations, utc_now)
    records = Records(engine_to_read(home, NAME, sealing), relations, utc_now)
    try:
        # The writer first: after a crash it is the one that may bring the file in order.
        await writer.ready()
        await calendar.ready()
        await records.ready()
        async with guarded(home, NAME, AUDIENCE) as protection:
            await listen(NAME, create_app(calendar, records, writer, protection))
    finally:
        records.close()
        calendar.close()
        writer.close()


if __name__ == "__main__":
    sys.exit(run_process(NAME, run))
