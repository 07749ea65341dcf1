"""Transfers: what is booked, where it shows, and what the bank refuses."""

from __future__ import annotations

from typing import Any

import pytest

from apis.banking.tables import AccountRow
from apis.common.database import database_path
from tests.support.opened import alter

from .books import BOBS, CURRENT, NAMESAKES, SAVINGS, Books, new_key

TRANSACTIONS = "banking:transactions:read"


@pytest.fixture
def books(bank: Any) -> Books:
    return Books(database_path(bank.home, "banking"))


async def _refused(bank: Any, body: Any, status: int, code: str, **whose: str) -> None:
    """Check the refusal, and that nothing of it was booked."""
    books = Books(database_path(bank.home, "banking"))
    before = [books.rows(f"SELECT * FROM {table}") for table in ("accounts", "transactions")]
    reply = await bank.post("/transfers", body, new_key(), **whose)
    assert (reply.status_code, reply.json()["code"]) == (status, code)
    assert before == [books.rows(f"SELECT * FROM {one}") for one in ("accounts", "transactions")]
    books.check()


async def test_a_transfer_answers_with_what_was_booked(bank: Any, books: Books) -> None:
    body = books.transfer("Anna Berg", "50.00", text="Lunch")
    reply = await bank.post("/transfers", body, new_key())
    answer = reply.json()
    assert reply.status_code == 200
    assert answer.pop("id").startswith("mov_")
    assert answer == {
        "account_number": "•••• 4021",
        "payee_name": "Anna Berg",
        "payee_number": "•••• 1234",
        "amount": "50.00",
        "currency": "EUR",
        "booked_on": "2026-11-23",
        "balance": "1430.15",
        "text": "Lunch",
    }
    books.check()


async def test_an_absent_text_stays_absent(bank: Any, books: Books) -> None:
    reply = await bank.post("/transfers", books.transfer("Anna Berg", "0.01"), new_key())
    assert "text" not in reply.json()


async def test_money_that_leaves_the_bank_goes_through_clearing(bank: Any, books: Books) -> None:
    for _ in range(2):
        await bank.post("/transfers", books.transfer("Anna Berg", "50.00"), new_key())
    assert books.balance("clearing EUR") == 100_00
    assert books.balance(CURRENT) == 1480_15 - 100_00
    books.check()


async def test_a_payee_of_this_bank_is_paid_at_once(bank: Any, books: Books) -> None:
    body = books.transfer("Bob Lindqvist", "20.00", text="Cinema")
    assert (await bank.post("/transfers", body, new_key())).status_code == 200
    assert books.balance(BOBS) == 27_00
    newest = {}
    for person in ("pw-alice", "pw-bob"):
        token = bank.token(TRANSACTIONS, subject=person)
        [row] = (await bank.get("/transactions?limit=1", token)).json()["transactions"]
        newest[person] = (row["text"], row["amount"], row["date"])
    assert newest == {
        "pw-alice": ("Transfer to Bob Lindqvist: Cinema", "-20.00", "2026-11-23"),
        "pw-bob": ("Transfer from •••• 4021: Cinema", "20.00", "2026-11-23"),
    }
    books.check()


async def test_the_longest_text_is_cut_where_it_is_listed(bank: Any, books: Books) -> None:
    body = books.transfer("Bob Lindqvist", "1.00", text="x" * 140)
    assert (await bank.post("/transfers", body, new_key())).json()["text"] == "x" * 140
    token = bank.token(TRANSACTIONS)
    [row] = (await bank.get("/transactions?limit=1", token)).json()["transactions"]
    assert len(row["text"]) == 140
    assert row["text"].endswith("x…")


async def test_ones_own_account_can_be_paid(bank: Any, books: Books) -> None:
    assert (
        await bank.post("/transfers", books.transfer("My savings", "5.05"), new_key())
    ).status_code == 200
    assert books.balance(SAVINGS) == 5_00
    books.check()


