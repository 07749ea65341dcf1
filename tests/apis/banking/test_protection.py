"""Freezing, lost cards and fraud: done once, undone only by whom it belongs to."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from apis.banking.tables import AccountRow
from apis.common.database import database_path
from tests.support.opened import alter

from .books import CURRENT, Books, new_key

STANDING = "banking:standing:read"
LINE = {"text": "Spotted Goods", "amount": "-10.99", "currency": "EUR"}


@pytest.fixture
def books(bank: Any) -> Books:
    return Books(database_path(bank.home, "banking"))


async def standing(bank: Any, **whose: str) -> Any:
    return (await bank.get("/standing", bank.token(STANDING, **whose))).json()


async def account(bank: Any) -> dict[str, str]:
    one = next(one for one in (await standing(bank))["accounts"] if one["number"].endswith("4021"))
    return {"account": one["id"], "account_number": one["number"]}


async def card(bank: Any, last_four: str = "4417", **whose: str) -> dict[str, str]:
    cards = (await standing(bank, **whose))["cards"]
    one = next(one for one in cards if one["last_four"] == last_four)
    return {"card": one["id"], "last_four": last_four}


def code(reply: Any) -> tuple[int, str]:
    return reply.status_code, reply.json()["code"]


async def test_standing_tells_no_figures_and_needs_a_password_alone(bank: Any) -> None:
    told = await standing(bank)
    assert told["today"] == "2026-11-23"
    assert {one["state"] for one in told["accounts"]} == {"open"}
    assert [(one["kind"], one["state"]) for one in told["cards"]] == [
        ("debit", "active"),
        ("credit", "active"),
    ]
    theirs = await standing(bank, subject="pw-bob")
    assert [
        (one["last_four"], one["state"], one["because"], one["since"]) for one in theirs["cards"]
    ] == [("5096", "frozen", "wrong_pin", "2026-11-21")]
    assert "1480" not in str(told)


async def test_a_frozen_account_refuses_every_payment_and_books_nothing(
    bank: Any, books: Books
) -> None:
    frozen = await bank.post("/freezes", await account(bank), new_key())
    assert frozen.json() == {
        "account_number": "•••• 4021",
        "state": "frozen",
        "since": "2026-11-23",
    }
    transfer, bill = books.transfer("Anna Berg", "1.00"), books.bill("Tidewater Energy")
    assert code(await bank.post("/transfers", transfer, new_key())) == (409, "account_frozen")
    assert code(await bank.post("/bill-payments", bill, new_key())) == (409, "account_frozen")
    assert books.balance(CURRENT) == 148_015
    books.check()
    # What comes in is not stopped.
    theirs = books.transfer("Alice Moreau", "1.00", "XN02NWBK000100318857")
    assert (await bank.post("/transfers", theirs, new_key(), subject="pw-bob")).status_code == 200


async def test_a_freeze_and_a_payment_at_the_same_time_are_one_after_the_other(
    bank: Any, books: Books
) -> None:
    """Race: the payment is booked before the freeze, or refused; the books add up either way."""
    body, freeze = books.transfer("Anna Berg", "1.00"), await account(bank)
    paid, frozen = await asyncio.gather(
        bank.post("/transfers", body, new_key()), bank.post("/freezes", freeze, new_key())
    )
    assert frozen.status_code == 200
    assert paid.status_code == 200 or code(paid) == (409, "account_frozen")
    assert books.balance(CURRENT) == 148_015 - (100 if paid.status_code == 200 else 0)
    books.check()


async def test_the_same_key_freezes_once_and_a_second_one_keeps_the_day(
    bank: Any, books: Books
) -> None:
    body, key = await account(bank), new_key()
    first = await bank.post("/freezes", body, key)
    assert (await bank.post("/freezes", body, key)).json() == first.json()
    assert (await bank.settle(key))["result"] == first.json()
    assert (await bank.post("/freezes", body, new_key())).json() == first.json()


async def test_only_ones_own_freeze_is_undone(bank: Any, books: Books) -> None:
    body = await account(bank)
    await bank.post("/freezes", body, new_key())
    assert (await bank.post("/unfreezes", body, new_key())).json()["state"] == "open"
    transfer = books.transfer("Anna Berg", "1.00")
    assert (await bank.post("/transfers", transfer, new_key())).status_code == 200
    _by_the_bank(books)
    assert code(await bank.post("/unfreezes", body, new_key())) == (409, "frozen_by_bank")
    # Freezing it once more does not make it one's own to undo.
    assert (await bank.post("/freezes", body, new_key())).status_code == 200
    assert code(await bank.post("/unfreezes", body, new_key())) == (409, "frozen_by_bank")


def _by_the_bank(books: Books) -> None:
    frozen = {"state": "frozen", "frozen_because": "bank", "frozen_on": "2026-11-20"}
    alter(books.path, AccountRow, frozen, number=CURRENT)


async def test_a_lost_card_is_blocked_and_one_other_is_ordered(bank: Any, books: Books) -> None:
    body, key = await card(bank, "8203"), new_key()
    first = (await bank.post("/lost-cards", body, key)).json()
    assert (first["kind"], first["last_four"], first["arrives_on"]) == (
        "credit",
        "8203",
        "2026-11-28",
    )
    assert first["replacement"] != "8203"
    assert (await bank.post("/lost-cards", body, key)).json() == first
    assert (await bank.post("/lost-cards", body, new_key())).json() == first
    rows = books.rows(
        "SELECT last_four, state, limit_minor, used_minor FROM cards WHERE kind = 'credit'"
        " ORDER BY state"
    )
    assert rows == [
        ("8203", "lost", 150_000, 131_040),
        (first["replacement"], "ordered", 150_000, 131_040),
    ]
    assert (await bank.settle(key))["result"] == first


async def test_fraud_freezes_the_card_and_opens_one_case(bank: Any, books: Books) -> None:
    body, key = await card(bank), new_key()
    first = (await bank.post("/fraud-reports", body, key)).json()
    assert (first["kind"], first["last_four"]) == ("debit", "4417")
    assert (await bank.post("/fraud-reports", body, key)).json() == first
    assert (await bank.post("/fraud-reports", body, new_key())).json() == first
    assert books.count("cases") == 1
    states = books.rows("SELECT state, reason FROM cards WHERE last_four = '4417'")
    assert states == [("frozen", "fraud")]


async def test_a_lost_card_stays_lost_when_fraud_is_reported(bank: Any, books: Books) -> None:
    body = await card(bank)
    await bank.post("/lost-cards", body, new_key())
    assert (await bank.post("/fraud-reports", body, new_key())).status_code == 200
    assert books.value("SELECT state FROM cards WHERE last_four = '4417'") == "lost"


async def test_a_transaction_is_put_to_a_case_and_a_second_one_beside_it(
    bank: Any, books: Books
) -> None:
    case = (await bank.post("/fraud-reports", await card(bank), new_key())).json()["case"]
    found = await bank.get("/transaction-search", bank.token("banking:transactions:read"))
    first, second = found.json()["transactions"][:2]
    body = _dispute(case, first)
    assert (await bank.post("/disputes", body, new_key())).json() == {
        "case": case,
        **LINE,
        "booked_on": "2026-11-23",
    }
    assert (await bank.post("/disputes", body, new_key())).status_code == 200
    assert books.count("cases") == 1
    assert (await bank.post("/disputes", _dispute(case, second), new_key())).status_code == 200
    about = books.rows("SELECT DISTINCT transaction_id FROM cases")
    assert {row[0] for row in about} == {first["id"], second["id"]}


def _dispute(case: str, one: Any) -> dict[str, str]:
    return {
        "case": case,
        "transaction": one["id"],
        **{name: one[name] for name in ("text", "amount", "currency")},
    }


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        ("/freezes", {"account_number": "•••• 9999"}),
        ("/unfreezes", {"account_number": "•••• 9999"}),
        ("/lost-cards", {"last_four": "9999"}),
        ("/fraud-reports", {"last_four": "9999"}),
    ],
)
async def test_what_was_shown_must_be_what_is_there(
    bank: Any, books: Books, path: str, wrong: dict[str, str]
) -> None:
    body = {**(await account(bank) if "account_number" in wrong else await card(bank)), **wrong}
    before = [line for line in books.dump() if "cards" in line or "accounts" in line]
    assert code(await bank.post(path, body, new_key())) == (409, "details_changed")
    assert [line for line in books.dump() if "cards" in line or "accounts" in line] == before


@pytest.mark.parametrize("path", ["/lost-cards", "/fraud-reports"])
async def test_nobody_blocks_the_card_of_another(bank: Any, path: str) -> None:
    """ASVS 8.2.2: across owners of one tenant, and across tenants."""
    theirs = await card(bank)
    for whose in ({"subject": "pw-bob"}, {"tenant": "globex"}):
        assert code(await bank.post(path, theirs, new_key(), **whose)) == (404, "not_found")
    assert {one["state"] for one in (await standing(bank))["cards"]} == {"active"}


async def test_declines_are_the_newest_first_and_ones_own(bank: Any) -> None:
    told = (await bank.get("/declines", bank.token("banking:cards:read"))).json()["declines"]
    assert [(one["merchant"], one["date"]) for one in told] == [
        ("Skyline Airways", "2026-11-21"),
        ("Fern & Moss", "2026-11-14"),
    ]
    assert {(one["kind"], one["last_four"], one["reason"]) for one in told} == {
        ("credit", "8203", "limit_exceeded")
    }


async def test_limits_are_of_credit_cards_that_are_not_lost(bank: Any, books: Books) -> None:
    token = "banking:cards:read"
    told = (await bank.get("/limits", bank.token(token))).json()
    assert told == {
        "cards": [
            {"last_four": "8203", "state": "active", "limit": "1500.00", "used": "1310.40",
             "left": "189.60", "currency": "EUR"}
        ],
        "overdrafts": [],
    }  # fmt: skip
    lost = (await bank.post("/lost-cards", await card(bank, "8203"), new_key())).json()
    told = (await bank.get("/limits", bank.token(token))).json()
    assert [one["last_four"] for one in told["cards"]] == [lost["replacement"]]


async def test_a_card_needs_its_account(home: Path) -> None:
    books = Books(database_path(home, "banking"))
    assert books.rows("SELECT 1 FROM cards WHERE account_id NOT IN (SELECT id FROM accounts)") == []
