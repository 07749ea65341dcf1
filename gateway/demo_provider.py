"""Globex's identity provider, for the demo alone: whoever is picked from a list is signed in.

It stands for a company's own sign-in. Authlib speaks OpenID Connect; who somebody is, anybody
may say. Its keys and codes live in memory, and production has no such page.
"""

from __future__ import annotations

import time
from html import escape
from typing import Any
from urllib.parse import parse_qsl, urlencode

import orjson
from authlib.oauth2.rfc6749 import OAuth2Error
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from gateway.bodies import read_raw
from gateway.calls import ALWAYS, WITH_BODY
from gateway.demo_provider_rules import SECOND_FACTOR, Chosen, DemoProviderRules
from gateway.endpoint import answered
from gateway.headers import content_policy
from gateway.ports import Security
from gateway.problems import Problem
from gateway.sso import DEMO_PROVIDER as PATH

TENANT = "globex"
_FORM = "application/x-www-form-urlencoded"
_REFUSALS = ALWAYS | WITH_BODY | {"method_not_allowed", "not_found"}
_POLICY = content_policy().replace("form-action 'none'", "form-action 'self'")
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Globex sign-in (demo)</title>
<link rel="icon" href="/assets/mark.svg" type="image/svg+xml">
<link rel="stylesheet" href="/assets/base.css">
<link rel="stylesheet" href="/assets/page.css">
<link rel="stylesheet" href="/assets/security.css">
</head>
<body>
<main class="sheetless"><div class="column">
<h1>Globex sign-in</h1>
<p class="lead">This page stands for the sign-in of a company. It is made up, like everybody on \
it: pick who you are, and go on to Gatehouse.</p>
<form method="get" action="{action}">{asked}
<p><label><input type="checkbox" name="second" value="1"{ticked}> with a second factor</label></p>
<ul class="items">{people}</ul>
</form>
</div></main>
</body>
</html>
"""


class DemoProvider:
    """The pages and calls of the provider (a small ASGI application)."""

    def __init__(self, security: Security, chat_url: str, port: int, secret: str) -> None:
        self._security = security
        self._issuer = f"https://localhost:{port}{PATH}"
        self._pages = f"{chat_url}{PATH}"
        self._rules = DemoProviderRules(self._issuer, f"{chat_url}/sso/callback", secret)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        response = await answered("demo provider", _REFUSALS, self._respond(request))
        await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        match (request.method, request.scope["path"].removeprefix(PATH)):
            case ("GET", "/.well-known/openid-configuration"):
                return _json(self._described())
            case ("GET", "/jwks"):
                return _json({"keys": [self._rules.public_key]})
            case ("GET", "/authorize"):
                return await self._choose(request)
            case ("GET", "/picked"):
                return await self._chosen(request)
            case ("POST", "/token"):
                return await self._token(request)
        raise Problem("not_found")

    def _described(self) -> dict[str, Any]:
        return {
            "issuer": self._issuer,
            "authorization_endpoint": f"{self._pages}/authorize",
            "token_endpoint": f"{self._issuer}/token",
            "jwks_uri": f"{self._issuer}/jwks",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES256"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        }

    async def _choose(self, request: Request) -> Response:
        """Show who there is; a request that is not right is told so, and goes nowhere."""
        asked = _asked(request)
        try:
            self._rules.check(self._url(asked), asked)
        except OAuth2Error:
            raise Problem("invalid_request") from None
        people = [one for one in await self._security.demo_people() if one.tenant == TENANT]
        rows = "".join(
            f'<li class="item"><div class="item-words"><p class="item-title">{escape(one.name)}</p>'
            f'<p class="item-fact">{escape(", ".join(one.roles))}</p></div>'
            f'<button class="button quiet" name="who" value="{escape(one.username)}">'
            f"Sign in as {escape(one.name)}</button></li>"
            for one in people
        )
        ticked = " checked" if SECOND_FACTOR in asked.get("acr_values", "").split() else ""
        hidden = "".join(
            f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
            for name, value in asked.items()
        )
        body = _PAGE.format(action=f"{PATH}/picked", asked=hidden, people=rows, ticked=ticked)
        headers = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-store"}
        return Response(body, media_type="text/html", headers=headers)

    async def _chosen(self, request: Request) -> Response:
        # A form that is posted by a page without a Referer has no Origin either (`null`), and is
        # refused at the door; what is asked for here is a page, and its code is good once.
        asked = _asked(request)
        who, second = asked.pop("who", ""), asked.pop("second", "")
        known = {one.username for one in await self._security.demo_people() if one.tenant == TENANT}
        if who not in known:
            raise Problem("invalid_request")
        chosen = Chosen(who, second == "1", int(time.time()))
        try:
            location = self._rules.grant(self._url(asked), asked, chosen)
        except OAuth2Error:
            raise Problem("invalid_request") from None
        return Response(status_code=303, headers={"Location": location})

    async def _token(self, request: Request) -> Response:
        form = _pairs((await read_raw(request, _FORM)).decode("utf-8"))
        status, body = self._rules.redeem(f"{self._issuer}/token", form, dict(request.headers))
        return _json(body, status)

    def _url(self, asked: dict[str, str]) -> str:
        return f"{self._pages}/authorize?{urlencode(asked)}"


def _asked(request: Request) -> dict[str, str]:
    return _pairs(request.scope["query_string"].decode("ascii", "replace"))


def _pairs(text: str) -> dict[str, str]:
    """Return the parameters of a query or a form. Raises `Problem` where one stands twice."""
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=30)
    except ValueError:
        raise Problem("invalid_request") from None
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Problem("invalid_request")
    return found


def _json(value: object, status: int = 200) -> Response:
    return Response(orjson.dumps(value), status_code=status, media_type="application/json")
