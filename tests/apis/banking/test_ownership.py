"""Whose rows a token opens: the API decides it, whatever security decided before."""

from __future__ import annotations

from typing import Any

import pytest

ACCOUNTS = "banking:accounts:read"
TRANSACTIONS = "banking:transactions:read"


async def test_a_person_sees_exactly_their_own_accounts(bank: Any) -> None:
    reply = await bank.get("/accounts", bank.token(ACCOUNTS))
    shown = reply.json()["accounts"]
    assert reply.status_code == 200
    assert [(one["name"], one["number"]) for one in shown] == [
        ("Current account", "•••• 4021"),
        ("Savings account", "•••• 0007"),
    ]
    assert (shown[0]["balance"], shown[0]["available"]) == ("1480.15", "1400.05")
    assert shown[1]["balance"] == "-0.05"


async def test_the_newest_transactions_come_first(bank: Any) -> None:
    reply = await bank.get("/transactions?limit=3", bank.token(TRANSACTIONS))
    rows = reply.json()["transactions"]
    assert [(row["date"], row["text"]) for row in rows] == [
        ("2026-11-23", "Spotted Goods"),
        ("2026-11-22", "Kiosk 8"),
        ("2026-11-22", "Kiosk 7"),
    ]
    assert rows[0]["amount"] == "-10.99"


async def test_ten_are_returned_where_no_limit_is_given(bank: Any) -> None:
    reply = await bank.get("/transactions", bank.token(TRANSACTIONS))
    assert len(reply.json()["transactions"]) == 10


async def test_one_account_shows_its_own_rows_only(bank: Any) -> None:
    accounts = (await bank.get("/accounts", bank.token(ACCOUNTS))).json()["accounts"]
    savings = accounts[1]["id"]
    reply = await bank.get(f"/accounts/{savings}/transactions", bank.token(TRANSACTIONS))
    assert [row["text"] for row in reply.json()["transactions"]] == ["Interest"]


@pytest.mark.parametrize(
    ("tenant", "subject"),
    [
        ("northwind-bank", "pw-bob"),
        ("globex", "pw-globex-alice"),
        ("globex", "pw-alice"),
        ("northwind-bank", "pw-globex-alice"),
        ("northwind-bank", "pw-alice "),
        ("northwind-bank", "PW-ALICE"),
        ("northwind-bank", "%"),
        ("northwind-bank", "' OR '1'='1"),
    ],
)
async def test_anothers_account_is_the_same_as_an_unknown_one(
    bank: Any, tenant: str, subject: str
) -> None:
    """ASVS 8.2.2: an object of another person, or of another tenant's namesake, is not found."""
    accounts = (await bank.get("/accounts", bank.token(ACCOUNTS))).json()["accounts"]
    attacker = bank.token(TRANSACTIONS, tenant, subject)
    others = await bank.get(f"/accounts/{accounts[0]['id']}/transactions", attacker)
    unknown = await bank.get(f"/accounts/acc_{'x' * 22}/transactions", attacker)
    assert others.status_code == unknown.status_code == 404
    assert others.content == unknown.content


async def test_no_listing_of_one_person_holds_an_id_of_another(bank: Any) -> None:
    """ASVS 8.4.1: every pair of tenant and subject sees its own rows alone."""
    seen: list[str] = []
    for tenant, subject in (
        ("northwind-bank", "pw-alice"),
        ("northwind-bank", "pw-bob"),
        ("globex", "pw-globex-alice"),
        ("globex", "pw-alice"),
        ("globex", "pw-bob"),
    ):
        accounts = await bank.get("/accounts", bank.token(ACCOUNTS, tenant, subject))
        rows = await bank.get("/transactions?limit=100", bank.token(TRANSACTIONS, tenant, subject))
        seen += [one["id"] for one in accounts.json()["accounts"]]
        seen += [one["id"] for one in rows.json()["transactions"]]
    assert len(seen) == len(set(seen)) == 4 + 14


async def test_no_answer_holds_a_whole_account_number(bank: Any) -> None:
    replies = [
        await bank.get("/accounts", bank.token(ACCOUNTS)),
        await bank.get("/transactions?limit=100", bank.token(TRANSACTIONS)),
    ]
    assert all("NWBK" not in reply.text and "027" not in reply.text for reply in replies)
