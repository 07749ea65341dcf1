"""Running an API's process: its clock, its verifier, its socket, its end."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import structlog
import uvloop
from fastapi import FastAPI
from sqlalchemy.exc import SQLAlchemyError

from apis.common.caller import ISSUER, Protection
from runtime.listeners import UnixListener, serve
from runtime.logs import configure_logs
from runtime.sockets import api_socket, socket_path
from security.tokens.verifier import TokenVerifier


def utc_now() -> datetime:
    """Return the present moment."""
    return datetime.now(UTC)


def protection_of(home: Path, name: str, audience: str) -> Protection:
    """Return what stands at the door of the API. Raises `OSError` or `ValueError`."""
    keys = home / "keys" / "public" / "jwks.json"
    return Protection(name, TokenVerifier(keys, audience, ISSUER), utc_now)


async def listen(name: str, app: FastAPI) -> None:
    """Serve the application on the API's socket until told to stop."""
    await serve([UnixListener(app, socket_path(api_socket(name)))])


def run_process(name: str, run: Callable[[Path], Awaitable[None]]) -> int:
    """Run the process; return 0 after a stop, 1 with one log line where it cannot start.

    `run` gets the home; it raises `OSError`, `ValueError` or `SQLAlchemyError` at start.
    """
    configure_logs(name)
    home = Path(os.environ["GATEHOUSE_HOME"])

    async def _run() -> None:
        await run(home)

    try:
        uvloop.run(_run())
    except (OSError, ValueError, SQLAlchemyError) as error:
        log: structlog.stdlib.BoundLogger = structlog.get_logger("apis.serve")
        log.error(
            "cannot start: its keys or its database cannot be read", error=type(error).__name__
        )
        return 1
    return 0
