"""What protects a person's money: freezing, lost cards, fraud. What it takes, what it answers."""

from __future__ import annotations

import datetime
from typing import Annotated

from pydantic import Field

from apis.banking.card_model import AccountState, CardId, CardKind, LastFour
from apis.banking.model import AccountId, Amount, MaskedNumber, TransactionId
from apis.banking.money import Currency
from apis.common.model import Strict

CaseNumber = Annotated[str, Field(pattern=r"^NB-[2-9A-HJKMNP-Z]{6}$")]
Text = Annotated[str, Field(min_length=1, max_length=140)]


class FreezeOrder(Strict):
    """Let nothing leave an account any more."""

    account: AccountId
    account_number: MaskedNumber


class UnfreezeOrder(FreezeOrder):
    """Let money leave an account again."""


class Freeze(Strict):
    """How an account stands after it was frozen or unfrozen, and since when."""

    account_number: MaskedNumber
    state: AccountState
    since: datetime.date


class LostCardOrder(Strict):
    """Block a card for good, and order another one."""

    card: CardId
    last_four: LastFour


class LostCard(Strict):
    """A card that is blocked, and the one that replaces it."""

    kind: CardKind
    last_four: LastFour
    replacement: LastFour
    arrives_on: datetime.date


class FraudOrder(Strict):
    """Freeze a card that somebody else has used, and open a case."""

    card: CardId
    last_four: LastFour


class FraudCase(Strict):
    """A case that is open; its card is frozen."""

    case: CaseNumber
    kind: CardKind
    last_four: LastFour
    opened_on: datetime.date


class DisputeOrder(Strict):
    """Say which transaction a case is about, with what was shown of it."""

    case: CaseNumber
    transaction: TransactionId
    text: Text
    amount: Amount
    currency: Currency


class Dispute(Strict):
    """A case that is about a transaction."""

    case: CaseNumber
    text: Text
    amount: Amount
    currency: Currency
    booked_on: datetime.date
