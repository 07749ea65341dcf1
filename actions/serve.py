"""The actions process: `python -m actions.serve`. Here, and only here, it is wired."""

from __future__ import annotations

import sys

import structlog
import uvloop

from actions.app import Webhook
from actions.registry import build_executor, protected_actions
from runtime.callers import require_caller
from runtime.descriptors import MissingDescriptor, read_secrets
from runtime.listeners import UnixListener, serve
from runtime.logs import UnknownLevel, configure_logs
from runtime.observing import observing
from runtime.sockets import ACTIONS, SECURITY_ACTIONS, socket_path
from security.client import ActionsClient


async def run(secrets: dict[str, str]) -> None:
    """Serve until told to stop. Raises `OSError` where the socket cannot be bound."""
    client = ActionsClient(socket_path(SECURITY_ACTIONS), secrets["actions-to-security"])
    async with client, observing("actions", secrets) as seen:
        app = Webhook(build_executor(client, protected_actions(client)))
        guarded = require_caller(app, secrets["rasa-to-actions"])
        watched = seen.around(guarded, {"POST /webhook"})
        await serve([UnixListener(watched, socket_path(ACTIONS))])


def main() -> int:
    """Run the process; return 0 after a stop, 1 with one log line where it cannot start."""
    try:
        configure_logs("actions")
        uvloop.run(run(read_secrets()))
    except (MissingDescriptor, KeyError, OSError, UnknownLevel) as error:
        log: structlog.stdlib.BoundLogger = structlog.get_logger("actions")
        log.error("cannot_start", said=f"{type(error).__name__}: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
