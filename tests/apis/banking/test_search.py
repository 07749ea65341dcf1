"""Transactions are found by day, amount and words, a page at a time, and added up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from apis.banking.ledger import Ledger
from apis.banking.search import search, spending
from apis.banking.search_model import SearchQuery, SpendingQuery
from apis.common.database import database_path
from apis.common.model import Owner
from apis.common.problems import ProblemError
from tests.support.opened import reading

from .books import ALICE, Books
from .conftest import NOW, RELATIONS

SCOPE = "banking:transactions:read"
TODAY = NOW.date()


@pytest.fixture
def ledger(home: Path) -> Any:
    made = Ledger(
        reading(database_path(home, "banking")),
        RELATIONS,
    )
    yield made
    made.close()


async def texts(ledger: Ledger, **asked: Any) -> list[str]:
    found = await search(ledger, ALICE, SearchQuery(**asked))
    return [one.text for one in found.transactions]


async def test_words_are_found_by_their_beginnings_in_any_case_and_order(ledger: Ledger) -> None:
    assert await texts(ledger, text="SPOTTED") == ["Spotted Goods"]
    assert await texts(ledger, text="goods spot") == ["Spotted Goods"]
    assert await texts(ledger, text="potted") == []
    assert await texts(ledger, text="%") == []
    assert await texts(ledger, text="_potted") == []


async def test_days_are_bounds_that_count(ledger: Ledger) -> None:
    """At the boundary, one day before and one after: rows are of 14, 21, 22 and 23 November."""
    assert await texts(ledger, first_day="2026-11-23") == ["Spotted Goods"]
    assert await texts(ledger, first_day="2026-11-24") == []
    assert await texts(ledger, last_day="2026-11-14") == ["Balance brought forward"]
    assert await texts(ledger, last_day="2026-11-13") == []
    assert await texts(ledger, first_day="2026-11-20", last_day="2026-11-21") == ["Interest"]


async def test_a_day_that_its_month_does_not_have_is_its_last_one(ledger: Ledger) -> None:
    found = await texts(ledger, first_day="2026-10-01", last_day="2026-11-31", text="spotted")
    assert found == ["Spotted Goods"]
    assert await texts(ledger, first_day="2026-11-31") == []


async def test_amounts_are_bounds_without_sign(ledger: Ledger) -> None:
    """At the boundary, one cent below and one above."""
    for least, count in (("10.98", 1), ("10.99", 1), ("11.00", 0)):
        assert len(await texts(ledger, least=least, most="20.00")) == count
    for most, count in (("0.04", 0), ("0.05", 1), ("0.06", 1)):
        assert len(await texts(ledger, most=most)) == count
    assert await texts(ledger, direction="in") == ["Balance brought forward"]
    assert "Balance brought forward" not in await texts(ledger, direction="out")


async def test_bounds_that_cross_find_nothing(ledger: Ledger) -> None:
    assert await texts(ledger, least="2.00", most="1.00") == []
    assert await texts(ledger, first_day="2026-11-23", last_day="2026-11-22") == []


async def test_the_sums_are_those_of_all_pages(ledger: Ledger) -> None:
    found = await search(ledger, ALICE, SearchQuery(text="kiosk", limit=2))
    assert found.totals is not None
    [total] = found.totals
    assert (total.count, total.spent, total.received) == (9, "9.00", "0.00")
    assert (len(found.transactions), found.asked.text) == (2, "kiosk")


async def test_pages_hold_every_row_once_and_end(ledger: Ledger) -> None:
    whole = [one.id for one in (await search(ledger, ALICE, SearchQuery(limit=50))).transactions]
    for limit in (1, 5, 11, 12, 13):
        seen: list[str] = []
        after, pages = None, 0
        while pages == 0 or after is not None:
            found = await search(ledger, ALICE, SearchQuery(limit=limit, after=after))
            assert (found.totals is None) is (after is not None)
            seen += [one.id for one in found.transactions]
            after, pages = found.next, pages + 1
        assert seen == whole
        assert pages == -(-len(whole) // limit)
    assert len(whole) == 12


async def test_nobody_goes_on_after_a_row_of_somebody_else(ledger: Ledger, home: Path) -> None:
    """ASVS 8.2.2: a page that begins after another's row would tell where it stands."""
    books = Books(database_path(home, "banking"))
    for whose in ("XN02NWBK000100318857", "XN03GLBX000100310001"):
        theirs = books.value(
            "SELECT t.id FROM transactions t JOIN accounts a ON a.id = account_id WHERE number = ?",
            whose,
        )
        with pytest.raises(ProblemError, match="not_found"):
            await search(ledger, ALICE, SearchQuery(after=theirs))


