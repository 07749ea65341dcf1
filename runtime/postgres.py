"""Where a PostgreSQL database is and what libpq is told: TLS checked, no password in an address."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError


@dataclass(frozen=True)
class Login:
    """What a server wants and shows beside what stands in an address."""

    passfile: Path | None = None
    """Where libpq finds the password: `host:port:database:user:password`, for its owner alone."""
    ca_file: Path | None = None
    """The authority of the server's certificate; the system's where none is named."""


def checked_url(name: str, url: str) -> URL:
    """Return the address of a PostgreSQL database, to be reached by socket or by checked TLS.

    Raises `ValueError` that names the setting `name`, never its value: a password may stand in it.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise ValueError(f"{name} is no address of a database") from None
    if parsed.drivername not in ("postgresql", "postgresql+psycopg"):
        raise ValueError(f"{name}: postgresql://USER@HOST:PORT/NAME is what it looks like")
    if parsed.password is not None or "password" in parsed.query:
        raise ValueError(
            f"{name} holds a password: it goes into the file that {name[:-3]}PASS_FILE names"
        )
    if not set(parsed.query) <= {"host", "port"}:
        raise ValueError(f"{name}: only host and port may stand behind its question mark")
    if not parsed.username or not parsed.database:
        raise ValueError(f"{name}: a user and a database have to be named")
    return parsed.set(drivername="postgresql+psycopg")


def host_of(url: URL) -> str:
    """Return the host, or the folder of the socket, that an address leads to."""
    host = url.host or url.query.get("host", "")
    if not isinstance(host, str) or not host or "," in host:
        raise ValueError("the address of a database names one host, or one folder of a socket")
    return host


def port_of(url: URL) -> int:
    """Return the port; a socket has one as well."""
    return url.port or int(str(url.query.get("port", 5432)))


def is_local(url: URL) -> bool:
    """Tell whether a database is on this machine: behind a socket, or on loopback."""
    host = host_of(url)
    if host.startswith("/") or host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def tls_of(url: URL, ca_file: Path | None) -> dict[str, str]:
    """Return libpq's words for TLS: any other machine is checked by authority and name."""
    if ca_file is not None:
        wanted = {"sslmode": "verify-full", "sslrootcert": str(ca_file)}
    elif is_local(url):
        return {"sslmode": "disable" if host_of(url).startswith("/") else "prefer"}
    else:
        wanted = {"sslmode": "verify-full", "sslrootcert": "system"}
    return {**wanted, "ssl_min_protocol_version": "TLSv1.3"}


def connect_arguments(url: URL, login: Login, settings: Mapping[str, str]) -> dict[str, str | int]:
    """Return what libpq is told beside an address; `settings` are the server's, for a session."""
    arguments: dict[str, str | int] = {
        **tls_of(url, login.ca_file),
        "options": " ".join(f"-c {name}={value}" for name, value in settings.items()),
        "application_name": "gatehouse",
        "connect_timeout": 5,
    }
    if login.passfile is not None:
        arguments["passfile"] = str(login.passfile)
    return arguments
