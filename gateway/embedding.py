"""The chat inside another site: its page, and the calls that are open to it.

The page may be framed by the origins that security names for its tenant, and by nobody else. Its
calls are those of the page under `/api/embed`, as far as they need no proof: they know the
frame's own cookie alone, and security refuses such a session everywhere else.
"""

from __future__ import annotations

import re
from dataclasses import replace
from html import escape

from pydantic import TypeAdapter
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from gateway.answers import SessionStarted, started
from gateway.calls import ALWAYS, Asked, Call, Parts, Reply
from gateway.endpoint import answered
from gateway.headers import content_policy
from gateway.messages import message_calls
from gateway.pages import Page, page_of, served
from gateway.ports import Security
from gateway.problems import Problem
from gateway.sessions import session_calls
from gateway.shapes import HostToken, NewEmbedded
from security.model import Embedding, Nonce

PATH = "/embed/{tenant}"
_API = "/api/embed"
_OPEN = frozenset(
    {
        ("GET", "/api/session"),
        ("DELETE", "/api/session"),
        ("POST", "/api/session/extend"),
        ("GET", "/api/messages"),
        ("POST", "/api/messages"),
    }
)
"""The calls of the page that a frame has as well: none of them takes a proof."""

_TENANT = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}", re.ASCII)
_HOSTS, _NAME = b'content="hosts"', b'content="organisation"'
_REFUSALS = ALWAYS | {"method_not_allowed", "not_found"}


class Frame:
    """Serves the page of a frame (a small ASGI application)."""

    def __init__(self, security: Security, page: bytes) -> None:
        self._security = security
        self._page = page
        self._made: dict[str, tuple[Embedding, Page]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        response = await answered("GET /embed", _REFUSALS, self._respond(request))
        await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        tenant = request.path_params["tenant"]
        if _TENANT.fullmatch(tenant) is None:
            raise Problem("not_found")
        embedding = await self._security.embedding(tenant)
        response = served(self._filled(tenant, embedding), request)
        response.headers["content-security-policy"] = content_policy(embedding.origins)
        return response

    def _filled(self, tenant: str, embedding: Embedding) -> Page:
        """Return the page that knows its hosts and its organisation, made once while they stay."""
        made = self._made.get(tenant)
        if made is None or made[0] != embedding:
            body = self._page.replace(_HOSTS, _content(" ".join(embedding.origins)))
            body = body.replace(_NAME, _content(embedding.name))
            made = (embedding, page_of(body, "text/html; charset=utf-8"))
            self._made[tenant] = made
        return made[1]


def _content(text: str) -> bytes:
    return b'content="%s"' % escape(text, quote=True).encode()


async def create_session(parts: Parts, asked: Asked) -> Reply:
    """Begin an anonymous session in a frame, of one tenant for good."""
    body: NewEmbedded = asked.body
    grant = await parts.security.begin_embedded(body.tenant, asked.address, asked.browser)
    return Reply(started(grant), grant)


async def ask_for_nonce(parts: Parts, asked: Asked) -> Reply:
    """Return what the host's word has to repeat."""
    return Reply(await parts.security.host_nonce(asked.session_id, asked.csrf_token))


async def vouch(parts: Parts, asked: Asked) -> Reply:
    """Take the host's word for who is signed in there; security says what it is worth."""
    body: HostToken = asked.body
    grant = await parts.security.vouch(asked.session_id, asked.csrf_token, body.token)
    return Reply(started(grant), grant)


def embedded_calls() -> tuple[Call, ...]:
    """Return the calls of this module, and those of the page that are open to a frame."""
    pages = (*session_calls(), *message_calls())
    return (
        Call(
            "POST",
            f"{_API}/session",
            "Begin an anonymous session inside another site",
            create_session,
            TypeAdapter(SessionStarted),
            status=201,
            body=TypeAdapter(NewEmbedded),
            knows_browser=True,
            guard="open",
            cookie="embed",
            rate="sessions",
            may_refuse=frozenset({"not_found"}),
        ),
        Call(
            "POST",
            f"{_API}/session/nonce",
            "Ask what the host site's word has to repeat",
            ask_for_nonce,
            TypeAdapter(Nonce),
            cookie="embed",
        ),
        Call(
            "POST",
            f"{_API}/session/vouch",
            "Bring the host site's word for who is signed in there",
            vouch,
            TypeAdapter(SessionStarted),
            body=TypeAdapter(HostToken),
            cookie="embed",
            rate="sign_ins",
            may_refuse=frozenset({"vouching_refused"}),
        ),
        *(_embedded(call) for call in pages if (call.method, call.path) in _OPEN),
    )


def _embedded(call: Call) -> Call:
    path = _API + call.path.removeprefix("/api")
    summary = f"{call.summary} (inside another site)"
    return replace(call, path=path, summary=summary, cookie="embed")
