"""The routes of the HR API that write, each once for its key, and the one that settles a key."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, FastAPI, Request

from apis.common.app import add_write, told
from apis.common.caller import Caller, writing
from apis.common.problems import READ_REFUSALS
from apis.common.requests import Key, PlainQuery, WithoutQuery, body_of, writer_of
from apis.common.settling import settling
from apis.common.strength import BINDING, PERSONAL
from apis.hr.model import (
    Decided,
    DecisionOrder,
    DepositChanged,
    DepositOrder,
    LeaveAsked,
    LeaveOrder,
    Settled,
)
from apis.hr.problems import DECISION_REFUSALS, DEPOSIT_REFUSALS, KINDS, LEAVE_REFUSALS
from apis.hr.writer import Writer

LEAVE_WRITE = "hr:leave:write"
TEAM_WRITE = "hr:team:write"
DEPOSIT_WRITE = "hr:deposit:write"
SETTLE = "hr:writes:settle"


Writes = Annotated[Writer, Depends(writer_of)]
LeaveCaller = Annotated[Caller, writing(LEAVE_WRITE, PERSONAL)]
TeamCaller = Annotated[Caller, writing(TEAM_WRITE, PERSONAL)]
DepositCaller = Annotated[Caller, writing(DEPOSIT_WRITE, BINDING)]


async def request_leave(
    caller: LeaveCaller,
    _plain: PlainQuery,
    _query: WithoutQuery,
    key: Key,
    order: Annotated[LeaveOrder, Depends(body_of(LeaveOrder))],
    writer: Writes,
    request: Request,
) -> LeaveAsked:
    """Ask for leave, once for this key."""
    return told(request, await writer.request_leave(caller, key, order))


async def decide_leave(
    caller: TeamCaller,
    _plain: PlainQuery,
    _query: WithoutQuery,
    key: Key,
    order: Annotated[DecisionOrder, Depends(body_of(DecisionOrder))],
    writer: Writes,
    request: Request,
) -> Decided:
    """Approve or decline a request for leave, once."""
    return told(request, await writer.decide_leave(caller, key, order))


async def change_deposit(
    caller: DepositCaller,
    _plain: PlainQuery,
    _query: WithoutQuery,
    key: Key,
    order: Annotated[DepositOrder, Depends(body_of(DepositOrder))],
    writer: Writes,
    request: Request,
) -> DepositChanged:
    """Pay the caller's salary into another account, once for this key."""
    return told(request, await writer.change_deposit(caller, key, order))


def add_writes(app: FastAPI) -> None:
    """Add the routes that write."""
    for path, write, form, codes in (
        ("/leave-requests", request_leave, LeaveOrder, LEAVE_REFUSALS),
        ("/leave-decisions", decide_leave, DecisionOrder, DECISION_REFUSALS),
        ("/deposit-changes", change_deposit, DepositOrder, DEPOSIT_REFUSALS),
        ("/idempotency-keys/{key}/settle", settling(SETTLE, Settled), None, READ_REFUSALS),
    ):
        add_write(app, KINDS, path, write, form, codes)
