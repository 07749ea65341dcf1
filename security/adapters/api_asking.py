"""Asking an API for what is no operation: security's own POST, over the way that calls take."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Any, ClassVar, Self

import aiohttp
import orjson

from security.adapters.api_replies import NotBelieved, read_reply, strict_json
from security.adapters.connecting import open_pool
from security.api_addresses import ApiAddress
from security.clock import Clock
from security.minting import Tokens
from security.tokens.dpop import ProofKey


class NotAnswered(Exception):
    """The API cannot be asked, or answers with something else; `why` is a code or an error's name.

    A code has no space, and nothing of what was asked or answered.
    """

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class ApiAsking:
    """One API, by a pool of its own; entered before it is asked."""

    seconds: ClassVar[float]
    """How long an answer may take."""

    def __init__(
        self,
        address: ApiAddress,
        audience: str,
        tokens: Tokens,
        proof_key: ProofKey,
        clock: Clock,
    ) -> None:
        self.api = address.api
        self._address = address
        self._audience = audience
        self._tokens = tokens
        self._proof_key = proof_key
        self._clock = clock
        self._pool: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._pool = open_pool(self._address, self.seconds)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._pool is not None:
            await self._pool.close()

    async def _post(
        self, path: str, asked: Any, token: str, more: Mapping[str, str] | None = None
    ) -> Any:
        """Return what a 200 says; `more` are headers beside those of every call.

        Raises `NotAnswered`.
        """
        if self._pool is None:
            raise NotAnswered("not_open")
        url, now = f"{self._address.base}{path}", self._clock()
        headers = {
            "Authorization": f"DPoP {token}",
            "DPoP": self._proof_key.prove("POST", url, token, now),
            "Content-Type": "application/json",
            "Accept-Encoding": "identity",
            **(more or {}),
        }
        try:
            async with self._pool.post(
                url, data=orjson.dumps(asked), headers=headers, allow_redirects=False
            ) as reply:
                if reply.status != 200:
                    raise NotAnswered(f"status_{reply.status}")
                return strict_json((await read_reply(reply, now)).raw)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError, NotBelieved) as error:
            raise NotAnswered(type(error).__name__) from None
