"""The telemetry process: `python -m telemetry.serve`. Here, and only here, it is wired."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Mapping
from contextlib import AsyncExitStack, suppress

import structlog
import uvloop
from aiohttp import web
from pydantic import ValidationError

from runtime.descriptors import MissingDescriptor, read_secrets, tell_ready
from runtime.logs import UnknownLevel, configure_logs
from runtime.sockets import bind_tcp
from security.adapters.outgoing import Outgoing
from telemetry.asking import Processes
from telemetry.page import metrics_page
from telemetry.settings import (
    METRICS_TOKEN,
    TRACES_TOKEN,
    TelemetrySettings,
    checked_token,
)
from telemetry.tracing import Traces

LOOPBACK = "127.0.0.1"
_COLLECTOR_SECONDS = 5.0


async def run(settings: TelemetrySettings, secrets: Mapping[str, str]) -> None:
    """Serve until told to stop. Raises `OSError` or `ValueError` where it cannot start."""
    token = checked_token(settings, secrets.get(METRICS_TOKEN))
    over = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, over.set)
    async with Processes(settings.run_dir, secrets) as processes, AsyncExitStack() as open_:
        if settings.metrics_port is not None:
            page = metrics_page(processes.metrics, token)
            runner = web.AppRunner(page, access_log=None, handle_signals=False)
            await runner.setup()
            open_.push_async_callback(runner.cleanup)
            await web.SockSite(runner, bind_tcp(LOOPBACK, settings.metrics_port)).start()
        work = None
        if settings.traces_url is not None:
            allowed = (settings.hosts, settings.reach, settings.traces_ca_file)
            outgoing = Outgoing(*allowed, seconds=_COLLECTOR_SECONDS)
            given = (outgoing, settings.traces_url, secrets.get(TRACES_TOKEN))
            work = asyncio.create_task(Traces(processes.spans, *given).run())
        tell_ready()
        await over.wait()
        if work is not None:
            work.cancel()
            with suppress(asyncio.CancelledError):
                await work


def main() -> int:
    """Run the process; return 0 after a stop, 2 with one log line where it cannot start."""
    log = structlog.get_logger("telemetry")
    try:
        configure_logs("telemetry")
        uvloop.run(run(TelemetrySettings(), read_secrets()))
    except ValidationError as error:
        first = error.errors(include_input=False, include_context=False)[0]
        name = "_".join(str(part) for part in first["loc"]).upper()
        said = f"GATEHOUSE_{name} is not right" if name else first["msg"]
        log.error("cannot_start", said=said.removeprefix("Value error, "))
    except (OSError, ValueError, MissingDescriptor, UnknownLevel) as error:
        log.error("cannot_start", said=str(error))
    else:
        return 0
    return 2


if __name__ == "__main__":
    sys.exit(main())
