"""The one client for URLs that somebody gave us: push services, identity providers, webhooks.

`https` alone, hosts of a list alone, no redirect, public addresses alone, everything bounded;
this machine only where a development setting says so (`security/reach.py`). APIs have a client of
their own (`api_client.py`), over the same connections.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
from yarl import URL

from security.adapters.connecting import ReachingResolver, trusted_tls
from security.reach import AllowedHosts, Reach, may_ask

MOST_BYTES = 1_048_576
_CONNECTIONS = 20
_FAILED = (aiohttp.ClientError, TimeoutError, OSError, ValueError)


class CannotReach(Exception):
    """Nothing that can be used came back. `why` is a constant for the log, never a URL.

    `sent`: the request may have arrived; where it is false, it surely has not.
    """

    def __init__(self, why: str, *, sent: bool) -> None:
        super().__init__(why)
        self.why = why
        self.sent = sent


@dataclass(frozen=True)
class Answer:
    """What came back, whole; the names of `headers` are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


class Outgoing:
    """Asks hosts of one list. Use it as a context, or close it."""

    def __init__(
        self,
        allowed: AllowedHosts,
        reach: Reach | None = None,
        ca_file: Path | None = None,
        seconds: float = 5.0,
    ) -> None:
        """Read the certificates. Raises `ValueError` or `OSError` where they cannot be used.

        `seconds` is for one request, all in all; `ca_file` replaces the system's authorities.
        """
        self._allowed = allowed
        self._reach = reach or Reach()
        self._tls: ssl.SSLContext = trusted_tls(ca_file)
        self._seconds = seconds
        self._pool: aiohttp.ClientSession | None = None

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
    ) -> Answer:
        """Ask once. Raises `CannotReach`."""
        if not may_ask(url, self._allowed, self._reach):
            raise CannotReach("not_allowed", sent=False)
        try:
            async with self._opened().request(
                method,
                URL(url, encoded=True),
                headers=headers,
                data=body or None,
                allow_redirects=False,
            ) as reply:
                return await _read(reply)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
            raise CannotReach("no_connection", sent=False) from None
        except _FAILED as error:
            raise CannotReach(type(error).__name__, sent=True) from None

    async def close(self) -> None:
        """Let go of the connections."""
        if self._pool is not None:
            await self._pool.close()

    def _opened(self) -> aiohttp.ClientSession:
        """Return the pool: made with the first request, for it needs the running loop."""
        if self._pool is None:
            self._pool = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    ssl=self._tls,
                    resolver=ReachingResolver(self._reach, aiohttp.DefaultResolver()),
                    limit=_CONNECTIONS,
                ),
                timeout=aiohttp.ClientTimeout(total=self._seconds),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                trust_env=False,
                skip_auto_headers=("User-Agent", "Accept-Encoding"),
            )
        return self._pool


async def _read(reply: aiohttp.ClientResponse) -> Answer:
    if 300 <= reply.status < 400:
        raise CannotReach("redirected", sent=True)
    if reply.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
        raise CannotReach("compressed", sent=True)
    chunks: list[bytes] = []
    size = 0
    async for chunk in reply.content.iter_any():
        size += len(chunk)
        if size > MOST_BYTES:
            raise CannotReach("too_large", sent=True)
        chunks.append(chunk)
    told = {name.lower(): value for name, value in reply.headers.items()}
    return Answer(reply.status, told, b"".join(chunks))
