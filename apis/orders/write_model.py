"""What the shop's writes take and answer: strict bodies, described for security to check."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from apis.common.model import Line, Sparse, Strict
from apis.orders.model import Address, Amount, Currency, ItemId, OrderNumber

LONGEST_CONSENT_MINUTES = 120


class CancelOrder(Strict):
    """Cancel an order of the caller, whole, while the shop still has it."""

    number: OrderNumber


class Cancellation(Strict):
    """An order that is cancelled; its total is paid back."""

    number: OrderNumber
    total: Amount
    currency: Currency


class ReturnItem(Strict):
    """Send an item back; `item_name` is what the person was shown for it."""

    number: OrderNumber
    item: ItemId
    item_name: Line


class Return(Strict):
    """An item that goes back: to be posted until `post_until`, with this label."""

    number: OrderNumber
    item_name: Line
    refund: Amount
    currency: Currency
    label: Annotated[str, Field(pattern=r"^RL-[0-9]{8}$")]
    post_until: date


class ChangedAddress(Address):
    """The address that holds from now on; orders that are not packed yet go there as well."""

    orders_redirected: Annotated[int, Field(ge=0)]


class AllowSupport(Strict):
    """Let the staff of the shop's support act for the caller, for so long."""

    minutes: Annotated[int, Field(ge=5, le=LONGEST_CONSENT_MINUTES)]


class WithdrawSupport(Strict):
    """Let nobody act for the caller any more."""


class Consent(Sparse):
    """Until when support may act for the caller; absent: it may not."""

    until: datetime | SkipJsonSchema[None] = None


Done = Cancellation | Return | ChangedAddress | Consent


class Settled(Sparse):
    """How an idempotency key ended: `done` with what was answered, or `void` for good."""

    state: Literal["done", "void"]
    result: Done | SkipJsonSchema[None] = None


FORMS = (CancelOrder, ReturnItem, Address, AllowSupport, WithdrawSupport)
