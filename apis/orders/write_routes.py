"""The writes of the orders API, each done once for its key."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, FastAPI, Request

from apis.common.app import add_write, told
from apis.common.caller import Caller, writing
from apis.common.problems import READ_REFUSALS, WRITE_REFUSALS
from apis.common.requests import Key, PlainQuery, WithoutQuery, body_of, writer_of
from apis.common.settling import settling
from apis.common.strength import BINDING, PERSONAL, PERSONAL_OR_CODE, PROTECTIVE
from apis.orders.handling import Desk
from apis.orders.model import Address
from apis.orders.problems import CANCEL_REFUSALS, KINDS, RETURN_REFUSALS
from apis.orders.write_model import (
    AllowSupport,
    Cancellation,
    CancelOrder,
    ChangedAddress,
    Consent,
    Return,
    ReturnItem,
    Settled,
    WithdrawSupport,
)
from apis.orders.writer import Writer

CANCEL_WRITE = "orders:cancellations:write"
RETURN_WRITE = "orders:returns:write"
ADDRESS_WRITE = "orders:address:write"
CONSENT_WRITE = "orders:consents:write"
WITHDRAW_WRITE = "orders:withdrawals:write"
ASSIST_CANCEL_WRITE = "orders:assist_cancellations:write"
ASSIST_RETURN_WRITE = "orders:assist_returns:write"
SETTLE = "orders:writes:settle"


Writes = Annotated[Writer, Depends(writer_of)]
CancelCaller = Annotated[Caller, writing(CANCEL_WRITE, PERSONAL_OR_CODE)]
ReturnCaller = Annotated[Caller, writing(RETURN_WRITE, PERSONAL_OR_CODE)]
AddressCaller = Annotated[Caller, writing(ADDRESS_WRITE, BINDING)]
ConsentCaller = Annotated[Caller, writing(CONSENT_WRITE, BINDING)]
WithdrawCaller = Annotated[Caller, writing(WITHDRAW_WRITE, PROTECTIVE)]
AssistCancelCaller = Annotated[Caller, writing(ASSIST_CANCEL_WRITE, PERSONAL, assisted=True)]
AssistReturnCaller = Annotated[Caller, writing(ASSIST_RETURN_WRITE, PERSONAL, assisted=True)]
CancelForm = Annotated[CancelOrder, Depends(body_of(CancelOrder))]
ReturnForm = Annotated[ReturnItem, Depends(body_of(ReturnItem))]


async def cancel_order(
    caller: CancelCaller,
    _plain: PlainQuery,
    _query: WithoutQuery,
    key: Key,
    form: CancelForm,
    writer: Writes,
    request: Request,
) -> Cancellation:
    """Cancel an order of the caller, once for this key."""
    return told(request, await writer.do(Desk.cancel, Cancellation, caller, key, form))


async def return_item(
    caller: ReturnCaller,
    _plain: PlainQuery,
    _query: WithoutQuery,
    key: Key,
    form: ReturnForm,
    writer: Writes,
    request: Request,
) -> Return:
    """Take an item of the caller back, once for this key."""
    return told(request, await writer.do(Desk.send_back, Return, caller, key, form))


async def change_address(
    caller: AddressCaller,
    _plain: PlainQuery,
    _query: WithoutQuery,
    key: Key,
    form: Annotated[Address, Depends(body_of(Address))],
    writer: Writes,
    request: Request,
) -> ChangedAddress:
    """Change where the caller's orders go, once for this key."""
    return told(request, await writer.do(Desk.change_address, ChangedAddress, caller, key, form))


async def allow_support(
    caller: ConsentCaller,
    _plain: PlainQuery,
    _query: WithoutQuery,
    key: Key,
    form: Annotated[AllowSupport, Depends(body_of(AllowSupport))],
    writer: Writes,
    request: Request,
) -> Consent:
    """Let support act for the caller for some minutes, once for this key."""
    return told(request, await writer.do(Desk.allow_support, Consent, caller, key, form))


async def withdraw_support(
    caller: WithdrawCaller,
    _plain: PlainQuery,
    _query: WithoutQuery,
    key: Key,
    form: Annotated[WithdrawSupport, Depends(body_of(WithdrawSupport))],
    writer: Writes,
    request: Request,
) -> Consent:
    """Let support act for the caller no more, once for this key."""
    return told(request, await writer.do(Desk.withdraw_support, Consent, caller, key, form))


async def assist_cancel_order(
    caller: AssistCancelCaller,
    _plain: PlainQuery,
    _query: WithoutQuery,
    key: Key,
    form: CancelForm,
    writer: Writes,
    request: Request,
) -> Cancellation:
    """Cancel an order for a customer who allows it, once for this key."""
    return told(request, await writer.do(Desk.cancel, Cancellation, caller, key, form))


async def assist_return_item(
    caller: AssistReturnCaller,
    _plain: PlainQuery,
    _query: WithoutQuery,
    key: Key,
    form: ReturnForm,
    writer: Writes,
    request: Request,
) -> Return:
    """Take an item back for a customer who allows it, once for this key."""
    return told(request, await writer.do(Desk.send_back, Return, caller, key, form))


def add_writes(app: FastAPI) -> None:
    """Serve them."""
    own = (*WRITE_REFUSALS, "not_found")
    consented = ("consent_required",)
    add_write(app, KINDS, "/cancellations", cancel_order, CancelOrder, CANCEL_REFUSALS)
    add_write(app, KINDS, "/returns", return_item, ReturnItem, RETURN_REFUSALS)
    add_write(app, KINDS, "/account/address", change_address, Address, own)
    add_write(app, KINDS, "/support-consents", allow_support, AllowSupport, own)
    add_write(app, KINDS, "/support-withdrawals", withdraw_support, WithdrawSupport, own)
    cancels, returns = (*CANCEL_REFUSALS, *consented), (*RETURN_REFUSALS, *consented)
    add_write(app, KINDS, "/assist/cancellations", assist_cancel_order, CancelOrder, cancels)
    add_write(app, KINDS, "/assist/returns", assist_return_item, ReturnItem, returns)
    path = "/idempotency-keys/{key}/settle"
    add_write(app, KINDS, path, settling(SETTLE, Settled), None, READ_REFUSALS)
