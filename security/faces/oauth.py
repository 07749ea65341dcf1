"""The authorization server's listener: forms in, JSON out (RFC 6749, 7009, 7662, 8414).

No credential guards it: every client proves itself with each request, and what is public is
public. Whatever is not foreseen denies, and says nothing of itself.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

import orjson
import structlog

from runtime.callers import Receive, Scope, Send
from security.services.oauth import GRANT_TYPES, AuthorizationServer
from security.services.oauth_errors import OAuthError
from security.tokens.compact import ALGORITHM
from security.tokens.keys import PublishedKeys

MOST_BYTES = 32_768
_FORM = b"application/x-www-form-urlencoded"
_MOST_FIELDS = 20
_log = structlog.get_logger(__name__)


def metadata(issuer: str) -> dict[str, Any]:
    """Return the metadata document (RFC 8414 section 2)."""
    said: dict[str, Any] = {
        "issuer": issuer,
        "token_endpoint": f"{issuer}/token",
        "jwks_uri": f"{issuer}/jwks",
        "introspection_endpoint": f"{issuer}/introspect",
        "revocation_endpoint": f"{issuer}/revoke",
        "response_types_supported": [],
        "grant_types_supported": list(GRANT_TYPES),
        "dpop_signing_alg_values_supported": [ALGORITHM],
    }
    for endpoint in ("token", "introspection", "revocation"):
        said[f"{endpoint}_endpoint_auth_methods_supported"] = ["private_key_jwt"]
        said[f"{endpoint}_endpoint_auth_signing_alg_values_supported"] = [ALGORITHM]
    return said


class OAuthFace:
    """The application of one listener (ASGI, HTTP alone)."""

    def __init__(self, server: AuthorizationServer, keys: PublishedKeys, issuer: str) -> None:
        self._server = server
        self._keys = keys
        self._metadata = orjson.dumps(metadata(issuer))
        self._posts: Mapping[str, Callable[[dict[str, str], str | None], Awaitable[Any]]] = {
            "/token": server.token,
            "/introspect": lambda form, _proof: server.introspect(form),
            "/revoke": lambda form, _proof: server.revoke(form),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            raise RuntimeError("a face speaks HTTP alone")
        method, path = scope["method"], scope["path"]
        if method == "GET" and path == "/healthz":
            await _send(send, 200, b'{"ready":true}')
        elif method == "GET" and path == "/.well-known/oauth-authorization-server":
            await _send(send, 200, self._metadata)
        elif method == "GET" and path == "/jwks":
            await _send(send, 200, self._keys.document)
        elif path in self._posts:
            await self._post(path, scope, receive, send)
        else:
            await _send(send, 404, b'{"error":"not_found"}')

    async def _post(self, path: str, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            if scope["method"] != "POST":
                raise OAuthError("invalid_request")
            form = await _form(scope, receive)
            answer = await self._posts[path](form, _proof(scope))
        except OAuthError as refused:
            said = {"error": refused.error, "error_description": refused.description}
            await _send(send, refused.status, orjson.dumps({**said, **refused.details}))
        except Exception as error:
            _log.error("unforeseen", path=path, kind=type(error).__name__)
            await _send(send, 503, b'{"error":"temporarily_unavailable"}')
        else:
            await _send(send, 200, b"" if answer is None else orjson.dumps(answer))


def _headers(scope: Scope, name: bytes) -> list[bytes]:
    return [value for given, value in scope["headers"] if given == name]


def _proof(scope: Scope) -> str | None:
    given = _headers(scope, b"dpop")
    if len(given) > 1:
        raise OAuthError("invalid_dpop_proof")
    return given[0].decode("latin-1") if given else None


async def _form(scope: Scope, receive: Receive) -> dict[str, str]:
    """Read a form; a parameter that stands twice is refused (RFC 6749 section 3.2)."""
    kind = _headers(scope, b"content-type")
    if len(kind) != 1 or kind[0].partition(b";")[0].strip().lower() != _FORM:
        raise OAuthError("invalid_request")
    if _headers(scope, b"authorization") or scope["query_string"]:
        # Two ways of proving oneself, or secrets in an address: neither is served.
        raise OAuthError("invalid_request")
    raw = await _body(receive)
    try:
        pairs = parse_qsl(
            raw.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(raw),
            errors="strict",
            max_num_fields=_MOST_FIELDS,
        )
    except ValueError:
        raise OAuthError("invalid_request") from None
    if len({name for name, _ in pairs}) != len(pairs):
        raise OAuthError("invalid_request")
    # An empty parameter is as good as none (RFC 6749 section 3.1).
    return {name: value for name, value in pairs if value}


async def _body(receive: Receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise OAuthError("invalid_request")
        body += bytes(message.get("body", b""))
        if len(body) > MOST_BYTES:
            raise OAuthError("invalid_request")
        if not message.get("more_body", False):
            return body


async def _send(send: Send, status: int, body: bytes) -> None:
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
