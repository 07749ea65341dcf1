"""The demo's host page: another site, which has the chat in a frame. Demo mode alone.

It stands for a bank's own web site, with its own people signed in, so it shares nothing with the
pages of Gatehouse but this process: other name, other files, other policy, no cookie.
"""

from __future__ import annotations

import secrets
import time
from pathlib import Path

import orjson
from pydantic import TypeAdapter
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.bodies import read_body
from gateway.endpoint import address_of
from gateway.origins import DEMO_SITE
from gateway.pages import Page, page_of, served
from gateway.problems import Problem, problem_response
from gateway.rates import RateLimits
from gateway.shapes import Token
from security.model import Frozen

_TYPES = {".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8"}
_TENANT, _CUSTOMER = "northwind-bank", "C-1001"
_CHAT = b"https://chat.invalid"
"""Where the files say that the chat is; the real address is put in its place."""


class Asked(Frozen):
    """What the frame has given to be repeated."""

    nonce: Token


_ASKED = TypeAdapter(Asked)


class DemoSite:
    """Answers for the host page's name, and leaves all other names to `chat` (ASGI)."""

    def __init__(self, chat: ASGIApp, demo: Path, port: int, chat_url: str, limits: RateLimits):
        self._chat = chat
        self._authority = f"{DEMO_SITE}:{port}"
        self._pages = read_site(demo / "site", chat_url)
        self._key_file = demo / "hosts" / "northwind.key.json"
        self._audience = f"{chat_url}/embed/{_TENANT}"
        self._headers = _headers(chat_url)
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or Headers(scope=scope).get("host") != self._authority:
            return await self._chat(scope, receive, send)
        try:
            self._limits.admit("requests", address_of(scope))
            response = await self._respond(Request(scope, receive))
        except Problem as problem:
            response = problem_response(problem)
        response.headers.update(self._headers)
        return await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        path = request.scope["path"]
        if path == "/chat-token":
            return await self._token(request)
        page = self._pages.get(path)
        if page is None:
            raise Problem("not_found")
        return served(page, request)

    async def _token(self, request: Request) -> Response:
        """Say who is signed in here: always the same customer, who is a demo's."""
        if request.method != "POST":
            raise Problem("method_not_allowed", headers={"Allow": "POST"})
        if request.headers.get("origin") != f"https://{self._authority}":
            raise Problem("foreign_origin")
        asked = await read_body(request, _ASKED)
        token = self._word(asked.nonce, int(time.time()))
        return Response(orjson.dumps({"token": token}), media_type="application/json")

    def _word(self, nonce: str, now: int) -> str:
        """Return the site's word, good for a minute: what docs/embedding.md asks a host for."""
        # Ten megabytes that nothing else in this process needs.
        from joserfc import jwk, jwt  # noqa: PLC0415

        key = jwk.OKPKey.import_key(orjson.loads(self._key_file.read_bytes()))
        claims = {
            "iss": f"https://{self._authority}",
            "aud": self._audience,
            "sub": _CUSTOMER,
            "nonce": nonce,
            "jti": secrets.token_urlsafe(16),
            "iat": now,
            "exp": now + 60,
        }
        header = {"alg": "Ed25519", "typ": "JWT", "kid": key.kid}
        return jwt.encode(header, claims, key, algorithms=["Ed25519"])


def read_site(folder: Path, chat_url: str) -> dict[str, Page]:
    """Return URL path → page: `index.html` is `/`, `x.html` is `/x`, the rest as it is called."""
    pages: dict[str, Page] = {}
    for file in sorted(folder.iterdir()):
        if file.suffix in _TYPES:
            name = "/" + (file.stem if file.suffix == ".html" else file.name)
            body = file.read_bytes().replace(_CHAT, chat_url.encode())
            pages["/" if name == "/index" else name] = page_of(body, _TYPES[file.suffix])
    return pages


def _headers(chat_url: str) -> dict[str, str]:
    """Return a policy as strict as a bank's should be: one tag, and one frame."""
    policy = (
        f"default-src 'none'; script-src {chat_url}/embed.js; style-src 'self'; "
        f"frame-src {chat_url}/embed/; connect-src 'self'; form-action 'none'; base-uri 'none'; "
        "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    )
    return {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
    }
