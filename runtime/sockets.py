"""The Unix sockets that join the processes: one socket an arrow of the design.

They live in a short folder that only its owner may enter, because a socket's path may
not exceed about 100 bytes and the state folder's path may be any length.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

RUN_DIR = "GATEHOUSE_RUN_DIR"

SECURITY_GATEWAY = "security-gateway.sock"
SECURITY_ACTIONS = "security-actions.sock"
SECURITY_ADMIN = "security-admin.sock"
SECURITY_OAUTH = "security-oauth.sock"
RASA = "rasa.sock"
ACTIONS = "actions.sock"


def api_socket(api: str) -> str:
    """Return the name of an API's socket."""
    return f"{api}.sock"


def socket_path(name: str, environ: Mapping[str, str] = os.environ) -> Path:
    """Return the path of the socket called `name` in this home's run folder."""
    return Path(environ[RUN_DIR]) / name


def clear_stale(path: Path) -> None:
    """Remove what an earlier run left at `path`, so that it can be bound again."""
    path.unlink(missing_ok=True)
