"""Security's clients, talking to its faces in this process: no socket, the same JSON."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from typing import Any, TypeVar

import orjson
from pydantic import TypeAdapter

from runtime.callers import ASGIApp
from security.client import ActionsClient, GatewayClient
from security.errors import refusal_of

T = TypeVar("T")


async def post(
    app: ASGIApp, path: str, body: bytes, headers: Mapping[str, str] | None = None
) -> tuple[int, bytes]:
    """Post `body` to an ASGI application; return the status and the answer's bytes."""
    given = [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()]
    scope: MutableMapping[str, Any] = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [(b"content-type", b"application/json"), *given],
    }
    asked = [{"type": "http.request", "body": body, "more_body": False}]
    said: list[MutableMapping[str, Any]] = []

    async def receive() -> MutableMapping[str, Any]:
        return asked.pop() if asked else {"type": "http.disconnect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        said.append(message)

    await app(scope, receive, send)
    return said[0]["status"], b"".join(part.get("body", b"") for part in said[1:])


async def _ask[A](app: ASGIApp, path: str, answer: TypeAdapter[A], body: Mapping[str, Any]) -> A:
    given = {key: value for key, value in body.items() if value is not None}
    status, raw = await post(app, path, orjson.dumps(given))
    if status != 200:
        raise refusal_of(orjson.loads(raw))
    return answer.validate_json(raw)


class Gateway(GatewayClient):
    """What the gateway may ask."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def ask(
        self,
        path: str,
        answer: TypeAdapter[T],
        body: Mapping[str, Any],
        seconds: float | None = None,
    ) -> T:
        return await _ask(self._app, path, answer, body)


class Actions(ActionsClient):
    """What the actions may ask."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def ask(
        self,
        path: str,
        answer: TypeAdapter[T],
        body: Mapping[str, Any],
        seconds: float | None = None,
    ) -> T:
        return await _ask(self._app, path, answer, body)