async def test_another_person_and_another_tenant_find_their_own_alone(ledger: Ledger) -> None:
    for owner in (Owner("northwind-bank", "pw-bob"), Owner("globex", "pw-globex-alice")):
        found = await search(ledger, owner, SearchQuery())
        assert [one.text for one in found.transactions] == ["Balance brought forward"]
    assert (await search(ledger, Owner("globex", "pw-alice"), SearchQuery())).transactions == []


async def test_a_transfer_can_be_searched_as_soon_as_it_is_booked(bank: Any, home: Path) -> None:
    body = Books(database_path(bank.home, "banking")).transfer("Anna Berg", "3.00", text="Café")
    assert (await bank.post("/transfers", body, "a-key-of-16-chars")).status_code == 200
    reply = await bank.get("/transaction-search?text=anna%20cafe", bank.token(SCOPE))
    assert [one["amount"] for one in reply.json()["transactions"]] == ["-3.00"]
    [spent] = (await bank.get("/spending", bank.token("banking:spending:read"))).json()["spending"]
    assert {"category": "transfers", "spent": "3.00"} in spent["categories"]


@pytest.mark.parametrize(
    "query",
    ["limit=51", "limit=0", "least=0.00", "least=-1.00", "least=1.234", "first_day=yesterday",
     "first_day=2026-13-01", "direction=up", "after=acc_1", "text=", "owner=bob"],
)  # fmt: skip
async def test_what_is_no_search_is_refused(bank: Any, query: str) -> None:
    reply = await bank.get(f"/transaction-search?{query}", bank.token(SCOPE))
    assert (reply.status_code, reply.json()["code"]) == (422, "invalid_request")


async def test_spending_is_what_went_out_by_month_and_category(ledger: Ledger) -> None:
    told = await spending(ledger, ALICE, SpendingQuery(), TODAY)
    assert told.asked.first_day == "2026-09-01"
    [euros] = told.spending
    assert (euros.spent, [one.model_dump() for one in euros.months]) == (
        "20.04",
        [{"month": "2026-11", "spent": "20.04"}],
    )
    only = await spending(ledger, ALICE, SpendingQuery(category="groceries"), TODAY)
    assert [one.category for one in only.spending[0].categories] == ["groceries"]
    assert only.spending[0].spent == "9.00"


@pytest.mark.parametrize(
    ("month", "first"),
    [("2026-01-31", "2025-11-01"), ("2026-02-28", "2025-12-01"), ("2026-03-01", "2026-01-01")],
)
async def test_the_last_three_months_go_over_the_turn_of_the_year(
    ledger: Ledger, month: str, first: str
) -> None:
    today = NOW.replace(year=2026, month=int(month[5:7]), day=int(month[8:])).date()
    told = await spending(ledger, ALICE, SpendingQuery(), today)
    assert told.asked.first_day == first


@pytest.mark.sqlite_alone("asks SQLite which index it goes by")
async def test_every_query_of_a_search_goes_by_an_index(home: Path) -> None:
    """A page is found by the key of the row before it: no row is counted over, no table read."""
    engine = reading(database_path(home, "banking"))
    plans: list[str] = []

    def explain(connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        if "transactions" in statement and not statement.startswith("EXPLAIN"):
            raw = connection.connection.driver_connection
            plan = raw.execute(f"EXPLAIN QUERY PLAN {statement}", values).fetchall()
            plans.extend(row[3] for row in plan)

    event.listen(engine, "before_cursor_execute", explain)
    ledger = Ledger(engine, RELATIONS)
    first = await search(ledger, ALICE, SearchQuery(limit=2, text="kiosk", least="0.50"))
    await search(ledger, ALICE, SearchQuery(limit=2, after=first.next, first_day="2026-11-01"))
    await spending(ledger, ALICE, SpendingQuery(category="groceries"), TODAY)
    ledger.close()
    assert len(plans) >= 6
    assert [plan for plan in plans if plan.startswith("SCAN")] == []
