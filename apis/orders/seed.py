"""The demo's data: read from its seed file, checked, and written where there is none."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from sqlalchemy import Connection, Engine, insert, select

from apis.common.model import Line, Owner
from apis.common.setup import Subjects, owner_of
from apis.orders.model import NUMBER_PATTERN, Address, Currency, State, What
from apis.orders.rows import seconds
from apis.orders.tables import CustomerRow, EventRow, ItemRow, OrderRow

_Days = Annotated[int, Field(ge=0, le=3_650)]


class _Seed(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SeedOwner(_Seed):
    """A person of the demo."""

    tenant: str
    username: str


class SeedCustomer(_Seed):
    """A customer, and where their orders go."""

    owner: SeedOwner
    name: Line
    since_days_ago: _Days
    state: Annotated[str, Field(pattern="^(active|on_hold)$")] = "active"
    address: Address


class SeedItem(_Seed):
    """Something of an order."""

    name: Line
    quantity: Annotated[int, Field(ge=1, le=99)] = 1
    price: Annotated[str, Field(pattern=r"^(0|[1-9][0-9]{0,6})\.[0-9]{2}$")]


class SeedEvent(_Seed):
    """Something that happened so many days before the set-up runs, at a time of day (UTC)."""

    days_ago: _Days
    at: Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
    what: What
    place: Line | None = None


class SeedOrder(_Seed):
    """An order; it is placed with its first event, and delivered with the event that says so."""

    owner: SeedOwner
    number: Annotated[str, Field(pattern=NUMBER_PATTERN)]
    state: State
    currency: Currency = "EUR"
    expected_in_days: Annotated[int, Field(ge=0, le=60)] | None = None
    items: Annotated[list[SeedItem], Field(min_length=1)]
    events: Annotated[list[SeedEvent], Field(min_length=1)]

    @model_validator(mode="after")
    def _tells_one_story(self) -> Self:
        days = [event.days_ago for event in self.events]
        if self.events[0].what != "placed" or days != sorted(days, reverse=True):
            raise ValueError(f"the events of {self.number} begin with `placed`, oldest first")
        if (self.state == "delivered") is not (self.delivered is not None):
            raise ValueError(f"{self.number} is delivered where an event says so")
        return self

    @property
    def delivered(self) -> SeedEvent | None:
        """The event of its delivery."""
        return next((event for event in self.events if event.what == "delivered"), None)


class SeedShop(_Seed):
    """The `orders` part of the seed file."""

    customers: list[SeedCustomer]
    orders: list[SeedOrder] = []


def fill_when_empty(engine: Engine, shop: SeedShop, subjects: Subjects, today: date) -> bool:
    """Write everything, in one transaction, where there is nothing; tell whether it did.

    A shop whose customers were erased has their orders still. Raises `SeedError` where an owner
    has no pairwise subject.
    """
    with engine.begin() as connection:
        for column in (CustomerRow.subject, OrderRow.id):
            if connection.execute(select(column).limit(1)).first() is not None:
                return False
        addresses: dict[Owner, dict[str, str]] = {}
        for customer in shop.customers:
            owner = owner_of(customer.owner.tenant, customer.owner.username, subjects)
            addresses[owner] = customer.address.model_dump()
            connection.execute(insert(CustomerRow), _customer(customer, owner, today))
        for order in shop.orders:
            owner = owner_of(order.owner.tenant, order.owner.username, subjects)
            _write(connection, order, {**_owned(owner), **addresses[owner]}, today)
    return True


def _owned(owner: Owner) -> dict[str, str]:
    return {"tenant": owner.tenant, "subject": owner.subject}


def _customer(customer: SeedCustomer, owner: Owner, today: date) -> dict[str, Any]:
    return {
        **_owned(owner),
        "name": customer.name,
        "since": today - timedelta(days=customer.since_days_ago),
        "state": customer.state,
        **customer.address.model_dump(),
    }


def _write(connection: Connection, order: SeedOrder, whose: dict[str, str], today: date) -> None:
    order_id = f"ord_{secrets.token_urlsafe(16)}"
    delivered, coming = order.delivered, order.expected_in_days
    values = {
        "id": order_id,
        **whose,
        "number": order.number,
        "placed_on": today - timedelta(days=order.events[0].days_ago),
        "state": order.state,
        "total_minor": sum(item.quantity * _minor(item.price) for item in order.items),
        "currency": order.currency,
        "expected_on": None if coming is None else today + timedelta(days=coming),
        "delivered_on": None if delivered is None else today - timedelta(days=delivered.days_ago),
    }
    connection.execute(insert(OrderRow), values)
    tenant = {"tenant": whose["tenant"]}
    items, events = _items(order, order_id), _events(order, order_id, today)
    connection.execute(insert(ItemRow), [{**tenant, **item} for item in items])
    connection.execute(insert(EventRow), [{**tenant, **event} for event in events])


def _items(order: SeedOrder, order_id: str) -> Iterator[dict[str, Any]]:
    for position, item in enumerate(order.items):
        yield {
            "id": f"itm_{secrets.token_urlsafe(16)}",
            "order_id": order_id,
            "position": position,
            "name": item.name,
            "quantity": item.quantity,
            "price_minor": _minor(item.price),
        }


def _events(order: SeedOrder, order_id: str, today: date) -> Iterator[dict[str, Any]]:
    for event in order.events:
        day = today - timedelta(days=event.days_ago)
        at = datetime.combine(day, time.fromisoformat(event.at), UTC)
        yield {"order_id": order_id, "at": seconds(at), "what": event.what, "place": event.place}


def _minor(price: str) -> int:
    return int(price.replace(".", ""))
