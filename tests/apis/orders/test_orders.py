"""What a customer sees of their orders, and that it is theirs alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from apis.orders.openapi import as_text, document
from apis.orders.seed import SeedShop

from .conftest import ACCOUNT, ADDRESS, ORDERS, SUE, days

ROOT = Path(__file__).parents[3]


async def test_the_orders_come_newest_first_with_all_that_is_told_of_them(api: Any) -> None:
    reply = await api.get("/orders")
    assert reply.status_code == 200
    assert reply.json()["more"] is False
    first = reply.json()["orders"][0]
    items = [{**item, "id": item["id"][:4]} for item in first.pop("items")]
    assert first == {
        "number": "AC-10001",
        "placed_on": str(days(0)),
        "state": "placed",
        "total": "12.50",
        "currency": "EUR",
        "expected_on": str(days(3)),
    }
    state = {"returned": False, "returnable": False}
    lamp = {"id": "itm_", "name": "Lamp", "quantity": 1, "price": "10.00", **state}
    assert items == [lamp, {**lamp, "name": "Bulb", "price": "2.50"}]
    assert [one["number"] for one in reply.json()["orders"]][1:3] == ["AC-10002", "AC-10003"]


async def test_a_list_ends_where_it_is_asked_to_and_says_that_there_is_more(api: Any) -> None:
    shown = (await api.get("/orders?limit=6")).json()
    assert (len(shown["orders"]), shown["more"]) == (6, True)
    assert all(one["items"] for one in shown["orders"])
    assert (await api.get("/orders?limit=7")).json()["more"] is False


async def test_one_order_is_shown_with_its_way(api: Any) -> None:
    shown = (await api.get("/orders/AC-10003")).json()
    assert [(one["at"], one["what"]) for one in shown["events"]] == [
        ("2026-11-21T10:00:00Z", "placed"),
        ("2026-11-22T10:00:00Z", "handed_over"),
    ]


async def test_a_delivered_order_says_until_when_it_may_go_back(api: Any) -> None:
    shown = (await api.get("/orders/AC-10004")).json()
    assert (shown["delivered_on"], shown["return_until"]) == (str(days(-30)), str(days(0)))


@pytest.mark.parametrize("number", ["AC-20001", "AC-99999"])
async def test_anothers_order_reads_like_one_that_does_not_exist(api: Any, number: str) -> None:
    """ASVS 8.2.2."""
    reply = await api.get(f"/orders/{number}")
    assert (reply.status_code, reply.json()["code"]) == (404, "not_found")


async def test_the_same_number_and_name_at_another_tenant_is_another_order(api: Any) -> None:
    """ASVS 8.4.1: the namesake of globex has the same pairwise subject here, which is worst."""
    assert len((await api.get("/orders", tenant="globex")).json()["orders"]) == 1
    reply = await api.get("/orders/AC-10002", tenant="globex")
    assert reply.status_code == 404


async def test_the_account_says_what_is_open(api: Any) -> None:
    assert (await api.get("/account", ACCOUNT)).json() == {
        "name": "carl Tester",
        "since": str(days(-9)),
        "state": "active",
        "open_orders": 3,
    }


async def test_the_address_takes_more_than_a_password(api: Any) -> None:
    """RFC 9470."""
    assert (await api.get("/account/address", ADDRESS)).json()["city"] == "Elmtown"
    weak = await api.get("/account/address", ADDRESS, authentication=None)
    assert weak.json()["code"] == "insufficient_user_authentication"


@pytest.mark.parametrize("path", ["/account", "/account/address", "/orders"])
async def test_who_is_no_customer_finds_nothing(api: Any, path: str) -> None:
    scope = {"/account": ACCOUNT, "/account/address": ADDRESS}.get(path, ORDERS)
    reply = await api.get(path, scope, "pw-nobody")
    assert reply.status_code == 404 or reply.json() == {"orders": [], "more": False}


@pytest.mark.parametrize(
    "path",
    ["/orders?limit=0", "/orders?limit=51", "/orders?owner=x", "/orders/10001", "/orders/ac-10001"],
)
async def test_what_is_not_well_formed_is_a_problem(api: Any, path: str) -> None:
    reply = await api.get(path)
    assert (reply.status_code, reply.json()["code"]) == (422, "invalid_request")


async def test_a_token_of_somebody_who_acts_for_others_opens_none_of_ones_own(api: Any) -> None:
    """RFC 8693: only the assisted endpoints take a chain of actors."""
    for path, scope in (("/orders", ORDERS), ("/account", ACCOUNT)):
        reply = await api.get(path, scope, agent=SUE)
        assert (reply.status_code, reply.json()["code"]) == (401, "invalid_token")


def test_the_document_is_what_the_routes_say() -> None:
    committed = (ROOT / "apis" / "orders" / "openapi.json").read_text("utf-8")
    assert committed == as_text(document())


def test_the_demo_tells_the_stories_that_it_promises() -> None:
    """One of each: on its way, to be cancelled, to be sent back today or never, too late."""
    shop = SeedShop.model_validate(
        yaml.safe_load((ROOT / "demo" / "orders.yml").read_text("utf-8"))["orders"]
    )
    numbers = [order.number for order in shop.orders]
    assert len(set(numbers)) == len(numbers)
    by_owner = {
        username: {order.state for order in shop.orders if order.owner.username == username}
        for username in ("carl", "cora")
    }
    assert by_owner["carl"] == {"placed", "packed", "shipped", "delivered", "cancelled"}
    assert by_owner["cora"] == {"packed", "delivered"}
    delivered = {one.delivered.days_ago for one in shop.orders if one.delivered}
    assert delivered >= {3, 30, 45}
