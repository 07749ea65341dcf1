"""What the API answers: frozen, described precisely enough to be validated by its callers."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from fastapi import Query
from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from apis.common.model import Line, Sparse, Strict

NUMBER_PATTERN = r"^[A-Z]{2}-[0-9]{5}$"
"""An order's number, as it stands in the customer's letter."""

OrderNumber = Annotated[str, Field(pattern=NUMBER_PATTERN)]
ItemId = Annotated[str, Field(pattern=r"^itm_[A-Za-z0-9_-]{22}$")]
Amount = Annotated[str, Field(pattern=r"^(0|[1-9][0-9]{0,8})\.[0-9]{2}$")]
Currency = Literal["EUR", "USD", "GBP", "CHF"]
State = Literal["placed", "packed", "shipped", "delivered", "cancelled"]
OPEN: tuple[State, ...] = ("placed", "packed", "shipped")
"""States of an order that is still on its way to the customer."""
CANCELLABLE: tuple[State, ...] = ("placed", "packed")
"""States in which the shop still has the goods."""
What = Literal[
    "placed",
    "packed",
    "handed_over",
    "in_transit",
    "delayed",
    "out_for_delivery",
    "delivered",
    "cancelled",
    "return_requested",
]
Country = Literal["AT", "BE", "CH", "DE", "FR", "GB", "IE", "NL", "US"]
"""ISO 3166-1 alpha-2 codes of the countries that the shop delivers to."""


class Item(Strict):
    """Something that was ordered; `price` is that of one piece.

    `returnable`: it may go back today.
    """

    id: ItemId
    name: Line
    quantity: Annotated[int, Field(ge=1, le=99)]
    price: Amount
    returned: bool
    returnable: bool


class Event(Sparse):
    """Something that happened to an order, and where."""

    at: datetime
    what: What
    place: Line | SkipJsonSchema[None] = None


class OrderSummary(Sparse):
    """An order of the caller. `return_until` is the last day on which its items may go back."""

    number: OrderNumber
    placed_on: date
    state: State
    total: Amount
    currency: Currency
    items: Annotated[list[Item], Field(min_length=1, max_length=50)]
    expected_on: date | SkipJsonSchema[None] = None
    delivered_on: date | SkipJsonSchema[None] = None
    return_until: date | SkipJsonSchema[None] = None


MOST_LISTED = 50
"""How many orders one page may hold."""


class OrdersQuery(Sparse):
    """The newest orders, or the next page of them: `after` is the last of the page before."""

    after: OrderNumber | SkipJsonSchema[None] = None
    limit: Annotated[int, Query(ge=1, le=MOST_LISTED)] = 20


class OrderList(Sparse):
    """One page, newest first; `more` says that there are older ones.

    `next` is there where `more` is true: the `after` of the next page.
    """

    orders: Annotated[list[OrderSummary], Field(max_length=MOST_LISTED)]
    more: bool
    next: OrderNumber | SkipJsonSchema[None] = None


class Order(OrderSummary):
    """One order with its way, oldest first."""

    events: Annotated[list[Event], Field(max_length=100)]


class Address(Strict):
    """Where orders are sent to."""

    street: Line
    postcode: Annotated[str, Field(pattern=r"^[A-Z0-9](?:[A-Z0-9 -]{1,8})[A-Z0-9]$")]
    city: Line
    country: Country


class AccountStatus(Sparse):
    """The customer's account; `support_until` is there while support may act for them."""

    name: Line
    since: date
    state: Literal["active", "on_hold"]
    open_orders: Annotated[int, Field(ge=0)]
    support_until: datetime | SkipJsonSchema[None] = None
