"""The security process: `python -m security.serve`, started by the launcher."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor

import structlog
import uvloop

from runtime.callers import require_caller
from runtime.descriptors import read_secrets
from runtime.listeners import UnixListener, serve
from runtime.logs import configure_logs
from runtime.sockets import BANKING, SECURITY_ACTIONS, SECURITY_GATEWAY
from security.adapters.api_client import ApiClient
from security.server import build_core, build_faces, recover
from security.settings import SecuritySettings


async def _main(settings: SecuritySettings, secrets: dict[str, str]) -> None:
    core = build_core(settings)
    recover(core)
    sockets = {"banking": settings.run_dir / BANKING}
    with ThreadPoolExecutor(2, thread_name_prefix="hashing") as hashing:
        async with ApiClient(sockets, settings.api_timeout_seconds) as api:
            faces = build_faces(core, api, hashing)
            gateway = require_caller(faces.gateway, secrets["gateway-to-security"])
            actions = require_caller(faces.actions, secrets["actions-to-security"])
            await serve(
                [
                    UnixListener(gateway, settings.run_dir / SECURITY_GATEWAY),
                    UnixListener(actions, settings.run_dir / SECURITY_ACTIONS),
                ]
            )
    core.database.close()


def main() -> int:
    """Run until told to stop; 2 where something that security needs does not hold."""
    configure_logs("security")
    settings = SecuritySettings()
    try:
        uvloop.run(_main(settings, read_secrets()))
    except (OSError, ValueError) as error:
        structlog.get_logger(__name__).error("cannot_start", why=str(error))
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
