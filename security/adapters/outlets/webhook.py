"""The trail to a webhook, through the one outgoing client."""

from __future__ import annotations

from collections.abc import Sequence

from security.adapters.outgoing import Answer, CannotReach, Outgoing
from security.clock import Clock
from security.outlets.ports import CannotDeliver, Entry
from security.outlets.webhook import body, headers, message_id, retry_after

_BUSY = (429, 503)


class Webhook:
    """Posts batches, one after the other; whatever is not 2xx is tried again, in order."""

    name = "webhook"
    most = 100

    def __init__(self, outgoing: Outgoing, url: str, key: bytes, clock: Clock) -> None:
        self._outgoing = outgoing
        self._url = url
        self._key = key
        self._clock = clock

    async def deliver(self, entries: Sequence[Entry]) -> None:
        """Return once they were taken. Raises `CannotDeliver`, without the URL or what came."""
        now = self._clock()
        content, known_as = body(entries, now), message_id(entries)
        told = headers(self._key, known_as, content, now)
        try:
            answer = await self._outgoing.request("POST", self._url, headers=told, body=content)
        except CannotReach as failure:
            raise CannotDeliver(failure.why) from None
        if not 200 <= answer.status < 300:
            raise CannotDeliver(f"status_{answer.status}", _after(answer))

    async def close(self) -> None:
        """Let go of the connections."""
        await self._outgoing.close()


def _after(answer: Answer) -> float:
    return retry_after(answer.headers.get("retry-after")) if answer.status in _BUSY else 0.0
