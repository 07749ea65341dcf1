"""Orders come a page at a time, and a page goes on after the last row of the one before."""

from __future__ import annotations

from typing import Any

import pytest

from tests.apis.plans import plans_of

from .conftest import ASSIST, SUE

ALL = 7
"""How many orders Carl has in the shop."""
MOST = 20
"""More pages than there can be."""


async def pages(read: Any, limit: int) -> list[list[str]]:
    """Return the numbers on each page, as a caller goes through them."""
    found: list[list[str]] = []
    after = ""
    for _ in range(MOST):
        reply = (await read(f"limit={limit}{after}")).json()
        found.append([one["number"] for one in reply["orders"]])
        assert all(one["items"] for one in reply["orders"])
        assert reply["more"] is ("next" in reply)
        if "next" not in reply:
            return found
        assert reply["next"] == found[-1][-1]
        after = f"&after={reply['next']}"
    raise AssertionError("the pages do not end")


@pytest.mark.parametrize(("limit", "count"), [(1, 7), (3, 3), (6, 2), (7, 1), (8, 1)])
async def test_pages_hold_every_order_once_and_end(api: Any, limit: int, count: int) -> None:
    """One fewer than there are, as many, and one more; two of a day on different pages."""
    whole = [one["number"] for one in (await api.get("/orders")).json()["orders"]]
    found = await pages(lambda query: api.get(f"/orders?{query}"), limit)
    assert [number for page in found for number in page] == whole
    assert (len(found), len(whole)) == (count, ALL)


async def test_support_goes_through_the_pages_of_a_customer_who_allows_it(api: Any) -> None:
    refused = await api.assisted("/assist/orders?limit=3&after=AC-10003")
    assert refused.json()["code"] == "consent_required"
    body = {"minutes": 30}
    assert (await api.post("/support-consents", body)).status_code == 200
    found = await pages(lambda query: api.assisted(f"/assist/orders?{query}"), 3)
    assert [len(page) for page in found] == [3, 3, 1]


@pytest.mark.parametrize(
    ("after", "tenant"),
    [("AC-20001", "acme-shop"), ("AC-99999", "acme-shop"), ("AC-10002", "globex")],
)
async def test_attack_nobody_goes_on_after_an_order_of_somebody_else(
    api: Any, after: str, tenant: str
) -> None:
    """ASVS 8.2.2, 8.4.1: another customer's, nobody's, a namesake's at another tenant."""
    reply = await api.get(f"/orders?after={after}", tenant=tenant)
    assert (reply.status_code, reply.json()["code"]) == (404, "not_found")


async def test_attack_support_goes_on_after_nobody_elses_order(api: Any) -> None:
    """ASVS 8.2.2: consent of one customer opens no place in the list of another."""
    assert (await api.post("/support-consents", {"minutes": 30})).status_code == 200
    reply = await api.get("/assist/orders?after=AC-20001", ASSIST, agent=SUE)
    assert (reply.status_code, reply.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    "query",
    ["after=", "after=10001", "after=ac-10001", "after=AC-10001'--", "after=AC-10001&after=AC-1",
     "after=null", "limit=51", "limit=0", "limit=-1", "offset=1"],
)  # fmt: skip
async def test_a_malformed_page_is_a_problem(api: Any, query: str) -> None:
    reply = await api.get(f"/orders?{query}")
    assert (reply.status_code, reply.json()["code"]) == (422, "invalid_request")


@pytest.mark.sqlite_alone("its own words for what an index is used for")
async def test_a_next_page_is_a_range_of_the_index(api: Any) -> None:
    """No row of the pages before is counted over, and nothing is sorted."""
    with plans_of(api.path) as plans:
        assert (await api.get("/orders?limit=2&after=AC-10002")).status_code == 200
    [ranged] = [plan for plan in plans if "ix_orders_newest" in plan and "<" in plan]
    assert "(placed_on,number)<(?,?)" in ranged
    assert [plan for plan in plans if plan.startswith("SCAN orders")] == []
