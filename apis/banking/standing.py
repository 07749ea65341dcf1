"""Reads how accounts and cards stand, what was declined, and what may be owed."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Row, select

from apis.banking.card_model import (
    AccountStanding,
    CardStanding,
    CreditLimit,
    Decline,
    DeclineList,
    LimitList,
    Overdraft,
    Standing,
)
from apis.banking.ledger import Ledger, owned
from apis.banking.model import masked
from apis.banking.money import decimal_text
from apis.banking.tables import AccountRow, CardRow, DeclineRow
from apis.common.model import Owner
from apis.common.sealing.columns import opened

MOST_DECLINES = 20

_ACCOUNTS = owned(select(AccountRow.__table__)).order_by(opened(AccountRow.name), AccountRow.id)
_OVERDRAFTS = _ACCOUNTS.where(opened(AccountRow.limit_minor) > 0)
_CARDS = owned(select(CardRow.__table__), CardRow).order_by(
    opened(CardRow.kind).desc(), opened(CardRow.last_four)
)
_CREDIT = (
    owned(select(CardRow.__table__, AccountRow.currency), CardRow)
    .join(AccountRow, AccountRow.id == CardRow.account_id)
    .where(opened(CardRow.limit_minor).is_not(None), opened(CardRow.state) != "lost")
    .order_by(opened(CardRow.last_four))
)
_DECLINES = (
    owned(
        select(
            DeclineRow.__table__,
            CardRow.subject,
            CardRow.kind,
            CardRow.last_four,
            CardRow.state,
        ),
        CardRow,
    )
    .join(CardRow, CardRow.id == DeclineRow.card_id)
    .order_by(DeclineRow.declined_on.desc(), DeclineRow.position.desc())
    .limit(MOST_DECLINES)
)


async def standing(ledger: Ledger, owner: Owner, today: date) -> Standing:
    """Return how the owner's accounts and cards stand."""
    action = "account_standing"
    accounts = await ledger.rows(action, "Account", _ACCOUNTS, owner)
    cards = await ledger.rows(action, "Card", _CARDS, owner)
    return Standing(
        today=today,
        accounts=[_account(row) for row in accounts],
        cards=[_card(row) for row in cards],
    )


async def declines(ledger: Ledger, owner: Owner) -> DeclineList:
    """Return what the owner's cards were declined for, newest first."""
    rows = await ledger.rows("list_declines", "Card", _DECLINES, owner)
    return DeclineList(declines=[_decline(row) for row in rows])


async def limits(ledger: Ledger, owner: Owner) -> LimitList:
    """Return the limits of the owner's credit cards, and their overdrafts."""
    action = "credit_limits"
    cards = await ledger.rows(action, "Card", _CREDIT, owner)
    accounts = await ledger.rows(action, "Account", _OVERDRAFTS, owner)
    return LimitList(
        cards=[_limit(row) for row in cards], overdrafts=[_overdraft(row) for row in accounts]
    )


def _account(row: Row[Any]) -> AccountStanding:
    return AccountStanding(
        id=row.id,
        name=row.name,
        number=masked(row.number),
        state=row.state,
        because=row.frozen_because,
        since=row.frozen_on,
    )


def _card(row: Row[Any]) -> CardStanding:
    return CardStanding(
        id=row.id,
        kind=row.kind,
        last_four=row.last_four,
        state=row.state,
        because=row.reason,
        since=row.since,
    )


def _decline(row: Row[Any]) -> Decline:
    return Decline(
        kind=row.kind,
        last_four=row.last_four,
        state=row.state,
        date=row.declined_on,
        merchant=row.merchant,
        amount=decimal_text(row.amount_minor),
        currency=row.currency,
        reason=row.reason,
    )


def _limit(row: Row[Any]) -> CreditLimit:
    return CreditLimit(
        last_four=row.last_four,
        state=row.state,
        limit=decimal_text(row.limit_minor),
        used=decimal_text(row.used_minor),
        left=decimal_text(row.limit_minor - row.used_minor),
        currency=row.currency,
    )


def _overdraft(row: Row[Any]) -> Overdraft:
    return Overdraft(
        name=row.name,
        number=masked(row.number),
        limit=decimal_text(row.limit_minor),
        currency=row.currency,
    )
