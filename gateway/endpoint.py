"""From a request to an answer, for every call in the same order (a small ASGI application).

Method, session cookie, CSRF token, body, then the call itself. Whatever goes wrong leaves as
a problem whose code the call declares; what nobody foresaw is `security_unavailable`, logged
by its type alone, because its words might be a person's.
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Awaitable, Mapping
from pathlib import Path

import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from gateway.bodies import read_body
from gateway.browsers import browser_label
from gateway.calls import Asked, Call, Download, Parts, Reply
from gateway.cookies import (
    Kind,
    clearing,
    device_cookie,
    device_of,
    session_cookie,
    session_id_of,
    sso_cookie,
    sso_of,
)
from gateway.problems import Problem, problem_of, problem_response
from gateway.queries import parameters
from gateway.rotation import renewed
from security.errors import Refused
from security.model import SessionGrant

_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,128}", re.ASCII)
_POSITION = re.compile(r"[0-9a-f.]{1,128}", re.ASCII)
_UNKNOWN = "?"
_OWN_SITE = frozenset({None, "same-origin", "none"})

_log = structlog.get_logger(__name__)


class Endpoint:
    """All calls of one path."""

    def __init__(self, calls: Mapping[str, Call], parts: Parts) -> None:
        self._calls = {**calls, **_heads(calls)}
        self._parts = parts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        call = self._calls.get(request.method)
        if call is None:
            allow = ", ".join(sorted(self._calls))
            response = problem_response(Problem("method_not_allowed", headers={"Allow": allow}))
        else:
            response = await self._respond(call, request)
        await response(scope, receive, send)

    async def _respond(self, call: Call, request: Request) -> Response:
        return await answered(call.name, call.refusals, self._done(call, request))

    async def _done(self, call: Call, request: Request) -> Response:
        reply = await call.handler(self._parts, await admit(call, request))
        return answer(call, await renewed(self._parts.security, reply, request))


def _heads(calls: Mapping[str, Call]) -> dict[str, Call]:
    get = calls.get("GET")
    return {} if get is None or get.uses_up or get.streams else {"HEAD": get}


async def answered(name: str, refusals: frozenset[str], work: Awaitable[Response]) -> Response:
    """Return what `work` answers; whatever goes wrong in it leaves as one of these refusals."""
    try:
        return await work
    except Problem as problem:
        return refuse(name, refusals, problem)
    except Refused as refused:
        return refuse(name, refusals, problem_of(refused))
    except Exception as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        _log.error(
            "call_failed",
            call=name,
            error=type(error).__name__,
            where=f"{Path(where.filename).name}:{where.lineno}",
        )
        return refuse(name, refusals, Problem("security_unavailable"))


async def admit(call: Call, request: Request) -> Asked:
    """Return what the request brings; raises `Problem` where it lacks what the call demands."""
    session_id = csrf_token = ""
    if call.guard != "open":
        session_id = _session_id(request, call.cookie)
    if call.guard == "csrf":
        csrf_token = _csrf_token(request)
    reference = request.path_params.get("id", "")
    if reference and _TOKEN.fullmatch(reference) is None:
        raise Problem(call.unknown)
    query = _query(call, request.scope["query_string"]) if call.query else {}
    sso = sso_of(request.headers.getlist("cookie")) if call.knows_sso else None
    browser, device = _browser(request) if call.knows_browser else ("", None)
    last_event_id = _last_event_id(request) if call.streams else None
    body = None
    if call.body is not None:
        body = await read_body(request, call.body, optional=call.body_optional)
    address = address_of(request.scope)
    return Asked(
        address, session_id, csrf_token, reference, query, browser, device, sso, last_event_id, body
    )


def _query(call: Call, raw: bytes) -> dict[str, str]:
    """Return the parameters; raises `Problem` where one is missing, or of another form."""
    given = parameters(raw, call.query)
    for name in call.query:
        pattern = call.values.get(name)
        missing = name in call.needs and name not in given
        odd = pattern is not None and name in given and not re.fullmatch(pattern, given[name])
        if missing or odd:
            raise Problem("invalid_request", field=name)
    return given


def answer(call: Call, reply: Reply) -> Response:
    """Return the response of a call that went through; cookies follow its grant."""
    if reply.problem is not None:
        response = refuse(call.name, call.refusals, reply.problem)
    elif isinstance(reply.value, Response):
        response = reply.value
    elif isinstance(reply.value, Download):
        response = _file(reply.value)
    elif call.answer is None:
        response = Response(status_code=call.status)
    else:
        body = call.answer.dump_json(reply.value, exclude_none=True)
        response = Response(body, status_code=call.status, media_type="application/json")
    if reply.sso is not None:
        response.headers.append("set-cookie", sso_cookie(reply.sso))
    if reply.signed_out:
        response.headers.append("set-cookie", clearing(call.cookie))
    elif reply.grant is not None:
        for cookie in _cookies(reply.grant, call.cookie):
            response.headers.append("set-cookie", cookie)
    return response


def _file(file: Download) -> Response:
    """Return a file to save. Its name is plain ASCII (`security.document_model`)."""
    headers = {
        "Content-Disposition": f'attachment; filename="{file.name}"',
        "Cache-Control": "no-store",
    }
    return Response(file.content, media_type=file.media_type, headers=headers)


def refuse(name: str, refusals: frozenset[str], problem: Problem) -> Response:
    """Return the response of a refusal; one that the call does not declare fails closed."""
    if problem.code not in refusals:
        _log.error("undeclared_refusal", call=name, code=problem.code)
        problem = Problem("security_unavailable")
    _log.info("refused", call=name, code=problem.code)
    return problem_response(problem)


def address_of(scope: Scope) -> str:
    """Return the client's network address as the connection has it; no header can change it."""
    client = scope.get("client")
    return str(client[0]) if client else "unknown"


def _cookies(grant: SessionGrant, kind: Kind) -> list[str]:
    session = [session_cookie(grant.session_id, kind)] if grant.session_id is not None else []
    device = [device_cookie(grant.device)] if grant.device is not None else []
    return session + device


def _browser(request: Request) -> tuple[str, str | None]:
    agents = request.headers.getlist("user-agent")
    label = browser_label(agents[0] if len(agents) == 1 else "")
    return label, device_of(request.headers.getlist("cookie"))


def _session_id(request: Request, kind: Kind) -> str:
    session_id = session_id_of(request.headers.getlist("cookie"), kind)
    if session_id is None:
        raise Problem("session_expired")
    return session_id


def _last_event_id(request: Request) -> str | None:
    """Return where a stream goes on; what cannot be a position is one that nobody knows.

    A stream holds a place for long, so a page of another site may not even begin one: it sends no
    Origin with every kind of request, but a browser always says where that came from.
    """
    if request.headers.get("sec-fetch-site") not in _OWN_SITE:
        raise Problem("foreign_origin")
    given = request.headers.getlist("last-event-id")
    if not given:
        return None
    return given[0] if len(given) == 1 and _POSITION.fullmatch(given[0]) else _UNKNOWN


def _csrf_token(request: Request) -> str:
    given = request.headers.getlist("x-csrf-token")
    if len(given) != 1 or _TOKEN.fullmatch(given[0]) is None:
        raise Problem("csrf_failed")
    return given[0]
