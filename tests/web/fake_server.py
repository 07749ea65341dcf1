"""Serves the page and the fake gateway on https://localhost, with the gateway's policy."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson
import trustme
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.web.fake_gateway import TENANTS, FakeGateway, FakeSession, Json, Refusal

WEB = Path(__file__).parents[2] / "web"
COOKIE = "__Host-gatehouse"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
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
    file = WEB / "assets" / name if name else WEB / "index.html"
    if not file.is_file():
        return Response(status_code=404)
    headers = {"Content-Security-Policy": POLICY, "Content-Type": TYPES[file.suffix]}
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

    def route(self, request: Request, path: str, body: Json) -> Response:
        gateway, method = self.gateway, request.method
        if path == "tenants":
            return json_answer(TENANTS)
        if (method, path) == ("POST", "session"):
            cookie, fresh = gateway.new_session(body.get("tenant"))
            response = json_answer(grant(gateway, fresh), 201)
            response.set_cookie(COOKIE, cookie, secure=True, httponly=True, samesite="strict")
            return response
        session = gateway.session_of(request.cookies.get(COOKIE))
        if method != "GET" and request.headers.get("x-csrf-token") != session.csrf:
            raise Refusal(403, "csrf_failed", "This page is out of date. Please reload it.")
        if path.startswith("challenges/"):
            return self.challenge(session, method, path.split("/")[1], body)
        return self.conversation(request, session, path, body)

    def challenge(self, session: FakeSession, method: str, name: str, body: Json) -> Response:
        gateway = self.gateway
        if method == "POST":
            return json_answer(gateway.code(session, name, body))
        view = gateway.live_challenge(session, name)
        if method == "GET":
            return json_answer(view)
        session.challenge = None
        return Response(status_code=204)

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
def served(calls: Routes, folder: Path) -> Iterator[str]:
    """Serve until the block ends; gives the page's address."""
    routes = [
        Route("/", page),
        Route("/assets/{name}", page),
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
