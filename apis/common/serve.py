"""Running an API's process: its clock, its verifier, its socket, its end."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import structlog
import uvloop
from fastapi import FastAPI
from sqlalchemy.exc import SQLAlchemyError
from starlette.routing import Route

from apis.common.caller import Protection
from apis.common.reports import Reports
from apis.common.sealing.ring import WrongKey
from runtime.descriptors import MissingDescriptor, read_secrets
from runtime.listeners import UnixListener, serve
from runtime.logs import UnknownLevel, configure_logs
from runtime.observing import observing
from runtime.sockets import api_socket, socket_path
from security.policy import PolicyError
from security.tokens.verifier import DEFAULT_ISSUER, PublishedKeys, TokenVerifier

RELOAD_SECONDS = 1.0
"""How long a newly published key may be unknown here: it signs only after that."""


def utc_now() -> datetime:
    """Return the present moment."""
    return datetime.now(UTC)


@asynccontextmanager
async def guarded(home: Path, name: str, audience: str) -> AsyncIterator[Protection]:
    """Give what stands at the door of the API, with keys that follow security's.

    Raises `OSError` or `ValueError`.
    """
    keys = PublishedKeys(home / "keys" / "public" / "jwks.json")
    verifier = TokenVerifier(keys, audience, issuer())
    watch = asyncio.create_task(_follow(keys))
    secrets = _secrets()
    reports = Reports(name, issuer(), secrets.get(f"{name}-to-security", ""))
    try:
        async with observing(name, secrets) as seen:
            yield Protection(name, verifier, utc_now, base_url(name), reports=reports, seen=seen)
    finally:
        watch.cancel()


def issuer(environ: Mapping[str, str] = os.environ) -> str:
    """Return the name of the authorization server whose tokens count."""
    return environ.get("GATEHOUSE_OAUTH_ISSUER") or DEFAULT_ISSUER


def _secrets() -> Mapping[str, str]:
    """Return what the launcher has passed; of an API that it did not start security hears nothing.

    Security finds that out itself, and says so.
    """
    try:
        return read_secrets()
    except MissingDescriptor:
        return {}


def base_url(name: str, environ: Mapping[str, str] = os.environ) -> str:
    """Return the address that this API is called by."""
    given = environ.get(f"GATEHOUSE_API_{name.upper()}_URL") or f"http://{name}"
    return given.rstrip("/")


async def _follow(keys: PublishedKeys) -> None:
    """Look every second whether security has published other keys: beside the requests."""
    while True:
        await asyncio.sleep(RELOAD_SECONDS)
        try:
            if keys.reload():
                _log().info("keys_reloaded")
        except (OSError, ValueError) as error:
            # The keys at hand stay good; each ends by itself at its published time.
            _log().error("keys_not_reloaded", error=type(error).__name__)


async def listen(name: str, app: FastAPI) -> None:
    """Serve the application on the API's socket until told to stop."""
    protection: Protection = app.state.protection
    paths = {route.path for route in app.routes if isinstance(route, Route)}
    watched = protection.seen.around(app, paths)
    await serve([UnixListener(watched, socket_path(api_socket(name)))], protection.reports.close)


def run_process(name: str, run: Callable[[Path], Awaitable[None]]) -> int:
    """Run the process; return 0 after a stop, 1 with one log line where it cannot start.

    `run` gets the home; it raises `OSError`, `ValueError` or `SQLAlchemyError` at start.
    """
    home = Path(os.environ["GATEHOUSE_HOME"])

    async def _run() -> None:
        await run(home)

    try:
        configure_logs(name)
        uvloop.run(_run())
    except UnknownLevel as error:
        _log().error("cannot_start", said=str(error))
        return 1
    except PolicyError as error:
        _log().error("cannot_start", said=f"its policies do not hold: {error}")
        return 1
    except WrongKey as error:
        _log().error("cannot_start", said=str(error))
        return 1
    except (OSError, ValueError, sqlite3.Error, SQLAlchemyError) as error:
        said = f"its keys or its database cannot be read ({type(error).__name__})"
        _log().error("cannot_start", said=said)
        return 1
    return 0


def _log() -> structlog.stdlib.BoundLogger:
    logger: structlog.stdlib.BoundLogger = structlog.get_logger("apis.serve")
    return logger
