"""A key books once, a void key never, and a token writes once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from apis.banking.payment_model import TransferOrder
from apis.banking.writer import Writer
from apis.common.database import database_path
from apis.common.problems import ProblemError
from tests.support.opened import writing

from .books import ALICE, CURRENT, Books, caller, new_key
from .conftest import NOW, RELATIONS, WRITES


@pytest.fixture
def books(bank: Any) -> Books:
    return Books(database_path(bank.home, "banking"))


def _code(reply: Any) -> tuple[int, str]:
    return reply.status_code, reply.json().get("code")


async def test_the_same_request_again_gets_the_same_answer(bank: Any, books: Books) -> None:
    """ASVS 15.4.2: a doubled request, or a retry after a crash, books once."""
    for path, body in (
        ("/transfers", books.transfer("Anna Berg", "50.00", text="Lunch")),
        ("/bill-payments", books.bill("Tidewater Energy")),
        ("/payees", {"name": "Corner Bakery", "number": "XN70HRBR000200559999"}),
    ):
        key = new_key()
        first = await bank.post(path, body, key)
        again = await bank.post(path, dict(reversed(body.items())), key)
        assert first.status_code == again.status_code == 200
        assert first.content == again.content
    assert books.count("movements") == 2
    books.check()


async def test_the_first_answer_stays_though_the_balance_moves_on(bank: Any, books: Books) -> None:
    body, key = books.transfer("Anna Berg", "50.00"), new_key()
    first = await bank.post("/transfers", body, key)
    await bank.post("/transfers", body, new_key())
    assert (await bank.post("/transfers", body, key)).json() == first.json()


@pytest.mark.parametrize("changed", [{"amount": "50.01"}, {"text": "x"}])
async def test_a_key_serves_one_body(bank: Any, books: Books, changed: dict[str, str]) -> None:
    body, key = books.transfer("Anna Berg", "50.00"), new_key()
    await bank.post("/transfers", body, key)
    reply = await bank.post("/transfers", {**body, **changed}, key)
    assert _code(reply) == (422, "idempotency_key_reused")
    bill = await bank.post("/bill-payments", books.bill("Tidewater Energy"), key)
    assert _code(bill) == (422, "idempotency_key_reused")
    assert books.count("movements") == 1


async def test_a_refused_request_is_refused_again_and_its_key_is_void(
    bank: Any, books: Books
) -> None:
    """A late copy of what the person was told has failed must not succeed."""
    await bank.post("/transfers", books.transfer("Anna Berg", "1400.05"), new_key())
    body, key = books.transfer("Anna Berg", "1.00"), new_key()
    assert _code(await bank.post("/transfers", body, key)) == (422, "insufficient_funds")
    credit = books.transfer("Alice Moreau", "5.00", "XN02NWBK000100318857")
    assert (await bank.post("/transfers", credit, new_key(), subject="pw-bob")).status_code == 200
    assert _code(await bank.post("/transfers", body, key)) == (422, "insufficient_funds")
    assert await bank.settle(key) == {"state": "void"}
    assert (await bank.post("/transfers", body, new_key())).status_code == 200


async def test_a_done_key_settles_with_its_answer(bank: Any, books: Books) -> None:
    for path, body in (
        ("/transfers", books.transfer("Anna Berg", "50.00", text="Lunch")),
        ("/transfers", books.transfer("Anna Berg", "50.00")),
        ("/bill-payments", books.bill("Tidewater Energy")),
        ("/payees", {"name": "Corner Bakery", "number": "XN70HRBR000200559999"}),
    ):
        key = new_key()
        answer = (await bank.post(path, body, key)).json()
        for _ in range(2):
            assert await bank.settle(key) == {"state": "done", "result": answer}


async def test_a_key_that_was_settled_unused_is_void_for_good(bank: Any, books: Books) -> None:
    """A late request with a key that was given up books nothing."""
    body, key = books.transfer("Anna Berg", "50.00"), new_key()
    for _ in range(2):
        assert await bank.settle(key) == {"state": "void"}
        assert _code(await bank.post("/transfers", body, key)) == (409, "idempotency_key_void")
    assert books.count("movements") == 0


async def test_anothers_key_reads_as_unknown_and_is_not_theirs_to_void(
    bank: Any, books: Books
) -> None:
    """ASVS 8.2.2: keys belong to their owner, so nobody learns of or hinders another's."""
    body, key = books.transfer("Anna Berg", "50.00"), new_key()
    for whose in ({"subject": "pw-bob"}, {"tenant": "globex"}):
        assert await bank.settle(key, **whose) == {"state": "void"}
    done = await bank.post("/transfers", body, key)
    assert done.status_code == 200
    assert await bank.settle(key, subject="pw-bob") == {"state": "void"}
    assert (await bank.settle(key))["result"] == done.json()


