"""Each caller proves itself with the credential of its listener (a pure ASGI wrapper).

A socket's file rights already keep strangers out; the credential also keeps a neighbour
out that can reach the socket but was not given this arrow. `GET /healthz` needs none.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]

_REFUSAL = b'{"type":"about:blank","title":"Unauthorized","status":401,"code":"unknown_caller"}'


def bearer(credential: str) -> dict[str, str]:
    """Return the request header that presents `credential`."""
    return {"Authorization": f"Bearer {credential}"}


def presents(authorization: str | bytes | None, credential: str) -> bool:
    """Tell, in constant time, whether an Authorization header carries `credential`."""
    if authorization is None:
        return False
    # As text it may hold anything, also halves of letters: nothing of it may fail here.
    if isinstance(authorization, str):
        authorization = authorization.encode("utf-8", "surrogatepass")
    return hmac.compare_digest(authorization, f"Bearer {credential}".encode())


def require_caller(app: ASGIApp, credential: str) -> ASGIApp:
    """Wrap `app` so that it answers 401 to whoever does not present `credential`."""
    if len(credential) < 32:
        raise ValueError("a caller credential has at least 32 characters")

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] == "/healthz":
            await app(scope, receive, send)
            return
        given = [value for name, value in scope["headers"] if name == b"authorization"]
        if len(given) == 1 and presents(given[0], credential):
            await app(scope, receive, send)
            return
        headers = [(b"content-type", b"application/problem+json")]
        await send({"type": "http.response.start", "status": 401, "headers": headers})
        await send({"type": "http.response.body", "body": _REFUSAL})

    return guarded
