"""Headers that every answer carries, refusals included (ASVS 3.4.1-8).

The page has no inline script or style and makes no HTML from strings, so the policy needs no
exception: no `unsafe-…`, no nonce, and no Trusted Types policy may be created at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from starlette.types import ASGIApp, Message, Receive, Scope, Send


def content_policy(
    ancestors: Iterable[str] = ("'none'",), frames: Sequence[str] = (), *, worker: bool = False
) -> str:
    """Return the Content-Security-Policy of a page that these origins alone may frame.

    It may itself frame pages of the origins `frames`. With `worker` it may make one Trusted Types
    policy, by one name: a browser wants one for the name of a service worker.
    """
    framing = f"frame-src {' '.join(frames)}"
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self'",
            "manifest-src 'self'",
            "connect-src 'self'",
            *([framing] if frames else []),
            "form-action 'none'",
            "base-uri 'none'",
            f"frame-ancestors {' '.join(ancestors)}",
            "require-trusted-types-for 'script'",
            f"trusted-types {'push-worker' if worker else "'none'"}",
        )
    )


_FEATURES = (
    "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=(), "
    "publickey-credentials-create=(self), publickey-credentials-get=(self)"
)

SECURITY_HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"content-security-policy", content_policy().encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", _FEATURES.encode()),
)

_NO_STORE = (b"cache-control", b"no-store")
_MAY_DIFFER = frozenset({b"content-security-policy", b"cross-origin-resource-policy"})
"""What an answer may say otherwise of itself: a page for frames, and the script for other sites."""


HSTS_PUBLIC = b"max-age=31536000; includeSubDomains"
HSTS_DEMO = b"max-age=3600"
"""A browser applies it to every port of `localhost`, where developers have other servers."""


def with_security_headers(app: ASGIApp, hsts: bytes = HSTS_PUBLIC) -> ASGIApp:
    """Wrap `app`: what does not name its own Cache-Control is not to be stored.

    Every answer has each of these headers, and once: `_MAY_DIFFER` says which may be its own.
    """
    always = (*SECURITY_HEADERS, (b"strict-transport-security", hsts))

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = list(message.get("headers", ()))
                if all(name != b"cache-control" for name, _ in given):
                    given.append(_NO_STORE)
                own = _MAY_DIFFER.intersection(name for name, _ in given)
                message["headers"] = [*given, *(one for one in always if one[0] not in own)]
            await send(message)

        await app(scope, receive, sending)

    return wrapped
