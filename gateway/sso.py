"""Sign-ins at a provider: where the browser goes, what it comes back with, and logouts.

The way back is a page, because the session's own cookie stays behind where another site sends
the browser (SameSite=Strict): that page takes code and state out of its address and posts them.
"""

from __future__ import annotations

import re
from typing import Literal
from urllib.parse import parse_qsl

from pydantic import TypeAdapter
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from gateway.bodies import read_raw
from gateway.calls import ALWAYS, WITH_BODY, Asked, Call, Parts, Reply
from gateway.endpoint import answered
from gateway.pages import Page, served
from gateway.ports import Security
from gateway.problems import Problem
from gateway.resuming import resume
from gateway.rotation import latest
from gateway.shapes import GoOnWithSso, StartSso
from gateway.turns import Holder
from security.model import Frozen, Message, SessionView

CALLBACK, START = "/sso/callback", "/sso/{tenant}/start"
LOGOUT = "/sso/{tenant}/backchannel-logout"
DEMO_PROVIDER = "/demo/provider"
_TENANT = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}", re.ASCII)
_FORM = "application/x-www-form-urlencoded"
_PAGE_REFUSALS = ALWAYS | {"method_not_allowed", "not_found"}
_LOGOUT_REFUSALS = _PAGE_REFUSALS | WITH_BODY | {"logout_refused"}
_NOT_RESUMED = "You are signed in, but what you asked for could not be finished. Please ask again."


class SsoGoing(Frozen):
    """Where the browser goes."""

    location: str


class SsoAnswer(Frozen):
    """It counted; `messages` are those of what waited for it. `next` is the page to go on at."""

    status: Literal["passed"] = "passed"
    session: SessionView
    csrf_token: str
    messages: list[Message]
    next: Literal["/", "/security"]


async def start_sso(parts: Parts, asked: Asked) -> Reply:
    """Begin: to sign in, for one challenge or one change, or in the place of a password."""
    body: StartSso = asked.body
    started = await parts.security.start_sso(
        asked.session_id,
        asked.csrf_token,
        body.tenant,
        provider=body.provider or None,
        challenge=body.challenge or None,
        change=body.change or None,
        reauthenticate=body.reauthenticate,
    )
    return Reply(SsoGoing(location=started.location), sso=started.browser)


async def go_on_with_sso(parts: Parts, asked: Asked) -> Reply:
    """Take in what came back, once; what waited for it runs at once, in a turn of its own."""
    body: GoOnWithSso = asked.body
    passed = await parts.security.go_on_with_sso(
        asked.session_id,
        asked.csrf_token,
        asked.sso or "none",
        body.state,
        body.code or None,
        body.iss or None,
    )
    grant, messages = passed.grant, list[Message]()
    if passed.resume:
        holder = Holder(grant.session_id or asked.session_id, grant.csrf_token)
        result, _ = await resume(parts, holder)
        messages = result.messages
        if result.failed is not None:
            messages = [Message(text=_NOT_RESUMED, refused=result.failed.code)]
        grant = latest(grant, result.grant) or grant
    at_security = passed.purpose in ("link", "reauthenticate") or passed.enrol
    answer = SsoAnswer(
        session=grant.session,
        csrf_token=grant.csrf_token,
        messages=messages,
        next="/security" if at_security else "/",
    )
    return Reply(answer, grant, sso="")


def sso_calls() -> tuple[Call, ...]:
    """Return the calls of this module."""
    about = {"unknown_provider", "sso_unavailable", "method_off", "authentication_required"}
    return (
        Call(
            "POST",
            "/api/sso/start",
            "Go to a provider: to sign in, or to prove it anew",
            start_sso,
            TypeAdapter(SsoGoing),
            body=TypeAdapter(StartSso),
            rate="sign_ins",
            may_refuse=frozenset(about)
            | {"unknown_challenge", "unknown_change", "unknown_method", "expired"},
        ),
        Call(
            "POST",
            "/api/sso/continue",
            "Bring what came back from a provider",
            go_on_with_sso,
            TypeAdapter(SsoAnswer),
            body=TypeAdapter(GoOnWithSso),
            knows_sso=True,
            rate="sign_ins",
            may_refuse=frozenset(about)
            | {"sso_refused", "sso_unlinked", "sso_too_weak", "sso_taken"}
            | {"unknown_change", "expired"},
        ),
    )


class SsoPage:
    """Serves the page that goes to a provider, under the address that portals link to."""

    def __init__(self, page: Page) -> None:
        self._page = page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope)
        response = await answered("GET /sso", _PAGE_REFUSALS, self._respond(request))
        await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        tenant = request.path_params.get("tenant")
        if tenant is not None and _TENANT.fullmatch(tenant) is None:
            raise Problem("not_found")
        return served(self._page, request)


class SsoLogout:
    """Takes a provider's logout tokens (Back-Channel Logout 1.0 section 2.8)."""

    def __init__(self, security: Security) -> None:
        self._security = security

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        name = f"{request.method} {LOGOUT}"
        response = await answered(name, _LOGOUT_REFUSALS, self._done(request))
        await response(scope, receive, send)

    async def _done(self, request: Request) -> Response:
        if request.method != "POST":
            raise Problem("method_not_allowed", headers={"Allow": "POST"})
        tenant = request.path_params["tenant"]
        if _TENANT.fullmatch(tenant) is None:
            raise Problem("not_found")
        await self._security.log_out_by_provider(tenant, _token(await read_raw(request, _FORM)))
        return Response(headers={"Cache-Control": "no-store"})


def _token(body: bytes) -> str:
    """Return the one `logout_token` of a form. Raises `Problem`."""
    try:
        pairs = parse_qsl(body.decode("ascii"), max_num_fields=10)
    except ValueError:
        raise Problem("invalid_request") from None
    tokens = [value for name, value in pairs if name == "logout_token"]
    if len(tokens) != 1:
        raise Problem("invalid_request")
    return tokens[0]
