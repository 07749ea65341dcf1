"""Headers that every answer carries, refusals included (ASVS 3.4.1-8).

The page has no inline script or style and makes no HTML from strings, so the policy needs no
exception: no `unsafe-…`, no nonce, and no Trusted Types policy may be created at all.
"""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "manifest-src 'self'",
        "connect-src 'self'",
        "form-action 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)

_FEATURES = "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()"

SECURITY_HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"content-security-policy", _POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", _FEATURES.encode()),
)

_NO_STORE = (b"cache-control", b"no-store")


HSTS_PUBLIC = b"max-age=31536000; includeSubDomains"
HSTS_DEMO = b"max-age=3600"
"""A browser applies it to every port of `localhost`, where developers have other servers."""


def with_security_headers(app: ASGIApp, hsts: bytes = HSTS_PUBLIC) -> ASGIApp:
    """Wrap `app`: what does not name its own Cache-Control is not to be stored."""
    always = (*SECURITY_HEADERS, (b"strict-transport-security", hsts))

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = list(message.get("headers", ()))
                if all(name != b"cache-control" for name, _ in given):
                    given.append(_NO_STORE)
                message["headers"] = [*given, *always]
            await send(message)

        await app(scope, receive, sending)

    return wrapped
