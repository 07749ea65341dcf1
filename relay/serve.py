"""The relay beside one process: `python -m relay.serve`, started by the launcher.

The folder that it is told holds the certificate of that process and the authorities it trusts.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

import structlog
import uvloop

from relay.carrying import Carrier
from relay.contexts import Contexts
from relay.ends import ENDS, RELAY_FOLDER, read
from runtime.descriptors import tell_ready
from runtime.logs import UnknownLevel, configure_logs


async def run(environ: Mapping[str, str]) -> None:
    """Carry until told to stop. Raises `OSError` or `ValueError` where it cannot begin."""
    contexts = Contexts(Path(environ[RELAY_FOLDER]))
    carriers = [Carrier(end, contexts) for end in read(environ[ENDS])]
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    running = [asyncio.create_task(carrier.run()) for carrier in carriers]
    tell_ready()
    asked = asyncio.create_task(stop.wait())
    await asyncio.wait((asked, *running), return_when=asyncio.FIRST_COMPLETED)
    for task in (asked, *running):
        task.cancel()
    for ended in await asyncio.gather(*running, return_exceptions=True):
        if isinstance(ended, Exception):
            raise ended


def main() -> int:
    """Run the process; 1 with one log line where it cannot start."""
    try:
        configure_logs("relay")
        uvloop.run(run(os.environ))
    except (UnknownLevel, OSError, ValueError, KeyError, TypeError) as error:
        structlog.get_logger("relay").error(
            "cannot_start", said="its certificate or an address", error=type(error).__name__
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
