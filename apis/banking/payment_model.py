"""What a payment takes and what it answers: strict bodies, described for security to check.

A body repeats what the person was shown beside each id, so that the bank can refuse where its
own rows say something else: what was approved is what is booked.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator
from pydantic.json_schema import SkipJsonSchema

from apis.banking.card_model import AccountState
from apis.banking.model import AccountId, Amount, MaskedNumber, ShortName
from apis.banking.money import PAYMENT_PATTERN, Currency
from apis.banking.pin_model import PinChange
from apis.banking.protection_model import Dispute, FraudCase, Freeze, LostCard
from apis.common.model import Line, Note, Sparse, Strict

NUMBER_PATTERN = r"^[A-Z]{2}[0-9]{2}[0-9A-Z]{11,30}$"
"""An account number in the form of ISO 13616, without spaces."""

FullNumber = Annotated[str, Field(pattern=NUMBER_PATTERN)]
PayeeId = Annotated[str, Field(pattern=r"^pay_[A-Za-z0-9_-]{22}$")]
BillId = Annotated[str, Field(pattern=r"^bil_[A-Za-z0-9_-]{22}$")]
MovementId = Annotated[str, Field(pattern=r"^mov_[A-Za-z0-9_-]{22}$")]
Payment = Annotated[str, Field(pattern=PAYMENT_PATTERN, description="More than zero, as text.")]


class TransferOrder(Sparse):
    """Pay a saved payee from one of the caller's accounts."""

    account: AccountId
    account_number: MaskedNumber
    payee: PayeeId
    payee_name: Line
    payee_number: MaskedNumber
    amount: Payment
    currency: Currency
    text: Note | SkipJsonSchema[None] = None

    @field_validator("text", mode="before")
    @classmethod
    def _never_null(cls, value: Any) -> Any:
        if value is None:
            raise ValueError("leave it out")
        return value


class Transfer(Sparse):
    """A transfer that is booked; `balance` is the account's, right after it."""

    id: MovementId
    account_number: MaskedNumber
    payee_name: Line
    payee_number: MaskedNumber
    amount: Payment
    currency: Currency
    booked_on: date
    balance: Amount
    text: Note | SkipJsonSchema[None] = None


class BillOrder(Strict):
    """Pay an open bill, whole, from one of the caller's accounts."""

    account: AccountId
    account_number: MaskedNumber
    bill: BillId
    biller: Line
    reference: Line
    amount: Payment
    currency: Currency


class BillPayment(Strict):
    """A bill that is paid; `balance` is the account's, right after it."""

    id: MovementId
    account_number: MaskedNumber
    biller: Line
    reference: Line
    amount: Payment
    currency: Currency
    booked_on: date
    balance: Amount


class PayeeOrder(Strict):
    """Save somebody to pay."""

    name: Line
    number: FullNumber


class Payee(Strict):
    """Somebody whom the caller pays."""

    id: PayeeId
    name: Line
    number: MaskedNumber


class Bill(Strict):
    """A bill that is open."""

    id: BillId
    biller: Line
    reference: Line
    amount: Payment
    currency: Currency
    due_on: date


class BillList(Strict):
    """The caller's open bills, the first due first."""

    bills: Annotated[list[Bill], Field(max_length=100)]


class PayingAccount(Strict):
    """An account to pay from."""

    id: AccountId
    name: ShortName
    number: MaskedNumber
    currency: Currency
    available: Amount
    state: AccountState


class PaymentOptions(Strict):
    """All that a payment can be made of, for this caller."""

    accounts: Annotated[list[PayingAccount], Field(max_length=100)]
    payees: Annotated[list[Payee], Field(max_length=100)]
    bills: Annotated[list[Bill], Field(max_length=100)]


Done = Transfer | BillPayment | Payee | PinChange | Freeze | LostCard | FraudCase | Dispute
"""What a write can have answered: no two of them have the same fields."""


class Settled(Sparse):
    """How an idempotency key ended: `done` with what was answered, or `void` for good."""

    state: Literal["done", "void"]
    result: Done | SkipJsonSchema[None] = None


Order = TransferOrder | BillOrder | PayeeOrder
