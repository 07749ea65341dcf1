"""The IT process: `python -m apis.it.serve`. Here, and only here, it is wired."""

from __future__ import annotations

import sys
from pathlib import Path

from apis.common.engines import engine_to_read, engine_to_write
from apis.common.relations import read_relations
from apis.common.sealing.files import read_sealing
from apis.common.serve import guarded, listen, run_process, utc_now
from apis.it.app import AUDIENCE, NAME, POLICIES, create_app
from apis.it.desk import Desk
from apis.it.writer import Writer


async def run(home: Path) -> None:
    """Serve until told to stop. Raises `OSError`, `ValueError` or `SQLAlchemyError` at start."""
    relations, sealing = read_relations(POLICIES), read_sealing(home, NAME)
    writer = Writer(engine_to_write(home, NAME, sealing), utc_now, relations)
    desk = Desk(engine_to_read(home, NAME, sealing), relations)
    try:
        # The writer first: after a crash it is the one that may bring the file in order.
        await writer.ready()
        await desk.ready()
        async with guarded(home, NAME, AUDIENCE) as protection:
            await listen(NAME, create_app(desk, writer, protection))
    finally:
        desk.close()
        writer.close()


if __name__ == "__main__":
    sys.exit(run_process(NAME, run))