@pytest.mark.parametrize("path", list(WRITES))
@pytest.mark.parametrize(
    ("key", "fits"),
    [
        (None, False),
        ("", False),
        ("k" * 15, False),
        ("k" * 16, True),
        ("k" * 64, True),
        ("k" * 65, False),
        ("k" * 15 + " k", False),
        ("k" * 15 + ".", False),
    ],
)
async def test_a_write_needs_one_key_of_the_declared_form(
    bank: Any, path: str, key: str | None, fits: bool
) -> None:
    reply = await bank.post(path, {}, key)
    assert _code(reply) == (422, "invalid_request")
    settled = await bank.post(f"/idempotency-keys/{key}/settle", None, None)
    assert settled.status_code == (200 if fits else 404 if key == "" else 422)


async def test_two_keys_are_no_key(bank: Any, books: Books) -> None:
    """ASVS 4.2.1: what two readers could read differently is refused."""
    body, key = books.transfer("Anna Berg", "1.00"), new_key()
    presented = bank.headers("POST", "/transfers", bank.write_token("/transfers", body, key))
    headers = [*presented.items(), ("Idempotency-Key", key), ("Idempotency-Key", new_key())]
    reply = await bank.http.post("/transfers", json=body, headers=headers)
    assert _code(reply) == (422, "invalid_request")


async def test_a_replayed_token_is_401_and_books_nothing(bank: Any, books: Books) -> None:
    """RFC 9068, ASVS 9.2.2-3: `jti` is single-use for writes, and its key is bound to it."""
    body, key = books.transfer("Anna Berg", "50.00"), new_key()
    token = bank.write_token("/transfers", body, key)
    assert (await bank.post("/transfers", body, key, token)).status_code == 200
    reply = await bank.post("/transfers", body, key, token)
    assert _code(reply) == (401, "invalid_token")
    assert 'error="invalid_token"' in reply.headers["www-authenticate"]
    other = await bank.post("/transfers", body, new_key(), token)
    assert _code(other) == (403, "invalid_authorization_details")
    assert books.count("movements") == 1


async def test_a_refusal_uses_up_its_token_too(bank: Any, books: Books) -> None:
    """ASVS 9.2.2-3."""
    body, key = books.transfer("Anna Berg", "1400.06"), new_key()
    token = bank.write_token("/transfers", body, key)
    assert _code(await bank.post("/transfers", body, key, token))[0] == 422
    assert _code(await bank.post("/transfers", body, key, token))[0] == 401


async def test_a_replayed_token_settles_nothing(bank: Any) -> None:
    """ASVS 9.2.2-3: settling voids, so it is a write."""
    key, other = new_key(), new_key()
    path = "/idempotency-keys/{}/settle"
    token = bank.write_token(path.format(key), None, None)
    assert (await bank.post(path.format(key), None, None, token)).status_code == 200
    assert _code(await bank.post(path.format(key), None, None, token))[0] == 401
    assert _code(await bank.post(path.format(other), None, None, token))[0] == 403


@pytest.mark.parametrize("path", [*WRITES, "/idempotency-keys/" + "k" * 16 + "/settle"])
async def test_a_token_for_reading_does_not_write(bank: Any, path: str) -> None:
    """ASVS 9.2.2, RFC 6750 3.1."""
    for scope in ("banking:payments:read", "banking:bills:read", "banking:accounts:read"):
        reply = await bank.post(path, {}, new_key(), bank.token(scope))
        assert _code(reply) == (403, "insufficient_scope")
    assert _code(await bank.http.post(path, json={})) == (401, "invalid_token")


class _Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.mark.parametrize(("seconds", "fits"), [(29, True), (30, False), (31, False)])
async def test_a_token_that_ended_while_it_waited_books_nothing(
    home: Any, seconds: int, fits: bool
) -> None:
    """RFC 7519 4.1.4: the write itself looks at `exp`, so a used `jti` may be forgotten then."""
    clock, books = _Clock(), Books(database_path(home, "banking"))
    writer = Writer(writing(books.path), clock, RELATIONS)
    order = TransferOrder(**books.transfer("Anna Berg", "50.00"))
    waiting = caller(ALICE, NOW + timedelta(seconds=30))
    clock.now = NOW + timedelta(seconds=seconds)
    if fits:
        await writer.transfer(waiting, new_key(), order)
    else:
        with pytest.raises(ProblemError) as refused:
            await writer.transfer(waiting, new_key(), order)
        assert refused.value.code == "invalid_token"
    writer.close()
    assert books.balance(CURRENT) == (1430_15 if fits else 1480_15)


@pytest.mark.parametrize(("seconds", "kept"), [(29, 2), (30, 1), (31, 1)])
async def test_a_used_token_is_kept_until_it_ends(home: Any, seconds: int, kept: int) -> None:
    """ASVS 9.2.2-3: the list of used tokens does not grow for ever."""
    clock, books = _Clock(), Books(database_path(home, "banking"))
    writer = Writer(writing(books.path), clock, RELATIONS)
    await writer.settle(caller(ALICE, NOW + timedelta(seconds=30)), new_key())
    clock.now = NOW + timedelta(seconds=seconds)
    await writer.settle(caller(ALICE, NOW + timedelta(seconds=90)), new_key())
    writer.close()
    assert books.count("spent_tokens") == kept
