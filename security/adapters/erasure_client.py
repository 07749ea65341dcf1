"""Asking an API to erase a person: over the way that calls take, by a token for this one order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from types import TracebackType
from typing import Any, Protocol, Self

import aiohttp
import orjson

from security.adapters.api_replies import NotBelieved, read_reply, strict_json
from security.adapters.connecting import open_pool
from security.api_addresses import ApiAddress
from security.clock import Clock
from security.errors import Refused
from security.minting import Tokens
from security.tokens.dpop import ProofKey

PATH, OPERATION = "/erasures", "erase_person"
_SECONDS = 10.0


def scope_of(api: str) -> str:
    """Return the scope of a token that may erase whom it names."""
    return f"{api}:erasures:write"


class NotErased(Exception):
    """The API cannot be asked, or did not do it; `why` is a code or the name of an error."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True)
class Order:
    """Whom an API is to erase, as it calls them; years are counted from `asked_on`."""

    id: str
    api: str
    tenant: str
    subject: str
    asked_on: date


class ErasingApi(Protocol):
    """An API that can be told."""

    async def erase(self, order: Order) -> None:
        """Have it done, by this API's own answer. Raises `NotErased`."""


class ErasureClient:
    """Tells one API. `id` of an order is its idempotency key: asked twice, it is done once."""

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
        self._pool = open_pool(self._address, _SECONDS)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._pool is not None:
            await self._pool.close()

    async def erase(self, order: Order) -> None:
        """Have it done, by this API's own answer. Raises `NotErased`."""
        if self._pool is None:
            raise NotErased("not_open")
        url, now = f"{self._address.base}{PATH}", self._clock()
        asked = {"asked_on": order.asked_on.isoformat()}
        try:
            headers = self._headers(order, asked, url)
            async with self._pool.post(
                url, data=orjson.dumps(asked), headers=headers, allow_redirects=False
            ) as reply:
                if reply.status != 200:
                    raise NotErased(f"status_{reply.status}")
                _check(strict_json((await read_reply(reply, now)).raw))
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError, NotBelieved) as error:
            raise NotErased(type(error).__name__) from None
        except Refused as refused:
            raise NotErased(refused.code) from None

    def _headers(self, order: Order, asked: dict[str, str], url: str) -> dict[str, str]:
        now = self._clock()
        details = {
            "type": f"{self.api}.{OPERATION}",
            "arguments": asked,
            "identifier": order.id,
        }
        whose, scope = (order.tenant, order.subject), scope_of(self.api)
        token = self._tokens.for_erasure(whose, self._audience, scope, details, now).value
        return {
            "Authorization": f"DPoP {token}",
            "DPoP": self._proof_key.prove("POST", url, token, now),
            "Idempotency-Key": order.id,
            "Content-Type": "application/json",
            "Accept-Encoding": "identity",
        }


def _check(said: Any) -> None:
    """Raise `NotErased` for anything but an answer that says what went and what stays."""
    parts = [said.get(name) for name in ("erased", "kept")] if isinstance(said, dict) else []
    if not parts or not all(isinstance(part, list) for part in parts):
        raise NotErased("another_shape")
