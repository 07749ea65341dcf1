"""What the telemetry process changes about walls: a socket more for each process, and its own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from cli.given_files import folder_of
from cli.process_users import FIRST_UID
from cli.programs import TELEMETRY
from cli.settings import Settings
from runtime.sockets import observed_socket
from sandbox.profile import Limits, Profile

_PORTS = {"https": 443, "http": 80}
_NAMES_BY_TCP = 53


def with_telemetry(
    profiles: Iterable[Profile], settings: Settings, sockets: Path, code: tuple[Path, ...]
) -> list[Profile]:
    """Return the profiles of observed processes, and that of what gathers their numbers."""
    observed = [replace(one, serves=(*one.serves, _folder(sockets, one.name))) for one in profiles]
    names = [one.name for one in observed]
    return [*observed, _telemetry(settings, sockets, names, code)]


def _telemetry(
    settings: Settings, sockets: Path, names: Iterable[str], code: tuple[Path, ...]
) -> Profile:
    """Return that of a process that sees no file of anybody, and asks the others."""
    traces = _ports(settings.traces_url or "")
    return Profile(
        TELEMETRY,
        code=code,
        reads=(folder_of(settings, TELEMETRY),),
        calls=tuple(_folder(sockets, name) for name in names),
        bind_tcp=() if settings.metrics_port is None else (settings.metrics_port,),
        connect_tcp=(*traces, _NAMES_BY_TCP) if traces else (),
        network=True,
        limits=Limits(memory=2 << 30, file_size=1 << 28, threads=64),
        uid=FIRST_UID + 4,
    )


def _folder(sockets: Path, name: str) -> Path:
    return (sockets / observed_socket(name)).parent


def _ports(url: str) -> tuple[int, ...]:
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return ()
    return () if port is None else (port,)
