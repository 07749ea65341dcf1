"""Asking an API to erase a person, by a token for this one order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from security.adapters.api_asking import ApiAsking, NotAnswered
from security.errors import Refused

PATH, OPERATION = "/erasures", "erase_person"


def scope_of(api: str) -> str:
    """Return the scope of a token that may erase whom it names."""
    return f"{api}:erasures:write"


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
        """Have it done, by this API's own answer. Raises `NotAnswered`."""


class ErasureClient(ApiAsking):
    """Tells one API. `id` of an order is its idempotency key: asked twice, it is done once."""

    seconds = 10.0

    async def erase(self, order: Order) -> None:
        """Have it done, by this API's own answer. Raises `NotAnswered`."""
        asked = {"asked_on": order.asked_on.isoformat()}
        try:
            token = self._token(order, asked)
        except Refused as refused:
            raise NotAnswered(refused.code) from None
        _check(await self._post(PATH, asked, token, {"Idempotency-Key": order.id}))

    def _token(self, order: Order, asked: dict[str, str]) -> str:
        details = {
            "type": f"{self.api}.{OPERATION}",
            "arguments": asked,
            "identifier": order.id,
        }
        whose, now = (order.tenant, order.subject), self._clock()
        scope = scope_of(self.api)
        return self._tokens.for_erasure(whose, self._audience, scope, details, now).value


def _check(said: Any) -> None:
    """Raise `NotAnswered` for anything but an answer that says what went and what stays."""
    parts = [said.get(name) for name in ("erased", "kept")] if isinstance(said, dict) else []
    if not parts or not all(isinstance(part, list) for part in parts):
        raise NotAnswered("another_shape")
