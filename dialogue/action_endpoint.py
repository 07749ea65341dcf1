"""The arrow from Rasa to the actions: one kept session over a Unix socket, with its credential."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import aiohttp
from rasa.utils.endpoints import ClientResponseError, EndpointConfig

from dialogue.settings import NotConfigured
from runtime.carrying import carried

_TIMEOUT = aiohttp.ClientTimeout(total=25)
_HEALTH_TIMEOUT = aiohttp.ClientTimeout(total=1)
# Shorter than the other side's, so that no call is sent on a connection about to be closed.
_IDLE_SECONDS = 60


class ActionEndpoint(EndpointConfig):
    """Rasa's endpoint, except that it opens no session of its own for each call."""

    def __init__(self, url: str, socket: Path, credential: str) -> None:
        super().__init__(url=url)
        self._socket = socket
        self._credential = credential
        self._kept: aiohttp.ClientSession | None = None

    @classmethod
    def from_config(
        cls, config: EndpointConfig | None, run_dir: Path, credential: str
    ) -> ActionEndpoint:
        """Return the endpoint of `endpoints.yml`. Raises `NotConfigured` for any other kind."""
        if config is None or set(config.kwargs) != {"unix_socket"} or not config.url:
            raise NotConfigured("endpoints.yml: action_endpoint needs `url` and `unix_socket`")
        return cls(config.url, run_dir / config.kwargs["unix_socket"], credential)

    async def request(
        self,
        method: str = "post",
        subpath: str | None = None,
        content_type: str | None = "application/json",
        compress: bool = False,
        **kwargs: Any,
    ) -> Any:
        """Call an action. Returns its JSON; raises `aiohttp.ClientError` for anything else."""
        told = carried()
        async with self._session().post(self.url, json=kwargs["json"], headers=told) as reply:
            if reply.status != 200:
                raise ClientResponseError(reply.status, reply.reason, await reply.text())
            return await reply.json()

    async def healthy(self) -> bool:
        """Tell whether the actions answer."""
        try:
            url = "http://actions/healthz"
            async with self._session().get(url, timeout=_HEALTH_TIMEOUT) as reply:
                return reply.status == 200
        except (aiohttp.ClientError, asyncio.TimeoutError, OSError):
            return False

    async def close(self) -> None:
        """Close the kept connections."""
        if self._kept is not None:
            await self._kept.close()

    def _session(self) -> aiohttp.ClientSession:
        if self._kept is None or self._kept.closed:
            self._kept = aiohttp.ClientSession(
                connector=aiohttp.UnixConnector(
                    str(self._socket), limit=100, keepalive_timeout=_IDLE_SECONDS
                ),
                headers={"Authorization": f"Bearer {self._credential}"},
                timeout=_TIMEOUT,
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._kept
