"""The writes of HR: each is done once for its key, or not at all."""

from __future__ import annotations

from functools import partial

from pydantic import TypeAdapter
from sqlalchemy import Engine

from apis.common.caller import Caller, Clock
from apis.common.relations import Relations
from apis.common.writer import OnceWriter, Written
from apis.hr.leave import decide_leave, request_leave
from apis.hr.model import (
    Decided,
    DecisionOrder,
    DepositChanged,
    DepositOrder,
    LeaveAsked,
    LeaveOrder,
    Settled,
)
from apis.hr.pay import change_deposit

_ANSWER: TypeAdapter[LeaveAsked | Decided | DepositChanged] = TypeAdapter(
    LeaveAsked | Decided | DepositChanged
)


class Writer(OnceWriter):
    """Leave and deposits of one owner at a time."""

    def __init__(self, engine: Engine, clock: Clock, relations: Relations) -> None:
        super().__init__(engine, clock)
        self._relations = relations

    async def request_leave(
        self, caller: Caller, key: str, order: LeaveOrder
    ) -> Written[LeaveAsked]:
        """Ask for leave once for `key`."""
        work = partial(request_leave, self._relations)
        return await self.write(caller, key, order, LeaveAsked, work)

    async def decide_leave(
        self, caller: Caller, key: str, order: DecisionOrder
    ) -> Written[Decided]:
        """Decide once for `key`."""
        work = partial(decide_leave, self._relations)
        return await self.write(caller, key, order, Decided, work)

    async def change_deposit(
        self, caller: Caller, key: str, order: DepositOrder
    ) -> Written[DepositChanged]:
        """Change the account once for `key`."""
        work = partial(change_deposit, self._relations)
        return await self.write(caller, key, order, DepositChanged, work)

    async def settle(self, caller: Caller, key: str) -> Settled:
        """Tell how `key` ended for this owner; a key that nothing ended is void from now on."""
        ended = await self.ended(caller, key)
        if ended.answer is None:
            return Settled(state="void")
        return Settled(state="done", result=_ANSWER.validate_json(ended.answer))
