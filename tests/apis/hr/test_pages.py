"""Leave and papers come a page at a time; a page goes on after the last of the one before."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from apis.hr.tables import DocumentRow, LeaveRow
from tests.apis.calling import Api, Endpoint, code_of
from tests.apis.plans import plans_of

from .conftest import DOCUMENTS, REQUESTS, TEAM, erins_leave

MOST = 20
"""More pages than there can be."""
ERIN = {"tenant": "globex", "subject": "pw-erin"}
PAPER = {"kind": "payslip", "period": "2025-01", "issued_on": date(2025, 1, 30), "lines": "[]"}


@pytest.fixture
def full(hr: Api) -> Api:
    """Erin's: one request of the book and six more on three days; three papers and four more."""
    for at in range(6):
        on = f"2027-02-{at // 2 + 1:02}"
        hr.keep(LeaveRow, erins_leave(f"lve_{at:022}", on))
    for at in range(4):
        hr.keep(DocumentRow, {**ERIN, **PAPER, "id": f"doc_{at:022}", "title": f"Paper {at}"})
    return hr


async def pages(hr: Api, to: Endpoint, subject: str, limit: int, query: str = "") -> list[Any]:
    """Return what is on each page, as a caller goes through them."""
    name = "documents" if to is DOCUMENTS else "requests"
    found: list[Any] = []
    after = ""
    for _ in range(MOST):
        reply = (await hr.get(to, subject, f"{to.path}?limit={limit}{query}{after}")).json()
        found.append(reply[name])
        if to is TEAM:
            assert ("total" in reply) is (after == "")
        if "next" not in reply:
            return found
        after = f"&after={reply['next']}"
    raise AssertionError("the pages do not end")


@pytest.mark.parametrize("to", [DOCUMENTS, REQUESTS], ids=lambda one: one.path)
@pytest.mark.parametrize(("limit", "count"), [(1, 7), (3, 3), (6, 2), (7, 1), (8, 1)])
async def test_ones_own_pages_hold_everything_once_and_end(
    full: Api, to: Endpoint, limit: int, count: int
) -> None:
    """One fewer than there are, as many, and one more; those of one day on different pages."""
    [whole] = await pages(full, to, "pw-erin", 50)
    found = await pages(full, to, "pw-erin", limit)
    assert [one for page in found for one in page] == whole
    assert (len(found), len(whole)) == (count, 7)


@pytest.mark.parametrize("subject", ["pw-mark", "pw-hana"])
@pytest.mark.parametrize("query", ["", "&name=erin"])
@pytest.mark.parametrize("limit", [1, 6, 7, 8, 9])
async def test_what_waits_is_paged_for_manager_and_desk(
    full: Api, subject: str, query: str, limit: int
) -> None:
    """A manager's team, all of the tenant for the desk, and those of one name."""
    [whole] = await pages(full, TEAM, subject, 25, query)
    found = await pages(full, TEAM, subject, limit, query)
    assert [one for page in found for one in page] == whole
    assert len(whole) == (7 if query else 8)
    assert len(found) == -(-len(whole) // limit)


async def test_what_waits_goes_on_after_what_is_decided_by_now(full: Api) -> None:
    [whole] = await pages(full, TEAM, "pw-mark", 25)
    full.change("UPDATE leave SET state = 'approved' WHERE id = ?", whole[2]["id"])
    reply = await full.get(TEAM, "pw-mark", f"/team/leave?after={whole[2]['id']}")
    assert reply.json()["requests"] == whole[3:]


@pytest.mark.parametrize(
    ("to", "subject", "tenant"),
    [
        (DOCUMENTS, "pw-mark", "globex"),  # The manager's.
        (DOCUMENTS, "pw-hana", "globex"),  # The HR desk's.
        (DOCUMENTS, "pw-erin", "acme-shop"),  # A namesake's.
        (REQUESTS, "pw-mark", "globex"),
        (REQUESTS, "pw-hana", "globex"),
        (REQUESTS, "pw-erin", "acme-shop"),
        (TEAM, "pw-erin", "globex"),
        (TEAM, "pw-mark", "acme-shop"),
    ],
)
async def test_attack_nobody_goes_on_after_a_row_of_somebody_else(
    full: Api, to: Endpoint, subject: str, tenant: str
) -> None:
    """ASVS 8.2.2, 8.4.1."""
    row = f"doc_{0:022}" if to is DOCUMENTS else f"lve_{0:022}"
    reply = await full.get(to, subject, f"{to.path}?after={row}", tenant=tenant)
    assert code_of(reply) in {"not_found", "not_a_manager", "no_record"}
    assert not {"documents", "requests"} & reply.json().keys()


async def test_attack_a_manager_goes_on_after_nobodys_of_another_team(full: Api) -> None:
    """ASVS 8.2.2: nor after one's own, which somebody else decides."""
    [(own,)] = full.rows("SELECT id FROM leave WHERE tenant = 'globex' AND subject = 'pw-mark'")
    full.change("UPDATE employees SET manager = 'pw-ivan' WHERE subject = 'pw-hana'")
    [(other,)] = full.rows("SELECT id FROM leave WHERE subject = 'pw-hana'")
    for row in (own, other):
        assert code_of(await full.get(TEAM, "pw-mark", f"/team/leave?after={row}")) == "not_found"


@pytest.mark.parametrize("to", [DOCUMENTS, REQUESTS, TEAM], ids=lambda one: one.path)
@pytest.mark.parametrize(
    "query",
    ["after=", "after=1", "after=doc_1", "after=acc_AAAAAAAAAAAAAAAAAAAAAA", "after='--", "limit=0",
     "limit=101", "offset=1"],
)  # fmt: skip
async def test_a_malformed_page_is_a_problem(hr: Api, to: Endpoint, query: str) -> None:
    reply = await hr.get(to, "pw-mark", f"{to.path}?{query}")
    assert (reply.status_code, code_of(reply)) == (422, "invalid_request")


@pytest.mark.parametrize(("to", "most"), [(DOCUMENTS, 100), (REQUESTS, 50), (TEAM, 25)], ids=str)
async def test_a_page_has_its_limit(hr: Api, to: Endpoint, most: int) -> None:
    for limit, said in ((most - 1, "ok"), (most, "ok"), (most + 1, "invalid_request")):
        assert code_of(await hr.get(to, "pw-mark", f"{to.path}?limit={limit}")) == said


@pytest.mark.sqlite_alone("its own words for what an index is used for")
@pytest.mark.parametrize(
    ("to", "subject", "after", "index"),
    [
        (DOCUMENTS, "pw-erin", f"doc_{1:022}", "ix_documents_owner"),
        (REQUESTS, "pw-erin", f"lve_{1:022}", "ix_leave_owner"),
        (TEAM, "pw-mark", f"lve_{1:022}", "ix_leave_"),
        (TEAM, "pw-hana", f"lve_{1:022}", "ix_leave_state"),
    ],
)
async def test_a_next_page_goes_by_an_index(
    full: Api, to: Endpoint, subject: str, after: str, index: str
) -> None:
    with plans_of(full.database) as plans:
        reply = await full.get(to, subject, f"{to.path}?limit=2&after={after}")
        assert reply.status_code == 200
    assert [plan for plan in plans if index in plan], plans
    assert [plan for plan in plans if plan.startswith("SCAN ")] == []
