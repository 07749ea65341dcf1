"""Databases on PostgreSQL: which process has which, and what of the machine leads there.

A setting `GATEHOUSE_<NAME>_URL` says where, `_PASS_FILE` what is shown there, `_CA_FILE` who signs
for the server; an API's name is `<API>_DATABASE`. A process is let through to its own databases,
and to nobody else's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cli.apis import api_names

if TYPE_CHECKING:
    from sqlalchemy import URL

SECURITY, RING, TRACKER = "SECURITY_DATABASE", "RING", "TRACKER"
_NAMES_BY_TCP = 53


@dataclass(frozen=True)
class OnServer:
    """One database that a setting has put on a server."""

    name: str
    process: str
    url: URL
    host: str
    port: int

    @property
    def socket(self) -> Path | None:
        """The folder of the server's socket, where it is reached by one."""
        return Path(self.host) if self.host.startswith("/") else None

    @property
    def ports(self) -> tuple[int, ...]:
        """The TCP ports that lead there: its own, and where it has a name, that of names."""
        if self.socket is not None:
            return ()
        by_name = any(letter.isalpha() for letter in self.host) and ":" not in self.host
        return (self.port, *((_NAMES_BY_TCP,) if by_name and self.host != "localhost" else ()))


def url_setting(name: str) -> str:
    """Return the setting that says where a database is."""
    return f"GATEHOUSE_{name}_URL"


def names_of(process: str) -> tuple[str, ...]:
    """Return the names of the databases that a process may have on a server."""
    of_api = (f"{process.upper()}_DATABASE",) if process in api_names() else ()
    return {"security": (SECURITY, RING), "rasa": (TRACKER,)}.get(process, of_api)


def every_name() -> dict[str, str]:
    """Return the names of all databases that may be on a server, and whose each is."""
    processes = ("security", "rasa", *api_names())
    return {name: process for process in processes for name in names_of(process)}


def on_servers(given: Mapping[str, str]) -> tuple[OnServer, ...]:
    """Return the databases that are on a server.

    Raises `ValueError` for a setting that is not right, in words that hold no password.
    """
    named = {
        name: given[url_setting(name)] for name in every_name() if given.get(url_setting(name))
    }
    if not named:
        return ()  # Who has none does not wait for what reads addresses.
    from runtime.postgres import checked_url, host_of, port_of  # noqa: PLC0415

    found: list[OnServer] = []
    for name, text in named.items():
        url = checked_url(url_setting(name), text)
        try:
            found.append(OnServer(name, every_name()[name], url, host_of(url), port_of(url)))
        except ValueError:
            raise ValueError(f"{url_setting(name)} names no host, or more than one") from None
    return tuple(found)


def sockets_of(process: str, given: Mapping[str, str]) -> tuple[Path, ...]:
    """Return the folders of the sockets of its servers."""
    return tuple(
        one.socket for one in on_servers(given) if one.process == process and one.socket is not None
    )


def ports_of(process: str, given: Mapping[str, str]) -> tuple[int, ...]:
    """Return the TCP ports that lead to its servers."""
    mine = (one.ports for one in on_servers(given) if one.process == process)
    return tuple(sorted({port for ports in mine for port in ports}))


def files_of(process: str) -> tuple[str, ...]:
    """Return the settings that name files for its servers: passwords, and authorities."""
    names = names_of(process)
    return tuple(f"GATEHOUSE_{name}_{kind}_FILE" for name in names for kind in ("PASS", "CA"))


def setup_files_of(process: str) -> tuple[str, ...]:
    """Return the settings that name files for whoever makes the tables of its databases."""
    owners = (f"GATEHOUSE_{name}_OWNER_PASS_FILE" for name in names_of(process))
    return (*files_of(process), *owners)


def owner_of(setting: str) -> str | None:
    """Return whose such a file is where it is not security's, as every other given file is."""
    if setting.startswith("GATEHOUSE_TRACES_"):
        return "telemetry"
    return next((one for one in ("rasa", *api_names()) if setting in files_of(one)), None)


def is_owners(setting: str) -> bool:
    """Tell whether a setting names the password of a role that owns tables: the set-up's alone."""
    return setting.startswith("GATEHOUSE_") and setting.endswith("_DATABASE_OWNER_PASS_FILE")