async def test_an_account_cannot_pay_itself(bank: Any, books: Books) -> None:
    await _refused(bank, books.transfer("Myself", "1.00"), 422, "invalid_request")


async def test_another_tenants_account_of_that_number_is_not_touched(
    bank: Any, books: Books
) -> None:
    """ASVS 8.4.1: a request writes into its own tenant alone; elsewhere is another bank."""
    body = books.transfer("Namesake elsewhere", "1.00")
    assert (await bank.post("/transfers", body, new_key())).status_code == 200
    assert books.balance(NAMESAKES) == 9_00
    assert books.balance("clearing EUR") == 1_00


@pytest.mark.parametrize(
    ("amount", "status"), [("1400.04", 200), ("1400.05", 200), ("1400.06", 422)]
)
async def test_what_is_held_cannot_be_paid(
    bank: Any, books: Books, amount: str, status: int
) -> None:
    reply = await bank.post("/transfers", books.transfer("Anna Berg", amount), new_key())
    assert reply.status_code == status
    assert books.balance(CURRENT) >= 80_10
    books.check()


async def test_a_refusal_for_want_of_money_books_nothing(bank: Any, books: Books) -> None:
    await _refused(bank, books.transfer("Anna Berg", "1400.06"), 422, "insufficient_funds")
    body = books.transfer("Bob Lindqvist", "0.01", SAVINGS)
    await _refused(bank, body, 422, "insufficient_funds")


@pytest.mark.parametrize(
    ("amount", "code"), [("9999.99", None), ("10000.00", None), ("10000.01", "limit_exceeded")]
)
async def test_the_most_that_one_payment_may_move(
    make_bank: Any, bank: Any, books: Books, amount: str, code: str | None
) -> None:
    _raise_limit(books)
    reply = await bank.post("/transfers", books.transfer("Anna Berg", amount), new_key())
    assert reply.json().get("code") == code


@pytest.mark.parametrize(("amount", "status"), [("1900.05", 200), ("1900.06", 422)])
async def test_an_account_with_a_limit_may_go_down_to_it(
    bank: Any, books: Books, amount: str, status: int
) -> None:
    _raise_limit(books, 500_00)
    reply = await bank.post("/transfers", books.transfer("Anna Berg", amount), new_key())
    assert reply.status_code == status
    books.check()


def _raise_limit(books: Books, minor: int = 100_000_00) -> None:
    alter(books.path, AccountRow, {"limit_minor": minor})


@pytest.mark.parametrize(
    "changed",
    [
        {"account_number": "•••• 0007"},
        {"payee_name": "Anna Borg"},
        {"payee_name": "anna berg"},
        {"payee_number": "•••• 8857"},
    ],
)
async def test_a_transfer_that_differs_from_what_was_shown_is_refused(
    bank: Any, books: Books, changed: dict[str, str]
) -> None:
    """ASVS 2.3.1: what the person approved is what the bank books, or nothing."""
    body = {**books.transfer("Anna Berg", "1.00"), **changed}
    await _refused(bank, body, 409, "details_changed")


async def test_a_payment_in_another_currency_than_the_accounts_is_refused(
    bank: Any, books: Books
) -> None:
    body = books.transfer("Anna Berg", "1.00", currency="USD")
    await _refused(bank, body, 422, "invalid_request")


@pytest.mark.parametrize(
    ("tenant", "subject"),
    [("northwind-bank", "pw-bob"), ("globex", "pw-alice"), ("globex", "pw-globex-alice")],
)
async def test_anothers_account_and_payee_are_not_found(
    bank: Any, books: Books, tenant: str, subject: str
) -> None:
    """ASVS 8.2.2: the owner in the token decides, whatever ids a body carries."""
    body = books.transfer("Anna Berg", "1.00")
    await _refused(bank, body, 404, "not_found", tenant=tenant, subject=subject)


