"""The reads of the orders API, and its application."""

from __future__ import annotations

from pathlib import Path as FilePath
from typing import Annotated

from fastapi import FastAPI, Path, Query

from apis.common.app import add_read, new_app
from apis.common.caller import Protection, protect, reading
from apis.common.erasures import allow_erasures
from apis.common.model import Owner
from apis.common.problems import handle_problems
from apis.common.requests import PlainQuery, WithoutQuery
from apis.common.strength import PERSONAL, PLAIN
from apis.orders.erasing import erase
from apis.orders.model import (
    NUMBER_PATTERN,
    AccountStatus,
    Address,
    Order,
    OrderList,
    OrdersQuery,
)
from apis.orders.problems import KINDS, ORDER_REFUSALS
from apis.orders.shop import Reads, Shop
from apis.orders.write_routes import add_writes
from apis.orders.writer import Writer

NAME = "orders"
AUDIENCE = "urn:gatehouse:api:orders"
FOLDER = FilePath(__file__).resolve().parent
POLICIES = FOLDER / "policies"

ORDERS_READ = "orders:orders:read"
ACCOUNT_READ = "orders:account:read"
ADDRESS_READ = "orders:address:read"
ASSIST_READ = "orders:assist:read"


APage = Annotated[OrdersQuery, Query()]
ANumber = Annotated[str, Path(pattern=NUMBER_PATTERN)]
OrdersOwner = Annotated[Owner, reading(ORDERS_READ, PLAIN)]
AccountOwner = Annotated[Owner, reading(ACCOUNT_READ, PLAIN)]
AddressOwner = Annotated[Owner, reading(ADDRESS_READ, PERSONAL)]
AssistedOwner = Annotated[Owner, reading(ASSIST_READ, PERSONAL, assisted=True)]


async def list_orders(
    owner: OrdersOwner, _plain: PlainQuery, query: APage, shop: Reads
) -> OrderList:
    """List the caller's orders, the newest first."""
    return await shop.orders(owner, query)


async def show_order(
    owner: OrdersOwner, number: ANumber, _plain: PlainQuery, _query: WithoutQuery, shop: Reads
) -> Order:
    """Show one order of the caller and its way; another's is not found."""
    return await shop.order(owner, number)


async def account_status(
    owner: AccountOwner, _plain: PlainQuery, _query: WithoutQuery, shop: Reads
) -> AccountStatus:
    """Show the state of the caller's account."""
    return await shop.account(owner)


async def delivery_address(
    owner: AddressOwner, _plain: PlainQuery, _query: WithoutQuery, shop: Reads
) -> Address:
    """Show where the caller's orders go."""
    return await shop.address(owner)


async def assist_list_orders(
    owner: AssistedOwner, _plain: PlainQuery, query: APage, shop: Reads
) -> OrderList:
    """List the orders of a customer who allows support to act for them, the newest first."""
    return await shop.assisted_orders(owner, query)


async def assist_show_order(
    owner: AssistedOwner, number: ANumber, _plain: PlainQuery, _query: WithoutQuery, shop: Reads
) -> Order:
    """Show one order of a customer who allows support to act for them."""
    return await shop.assisted_order(owner, number)


def create_app(shop: Shop, writer: Writer, protection: Protection) -> FastAPI:
    """Return the application around what reads, what writes, and what stands at its door."""
    app = routes()
    app.state.shop, app.state.writer = shop, writer
    protect(app, protection)
    allow_erasures(app, NAME, FOLDER, erase)
    handle_problems(app, KINDS)
    return app


def routes() -> FastAPI:
    """Return the routes alone, which is all that the OpenAPI document needs."""
    app = new_app("Gatehouse orders API")
    assisted = (*ORDER_REFUSALS, "consent_required")
    add_read(app, KINDS, "/orders", list_orders, ORDER_REFUSALS)
    add_read(app, KINDS, "/orders/{number}", show_order, ORDER_REFUSALS)
    add_read(app, KINDS, "/account", account_status, ORDER_REFUSALS)
    add_read(app, KINDS, "/account/address", delivery_address, ORDER_REFUSALS)
    add_read(app, KINDS, "/assist/orders", assist_list_orders, assisted)
    add_read(app, KINDS, "/assist/orders/{number}", assist_show_order, assisted)
    add_writes(app)
    return app
