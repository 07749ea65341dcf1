"""The gateway's own public face, asked from within, for what the demo shows.

A request takes the whole way of any other: host, rate, origin, cookie, token, body. It has the
address of whoever asked the demo for it, so that their limits count. No cookie and no code of it
reaches a browser.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from typing import Any

import orjson
from starlette.types import ASGIApp, Message, Scope

from gateway.cookies import NAME
from gateway.problems import Problem

JSON = "application/json"


@dataclass(frozen=True)
class Heard:
    """An answer. `body` is its JSON, or empty where it has none."""

    status: int
    content: bytes = field(repr=False)
    cookie: str | None = field(default=None, repr=False)

    @property
    def body(self) -> dict[str, Any]:
        """The JSON object of the answer."""
        try:
            read = orjson.loads(self.content)
        except orjson.JSONDecodeError:
            return {}
        return read if isinstance(read, dict) else {}


class Door:
    """Asks the application that it was opened to; before that it is `not_found`."""

    def __init__(self) -> None:
        self._app: ASGIApp | None = None
        self._host = ""

    def open(self, app: ASGIApp, host: str) -> None:
        """Lead to this application, under one of its own names."""
        self._app, self._host = app, host

    async def ask(
        self, method: str, path: str, address: str, headers: dict[str, str], body: bytes = b""
    ) -> Heard:
        """Return what the application answers."""
        if self._app is None:
            raise Problem("not_found")
        given = {"host": self._host, "content-length": str(len(body)), **headers}
        scope: Scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "https",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "root_path": "",
            "headers": [(name.encode(), value.encode("latin-1")) for name, value in given.items()],
            "client": (address, 0),
            "server": (self._host, None),
        }
        answer = _Answer(body)
        await self._app(scope, answer.receive, answer.send)
        return answer.heard()


class _Answer:
    """Both ends of one request."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._status = 0
        self._headers: list[tuple[bytes, bytes]] = []
        self._content = bytearray()

    async def receive(self) -> Message:
        """Give the whole body at once."""
        return {"type": "http.request", "body": self._body, "more_body": False}

    async def send(self, message: Message) -> None:
        """Take a part of the answer."""
        if message["type"] == "http.response.start":
            self._status, self._headers = message["status"], list(message.get("headers", ()))
        else:
            self._content += message.get("body", b"")

    def heard(self) -> Heard:
        """Return the whole of it."""
        return Heard(self._status, bytes(self._content), self._cookie())

    def _cookie(self) -> str | None:
        for name, value in self._headers:
            if name == b"set-cookie":
                try:
                    found = SimpleCookie(value.decode("latin-1")).get(NAME)
                except CookieError:
                    continue
                if found is not None:
                    return found.value
        return None
