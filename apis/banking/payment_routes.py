"""The routes of payments: what there is to pay, paying it once, and asking whether it was."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, FastAPI, Request

from apis.banking.ledger import Reads
from apis.banking.payment_model import (
    BillList,
    BillOrder,
    BillPayment,
    Payee,
    PayeeOrder,
    PaymentOptions,
    Settled,
    Transfer,
    TransferOrder,
)
from apis.banking.problems import KINDS, PAYEE_REFUSALS, PAYMENT_REFUSALS
from apis.banking.writer import Writer
from apis.common.app import add_read, add_write, told
from apis.common.caller import Caller, reading, writing
from apis.common.model import Owner
from apis.common.problems import READ_REFUSALS
from apis.common.requests import Key, PlainQuery, WithoutQuery, body_of, writer_of
from apis.common.settling import settling
from apis.common.strength import BINDING, PERSONAL, PLAIN

PAYMENTS_READ = "banking:payments:read"
BILLS_READ = "banking:bills:read"
TRANSFERS_WRITE = "banking:transfers:write"
BILLS_WRITE = "banking:bills:write"
PAYEES_WRITE = "banking:payees:write"
PAYMENTS_SETTLE = "banking:payments:settle"


Writes = Annotated[Writer, Depends(writer_of)]
PaymentsOwner = Annotated[Owner, reading(PAYMENTS_READ, PERSONAL)]
BillsOwner = Annotated[Owner, reading(BILLS_READ, PLAIN)]
TransfersCaller = Annotated[Caller, writing(TRANSFERS_WRITE, BINDING)]
BillsCaller = Annotated[Caller, writing(BILLS_WRITE, BINDING)]
PayeesCaller = Annotated[Caller, writing(PAYEES_WRITE, BINDING)]


async def payment_options(
    owner: PaymentsOwner, _plain: PlainQuery, _query: WithoutQuery, ledger: Reads
) -> PaymentOptions:
    """List the caller's accounts, payees and open bills: all that a payment is made of."""
    return await ledger.payment_options(owner)


async def list_bills(
    owner: BillsOwner, _plain: PlainQuery, _query: WithoutQuery, ledger: Reads
) -> BillList:
    """List the caller's open bills, the first due first."""
    return BillList(bills=await ledger.bills(owner))


async def make_transfer(
    caller: TransfersCaller,
    _plain: PlainQuery,
    _query: WithoutQuery,
    key: Key,
    order: Annotated[TransferOrder, Depends(body_of(TransferOrder))],
    writer: Writes,
    request: Request,
) -> Transfer:
    """Pay a saved payee, once for this key."""
    return told(request, await writer.transfer(caller, key, order))


async def pay_bill(
    caller: BillsCaller,
    _plain: PlainQuery,
    _query: WithoutQuery,
    key: Key,
    order: Annotated[BillOrder, Depends(body_of(BillOrder))],
    writer: Writes,
    request: Request,
) -> BillPayment:
    """Pay an open bill, once for this key."""
    return told(request, await writer.pay_bill(caller, key, order))


async def add_payee(
    caller: PayeesCaller,
    _plain: PlainQuery,
    _query: WithoutQuery,
    key: Key,
    order: Annotated[PayeeOrder, Depends(body_of(PayeeOrder))],
    writer: Writes,
    request: Request,
) -> Payee:
    """Save a payee, once for this key."""
    return told(request, await writer.add_payee(caller, key, order))


def add_payments(app: FastAPI) -> None:
    """Add the routes of payments."""
    for path, read in (("/payment-options", payment_options), ("/bills", list_bills)):
        add_read(app, KINDS, path, read, READ_REFUSALS)
    for path, write, form, codes in (
        ("/transfers", make_transfer, TransferOrder, PAYMENT_REFUSALS),
        ("/bill-payments", pay_bill, BillOrder, PAYMENT_REFUSALS),
        ("/payees", add_payee, PayeeOrder, PAYEE_REFUSALS),
        ("/idempotency-keys/{key}/settle", settling(PAYMENTS_SETTLE, Settled), None, READ_REFUSALS),
    ):
        add_write(app, KINDS, path, write, form, codes)
