"""How we speak to Twilio: its own client, over a connection that is bounded in time and size."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Mapping
from typing import Any

import aiohttp
from twilio.base.exceptions import TwilioException  # type: ignore[import-untyped]
from twilio.http import AsyncHttpClient  # type: ignore[import-untyped]
from twilio.http.response import Response  # type: ignore[import-untyped]
from twilio.rest import Client  # type: ignore[import-untyped]

from security.adapters.posts.forms import TwilioForm
from security.adapters.posts.post import CannotSend

MAX_ANSWER_BYTES = 65_536
_CONNECT_SECONDS = 4.0
_TOTAL_SECONDS = 10.0
_TOO_MANY, _UNAVAILABLE = 429, 503
_DIGITS = 8


class Connection:
    """Twilio's client for one account; of one event loop."""

    def __init__(self, form: TwilioForm, http: Http | None = None) -> None:
        self._http = http or Http()
        # With an environment of its own the client takes no setting from the process's.
        self.client = Client(
            form.account_sid,
            form.auth_token,
            http_client=self._http,
            environment={"TWILIO_REGION": ""},
        )
        if form.loopback_url is not None:
            self.client.api.base_url = self.client.verify.base_url = form.loopback_url

    async def ask(self, question: Awaitable[Any]) -> Any:
        """Return the answer. Raises `CannotSend`; its `status` is what the service answered."""
        try:
            return await question
        except CannotSend:
            raise
        except TwilioException as error:
            status = getattr(error, "status", None)
            retry = status == _UNAVAILABLE
            raise CannotSend(f"status_{status}", retry=retry, status=status) from None
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            # Nothing has been asked yet, so nothing was sent.
            raise CannotSend(type(error).__name__, retry=True) from None
        except Exception as error:  # Among them what its client makes of a broken answer.
            raise CannotSend(type(error).__name__, retry=False) from None

    async def close(self) -> None:
        """Let go of connections."""
        await self._http.close()


class Http(AsyncHttpClient):  # type: ignore[misc]
    """What Twilio's client speaks through.

    Its own one (9.13) has no time limit, reads answers of any size and remembers the last
    request, code and all.
    """

    def __init__(self) -> None:
        super().__init__(logging.getLogger("twilio"), is_async=True)
        self._session: aiohttp.ClientSession | None = None

    async def request(
        self,
        method: str,
        url: str,
        params: dict[str, Any] | None = None,
        data: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - the signature is Twilio's.
        allow_redirects: bool = False,
    ) -> Response:
        """Ask one question; redirects are not followed.

        Raises `CannotSend` where there were too many: when to come again stands in a header,
        which Twilio's client passes on to nobody.
        """
        given = dict(headers or {})
        if auth is not None:
            given["Authorization"] = aiohttp.encode_basic_auth(*auth)
        status, told, raw = await self.exchange(method, url, params, data, given)
        if status == _TOO_MANY:
            after = seconds_of(told.get("Retry-After"))
            raise CannotSend(f"status_{status}", retry=True, status=status, after=after)
        return Response(status, raw.decode(errors="replace"), None)

    async def exchange(
        self,
        method: str,
        url: str,
        params: dict[str, Any] | None,
        data: dict[str, Any] | None,
        headers: dict[str, str],
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Return status, headers and body of one answer."""
        async with self._open().request(
            method, url, params=params, data=data, headers=headers, allow_redirects=False
        ) as reply:
            return reply.status, reply.headers, await _bounded(reply.content)

    async def close(self) -> None:
        """Let go of connections."""
        if self._session is not None:
            await self._session.close()

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=8, keepalive_timeout=30),
                timeout=aiohttp.ClientTimeout(total=_TOTAL_SECONDS, sock_connect=_CONNECT_SECONDS),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session


def seconds_of(retry_after: str | None) -> float:
    """Return the whole seconds of a Retry-After header (RFC 9110 10.2.3); 0 for a date or none."""
    text = (retry_after or "").strip()
    return float(text) if text.isascii() and text.isdigit() and len(text) < _DIGITS else 0.0


async def _bounded(content: aiohttp.StreamReader) -> bytes:
    read = bytearray()
    async for chunk in content.iter_any():
        read += chunk
        if len(read) > MAX_ANSWER_BYTES:
            raise ValueError("the answer is too large")
    return bytes(read)
