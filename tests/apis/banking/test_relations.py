"""Two readings of whose it is, the query's and the policies': each alone keeps others out."""

from __future__ import annotations

from typing import Any

import cedarpy
import pytest
from sqlalchemy import bindparam, select

from apis.banking import bookings
from apis.banking.app import POLICIES, routes
from apis.banking.tables import AccountRow, BillRow, PayeeRow
from apis.common.sealing.columns import looked_up
from apis.common.server import server_of
from tests.apis.banking.books import NAMESAKES, Books, new_key
from tests.apis.banking.conftest import database_path

ACCOUNTS, BILLS = "banking:accounts:read", "banking:bills:read"


def unbound(rows: Any) -> Any:
    """Return the query for one row, whoever owns it."""
    return select(rows.__table__).where(rows.id == bindparam("id"))


@pytest.fixture
def books(bank: Any) -> Books:
    return Books(database_path(bank.home, "banking"))


@pytest.fixture
def lose_conditions(bank: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every query forget whose rows it is about."""
    by_id = {"Account": AccountRow, "Payee": PayeeRow, "Bill": BillRow}
    for kind, rows in by_id.items():
        monkeypatch.setitem(bookings._BY_ID, kind, unbound(rows))
    ledger = bank.app.state.ledger
    ledger._accounts, ledger._payees = select(AccountRow.__table__), select(PayeeRow.__table__)
    ledger._bills = select(BillRow.__table__)
    one = select(AccountRow.__table__).where(AccountRow.id == bindparam("account_id"))
    ledger._one_account = one


@pytest.mark.usefixtures("lose_conditions")
@pytest.mark.parametrize(("path", "scope"), [
    ("/accounts", ACCOUNTS), ("/bills", BILLS), ("/payment-options", "banking:payments:read"),
])  # fmt: skip
async def test_a_list_whose_query_lost_its_condition_shows_nothing(
    bank: Any, path: str, scope: str
) -> None:
    """ASVS 8.2.2: everybody's rows are found, and not one is told."""
    reply = await bank.get(path, bank.token(scope))
    assert (reply.status_code, reply.json()["code"]) == (500, "internal_error")
    assert set(reply.json()) == {"type", "title", "status", "code"}


@pytest.mark.usefixtures("lose_conditions")
async def test_an_object_of_a_query_without_its_condition_is_not_found(
    bank: Any, books: Books
) -> None:
    """ASVS 8.2.2: as if it were not there."""
    before = books.dump()
    [[bobs]] = books.rows("SELECT id FROM accounts WHERE number = 'XN02NWBK000100318857'")
    token = bank.token("banking:transactions:read")
    reply = await bank.get(f"/accounts/{bobs}/transactions", token)
    assert (reply.status_code, reply.json()["code"]) == (404, "not_found")
    for path, body in (
        ("/transfers", {**books.transfer("Anna Berg", "1.00"), "account": bobs}),
        ("/transfers", {**books.transfer("Anna Berg", "1.00"), "payee": _bobs(books, "payees")}),
        ("/bill-payments", {**books.bill("Tidewater Energy"), "bill": _bobs(books, "bills")}),
    ):
        reply = await bank.post(path, body, new_key())
        assert (reply.status_code, reply.json()["code"]) == (404, "not_found")
    assert [line for line in books.dump() if "_tokens" not in line and "_keys" not in line] == [
        line for line in before if "_tokens" not in line and "_keys" not in line
    ]


def _bobs(books: Books, table: str) -> str:
    [[found]] = books.rows(f"SELECT id FROM {table} WHERE subject = 'pw-bob'")
    return str(found)


async def test_no_money_goes_into_an_account_of_another_tenant(
    bank: Any, books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ASVS 8.4.1: not even where the query for the payee's account takes another's tenant.

    On a server that row is hidden from the query as well, so it is an account elsewhere.
    """
    anywhere = select(AccountRow.__table__).where(AccountRow.number_key == bindparam("number_key"))
    monkeypatch.setattr(bookings, "_AT_THIS_BANK", anywhere)

    def elsewhere(connection: Any, column: Any, _tenant: str, *values: str) -> bytes:
        return looked_up(connection, column, "globex", *values)

    monkeypatch.setattr(bookings, "looked_up", elsewhere)
    reply = await bank.post("/transfers", books.transfer("Namesake elsewhere", "1.00"), new_key())
    if server_of("banking") is None:
        assert (reply.status_code, reply.json()["code"]) == (404, "not_found")
        assert books.count("movements") == 0
    assert books.balance(NAMESAKES) == 9_00
    paid = await bank.post("/transfers", books.transfer("Bob Lindqvist", "1.00"), new_key())
    assert paid.status_code == 200


async def test_policies_that_permit_everything_show_nothing_of_others(
    bank: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ASVS 8.2.2: the other reading alone, the query's."""
    accounts = (await bank.get("/accounts", bank.token(ACCOUNTS))).json()
    monkeypatch.setattr("apis.common.relations.Relations._may", lambda *_: True)
    assert (await bank.get("/accounts", bank.token(ACCOUNTS))).json() == accounts
    bob = bank.token("banking:transactions:read", subject="pw-bob")
    reply = await bank.get(f"/accounts/{accounts['accounts'][0]['id']}/transactions", bob)
    assert reply.status_code == 404


async def test_a_policy_engine_that_fails_denies_and_writes_nothing(
    bank: Any, books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ASVS 16.5.3: clearly, and even the token can be used again."""

    def fail(*_: object) -> None:
        raise RuntimeError("crashed")

    before, body, key = books.dump(), books.transfer("Anna Berg", "1.00"), new_key()
    with monkeypatch.context() as broken:
        broken.setattr(cedarpy, "is_authorized", fail)
        replies = [
            await bank.get("/accounts", bank.token(ACCOUNTS)),
            await bank.post("/transfers", body, key),
        ]
    for reply in replies:
        assert (reply.status_code, reply.json()["code"]) == (503, "decision_unavailable")
    assert books.dump() == before
    assert (await bank.post("/transfers", body, key)).status_code == 200


def test_every_operation_has_an_action_in_the_schema() -> None:
    """ASVS 8.2.1: a route that nobody ruled on would be decided as an unknown action: denied."""
    schema = (POLICIES / "banking.cedarschema").read_text()
    described = routes().openapi()["paths"].values()
    names = {operation["operationId"] for path in described for operation in path.values()}
    # A key is named by its owner: there is no object to find, and none to decide about.
    assert all(name in schema for name in names - {"settle_key"})
