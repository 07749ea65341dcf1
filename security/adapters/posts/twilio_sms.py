"""SMS by Twilio: its own client, over a connection of ours that is bounded in time and size."""

from __future__ import annotations

import logging
from typing import Any

import aiohttp
from twilio.base.exceptions import TwilioException  # type: ignore[import-untyped]
from twilio.http import AsyncHttpClient  # type: ignore[import-untyped]
from twilio.http.response import Response  # type: ignore[import-untyped]
from twilio.rest import Client  # type: ignore[import-untyped]

from security.adapters.posts.forms import TwilioForm, is_number
from security.adapters.posts.post import CannotSend

MAX_ANSWER_BYTES = 65_536
_CONNECT_SECONDS = 4.0
_TOTAL_SECONDS = 10.0
_TRY_LATER = (429, 503)


class TwilioSms:
    """Implements `security.adapters.posts.post.Post`; of one event loop.

    `status_url` is where Twilio tells how each message fares.
    """

    def __init__(self, form: TwilioForm, status_url: str | None = None) -> None:
        self._form = form
        self._status_url = status_url
        self._http = _Http()
        # With an environment of its own the client takes no setting from the process's.
        self._client = Client(
            form.account_sid,
            form.auth_token,
            http_client=self._http,
            environment={"TWILIO_REGION": ""},
        )
        if form.loopback_url is not None:
            self._client.api.base_url = form.loopback_url

    async def send(self, tenant: str, to: str, subject: str, text: str) -> str | None:
        """Send an SMS from the tenant's number, or else by the messaging service."""
        if not is_number(to):
            raise CannotSend("not_a_number", retry=False)
        told = {"status_callback": self._status_url} if self._status_url else {}
        sent = await self._ask(
            self._client.messages.create_async(to=to, body=text, **self._sender(tenant), **told)
        )
        return str(sent.sid) if sent.sid else None

    async def check(self) -> None:
        """Look at our own account: the address is reached, the credentials are right."""
        await self._ask(self._client.api.accounts(self._form.account_sid).fetch_async())

    async def close(self) -> None:
        """Let go of connections."""
        await self._http.close()

    def _sender(self, tenant: str) -> dict[str, str]:
        number = self._form.numbers.get(tenant)
        if number is not None:
            return {"from_": number}
        if self._form.messaging_service_sid is None:
            raise CannotSend("no_number_of_tenant", retry=False)
        return {"messaging_service_sid": self._form.messaging_service_sid}

    async def _ask(self, question: Any) -> Any:
        try:
            return await question
        except TwilioException as error:
            status = getattr(error, "status", None)
            raise CannotSend(f"status_{status}", retry=status in _TRY_LATER) from None
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            # Nothing has been asked yet, so nothing was sent.
            raise CannotSend(type(error).__name__, retry=True) from None
        except Exception as error:  # Among them what its client makes of a broken answer.
            raise CannotSend(type(error).__name__, retry=False) from None


class _Http(AsyncHttpClient):  # type: ignore[misc]
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
        """Ask one question; redirects are not followed."""
        given = dict(headers or {})
        if auth is not None:
            given["Authorization"] = aiohttp.encode_basic_auth(*auth)
        async with self._open().request(
            method, url, params=params, data=data, headers=given, allow_redirects=False
        ) as reply:
            raw = await _bounded(reply.content)
            return Response(reply.status, raw.decode(errors="replace"), None)

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


async def _bounded(content: aiohttp.StreamReader) -> bytes:
    read = bytearray()
    async for chunk in content.iter_any():
        read += chunk
        if len(read) > MAX_ANSWER_BYTES:
            raise ValueError("the answer is too large")
    return bytes(read)
