"""Puts the gateway's application together: front, pages, calls and their description."""

from __future__ import annotations

from collections.abc import Mapping

import orjson
from starlette.routing import Route, Router
from starlette.types import ASGIApp

from gateway.calls import Call, Parts
from gateway.challenges import challenge_calls
from gateway.endpoint import Endpoint
from gateway.front import Front, RateOf
from gateway.headers import HSTS_PUBLIC, with_security_headers
from gateway.health import health_calls
from gateway.messages import message_calls
from gateway.openapi import openapi_document
from gateway.origins import KnownHosts
from gateway.pages import Page, Pages, page_of
from gateway.rates import RateLimits
from gateway.sessions import session_calls

OPENAPI_PATH = "/api/openapi.json"


def all_calls() -> tuple[Call, ...]:
    """Return every call of the public API."""
    return (*message_calls(), *session_calls(), *challenge_calls(), *health_calls())


def build_app(
    parts: Parts,
    hosts: KnownHosts,
    limits: RateLimits,
    pages: Mapping[str, Page],
    hsts: bytes = HSTS_PUBLIC,
) -> ASGIApp:
    """Return the gateway as one ASGI application without lifespan."""
    calls = all_calls()
    routes = [Route(path, Endpoint(of_path, parts)) for path, of_path in _by_path(calls).items()]
    description = page_of(
        orjson.dumps(openapi_document(calls)), "application/json", cache="no-store"
    )
    rest = Pages({**pages, OPENAPI_PATH: description})
    router = Router(routes, redirect_slashes=False, default=rest)
    rate_of: RateOf = {(call.method, call.path): call.rate for call in calls}
    return with_security_headers(Front(router, hosts, limits, rate_of), hsts)


def _by_path(calls: tuple[Call, ...]) -> dict[str, dict[str, Call]]:
    paths: dict[str, dict[str, Call]] = {}
    for call in calls:
        paths.setdefault(call.path, {})[call.method] = call
    return paths
