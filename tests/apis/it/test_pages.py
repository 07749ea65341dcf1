"""Tickets and the queue come a page at a time; a page goes on after the last of the one before."""

from __future__ import annotations

from typing import Any

import pytest

from apis.it.tables import TicketRow
from tests.apis.calling import Api, Endpoint, code_of
from tests.apis.plans import plans_of

from .conftest import QUEUE, TICKETS, erins_ticket

MOST = 20
"""More pages than there can be."""


@pytest.fixture
def more(it: Api) -> Api:
    """Erin's tickets: two of the book, five more, one of them urgent, one for a person."""
    for number in range(2_001, 2_006):
        urgent = "high" if number == 2_004 else "normal"
        kind = "person" if number == 2_005 else "it"
        it.keep(TicketRow, erins_ticket(number, priority=urgent, kind=kind))
    return it


async def pages(it: Api, whose: Endpoint, subject: str, limit: int) -> list[list[str]]:
    """Return the numbers on each page, as a caller goes through them."""
    found: list[list[str]] = []
    after = ""
    for _ in range(MOST):
        reply = (await it.get(whose, subject, f"{whose.path}?limit={limit}{after}")).json()
        found.append([one["number"] for one in reply["tickets"]])
        if whose is QUEUE:
            assert ("total" in reply) is (after == "")
        if "next" not in reply:
            return found
        assert reply["next"] == found[-1][-1]
        after = f"&after={reply['next']}"
    raise AssertionError("the pages do not end")


@pytest.mark.parametrize(("limit", "count"), [(1, 7), (3, 3), (6, 2), (7, 1), (8, 1)])
async def test_ones_own_pages_hold_every_ticket_once_and_end(
    more: Api, limit: int, count: int
) -> None:
    found = await pages(more, TICKETS, "pw-erin", limit)
    assert len(found) == count
    assert [number for page in found for number in page] == [
        *("SD-2005", "IT-2004", "IT-2003", "IT-2002", "IT-2001", "IT-1004", "IT-1001")
    ]


@pytest.mark.parametrize(
    ("limit", "count"), [(1, 8), (2, 4), (3, 3), (4, 2), (7, 2), (8, 1), (9, 1)]
)
async def test_the_queues_pages_hold_every_ticket_once_the_urgent_first(
    more: Api, limit: int, count: int
) -> None:
    """A page may end within the urgent ones, right after them (two), or beyond."""
    found = await pages(more, QUEUE, "pw-ivan", limit)
    assert len(found) == count
    assert [number for page in found for number in page] == [
        *("IT-1004", "IT-2004"),
        *("IT-1002", "IT-1003", "IT-2001", "IT-2002", "IT-2003", "SD-2005"),
    ]


@pytest.mark.parametrize("last", ["IT-1004", "IT-1002"])
async def test_the_queue_goes_on_after_what_is_solved_by_now(more: Api, last: str) -> None:
    whole = await pages(more, QUEUE, "pw-ivan", 25)
    more.change("UPDATE tickets SET state = 'solved' WHERE number = ?", int(last[3:]))
    reply = await more.get(QUEUE, "pw-ivan", f"/queue?after={last}")
    assert [one["number"] for one in reply.json()["tickets"]] == (
        whole[0][whole[0].index(last) + 1 :]
    )


@pytest.mark.parametrize(
    ("subject", "tenant", "after"),
    [
        ("pw-mark", "globex", "IT-1004"),  # A colleague's.
        ("pw-erin", "acme-shop", "IT-1004"),  # Somebody of that subject at another tenant.
        ("pw-ivan", "acme-shop", "IT-1004"),
        ("pw-ivan", "globex", "IT-1004"),  # Who is at the desk, in the list of their own.
        ("pw-erin", "globex", "IT-9999"),
        ("pw-erin", "globex", "SD-1004"),
    ],
)
async def test_attack_nobody_goes_on_after_a_ticket_of_somebody_else(
    it: Api, subject: str, tenant: str, after: str
) -> None:
    """ASVS 8.2.2, 8.4.1."""
    reply = await it.get(TICKETS, subject, f"/tickets?after={after}", tenant=tenant)
    assert code_of(reply) in {"not_found", "no_record"}
    assert "tickets" not in reply.json()


async def test_attack_no_page_of_the_queue_is_for_who_is_not_at_the_desk(it: Api) -> None:
    """ASVS 8.2.2: not even after a ticket of one's own; nor after one of another tenant."""
    assert code_of(await it.get(QUEUE, "pw-erin", "/queue?after=IT-1004")) == "not_at_desk"
    other = await it.get(QUEUE, "pw-ivan", "/queue?after=IT-1002", tenant="acme-shop")
    assert code_of(other) == "not_found"


@pytest.mark.parametrize("endpoint", [TICKETS, QUEUE])
@pytest.mark.parametrize(
    "query",
    ["after=", "after=1004", "after=it-1004", "after=IT-12345678", "after=IT-1004'--", "limit=0",
     "limit=51", "after=IT-1001&after=IT-1004", "offset=1"],
)  # fmt: skip
async def test_a_malformed_page_is_a_problem(it: Api, endpoint: Endpoint, query: str) -> None:
    reply = await it.get(endpoint, "pw-ivan", f"{endpoint.path}?{query}")
    assert (reply.status_code, code_of(reply)) == (422, "invalid_request")


@pytest.mark.parametrize(("limit", "said"), [(24, "ok"), (25, "ok"), (26, "invalid_request")])
async def test_a_page_of_other_peoples_tickets_has_its_limit(
    it: Api, limit: int, said: str
) -> None:
    assert code_of(await it.get(QUEUE, "pw-ivan", f"/queue?limit={limit}")) == said


@pytest.mark.sqlite_alone("its own words for what an index is used for")
@pytest.mark.parametrize(
    ("endpoint", "subject", "after", "index", "condition"),
    [
        (TICKETS, "pw-erin", "IT-2003", "ix_tickets_owner", "number<?"),
        (QUEUE, "pw-ivan", "IT-1004", "ix_tickets_queue", "<expr>=? AND number>?"),
        (QUEUE, "pw-ivan", "IT-1003", "ix_tickets_queue", "<expr>=? AND number>?"),
    ],
)
async def test_a_next_page_is_a_range_of_the_index(
    more: Api, endpoint: Endpoint, subject: str, after: str, index: str, condition: str
) -> None:
    """No row of the pages before is counted over, and nothing is sorted."""
    with plans_of(more.database) as plans:
        reply = await more.get(endpoint, subject, f"{endpoint.path}?limit=2&after={after}")
        assert reply.status_code == 200
    ranged: list[Any] = [plan for plan in plans if index in plan and condition in plan]
    assert ranged, plans
    assert [plan for plan in plans if plan.startswith(("SCAN tickets", "USE TEMP"))] == []
