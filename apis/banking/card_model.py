"""What the bank says of cards and of frozen accounts: states, reasons, declines, limits."""

from __future__ import annotations

import datetime
from typing import Annotated, Literal

from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from apis.banking.model import AccountId, Amount, MaskedNumber, ShortName
from apis.banking.money import Currency
from apis.common.model import Line, Sparse, Strict

CardId = Annotated[str, Field(pattern=r"^crd_[A-Za-z0-9_-]{22}$")]
LastFour = Annotated[str, Field(pattern=r"^[0-9]{4}$")]
CardKind = Literal["debit", "credit"]
CardState = Literal["active", "ordered", "frozen", "lost"]
"""An ordered card is on its way by post; a lost one is blocked for good."""
CardReason = Literal["owner", "fraud", "wrong_pin", "bank", "on_its_way"]
AccountState = Literal["open", "frozen"]
FrozenBecause = Literal["owner", "bank"]
"""Who froze an account; only the owner's own freeze is theirs to undo."""
DeclineReason = Literal[
    "insufficient_funds",
    "limit_exceeded",
    "wrong_pin",
    "card_frozen",
    "card_lost",
    "account_frozen",
    "suspected_fraud",
]


class AccountStanding(Sparse):
    """Whether an account can pay, and why not; no figures."""

    id: AccountId
    name: ShortName
    number: MaskedNumber
    state: AccountState
    because: FrozenBecause | SkipJsonSchema[None] = None
    since: datetime.date | SkipJsonSchema[None] = None


class CardStanding(Sparse):
    """Whether a card can pay, and why not; no figures."""

    id: CardId
    kind: CardKind
    last_four: LastFour
    state: CardState
    because: CardReason | SkipJsonSchema[None] = None
    since: datetime.date | SkipJsonSchema[None] = None


class Standing(Strict):
    """How the caller's accounts and cards stand, and what day it is at the bank."""

    today: datetime.date
    accounts: Annotated[list[AccountStanding], Field(max_length=100)]
    cards: Annotated[list[CardStanding], Field(max_length=100)]


class Decline(Strict):
    """A payment that a card was refused; `state` is how the card stands now."""

    kind: CardKind
    last_four: LastFour
    state: CardState
    date: datetime.date
    merchant: Line
    amount: Amount
    currency: Currency
    reason: DeclineReason


class DeclineList(Strict):
    """What the caller's cards were declined for, newest first."""

    declines: Annotated[list[Decline], Field(max_length=20)]


class CreditLimit(Strict):
    """What a credit card may spend, has spent, and has left."""

    last_four: LastFour
    state: CardState
    limit: Amount
    used: Amount
    left: Amount
    currency: Currency


class Overdraft(Strict):
    """How far an account may go below zero."""

    name: ShortName
    number: MaskedNumber
    limit: Amount
    currency: Currency


class LimitList(Strict):
    """What the caller may owe the bank."""

    cards: Annotated[list[CreditLimit], Field(max_length=100)]
    overdrafts: Annotated[list[Overdraft], Field(max_length=100)]
