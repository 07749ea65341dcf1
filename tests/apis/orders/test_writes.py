"""Cancelling, sending back, moving house: once, in time, and only what is one's own."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from apis.orders.warehouse import ship
from tests.support.opened import writing

from .conftest import ADDRESS, NOW, days, new_key

ELSEWHERE = {"street": "2 Oak Lane", "postcode": "1010", "city": "Oakham", "country": "AT"}


def code(reply: Any) -> tuple[int, str]:
    return reply.status_code, reply.json().get("code", "done")


@pytest.mark.parametrize("number", ["AC-10001", "AC-10002"])
async def test_what_the_shop_still_has_is_cancelled(api: Any, number: str) -> None:
    reply = await api.post("/cancellations", {"number": number})
    assert reply.json() == {"number": number, "total": "12.50", "currency": "EUR"}
    assert api.state(number) == "cancelled"
    shown = (await api.get(f"/orders/{number}")).json()
    assert (shown["state"], shown["events"][-1]["what"]) == ("cancelled", "cancelled")


@pytest.mark.parametrize(
    ("number", "why"),
    [
        ("AC-10003", (422, "too_late")),
        ("AC-10004", (422, "too_late")),
        ("AC-10007", (409, "details_changed")),
        ("AC-20001", (404, "not_found")),
        ("AC-99999", (404, "not_found")),
    ],
)
async def test_what_cannot_be_cancelled_stays_as_it_is(
    api: Any, number: str, why: tuple[int, str]
) -> None:
    """ASVS 8.2.2 for the order of cora."""
    before = api.rows("SELECT number, state FROM orders ORDER BY 1")
    assert code(await api.post("/cancellations", {"number": number})) == why
    assert api.rows("SELECT number, state FROM orders ORDER BY 1") == before
    assert api.rows("SELECT count(*) FROM events WHERE what = 'cancelled'") == [(1,)]


async def test_the_same_key_again_is_the_same_answer_and_no_second_event(api: Any) -> None:
    """ASVS 15.4.2."""
    key = new_key()
    first = await api.post("/cancellations", {"number": "AC-10001"}, key)
    again = await api.post("/cancellations", {"number": "AC-10001"}, key)
    assert first.json() == again.json()
    assert await api.settle(key) == {"state": "done", "result": first.json()}
    assert api.rows("SELECT count(*) FROM events WHERE what = 'cancelled'") == [(2,)]
    other = await api.post("/cancellations", {"number": "AC-10002"}, key)
    assert code(other) == (422, "idempotency_key_reused")


async def test_a_key_that_was_asked_after_can_never_be_used(api: Any) -> None:
    key = new_key()
    assert await api.settle(key) == {"state": "void"}
    late = await api.post("/cancellations", {"number": "AC-10001"}, key)
    assert code(late) == (409, "idempotency_key_void")
    assert api.state("AC-10001") == "placed"


async def test_somebody_elses_key_tells_and_voids_nothing(api: Any) -> None:
    key = new_key()
    await api.post("/cancellations", {"number": "AC-10001"}, key)
    assert await api.settle(key, "pw-cora") == {"state": "void"}
    assert (await api.settle(key))["state"] == "done"


@pytest.mark.parametrize("round_", range(10))
async def test_cancelling_and_shipping_at_once_is_one_of_the_two(api: Any, round_: int) -> None:
    """ASVS 15.4.2: ten times at once, with a warehouse that writes past the API."""
    engine = writing(api.path)
    shipping = asyncio.to_thread(ship, engine, "acme-shop", "AC-10001", NOW)
    asked = [api.post("/cancellations", {"number": "AC-10001"}) for _ in range(5)]
    tasks = [*asked[:3], shipping, *asked[3:]] if round_ % 2 else [shipping, *asked]
    (*_,) = ended = await asyncio.gather(*tasks)
    engine.dispose()
    shipped = next(one for one in ended if isinstance(one, bool))
    cancelled = [one for one in ended if not isinstance(one, bool) and one.status_code == 200]
    assert len(cancelled) + shipped == 1
    assert api.state("AC-10001") == ("shipped" if shipped else "cancelled")
    written = api.rows(
        "SELECT what FROM events JOIN orders ON orders.id = order_id"
        " WHERE number = 'AC-10001' AND orders.tenant = 'acme-shop' AND what != 'placed'"
    )
    assert written == [("handed_over" if shipped else "cancelled",)]


@pytest.mark.parametrize(
    ("number", "outcome"),
    [("AC-10006", "done"), ("AC-10004", "done"), ("AC-10005", "too_late")],
    ids=["29 days", "30 days", "31 days"],
)
async def test_an_item_goes_back_until_the_thirtieth_day(
    api: Any, number: str, outcome: str
) -> None:
    reply = await api.post("/returns", await api.item_of(number))
    assert code(reply)[1] == outcome
    if outcome == "done":
        assert reply.json()["refund"] == "10.00"
        assert reply.json()["post_until"] == str(days(14))


@pytest.mark.parametrize("number", ["AC-10001", "AC-10003", "AC-10007"])
async def test_what_has_not_arrived_does_not_go_back(api: Any, number: str) -> None:
    reply = await api.post("/returns", await api.item_of(number))
    assert code(reply) == (422, "not_delivered")


async def test_an_item_goes_back_once_also_when_asked_often_at_once(api: Any) -> None:
    body = await api.item_of("AC-10006")
    replies = await asyncio.gather(*(api.post("/returns", body) for _ in range(8)))
    assert sorted(code(one)[1] for one in replies) == ["details_changed"] * 7 + ["done"]
    assert api.rows("SELECT count(*) FROM items WHERE return_label IS NOT NULL") == [(1,)]


async def test_an_item_of_another_order_or_name_does_not_go_back(api: Any) -> None:
    body = await api.item_of("AC-10006")
    assert code(await api.post("/returns", {**body, "number": "AC-10004"})) == (404, "not_found")
    other = {**body, "item_name": "Bulb"}
    assert code(await api.post("/returns", other)) == (409, "details_changed")
    theirs = await api.item_of("AC-20001", subject="pw-cora")
    assert code(await api.post("/returns", theirs)) == (404, "not_found")
    stolen = {**theirs, "number": "AC-10006"}
    assert code(await api.post("/returns", stolen)) == (404, "not_found")


async def test_a_new_address_holds_for_what_is_not_packed_yet(api: Any) -> None:
    reply = await api.post("/account/address", ELSEWHERE)
    assert reply.json() == {**ELSEWHERE, "orders_redirected": 1}
    assert (await api.get("/account/address", ADDRESS)).json() == ELSEWHERE
    where = "SELECT number FROM orders WHERE city = 'Oakham' AND tenant = 'acme-shop'"
    assert api.rows(where) == [("AC-10001",)]
    assert api.rows("SELECT count(*) FROM customers WHERE city = 'Oakham'") == [(1,)]


@pytest.mark.parametrize(
    "wrong",
    [
        {"street": ""},
        {"street": " 2 Oak Lane"},
        {"street": "2 Oak\u202eLane"},
        {"postcode": "1"},
        {"postcode": "10 10!"},
        {"postcode": "10101010101"},
        {"city": "O" * 65},
        {"country": "XX"},
        {"country": "at"},
        {"floor": "3"},
    ],
)
async def test_an_address_of_another_form_is_refused(api: Any, wrong: dict[str, str]) -> None:
    reply = await api.post("/account/address", {**ELSEWHERE, **wrong})
    assert code(reply) == (422, "invalid_request")


@pytest.mark.parametrize("missing", sorted(ELSEWHERE))
async def test_an_address_is_complete_or_none(api: Any, missing: str) -> None:
    body = {name: value for name, value in ELSEWHERE.items() if name != missing}
    assert code(await api.post("/account/address", body)) == (422, "invalid_request")


async def test_a_token_for_one_address_cannot_give_another(api: Any) -> None:
    """RFC 9396: what was approved is what is done."""
    detail = {"type": "orders.change_address", "arguments": ELSEWHERE, "identifier": "k" * 16}
    reply = await api.post(
        "/account/address", {**ELSEWHERE, "city": "Oakhan"}, "k" * 16, details=[detail]
    )
    assert code(reply) == (403, "invalid_authorization_details")
