"""Puts the gateway's application together: front, pages, calls and their description."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

import orjson
from starlette.routing import Route, Router
from starlette.types import ASGIApp

from gateway.account import account_calls
from gateway.administration import administration_calls
from gateway.auditing import auditing_calls
from gateway.authenticators import authenticator_calls
from gateway.calls import Call, Parts
from gateway.challenges import challenge_calls
from gateway.continuing import continuing_calls
from gateway.demo import demo_calls
from gateway.demo_door import Door
from gateway.documents import document_calls
from gateway.embedding import PATH, Frame, embedded_calls
from gateway.endpoint import Endpoint
from gateway.events import event_calls
from gateway.front import Front, RateOf
from gateway.headers import HSTS_PUBLIC, with_security_headers
from gateway.health import health_calls
from gateway.me import me_calls
from gateway.messages import message_calls
from gateway.openapi import openapi_document
from gateway.origins import KnownHosts
from gateway.pages import Page, Pages, page_of
from gateway.push import push_calls
from gateway.rates import RateLimits
from gateway.recovery import recovery_calls
from gateway.sessions import session_calls
from gateway.sso import CALLBACK, DEMO_PROVIDER, LOGOUT, START, SsoLogout, SsoPage, sso_calls
from gateway.texts import Texts

OPENAPI_PATH = "/api/openapi.json"


def all_calls(*, demo: bool, door: Door | None = None) -> tuple[Call, ...]:
    """Return every call of the public API; those of the demo exist in demo mode alone."""
    return (
        *message_calls(),
        *event_calls(),
        *session_calls(),
        *embedded_calls(),
        *challenge_calls(),
        *continuing_calls(),
        *account_calls(),
        *authenticator_calls(),
        *push_calls(),
        *recovery_calls(),
        *sso_calls(),
        *administration_calls(),
        *auditing_calls(),
        *document_calls(),
        *me_calls(),
        *(demo_calls(door or Door()) if demo else ()),
        *health_calls(),
    )


def build_app(
    parts: Parts,
    hosts: KnownHosts,
    limits: RateLimits,
    pages: Mapping[str, Page],
    hsts: bytes = HSTS_PUBLIC,
    *,
    demo: bool = False,
    frame: bytes | None = None,
    provider: ASGIApp | None = None,
) -> ASGIApp:
    """Return the gateway as one ASGI application without lifespan.

    `frame` is the page of a chat inside another site; without it there is none. `provider` is the
    demo's identity provider.
    """
    door = Door()
    calls = all_calls(demo=demo, door=door)
    routes = [_route(path, Endpoint(of, parts)) for path, of in _by_path(calls).items()]
    routes += [_route(path, webhook) for path, webhook in Texts(parts).webhooks().items()]
    routes.append(_route(LOGOUT, SsoLogout(parts.security)))
    if CALLBACK in pages:
        routes.append(_route(START, SsoPage(pages[CALLBACK])))
    if provider is not None:
        routes.append(_route(f"{DEMO_PROVIDER}/{{path:path}}", provider))
    if frame is not None:
        routes.append(_route(PATH, Frame(parts.security, frame)))
    rest = Pages({**pages, OPENAPI_PATH: _description(demo=demo)})
    router = Router(routes, redirect_slashes=False, default=rest)
    rate_of: RateOf = {(call.method, call.path): call.rate for call in calls}
    front = Front(router, hosts, limits, rate_of)
    if demo:
        door.open(front, hosts.own_name)
    return with_security_headers(front, hsts)


@cache
def _description(*, demo: bool) -> Page:
    """Return the document of all calls, which is the same for every application of a mode."""
    document = orjson.dumps(openapi_document(all_calls(demo=demo)))
    return page_of(document, "application/json", cache="no-store")


def _route(path: str, endpoint: ASGIApp) -> Route:
    """Return a route of this path and no other.

    Starlette's pattern ends in `$`, which a path with a line feed more passes as well: that is
    the same call then, but under another name, and so under another rate limit.
    """
    route = Route(path, endpoint)
    route.path_regex = re.compile(route.path_regex.pattern.removesuffix("$") + r"\Z")
    return route


def _by_path(calls: tuple[Call, ...]) -> dict[str, dict[str, Call]]:
    paths: dict[str, dict[str, Call]] = {}
    for call in calls:
        paths.setdefault(call.path, {})[call.method] = call
    return paths
