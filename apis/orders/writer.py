"""The writes of the shop: each is done once for its key, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from pydantic import BaseModel, TypeAdapter
from sqlalchemy import Connection, Engine

from apis.common.caller import Caller, Clock
from apis.common.model import Owner
from apis.common.relations import Relations
from apis.common.writer import OnceWriter, Written
from apis.orders.handling import Desk
from apis.orders.write_model import Done, Settled

_ANSWER: TypeAdapter[Done] = TypeAdapter(Done)


class Writer(OnceWriter):
    """Cancellations, returns, addresses and consents of one customer at a time."""

    def __init__(self, engine: Engine, clock: Clock, relations: Relations) -> None:
        super().__init__(engine, clock)
        self._relations = relations

    async def do[F: BaseModel, A: BaseModel](
        self, work: Callable[[Desk, F], A], answer: type[A], caller: Caller, key: str, form: F
    ) -> Written[A]:
        """Do one of the desk's works, once for `key`."""

        def at_the_desk(connection: Connection, owner: Owner, asked: F, _today: date) -> A:
            desk = Desk(self._relations, connection, owner, self._clock(), caller.agent)
            return work(desk, asked)

        return await self.write(caller, key, form, answer, at_the_desk)

    async def settle(self, caller: Caller, key: str) -> Settled:
        """Tell how `key` ended for this customer; a key that nothing ended is void now."""
        ended = await self.ended(caller, key)
        if ended.answer is None:
            return Settled(state="void")
        result: Any = _ANSWER.validate_json(ended.answer)
        return Settled(state="done", result=result)
