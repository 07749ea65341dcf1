"""The routes of search, spending, cards, and of what protects a person's money."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, FastAPI, Query, Request

from apis.banking import protection, search, standing
from apis.banking.card_model import DeclineList, LimitList, Standing
from apis.banking.ledger import Reads
from apis.banking.payment_routes import Writes
from apis.banking.problems import KINDS
from apis.banking.protection_model import (
    Dispute,
    DisputeOrder,
    FraudCase,
    FraudOrder,
    Freeze,
    FreezeOrder,
    LostCard,
    LostCardOrder,
    UnfreezeOrder,
)
from apis.banking.search_model import Found, SearchQuery, Spending, SpendingQuery
from apis.common.app import add_read, add_write, told
from apis.common.caller import Caller, reading, writing
from apis.common.model import Owner
from apis.common.problems import READ_REFUSALS, WRITE_REFUSALS
from apis.common.requests import Key, PlainQuery, WithoutQuery, body_of
from apis.common.strength import BINDING, PERSONAL, PLAIN, PROTECTIVE

TRANSACTIONS_READ = "banking:transactions:read"
STANDING_READ = "banking:standing:read"
CARDS_READ = "banking:cards:read"
SPENDING_READ = "banking:spending:read"
FREEZE_WRITE = "banking:freezes:write"
UNFREEZE_WRITE = "banking:unfreezes:write"
LOST_WRITE = "banking:lost_cards:write"
FRAUD_WRITE = "banking:fraud_reports:write"
DISPUTE_WRITE = "banking:disputes:write"

SearchOwner = Annotated[Owner, reading(TRANSACTIONS_READ, PERSONAL)]
SpendingOwner = Annotated[Owner, reading(SPENDING_READ, PERSONAL)]
StandingOwner = Annotated[Owner, reading(STANDING_READ, PLAIN)]
CardsOwner = Annotated[Owner, reading(CARDS_READ, PERSONAL)]
FreezeCaller = Annotated[Caller, writing(FREEZE_WRITE, PROTECTIVE)]
UnfreezeCaller = Annotated[Caller, writing(UNFREEZE_WRITE, BINDING)]
LostCaller = Annotated[Caller, writing(LOST_WRITE, PROTECTIVE)]
FraudCaller = Annotated[Caller, writing(FRAUD_WRITE, PROTECTIVE)]
DisputeCaller = Annotated[Caller, writing(DISPUTE_WRITE, PROTECTIVE)]


async def search_transactions(
    owner: SearchOwner,
    _plain: PlainQuery,
    query: Annotated[SearchQuery, Query()],
    ledger: Reads,
) -> Found:
    """Find the caller's transactions by day, amount and words, a page at a time."""
    return await search.search(ledger, owner, query)


async def spending_summary(
    owner: SpendingOwner,
    _plain: PlainQuery,
    query: Annotated[SpendingQuery, Query()],
    ledger: Reads,
    request: Request,
) -> Spending:
    """Add up what left the caller's accounts, by month and by category."""
    today = request.app.state.protection.clock().date()
    return await search.spending(ledger, owner, query, today)


async def account_standing(
    owner: StandingOwner,
    _plain: PlainQuery,
    _query: WithoutQuery,
    ledger: Reads,
    request: Request,
) -> Standing:
    """Tell whether the caller's accounts and cards can pay, and why not."""
    today = request.app.state.protection.clock().date()
    return await standing.standing(ledger, owner, today)


async def list_declines(
    owner: CardsOwner, _plain: PlainQuery, _query: WithoutQuery, ledger: Reads
) -> DeclineList:
    """List what the caller's cards were declined for, newest first."""
    return await standing.declines(ledger, owner)


async def credit_limits(
    owner: CardsOwner, _plain: PlainQuery, _query: WithoutQuery, ledger: Reads
) -> LimitList:
    """List the limits of the caller's credit cards, and their overdrafts."""
    return await standing.limits(ledger, owner)


async def freeze_account(
    caller: FreezeCaller,
    _plain: PlainQuery,
    _query: WithoutQuery,
    key: Key,
    order: Annotated[FreezeOrder, Depends(body_of(FreezeOrder))],
    writer: Writes,
    request: Request,
) -> Freeze:
    """Let nothing leave an account any more, once for this key."""
    return told(request, await writer.do(protection.freeze, Freeze, caller, key, order))


async def unfreeze_account(
    caller: UnfreezeCaller,
    _plain: PlainQuery,
    _query: WithoutQuery,
    key: Key,
    order: Annotated[UnfreezeOrder, Depends(body_of(UnfreezeOrder))],
    writer: Writes,
    request: Request,
) -> Freeze:
    """Let an account pay again, once for this key."""
    return told(request, await writer.do(protection.unfreeze, Freeze, caller, key, order))


async def report_lost_card(
    caller: LostCaller,
    _plain: PlainQuery,
    _query: WithoutQuery,
    key: Key,
    order: Annotated[LostCardOrder, Depends(body_of(LostCardOrder))],
    writer: Writes,
    request: Request,
) -> LostCard:
    """Block a card for good and order another one, once for this key."""
    return told(request, await writer.do(protection.report_lost_card, LostCard, caller, key, order))


async def report_fraud(
    caller: FraudCaller,
    _plain: PlainQuery,
    _query: WithoutQuery,
    key: Key,
    order: Annotated[FraudOrder, Depends(body_of(FraudOrder))],
    writer: Writes,
    request: Request,
) -> FraudCase:
    """Freeze a card and open a case, once for this key."""
    return told(request, await writer.do(protection.report_fraud, FraudCase, caller, key, order))


async def dispute_transaction(
    caller: DisputeCaller,
    _plain: PlainQuery,
    _query: WithoutQuery,
    key: Key,
    order: Annotated[DisputeOrder, Depends(body_of(DisputeOrder))],
    writer: Writes,
    request: Request,
) -> Dispute:
    """Put a transaction to an open case, once for this key."""
    return told(request, await writer.do(protection.dispute, Dispute, caller, key, order))


def add_protection(app: FastAPI) -> None:
    """Add these routes."""
    searched = (*READ_REFUSALS, "not_found")
    add_read(app, KINDS, "/transaction-search", search_transactions, searched)
    add_read(app, KINDS, "/spending", spending_summary, READ_REFUSALS)
    add_read(app, KINDS, "/standing", account_standing, READ_REFUSALS)
    add_read(app, KINDS, "/declines", list_declines, READ_REFUSALS)
    add_read(app, KINDS, "/limits", credit_limits, READ_REFUSALS)
    own = (*WRITE_REFUSALS, "not_found", "details_changed")
    undone = (*own, "frozen_by_bank")
    add_write(app, KINDS, "/freezes", freeze_account, FreezeOrder, own)
    add_write(app, KINDS, "/unfreezes", unfreeze_account, UnfreezeOrder, undone)
    add_write(app, KINDS, "/lost-cards", report_lost_card, LostCardOrder, own)
    add_write(app, KINDS, "/fraud-reports", report_fraud, FraudOrder, own)
    add_write(app, KINDS, "/disputes", dispute_transaction, DisputeOrder, own)
