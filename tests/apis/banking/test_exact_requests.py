"""A token for one payment makes no other (RFC 9396), nor one approved too weakly (RFC 9470)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from security.tokens.issuer import Authentication

from .books import Books, new_key
from .conftest import NOW

ACCOUNTS = "banking:accounts:read"
BILLS = "banking:bills:read"
WRITE = "banking:transfers:write"


@pytest.fixture
def books(bank: Any) -> Books:
    return Books(bank.home / "db" / "banking" / "banking.sqlite3")


async def _refused(bank: Any, books: Books, sent: Any, **with_token: Any) -> None:
    """Check that the request is refused, that nothing was booked, and no key used up."""
    key = with_token.pop("key")
    reply = await bank.post("/transfers", sent, key, bank.token(WRITE, **with_token))
    assert (reply.status_code, reply.json()["code"]) == (403, "invalid_authorization_details")
    assert [books.count(table) for table in ("movements", "idempotency_keys")] == [0, 0]
    assert books.count("spent_tokens") == 0


def _detail(body: Any, key: str, **changed: Any) -> dict[str, Any]:
    detail = {"type": "banking.make_transfer", "identifier": key, "arguments": body}
    return {**detail, **changed}


async def test_ten_euros_to_anna_are_neither_eleven_nor_bobs(bank: Any, books: Books) -> None:
    """RFC 9396, PSD2 RTS 5 ★."""
    meant, key = books.transfer("Anna Berg", "10.00", text="Lunch"), new_key()
    bobs = books.transfer("Bob Lindqvist", "10.00", text="Lunch")
    without = {name: value for name, value in meant.items() if name != "text"}
    others = (
        {**meant, "amount": "11.00"},
        {**meant, "amount": "10.0"},
        {**meant, "amount": 10.00},
        bobs,
        {**meant, "payee": bobs["payee"]},
        {**meant, "payee_name": "Bob Lindqvist"},
        {**meant, "currency": "USD"},
        {**meant, "text": "Lunch "},
        {**meant, "extra": "x"},
        without,
        {},
    )
    for sent in others:
        await _refused(bank, books, sent, key=key, details=[_detail(meant, key)])
    token = bank.token(WRITE, details=[_detail(meant, key)])
    assert (await bank.post("/transfers", meant, key, token)).status_code == 200


async def test_a_token_is_for_one_endpoint_and_one_key(bank: Any, books: Books) -> None:
    """A key changed on the way would make security void another one than was used."""
    body, key = books.transfer("Anna Berg", "10.00"), new_key()
    for detail in (
        _detail(body, key, type="banking.pay_bill"),
        _detail(body, key, type="make_transfer"),
        _detail(body, key, type="hr.make_transfer"),
        _detail(body, new_key()),
        _detail(body, ""),
        _detail(body, key, more="x"),
        _detail([body], key),
        {"type": "banking.make_transfer", "identifier": key},
        {"type": "banking.make_transfer", "arguments": body},
        {},
    ):
        await _refused(bank, books, body, key=key, details=[detail])


async def test_a_write_needs_exactly_one_entry(bank: Any, books: Books) -> None:
    body, key = books.transfer("Anna Berg", "10.00"), new_key()
    good = _detail(body, key)
    for details in ([], [good, good], [good, _detail(body, new_key())]):
        await _refused(bank, books, body, key=key, details=details)


async def test_a_query_is_an_argument_too(bank: Any, books: Books) -> None:
    body, key = books.transfer("Anna Berg", "10.00"), new_key()
    token = bank.write_token("/transfers", body, key)
    reply = await bank.post("/transfers?amount=11.00", body, key, token)
    assert reply.status_code in (403, 422)
    assert books.count("movements") == 0


async def test_a_name_that_stands_twice_is_refused(bank: Any, books: Books) -> None:
    """RFC 8259 4: who reads the first amount and who reads the last would differ."""
    body, key = books.transfer("Anna Berg", "10.00"), new_key()
    token = bank.write_token("/transfers", body, key)
    headers = bank.headers("POST", "/transfers", token)
    headers |= {"Idempotency-Key": key, "Content-Type": "application/json"}
    pairs = ", ".join(f'"{name}": "{value}"' for name, value in body.items())
    raw = f'{{"amount": "99.00", {pairs}}}'.encode()
    reply = await bank.http.post("/transfers", content=raw, headers=headers)
    assert (reply.status_code, reply.json()["code"]) == (422, "invalid_request")
    assert books.count("movements") == 0


async def test_a_read_that_is_bound_reads_nothing_else(bank: Any) -> None:
    """What a token says of a request binds it, whether or not the endpoint asks for that."""
    scope = "banking:transactions:read"
    bound = {"type": "banking.list_recent_transactions", "arguments": {"limit": 5}}
    for path, status in (
        ("/transactions?limit=5", 200),
        ("/transactions?limit=6", 403),
        ("/transactions?limit=05", 403),
        ("/transactions", 403),
        ("/accounts/acc_x/transactions?limit=5", 403),
    ):
        token = bank.token(scope, details=[bound])
        assert (await bank.get(path, token)).status_code == status


STALE: dict[str, tuple[str, Any, dict[str, str]]] = {
    "no word of it": (ACCOUNTS, None, {"acr_values": "aal2", "max_age": "900"}),
    "a weaker level": (ACCOUNTS, ("aal1", 0), {"acr_values": "aal2", "max_age": "900"}),
    "a level that nobody knows": (ACCOUNTS, ("aal9", 0), {"acr_values": "aal2"}),
    "a second too old": (ACCOUNTS, ("aal2", 901), {"max_age": "900"}),
    "from the future": (ACCOUNTS, ("aal2", -1), {"max_age": "900"}),
    "none where any would do": (BILLS, None, {"acr_values": "aal1"}),
}


@pytest.mark.parametrize(("scope", "proved", "told"), STALE.values(), ids=STALE)
async def test_weak_or_stale_authentication_is_told_what_is_needed(
    bank: Any, scope: str, proved: Any, told: dict[str, str]
) -> None:
    """RFC 9470 ★: 401 `insufficient_user_authentication`, with `acr_values` and `max_age`."""
    path = "/accounts" if scope == ACCOUNTS else "/bills"
    authentication = proved and Authentication(proved[0], NOW - timedelta(seconds=proved[1]))
    reply = await bank.get(path, bank.token(scope, authentication=authentication))
    assert (reply.status_code, reply.json()["code"]) == (401, "insufficient_user_authentication")
    challenge = reply.headers["www-authenticate"]
    assert 'error="insufficient_user_authentication"' in challenge
    assert all(f'{name}="{value}"' in challenge for name, value in told.items())


@pytest.mark.parametrize(
    ("scope", "level", "age"),
    [(ACCOUNTS, "aal2", 900), (ACCOUNTS, "aal2", 899), (ACCOUNTS, "aal3", 0), (BILLS, "aal1", 9e4)],
)
async def test_strong_and_recent_enough_is_enough(
    bank: Any, scope: str, level: str, age: float
) -> None:
    path = "/accounts" if scope == ACCOUNTS else "/bills"
    proved = Authentication(level, NOW - timedelta(seconds=age))
    assert (await bank.get(path, bank.token(scope, authentication=proved))).status_code == 200


@pytest.mark.parametrize(("age", "status"), [(59, 200), (60, 200), (61, 401)])
async def test_a_payment_is_approved_within_the_minute(
    bank: Any, books: Books, age: int, status: int
) -> None:
    """RFC 9470: the proof that counts for a payment is its own approval."""
    body, key = books.transfer("Anna Berg", "10.00"), new_key()
    proved = Authentication("aal2", NOW - timedelta(seconds=age))
    token = bank.token(WRITE, details=[_detail(body, key)], authentication=proved)
    assert (await bank.post("/transfers", body, key, token)).status_code == status
