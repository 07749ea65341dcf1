"""Serves the page and the fake gateway on https://localhost, with the gateway's policy."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import orjson
import trustme
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from tests.web.fake_account import TOKEN
from tests.web.fake_challenges import RECOVERY_CODE
from tests.web.fake_gateway import TENANTS, FakeGateway, FakeSession, Json, Refusal

WEB = Path(__file__).parents[2] / "web"
COOKIE = "__Host-gatehouse"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
PAGES = {
    "/security": "security.html",
    "/admin": "admin.html",
    "/monitor": "monitor.html",
    "/push": "push.html",
    "/demo": "demo.html",
    "/demo/phone": "demo-phone.html",
    "/demo/chat": "index.html",
}
POLICIES = {
    "/demo": POLICY + "; frame-src 'self'",
    "/demo/chat": POLICY.replace("frame-ancestors 'none'", "frame-ancestors 'self'"),
}
KINDS = (
    {"authenticators/passkey": "passkey"}
    | {"authenticators/totp": "totp", "authenticators/phone": "phone"}
    | {
        "authenticators/email": "email",
        "authenticators/recovery": "recovery",
        "authenticators/password": "password",
    }
)
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


def page(request: Request) -> Response:
    """Serve the page or one of its assets."""
    name = request.path_params.get("name")
    start = WEB / PAGES.get(request.url.path, "index.html")
    file = WEB / "assets" / name if name else start
    if not file.is_file():
        return Response(status_code=404)
    policy = POLICIES.get(request.url.path, POLICY)
    headers = {"Content-Security-Policy": policy, "Content-Type": TYPES[file.suffix]}
    return Response(file.read_bytes(), headers=headers)


def json_answer(value: object, status: int = 200) -> Response:
    return Response(orjson.dumps(value), status, media_type="application/json")


def grant(gateway: FakeGateway, session: FakeSession) -> Json:
    return {"csrf_token": session.csrf, "session": gateway.view(session)}


class Routes:
    """The calls of the contract that the page uses."""

    def __init__(self, gateway: FakeGateway) -> None:
        self.gateway = gateway

    async def __call__(self, request: Request) -> Response:
        """Answer one call."""
        gateway, path = self.gateway, request.url.path
        if path == "/api/events":
            return self.events(request)
        raw = await request.body()
        body: Json = orjson.loads(raw) if raw else {}
        gateway.calls.append((request.method, path, body))
        await asyncio.to_thread(gateway.may_answer.wait, 20)
        try:
            if request.method != "GET" and gateway.failures.get(path):
                raise gateway.failures[path].popleft()
            return self.route(request, path.removeprefix("/api/"), body)
        except Refusal as refusal:
            response = json_answer(refusal.document, refusal.status)
            response.headers.update(refusal.headers)
            return response

    def events(self, request: Request) -> Response:
        """Open the stream of a session, where this gateway has any."""
        feed, after = self.gateway.feed, request.headers.get("last-event-id")
        if feed is None:
            return Response(status_code=404)
        feed.opened.append(after)
        try:
            self.gateway.session_of(request.cookies.get(COOKIE))
            if feed.refusals:
                raise feed.refusals.popleft()
        except Refusal as refusal:
            return json_answer(refusal.document, refusal.status)
        return StreamingResponse(feed.stream(after), media_type="text/event-stream")

    def route(self, request: Request, path: str, body: Json) -> Response:
        gateway, method = self.gateway, request.method
        if path == "tenants":
            return json_answer(TENANTS)
        if path == "/demo/outbox":
            return json_answer(gateway.account.outbox)
        if path.startswith("/demo/") and path != "/demo/session":
            return json_answer(gateway.demo.call(path.removeprefix("/demo/"), body))
        if (method, path) in (("POST", "session"), ("POST", "/demo/session")):
            gateway.demo.shorts += path == "/demo/session"
            cookie, fresh = gateway.new_session(body.get("tenant"))
            response = json_answer(grant(gateway, fresh), 201)
            response.set_cookie(COOKIE, cookie, secure=True, httponly=True, samesite="strict")
            return response
        if path.startswith("recover"):
            return self.recovery(path, body)
        if path == "invitations":
            return json_answer(gateway.administration.invited(body))
        if path.startswith("push/"):
            return json_answer(gateway.push.call(path.removeprefix("push/"), body))
        session = gateway.session_of(request.cookies.get(COOKIE))
        if method != "GET" and request.headers.get("x-csrf-token") != session.csrf:
            raise Refusal(403, "csrf_failed", "This page is out of date. Please reload it.")
        if path.startswith("challenges/"):
            return self.challenge(session, method, path, body)
        if path.split("/", maxsplit=1)[0] in ("sessions", "sign-ins", "authenticators"):
            return self.account(method, path, body)
        if path.startswith("admin/"):
            asked = (method, path.removeprefix("admin/"), dict(request.query_params), body)
            told = gateway.administration.call(*asked)
            return Response(status_code=204) if told is None else json_answer(told)
        if path.split("/", maxsplit=1)[0] in ("audit", "alerts"):
            return self.auditing(request, path, body)
        if path == "me" or path.startswith("me/"):
            return self.own_data(request)
        if path == "session/reauthenticate":
            return json_answer(gateway.reauthenticate(session, body))
        return self.conversation(request, session, path, body)

    def challenge(self, session: FakeSession, method: str, path: str, body: Json) -> Response:
        gateway = self.gateway
        _, name, *rest = path.split("/")
        if rest == ["answer"]:
            return json_answer(gateway.code(session, name, body))
        view = gateway.live_challenge(session, name)
        if rest == ["send"]:
            gateway.challenges.choose(view, body["method"])
            return json_answer(view)
        if method == "GET":
            gateway.challenges.look(view)
            return json_answer(view)
        session.challenge = None
        return Response(status_code=204)

    def account(self, method: str, path: str, body: Json) -> Response:
        """Factors, sessions and sign-ins."""
        account = self.gateway.account
        first, *rest = path.split("/")
        if method == "GET":
            shown = {"sessions": account.others, "sign-ins": account.sign_ins()}
            return json_answer(shown[path] if path in shown else account.view())
        if first == "sessions":
            account.end(rest[0])
            return Response(status_code=204)
        if method == "DELETE":
            return json_answer(account.change("remove", {"what": rest[0]}))
        if path in KINDS:
            return json_answer(account.change(KINDS[path], body))
        if rest[-1] == "confirm":
            return json_answer(account.confirm(rest[1], body))
        return json_answer(account.go_on(rest[1]))

    def own_data(self, request: Request) -> Response:
        """A copy of one's own data, and the end of it."""
        account = self.gateway.account
        if request.method == "DELETE":
            return json_answer(account.change("erase", {}))
        if request.method == "POST":
            return json_answer(account.ask_for_copy())
        form = request.query_params["format"]
        if account.copy_fails:
            raise Refusal(503, "security_unavailable", "We cannot check this safely right now.")
        what = "accesses" if request.url.path.endswith("/accesses") else "data"
        saved = f'attachment; filename="my-{what}-2026-11-26.{form}"'
        return Response("all of it", headers={"Content-Disposition": saved})

    def auditing(self, request: Request, path: str, body: Json) -> Response:
        """What an auditor reads; a file is saved by its name."""
        asked = (request.method, path, dict(request.query_params), body)
        told = self.gateway.auditing.call(*asked)
        if not isinstance(told, bytes):
            return json_answer(told)
        kind = path.rpartition("/")[2].replace("file", "trail")
        name = f"{kind}-2026-11-26.{request.query_params['format']}"
        saved = f'attachment; filename="{name}"'
        return Response(told, headers={"Content-Disposition": saved})

    def recovery(self, path: str, body: Json) -> Response:
        """Ask for a link, and use one."""
        if path == "recover":
            return json_answer({"status": "accepted"}, 202)
        if body["token"] != TOKEN:
            raise Refusal(410, "expired", "This link has expired.")
        if body.get("recovery_code", RECOVERY_CODE) != RECOVERY_CODE:
            raise Refusal(401, "wrong_code", "That code is not right.")
        if body.get("lost_factor") and "recovery_code" not in body:
            wait = {"ready_in_seconds": 86_400}
            raise Refusal(409, "recovery_waiting", "Please open the link again later.", **wait)
        self.gateway.account.recovered.append(body)
        return json_answer({"status": "done"})

    def conversation(
        self, request: Request, session: FakeSession, path: str, body: Json
    ) -> Response:
        gateway = self.gateway
        if (request.method, path) == ("DELETE", "session"):
            del gateway.sessions[request.cookies[COOKIE]]
            return Response(status_code=204)
        if path == "session/extend":
            gateway.touch(session)
        if path in ("session", "session/extend"):
            return json_answer({"csrf_token": session.csrf, **gateway.view(session)})
        if path.startswith("continue"):
            return json_answer(gateway.go_on(session, path, body))
        if path == "session/passkey":
            return json_answer(gateway.passkey(session))
        if path == "session/password":
            return json_answer(gateway.password(session, body))
        if request.method == "POST":
            return json_answer(gateway.say(session, body))
        return json_answer({"messages": session.past})


