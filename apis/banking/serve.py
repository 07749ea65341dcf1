"""The banking process: `python -m apis.banking.serve`. Here, and only here, it is wired."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import structlog
import uvloop
from sqlalchemy.exc import SQLAlchemyError

from apis.banking.app import create_app
from apis.banking.caller import AUDIENCE, ISSUER
from apis.banking.database import database_path, write_engine
from apis.banking.ledger import Ledger, read_only_engine
from apis.banking.writer import Writer
from runtime.listeners import UnixListener, serve
from runtime.logs import configure_logs
from runtime.sockets import BANKING, socket_path
from security.tokens.verifier import TokenVerifier


def _utc_now() -> datetime:
    return datetime.now(UTC)


async def run(home: Path) -> None:
    """Serve until told to stop. Raises `OSError`, `ValueError` or `SQLAlchemyError` at start."""
    verifier = TokenVerifier(home / "keys" / "public" / "jwks.json", AUDIENCE, ISSUER)
    writer = Writer(write_engine(database_path(home)), _utc_now)
    ledger = Ledger(read_only_engine(database_path(home)))
    try:
        # The writer first: after a crash it is the one that may bring the file in order.
        await writer.ready()
        await ledger.ready()
        app = create_app(ledger, writer, verifier, _utc_now)
        await serve([UnixListener(app, socket_path(BANKING))])
    finally:
        ledger.close()
        writer.close()


def main() -> int:
    """Run the process; return 0 after a stop, 1 with one log line where it cannot start."""
    configure_logs("banking")
    home = Path(os.environ["GATEHOUSE_HOME"])
    try:
        uvloop.run(run(home))
    except (OSError, ValueError, SQLAlchemyError) as error:
        log: structlog.stdlib.BoundLogger = structlog.get_logger("banking")
        log.error(
            "cannot start: its keys or its database cannot be read", error=type(error).__name__
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
