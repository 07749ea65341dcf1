"""Fetches the spans of all processes each second and hands them to a collector (OTLP over HTTP).

Traces are no record: those that cannot be handed over go, and the log says that they did.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import structlog

from security.adapters.outgoing import CannotReach, Outgoing
from telemetry.spans import request

EVERY_SECONDS = 1.0
_log = structlog.get_logger(__name__)

Take = Callable[[], Awaitable[Mapping[str, bytes | None]]]


class Traces:
    """Hands spans over until it is cancelled. `token` is shown to the collector, if any."""

    def __init__(self, take: Take, outgoing: Outgoing, url: str, token: str | None) -> None:
        self._take = take
        self._outgoing = outgoing
        self._url = url
        self._headers = {"Content-Type": "application/json"}
        if token is not None:
            self._headers["Authorization"] = f"Bearer {token}"
        self._failing = False

    async def run(self) -> None:
        """Work until cancelled."""
        try:
            while True:
                await self.round()
                await asyncio.sleep(EVERY_SECONDS)
        finally:
            await self._outgoing.close()

    async def round(self) -> int:
        """Hand over what there is; return how many spans that was. Never raises."""
        body, count = request(await self._take())
        if not count:
            return 0
        try:
            answer = await self._outgoing.request(
                "POST", self._url, headers=self._headers, body=body
            )
            why = None if 200 <= answer.status < 300 else f"status_{answer.status}"
        except CannotReach as failure:
            why = failure.why
        if why is not None and not self._failing:
            _log.warning("traces_not_taken", why=why, count=count)
        self._failing = why is not None
        return count
