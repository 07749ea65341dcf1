"""The arrows that may cross from one host to another, and which of them do here.

`GATEHOUSE_<ARROW>_URL` names where the called end is; the same setting stands on both hosts. Which
processes run on this one is `GATEHOUSE_ONLY`. APIs of this checkout stay beside security: they
stand in for real ones, which have settings of their own (`GATEHOUSE_API_<NAME>_URL`).
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from cli.problems import Problem
from cli.settings import Settings
from relay.ends import End, Side
from runtime.sockets import ACTIONS, RASA, SECURITY_ACTIONS, SECURITY_GATEWAY

PROCESSES = ("security", "actions", "rasa", "gateway")
FOLDER = "arrows"
"""Below the home: for each process a folder with its certificate."""


@dataclass(frozen=True)
class Arrow:
    """One arrow of the design; its name is also that of its credential."""

    name: str
    caller: str
    callee: str
    socket: str

    @property
    def setting(self) -> str:
        """The variable that says where its called end is."""
        return f"GATEHOUSE_{self.name.replace('-', '_').upper()}_URL"

    def url(self, settings: Settings) -> str | None:
        """Return what is set."""
        told: str | None = getattr(settings, f"{self.name.replace('-', '_')}_url")
        return told


ARROWS = (
    Arrow("gateway-to-security", "gateway", "security", SECURITY_GATEWAY),
    Arrow("actions-to-security", "actions", "security", SECURITY_ACTIONS),
    Arrow("gateway-to-rasa", "gateway", "rasa", RASA),
    Arrow("rasa-to-actions", "rasa", "actions", ACTIONS),
)


def here(settings: Settings) -> frozenset[str]:
    """Return the processes of this host; APIs go with security. Raises `Problem`."""
    if settings.only is None:
        return frozenset(PROCESSES)
    asked = {name.strip() for name in settings.only.split(",") if name.strip()}
    if unknown := sorted(asked - set(PROCESSES)):
        raise Problem(f"there is no process {unknown[0]}", f"they are {', '.join(PROCESSES)}")
    if not asked:
        raise Problem("GATEHOUSE_ONLY names no process", "name one, or unset it")
    return frozenset(asked)


@dataclass(frozen=True)
class Crossing:
    """One end here of an arrow whose other end is on another host."""

    arrow: Arrow
    side: Side
    host: str
    port: int

    @property
    def process(self) -> str:
        """The process of this host that has this end."""
        return self.arrow.caller if self.side == "caller" else self.arrow.callee

    @property
    def peer(self) -> str:
        """The process on the other host."""
        return self.arrow.callee if self.side == "caller" else self.arrow.caller


def crossings(settings: Settings) -> tuple[Crossing, ...]:
    """Return the ends of this host that have their other end elsewhere. Raises `Problem`."""
    found: list[Crossing] = []
    running = here(settings)
    for arrow in ARROWS:
        if (url := arrow.url(settings)) is not None:
            host, port = _place(arrow, url)
            if arrow.callee in running:
                found.append(Crossing(arrow, "callee", host, port))
            elif arrow.caller in running:
                found.append(Crossing(arrow, "caller", host, port))
        elif arrow.caller in running and arrow.callee not in running:
            raise Problem(
                f"{arrow.caller} runs here and {arrow.callee} does not",
                f"say where it is: {arrow.setting}=https://host:port",
            )
    return tuple(found)


def uncalled(settings: Settings) -> tuple[Arrow, ...]:
    """Return the arrows that end here, and that nobody can call: no caller, no address."""
    running = here(settings)
    return tuple(
        arrow
        for arrow in ARROWS
        if arrow.callee in running and arrow.caller not in running and not arrow.url(settings)
    )


def by_process(found: Iterable[Crossing]) -> Mapping[str, tuple[Crossing, ...]]:
    """Return crossings by the process of this host."""
    sorted_: dict[str, list[Crossing]] = {}
    for each in found:
        sorted_.setdefault(each.process, []).append(each)
    return {name: tuple(several) for name, several in sorted_.items()}


def end_of(crossing: Crossing, settings: Settings, sockets: Path) -> End:
    """Return what the relay is told of one. Raises `Problem` where no address can be found."""
    host = crossing.host
    if crossing.side == "callee":
        host = str(settings.arrows_address) if settings.arrows_address else _address_of(host)
    return End(
        arrow=crossing.arrow.name,
        side=crossing.side,
        socket=sockets / crossing.arrow.socket,
        host=host,
        port=crossing.port,
        peer=crossing.peer,
    )


def is_name(host: str) -> bool:
    """Tell whether a host has to be looked up."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return True
    return False


def _place(arrow: Arrow, url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    try:
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or not port:
        raise Problem(f"{arrow.setting} names no port", "write https://host:port")
    return host, port


def _address_of(host: str) -> str:
    """Return the address to listen on: that of the name, which has to be this host's."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        raise Problem(
            f"{host} has no address", "correct it, or set GATEHOUSE_ARROWS_ADDRESS"
        ) from None
    return str(found[0][4][0])
