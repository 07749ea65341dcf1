"""One call of an ASGI application, without a client between: ten thousand are made of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, MutableMapping
from typing import Any


async def ask(
    app: Any,
    method: str,
    path: str,
    query: str,
    headers: Mapping[str, str],
    body: Mapping[str, Any] | None,
) -> tuple[int, str]:
    """Return the answer's status and text."""
    content = b"" if body is None else json.dumps(body).encode()
    given = {"host": "banking", **headers}
    if body is not None:
        given["content-type"] = "application/json"
    scope: MutableMapping[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": query.encode(),
        "headers": [(name.lower().encode(), value.encode()) for name, value in given.items()],
    }
    asked = [{"type": "http.request", "body": content, "more_body": False}]
    said: list[MutableMapping[str, Any]] = []

    async def receive() -> MutableMapping[str, Any]:
        return asked.pop() if asked else {"type": "http.disconnect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        said.append(message)

    await app(scope, receive, send)
    return said[0]["status"], b"".join(part.get("body", b"") for part in said[1:]).decode()
