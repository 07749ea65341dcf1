"""Asking an API which tokens it has refused (RFC 8936): over its own socket, by a token of ours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Protocol, Self

import aiohttp
import orjson

from security.adapters.api_replies import NotBelieved, read_reply, strict_json
from security.adapters.connecting import open_pool
from security.api_addresses import ApiAddress
from security.clock import Clock
from security.minting import Tokens
from security.tokens.dpop import ProofKey
from security.tokens.reported import PATH, scope_of

MOST_AT_ONCE = 50
_WAITS_SECONDS = 30.0
"""The API answers after twenty seconds at the latest."""


class NotTold(Exception):
    """The API cannot be asked, or answers with something else."""


@dataclass(frozen=True)
class Told:
    """Signed reports by their ids; `more` are waiting."""

    sets: Mapping[str, Any]
    more: bool


class Reporting(Protocol):
    """An API that can be asked."""

    api: str
    """Which one."""

    async def ask(self, acknowledged: Sequence[str]) -> Told:
        """Return what it reports. Raises `NotTold`."""


class ReportClient:
    """Asks one API of this installation; waits there until there is something to tell."""

    def __init__(
        self,
        address: ApiAddress,
        audience: str,
        tokens: Tokens,
        proof_key: ProofKey,
        clock: Clock,
    ) -> None:
        self.api = address.api
        self._audience = audience
        self._address = address
        self._tokens = tokens
        self._proof_key = proof_key
        self._clock = clock
        self._pool: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._pool = open_pool(self._address, _WAITS_SECONDS)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._pool is not None:
            await self._pool.close()

    async def ask(self, acknowledged: Sequence[str]) -> Told:
        """Return what it reports. Raises `NotTold`."""
        if self._pool is None:
            raise NotTold("not open")
        url, now = f"{self._address.base}{PATH}", self._clock()
        token = self._tokens.for_reports(self._audience, scope_of(self.api), now).value
        asked = {"maxEvents": MOST_AT_ONCE, "ack": list(acknowledged)}
        headers = {
            "Authorization": f"DPoP {token}",
            "DPoP": self._proof_key.prove("POST", url, token, now),
            "Content-Type": "application/json",
            "Accept-Encoding": "identity",
        }
        try:
            async with self._pool.post(
                url, data=orjson.dumps(asked), headers=headers, allow_redirects=False
            ) as reply:
                if reply.status != 200:
                    raise NotTold(f"status {reply.status}")
                return _told(strict_json((await read_reply(reply, now)).raw))
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError, NotBelieved) as error:
            raise NotTold(type(error).__name__) from None


def _told(said: Any) -> Told:
    sets = said.get("sets") if isinstance(said, dict) else None
    if not isinstance(sets, dict) or len(sets) > MOST_AT_ONCE:
        raise NotTold("another shape")
    return Told(sets, said.get("moreAvailable") is True)
