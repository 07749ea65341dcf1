"""Which Host names the gateway answers for, and which Origins may change something.

A page of another site can make a browser send requests here, and a rebound DNS name can make
it believe that this is that site; both are refused before anything else looks at the request
(ASVS 3.5.1-3, 4.4.2).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pydantic import HttpUrl

_AUTHORITY = re.compile(r"([a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?)(?::([0-9]{1,5}))?", re.ASCII)
_HTTPS_PORT = 443
DEMO_SITE = "northwind.localhost"
"""The demo's host page: to browsers another site than `localhost`, as no other port of it is."""
_OWN_SITE = frozenset({None, "same-origin", "none"})


@dataclass(frozen=True)
class KnownHosts:
    """The names of this server: exact (name, port) pairs, and in demo mode `*.localhost`."""

    exact: frozenset[tuple[str, int]]
    localhost_port: int | None
    others: frozenset[str] = frozenset()
    """Names that lead here as well, but are sites of their own: to these pages they are foreign."""

    @property
    def own_name(self) -> str:
        """A Host header's value that names this server."""
        if self.localhost_port is not None:
            return f"localhost:{self.localhost_port}"
        return ":".join(map(str, min(self.exact)))

    def knows(self, authority: str | None) -> bool:
        """Tell whether a Host header's value names this server; none, or an odd one, does not."""
        parsed = _AUTHORITY.fullmatch(authority.lower()) if authority else None
        if parsed is None:
            return False
        name, port = parsed[1], int(parsed[2] or _HTTPS_PORT)
        if name in self.others:
            return False
        local = name == "localhost" or name.endswith(".localhost")
        return (local and port == self.localhost_port) or (name, port) in self.exact

    def is_own_origin(self, origin: str) -> bool:
        """Tell whether an Origin header's value is this server's own (`null` is nobody's)."""
        scheme, _, authority = origin.partition("://")
        return scheme == "https" and self.knows(authority)

    def may_change(self, origin: str | None, fetch_site: str | None) -> bool:
        """Tell whether a state-changing request comes from here.

        A program that is no browser sends neither header; a browser always sends one of them.
        """
        if origin is not None and not self.is_own_origin(origin):
            return False
        return fetch_site in _OWN_SITE


def known_hosts(mode: str, port: int, public_url: HttpUrl | None) -> KnownHosts:
    """Return the hosts of this configuration: production knows its public name alone."""
    exact: set[tuple[str, int]] = set()
    if public_url is not None and public_url.host is not None:
        exact = {(public_url.host, public_url.port or _HTTPS_PORT), (public_url.host, port)}
    if mode != "demo":
        return KnownHosts(frozenset(exact), None)
    return KnownHosts(frozenset(exact), port, frozenset({DEMO_SITE}))
