"""The writes of the bank: each books once for its key, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial

from pydantic import BaseModel, TypeAdapter
from sqlalchemy import Connection, Engine

from apis.banking.bookings import add_payee, pay_bill, transfer
from apis.banking.payment_model import (
    BillOrder,
    BillPayment,
    Done,
    Payee,
    PayeeOrder,
    Settled,
    Transfer,
    TransferOrder,
)
from apis.common.caller import Caller, Clock
from apis.common.model import Owner
from apis.common.relations import Relations
from apis.common.writer import OnceWriter, Written

_ANSWER: TypeAdapter[Done] = TypeAdapter(Done)


class Writer(OnceWriter):
    """Transfers, bills and payees of one owner at a time."""

    def __init__(self, engine: Engine, clock: Clock, relations: Relations) -> None:
        super().__init__(engine, clock)
        self._relations = relations

    async def transfer(self, caller: Caller, key: str, order: TransferOrder) -> Written[Transfer]:
        """Book a transfer once for `key`."""
        return await self.write(caller, key, order, Transfer, partial(transfer, self._relations))

    async def pay_bill(self, caller: Caller, key: str, order: BillOrder) -> Written[BillPayment]:
        """Pay a bill once for `key`."""
        return await self.write(caller, key, order, BillPayment, partial(pay_bill, self._relations))

    async def add_payee(self, caller: Caller, key: str, order: PayeeOrder) -> Written[Payee]:
        """Save a payee once for `key`."""
        return await self.write(caller, key, order, Payee, partial(add_payee, self._relations))

    async def do[O: BaseModel, A: BaseModel](
        self,
        work: Callable[[Relations, Connection, Owner, O, date], A],
        answer: type[A],
        caller: Caller,
        key: str,
        order: O,
    ) -> Written[A]:
        """Do `work` once for `key`."""
        return await self.write(caller, key, order, answer, partial(work, self._relations))

    async def settle(self, caller: Caller, key: str) -> Settled:
        """Tell how `key` ended for this owner; a key that nothing ended is void from now on."""
        ended = await self.ended(caller, key)
        if ended.answer is None:
            return Settled(state="void")
        return Settled(state="done", result=_ANSWER.validate_json(ended.answer))
