"""The writes of the bank: each books once for its key, or not at all."""

from __future__ import annotations

from pydantic import TypeAdapter

from apis.banking.bookings import add_payee, pay_bill, transfer
from apis.banking.payment_model import (
    BillOrder,
    BillPayment,
    Payee,
    PayeeOrder,
    Settled,
    Transfer,
    TransferOrder,
)
from apis.common.caller import Caller
from apis.common.writer import OnceWriter, Written

_ANSWER: TypeAdapter[Transfer | BillPayment | Payee] = TypeAdapter(Transfer | BillPayment | Payee)


class Writer(OnceWriter):
    """Transfers, bills and payees of one owner at a time."""

    async def transfer(self, caller: Caller, key: str, order: TransferOrder) -> Written[Transfer]:
        """Book a transfer once for `key`."""
        return await self.write(caller, key, order, Transfer, transfer)

    async def pay_bill(self, caller: Caller, key: str, order: BillOrder) -> Written[BillPayment]:
        """Pay a bill once for `key`."""
        return await self.write(caller, key, order, BillPayment, pay_bill)

    async def add_payee(self, caller: Caller, key: str, order: PayeeOrder) -> Written[Payee]:
        """Save a payee once for `key`."""
        return await self.write(caller, key, order, Payee, add_payee)

    async def settle(self, caller: Caller, key: str) -> Settled:
        """Tell how `key` ended for this owner; a key that nothing ended is void from now on."""
        ended = await self.ended(caller, key)
        if ended.answer is None:
            return Settled(state="void")
        return Settled(state="done", result=_ANSWER.validate_json(ended.answer))
