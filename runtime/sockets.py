"""The Unix sockets that join the processes: one socket an arrow of the design.

They live in a short folder that only its owner may enter, because a socket's path may
not exceed about 100 bytes and the state folder's path may be any length. Each has a folder of its
own there, so that a process can be shown the arrows that it is an end of, and no others.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from pathlib import Path

RUN_DIR = "GATEHOUSE_RUN_DIR"

SECURITY_GATEWAY = "security-gateway/sock"
SECURITY_ACTIONS = "security-actions/sock"
SECURITY_ADMIN = "security-admin/sock"
SECURITY_OAUTH = "security-oauth/sock"
RASA = "rasa/sock"
ACTIONS = "actions/sock"


def api_socket(api: str) -> str:
    """Return the name of an API's socket."""
    return f"{api}/sock"


def observed_socket(process: str) -> str:
    """Return the name of the socket at which a process tells its numbers and spans."""
    return f"observed-{process}/sock"


def socket_path(name: str, environ: Mapping[str, str] = os.environ) -> Path:
    """Return the path of the socket called `name` in this home's run folder."""
    return Path(environ[RUN_DIR]) / name


def clear_stale(path: Path) -> None:
    """Remove what an earlier run left at `path`, so that it can be bound again."""
    path.parent.mkdir(mode=0o700, exist_ok=True)
    path.unlink(missing_ok=True)


def mask_at(path: Path) -> int:
    """Return the umask to bind a socket at `path` with: for its owner alone.

    Where the launcher has made the folder one that others may enter, the two ends of the arrow
    are different users; nobody else is shown the folder.
    """
    return 0o000 if path.parent.stat().st_mode & 0o001 else 0o177


def bind_unix(path: Path) -> socket.socket:
    """Return a socket bound at `path`; its rights are narrowed before anyone can connect."""
    clear_stale(path)
    mask = os.umask(mask_at(path))
    try:
        return _bound(socket.AF_UNIX, str(path))
    finally:
        os.umask(mask)


def bind_tcp(host: str, port: int) -> socket.socket:
    """Return a socket bound at an address; raises `OSError` where the port is taken."""
    return _bound(socket.AF_INET6 if ":" in host else socket.AF_INET, (host, port))


def _bound(family: int, address: str | tuple[str, int]) -> socket.socket:
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
    except OSError:
        bound.close()
        raise
    return bound