class _Server(uvicorn.Server):
    """Runs in a thread: signals stay with the tests."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _config(app: Starlette, folder: Path) -> uvicorn.Config:
    certificate = trustme.CA().issue_cert("localhost")
    pem = folder / "localhost.pem"
    certificate.private_key_and_cert_chain_pem.write_to_path(pem)
    config = uvicorn.Config(app, lifespan="off", ws="none", log_config=None, access_log=False)
    config.load()
    config.ssl = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    config.ssl.load_cert_chain(pem)
    return config


@contextmanager
def served(calls: Routes, folder: Path, more: Sequence[Route] = ()) -> Iterator[str]:
    """Serve until the block ends, `more` beside; gives the page's address."""
    routes = [
        *more,
        Route("/", page),
        *(Route(path, page) for path in PAGES),
        Route("/demo/{rest:path}", calls.__call__, methods=["GET", "POST"]),
        Route("/assets/{name:path}", page),
        Route("/api/{rest:path}", calls.__call__, methods=["GET", "POST", "DELETE"]),
    ]
    bound = socket.create_server(("127.0.0.1", 0))
    server = _Server(_config(Starlette(routes=routes), folder))
    thread = threading.Thread(target=server.run, args=([bound],))
    thread.start()
    try:
        yield f"https://localhost:{bound.getsockname()[1]}"
    finally:
        server.should_exit = server.force_exit = True
        thread.join()
        bound.close()
