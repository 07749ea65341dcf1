"""A site with the chat in a frame, and what the gateway answers to that frame."""

from __future__ import annotations

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.web.fake_gateway import FakeGateway, Json, Refusal
from tests.web.fake_server import (
    POLICY,
    WEB,
    Routes,
    grant,
    json_answer,
)

SITE_NAME = "northwind.localhost"
COOKIE = "__Host-gatehouse-embed"
NONCE = "n" * 64
WORD = "the.sites.word"


class FakeSite:
    """What a test says of the site, and what the site and the frame asked for."""

    def __init__(self) -> None:
        self.signed_in = True
        self.word = WORD
        self.keeps_cookies = True
        self.nonces: list[str] = []
        self.words: list[str] = []


class SiteRoutes:
    """The site's two addresses, and the frame's page and calls."""

    def __init__(self, calls: Routes, site: FakeSite) -> None:
        self._calls, self.site = calls, site

    def routes(self) -> list[Route]:
        """Return where all of it is."""
        return [
            Route("/site", self._page),
            Route("/chat-token", self._token, methods=["POST"]),
            Route("/embed.js", self._script),
            Route("/embed/{tenant}", self._frame),
            Route("/api/embed/{rest:path}", self._call, methods=["GET", "POST", "DELETE"]),
        ]

    async def _page(self, request: Request) -> Response:
        chat = f"https://localhost:{request.url.port}"
        url = ' data-token-url="/chat-token"' if self.site.signed_in else ""
        tag = f'<script src="{chat}/embed.js" data-tenant="northwind-bank"{url} async></script>'
        policy = (
            f"default-src 'none'; script-src {chat}/embed.js; frame-src {chat}/embed/; "
            "connect-src 'self'; base-uri 'none'; form-action 'none'; "
            "require-trusted-types-for 'script'; trusted-types 'none'"
        )
        body = "<main><h1>Bank</h1></main>"
        html = f'<!doctype html><html lang="en"><title>Bank</title>{tag}{body}</html>'
        return Response(html, media_type="text/html", headers={"Content-Security-Policy": policy})

    async def _token(self, request: Request) -> Response:
        self.site.nonces.append(orjson.loads(await request.body())["nonce"])
        return json_answer({"token": self.site.word})

    async def _script(self, request: Request) -> Response:
        return Response((WEB / "embed.js").read_bytes(), media_type="text/javascript")

    async def _frame(self, request: Request) -> Response:
        origin = f"https://{SITE_NAME}:{request.url.port}"
        html = (WEB / "embed.html").read_text().replace('content="hosts"', f'content="{origin}"')
        html = html.replace('content="organisation"', 'content="Northwind Bank"')
        policy = POLICY.replace("frame-ancestors 'none'", f"frame-ancestors {origin}")
        return Response(html, media_type="text/html", headers={"Content-Security-Policy": policy})

    async def _call(self, request: Request) -> Response:
        raw = await request.body()
        body: Json = orjson.loads(raw) if raw else {}
        gateway, path = self._calls.gateway, request.url.path
        gateway.calls.append((request.method, path, body))
        try:
            return self._answer(gateway, request, path.removeprefix("/api/embed/"), body)
        except Refusal as refusal:
            return json_answer(refusal.document, refusal.status)

    def _answer(self, gateway: FakeGateway, request: Request, path: str, body: Json) -> Response:
        if (request.method, path) == ("POST", "session"):
            cookie, fresh = gateway.new_session(body["tenant"])
            response = json_answer(grant(gateway, fresh), 201)
            if self.site.keeps_cookies:
                attributes = "Path=/; Secure; HttpOnly; SameSite=None; Partitioned"
                response.headers.append("set-cookie", f"{COOKIE}={cookie}; {attributes}")
            return response
        session = gateway.session_of(request.cookies.get(COOKIE))
        if request.method != "GET" and request.headers.get("x-csrf-token") != session.csrf:
            raise Refusal(403, "csrf_failed", "This page is out of date. Please reload it.")
        if path == "session/nonce":
            return json_answer({"nonce": NONCE})
        if path == "session/vouch":
            self.site.words.append(body["token"])
            if body["token"] != WORD:
                raise Refusal(401, "vouching_refused", "This site could not tell us who you are.")
            return json_answer(gateway.sign_in(session))
        if (request.method, path) == ("DELETE", "session"):
            del gateway.sessions[request.cookies[COOKIE]]
            return Response(status_code=204)
        if path == "session":
            return json_answer({"csrf_token": session.csrf, **gateway.view(session)})
        if request.method == "POST":
            return json_answer(gateway.say(session, body))
        return json_answer({"messages": session.past})
