"""What every request meets first: the Host's name, the rate, the Origin.

These need no session and no body, so a request that fails them costs next to nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.endpoint import address_of
from gateway.origins import KnownHosts
from gateway.problems import Problem, problem_response
from gateway.rates import RateLimits, RateName

_READS = frozenset({"GET", "HEAD"})

RateOf = Mapping[tuple[str, str], RateName]
"""(method, path) → the limit it counts under; everything else counts as `requests`."""


class Front:
    """Wraps the application; refuses what is not for it (ASVS 3.5.1-3, 4.4.2)."""

    def __init__(
        self, app: ASGIApp, hosts: KnownHosts, limits: RateLimits, rate_of: RateOf
    ) -> None:
        self._app = app
        self._hosts = hosts
        self._limits = limits
        self._rate_of = rate_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check one request, then hand it on."""
        if scope["type"] != "http":
            raise RuntimeError("the gateway speaks HTTP alone")
        try:
            self._check(scope)
        except Problem as problem:
            return await problem_response(problem)(scope, receive, send)
        return await self._app(scope, receive, send)

    def _check(self, scope: Scope) -> None:
        headers = Headers(scope=scope)
        if not self._hosts.knows(_only(headers, "host")):
            raise Problem("unknown_host")
        rate = self._rate_of.get((scope["method"], scope["path"]), "requests")
        self._limits.admit(rate, address_of(scope))
        origin, site = _only(headers, "origin"), _only(headers, "sec-fetch-site")
        if scope["method"] in _READS:
            if origin is not None and not self._hosts.is_own_origin(origin):
                raise Problem("foreign_origin")
        elif not self._hosts.may_change(origin, site):
            raise Problem("foreign_origin")


def _only(headers: Headers, name: str) -> str | None:
    """Return the one value of a header; a repeated one is no value that anybody knows."""
    given = headers.getlist(name)
    if not given:
        return None
    return given[0] if len(given) == 1 else ""