async def test_anothers_payee_or_account_alone_is_not_found(bank: Any, books: Books) -> None:
    """ASVS 8.2.2."""
    hers, his = books.transfer("Anna Berg", "1.00"), books.transfer("Alice Moreau", "1.00", BOBS)
    for mixed in ("account", "account_number"), ("payee", "payee_name", "payee_number"):
        body = {**hers, **{name: his[name] for name in mixed}}
        await _refused(bank, body, 404, "not_found")


@pytest.mark.parametrize(
    "changed",
    [
        {"amount": "0.00"},
        {"amount": "-1.00"},
        {"amount": "+1.00"},
        {"amount": "1"},
        {"amount": "1.0"},
        {"amount": "1.001"},
        {"amount": "01.00"},
        {"amount": "1,00"},
        {"amount": "1e2"},
        {"amount": " 1.00"},
        {"amount": "1.00\n"},
        {"amount": "1٠.00"},
        {"amount": "1000000000000.00"},
        {"amount": 1},
        {"amount": 1.00},
        {"amount": True},
        {"amount": None},
        {"currency": "eur"},
        {"currency": "XXX"},
        {"account": "x"},
        {"payee": None},
        {"payee_name": "Anna\u202eBerg"},
        {"payee_name": " Anna Berg"},
        {"text": None},
        {"text": ""},
        {"text": "a\nb"},
        {"text": "a\u200bb"},
        {"text": "x" * 141},
        {"text": "\ud800"},
        {"limit_minor": 1},
        {"balance": "1.00"},
    ],
)
async def test_a_body_in_any_other_form_is_refused(
    bank: Any, books: Books, changed: dict[str, Any]
) -> None:
    """ASVS 2.2.1: only what the document declares is accepted, in its one plain form."""
    body = {**books.transfer("Anna Berg", "1.00"), **changed}
    await _refused(bank, body, 422, "invalid_request")
    assert books.count("idempotency_keys") == 0


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "application/json"),
        (b"{", "application/json"),
        (b"[]", "application/json"),
        (b"\xff", "application/json"),
        (b"[" * 8_000, "application/json"),
        (b"[" * 8_193, "application/json"),
        (b"{}", "text/plain"),
        (b"{}", "application/x-www-form-urlencoded"),
    ],
)
async def test_what_is_no_json_object_is_refused(bank: Any, content: bytes, kind: str) -> None:
    key = new_key()
    presented = bank.headers("POST", "/transfers", bank.write_token("/transfers", {}, key))
    headers = {**presented, "Idempotency-Key": key, "Content-Type": kind}
    reply = await bank.http.post("/transfers", content=content, headers=headers)
    assert (reply.status_code, reply.json()["code"]) == (422, "invalid_request")


async def test_a_body_is_read_after_the_token(bank: Any) -> None:
    """ASVS 15.2.2: a stranger makes the bank read nothing."""
    reply = await bank.http.post("/transfers", content=b"{", headers={"Idempotency-Key": "x"})
    assert reply.status_code == 401


async def test_nothing_personal_of_a_payment_is_logged(
    bank: Any, books: Books, capfd: pytest.CaptureFixture[str]
) -> None:
    """ASVS 16.2.5: one line a write, with how it ended and nobody's values."""
    body, key = books.transfer("Anna Berg", "12.34", text="Gift for Mia"), new_key()
    for amount in ("12.34", "12.34", "12.35"):
        await bank.post("/transfers", {**body, "amount": amount}, key)
    await bank.settle(key)
    written = "".join(capfd.readouterr())
    lines = [line for line in written.splitlines() if "write" in line.split("operation")[0]]
    expected = ("done", "repeated", "idempotency_key_reused", "done")
    for line, outcome in zip(lines, expected, strict=True):
        assert f"outcome={outcome}" in line
    values = ("Anna", "12.34", "Mia", "pw-alice", "1234", "4021", key, body["account"])
    assert not any(value in written for value in values)
