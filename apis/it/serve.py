"""The IT process: `python -m apis.it.serve`. Here, and only here, it is wired."""

from __future__ import annotations

import sys
from pathlib import Path

from apis.common.database import database_path, read_only_engine, write_engine
from apis.common.relations import read_relations
from apis.common.sealing.files import read_sealing
from apis.common.serve import guarded, listen, run_process, utc_now
from apis.it.app import AUDIENCE, NAME, POLICIES, create_app
from apis.it.desk import Desk
from apis.it.writer import Writer


async def run(home: Path) -> None:
    """Serve until told to stop. Raises `OSError`, `ValueError` or `SQLAlchemyError` at start."""
    database = database_path(home, NAME)
    relations, sealing = read_relations(POLICIES), read_sealing(home, NAME)
    writer = Writer(write_engine(database, sealing), utc_now, relations)
    desk = Desk(read_only_engine(database, sealing), relations)
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
