"""Web Push: one message for one browser, encrypted for it alone (RFC 8030, 8188, 8291, 8292).

The library encrypts and makes our header; the request itself goes through the one client for
addresses that came from outside.
"""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

import orjson

from security.adapters.outgoing import CannotReach, Outgoing
from security.adapters.posts.post import CannotSend
from security.clock import Clock
from security.tokens.vapid import PushKey

LIFE_SECONDS = 300
"""How long a push service keeps what it cannot deliver: as long as a challenge lives."""

_TOKEN_SECONDS = 3_600
_GONE = (404, 410)
_LONGEST_WAIT = 60.0


class WebPush:
    """Implements `security.adapters.posts.post.Post`; `subject` is how to reach us (RFC 8292)."""

    def __init__(self, outgoing: Outgoing, key: PushKey, subject: str, clock: Clock) -> None:
        self._outgoing = outgoing
        self._key = key
        self._subject = subject
        self._clock = clock

    async def send(self, tenant: str, to: str, subject: str, text: str) -> str | None:
        """Send `text`; `to` names a device and its subscription, as JSON. Raises `CannotSend`."""
        subscription = orjson.loads(to)["subscription"]
        endpoint = subscription["endpoint"]
        # In a thread: the library alone takes half a second to import, the first time.
        body, authorization = await asyncio.to_thread(self._sealed, subscription, text)
        headers = {
            "Authorization": authorization,
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(LIFE_SECONDS),
            "Urgency": "high",
        }
        try:
            answer = await self._outgoing.request("POST", endpoint, headers=headers, body=body)
        except CannotReach as failure:
            # A push that arrives twice shows the same notification once more, and no other.
            retry = failure.why != "not_allowed"
            raise CannotSend(failure.why, retry=retry) from None
        if answer.status in _GONE:
            raise CannotSend("gone", retry=False, status=answer.status)
        if answer.status >= 400:
            busy = answer.status == 429 or answer.status >= 500
            wait = answer.headers.get("retry-after", "")
            after = min(float(wait), _LONGEST_WAIT) if wait.isascii() and wait.isdigit() else 0.0
            raise CannotSend("not_taken", retry=busy, status=answer.status, after=after)
        return None

    async def check(self) -> None:
        """Nothing to ask: there is no push service of our own."""

    async def close(self) -> None:
        """Let go of connections."""
        await self._outgoing.close()

    def _sealed(self, subscription: dict[str, object], text: str) -> tuple[bytes, str]:
        """Return the encrypted message, and the header that says who sends it."""
        from py_vapid import Vapid02  # type: ignore[import-untyped] # noqa: PLC0415
        from pywebpush import WebPusher  # type: ignore[import-untyped] # noqa: PLC0415

        parts = urlsplit(str(subscription["endpoint"]))
        claims = {
            "aud": f"{parts.scheme}://{parts.netloc}",
            "exp": int(self._clock().timestamp()) + _TOKEN_SECONDS,
            "sub": self._subject,
        }
        body = WebPusher(subscription).encode(text.encode(), "aes128gcm")["body"]
        authorization = Vapid02(self._key.private).sign(claims)["Authorization"]
        return bytes(body), str(authorization)
