"""Reads the shop's records, for one customer at a time.

What was found is decided by the shop's policies (`relations`) before anything of it is told.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Request
from sqlalchemy import Engine

from apis.common.caller import Clock
from apis.common.model import Owner
from apis.common.problems import ProblemError
from apis.common.reader import Reader
from apis.common.relations import Relations, found
from apis.orders import rows
from apis.orders.model import AccountStatus, Address, Order, OrderList, OrdersQuery


class Shop:
    """The customer's orders and account.

    Raises `SQLAlchemyError` where it cannot read, `PolicyFailure` where it cannot decide.
    """

    def __init__(self, engine: Engine, relations: Relations, clock: Clock) -> None:
        self._reader = Reader(engine)
        self._relations = relations
        self._clock = clock

    async def orders(self, owner: Owner, query: OrdersQuery) -> OrderList:
        """Return a page of the orders of `owner`. Raises `not_found` for no such `after`."""
        return await self._list(owner, query, "list_orders")

    async def order(self, owner: Owner, number: str) -> Order:
        """Return one order of `owner` with its way. Raises `ProblemError` `not_found`."""
        return await self._one(owner, number, "show_order")

    async def assisted_orders(self, owner: Owner, query: OrdersQuery) -> OrderList:
        """Return the same to support. Raises `consent_required`, `not_found`."""
        return await self._list(owner, query, "assist_list_orders", **await self._consent(owner))

    async def assisted_order(self, owner: Owner, number: str) -> Order:
        """Return one order of `owner` to support. Raises `consent_required`, `not_found`."""
        return await self._one(owner, number, "assist_show_order", **await self._consent(owner))

    async def account(self, owner: Owner) -> AccountStatus:
        """Return the state of the account of `owner`. Raises `ProblemError` `not_found`."""
        customer = await self._customer(owner, "account_status")
        [counted] = await self._reader.rows(rows.HOW_MANY_OPEN, owner)
        consent = await self._live_consent(owner)
        allowed = {"support_until": rows.moment(consent.expires_at)} if consent else {}
        return AccountStatus(
            name=customer.name,
            since=customer.since,
            state=customer.state,
            open_orders=counted.count,
            **allowed,
        )

    async def address(self, owner: Owner) -> Address:
        """Return where the orders of `owner` go. Raises `ProblemError` `not_found`."""
        customer = await self._customer(owner, "delivery_address")
        return Address(
            street=customer.street,
            postcode=customer.postcode,
            city=customer.city,
            country=customer.country,
        )

    async def ready(self) -> bool:
        """Tell that the tables can be read; raises `SQLAlchemyError` otherwise."""
        await self._reader.rows(rows.NEWEST, Owner("", ""), limit=1)
        return True

    def close(self) -> None:
        """Close the database."""
        self._reader.close()

    async def _list(
        self, owner: Owner, query: OrdersQuery, action: str, **context: Any
    ) -> OrderList:
        page, key = rows.NEWEST, {}
        if query.after is not None:
            last = await self._first(rows.BY_NUMBER, owner, number=query.after)
            self._relations.require(owner, action, found("Order", last), **context)
            page, key = rows.NEXT, {"last_placed_on": last.placed_on, "last_number": last.number}
        listed = await self._reader.rows(page, owner, limit=query.limit + 1, **key)
        theirs = (found("Order", row) for row in listed)
        self._relations.require_all(owner, action, theirs, **context)
        shown, more = listed[: query.limit], len(listed) > query.limit
        ids = [row.id for row in shown]
        items = await self._reader.rows(rows.ITEMS_OF_PAGE, owner, shown=ids)
        of, today = rows.by_order(items), self._clock().date()
        return OrderList(
            orders=[rows.summary(row, of.get(row.id, []), today) for row in shown],
            more=more,
            next=shown[-1].number if more else None,
        )

    async def _one(self, owner: Owner, number: str, action: str, **context: Any) -> Order:
        row = await self._first(rows.BY_NUMBER, owner, number=number)
        self._relations.require(owner, action, found("Order", row), **context)
        items = await self._reader.rows(rows.ITEMS, owner, number=number)
        events = await self._reader.rows(rows.EVENTS, owner, number=number)
        return rows.order(row, items, events, self._clock().date())

    async def _customer(self, owner: Owner, action: str) -> Any:
        row = await self._first(rows.CUSTOMER, owner)
        self._relations.require(owner, action, found("Customer", row))
        return row

    async def _first(self, query: Any, owner: Owner, **values: Any) -> Any:
        listed = await self._reader.rows(query, owner, **values)
        if not listed:
            raise ProblemError("not_found")
        return listed[0]

    async def _consent(self, owner: Owner) -> dict[str, Any]:
        """Return what the policies are told of the consent. Raises `consent_required`.

        The refusal is for people; the policies refuse by themselves what has no consent.
        """
        if await self._live_consent(owner) is None:
            raise ProblemError("consent_required")
        return {"consented": True}

    async def _live_consent(self, owner: Owner) -> Any:
        now = rows.seconds(self._clock())
        listed = await self._reader.rows(rows.CONSENT, owner, now=now)
        return listed[0] if listed else None


async def _shop_of(request: Request) -> Shop:
    """Return the shop that the composition root gave to the application."""
    shop: Shop = request.app.state.shop
    return shop


Reads = Annotated[Shop, Depends(_shop_of)]
