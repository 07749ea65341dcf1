"""What the API does with tokens; how each is checked is tested with the verifier."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest

from security.tokens.issuer import Signer, TokenIssuer
from security.tokens.keys import generate_signing_key
from security.tokens.verifier import DEFAULT_ISSUER

from .conftest import BASE_URL, NOW

ACCOUNTS = "banking:accounts:read"
TRANSACTIONS = "banking:transactions:read"
CHALLENGE = 'DPoP realm="banking", algs="Ed25519"'


def refused(reply: httpx.Response) -> tuple[int, str, str]:
    assert reply.headers["content-type"] == "application/problem+json"
    return reply.status_code, reply.json()["code"], reply.headers["www-authenticate"]


@pytest.mark.parametrize("path", ["/accounts", "/transactions", "/accounts/x/transactions"])
async def test_a_call_without_a_token_is_401_without_an_error(bank: Any, path: str) -> None:
    """RFC 6750 3.1: a request without credentials is told the scheme and no more."""
    reply = await bank.get(path)
    assert refused(reply) == (401, "invalid_token", CHALLENGE)


@pytest.mark.parametrize(
    "header",
    ["DPoP", "DPoP ", "DPoP a.b.c", "Basic YWxpY2U6eA==", "DPoP e30.e30.", "Token x"],
)
async def test_a_header_that_is_no_token_is_401(bank: Any, header: str) -> None:
    """RFC 6750 3.1."""
    reply = await bank.http.get("/accounts", headers={"Authorization": header})
    assert refused(reply)[:2] == (401, "invalid_token")
    assert 'error="invalid_token"' in reply.headers["www-authenticate"]


async def test_a_token_for_another_api_is_401(bank: Any) -> None:
    """RFC 9068, ASVS 9.2.3: the audience is this API and no other."""
    token = bank.token(ACCOUNTS, audience="urn:gatehouse:api:hr")
    assert refused(await bank.get("/accounts", token))[0] == 401


async def test_a_token_of_a_strangers_key_is_401(bank: Any) -> None:
    """ASVS 9.1.2: only security's key counts, though every claim is right."""
    bank.issuer = TokenIssuer(Signer(generate_signing_key()), DEFAULT_ISSUER)
    assert refused(await bank.get("/accounts", bank.token(ACCOUNTS)))[0] == 401


@pytest.mark.parametrize(
    ("path", "scope"),
    [
        ("/accounts", TRANSACTIONS),
        ("/transactions", ACCOUNTS),
        ("/accounts", f"{ACCOUNTS} {TRANSACTIONS}"),
        ("/accounts", "banking:accounts:write"),
        ("/accounts", "banking:accounts:readx"),
    ],
)
async def test_a_token_for_another_operation_is_403(bank: Any, path: str, scope: str) -> None:
    """ASVS 9.2.2, RFC 6750 3.1: one token, one scope."""
    status, code, challenge = refused(await bank.get(path, bank.token(scope)))
    assert (status, code) == (403, "insufficient_scope")
    assert 'error="insufficient_scope", scope="banking:' in challenge


@pytest.mark.parametrize(("seconds", "status"), [(29, 200), (30, 401), (31, 401), (-1, 401)])
async def test_a_token_ends_with_its_last_second(make_bank: Any, seconds: int, status: int) -> None:
    """RFC 7519 4.1.4: on or after `exp` it must not be accepted; nor before it was issued."""
    bank, ledger = make_bank(lambda: NOW + timedelta(seconds=seconds))
    async with bank.http:
        token = bank.token(ACCOUNTS)
        later = NOW + timedelta(seconds=seconds)
        proof = bank.key.prove("GET", f"{BASE_URL}/accounts", token, later)
        headers = {"Authorization": f"DPoP {token}", "DPoP": proof}
        reply = await bank.http.get("/accounts", headers=headers)
        assert reply.status_code == status
    ledger.close()


async def test_two_authorization_headers_are_no_token(bank: Any) -> None:
    """ASVS 4.2.1: what two readers could read differently is refused."""
    presented = bank.headers("GET", "/accounts", bank.token(ACCOUNTS))
    good, proof = ("Authorization", presented["Authorization"]), ("DPoP", presented["DPoP"])
    bad = ("Authorization", "DPoP a.b.c")
    for pair in ([good, bad], [bad, good], [good, good]):
        reply = await bank.http.get("/accounts", headers=[*pair, proof])
        assert reply.status_code == 401


async def test_a_token_in_the_query_is_no_token(bank: Any) -> None:
    """RFC 9700 4.3.2: tokens do not travel in addresses."""
    reply = await bank.http.get(f"/accounts?access_token={bank.token(ACCOUNTS)}")
    assert reply.status_code == 401


async def test_the_token_is_looked_at_before_the_request(bank: Any) -> None:
    reply = await bank.get("/transactions?limit=nonsense&x=1")
    assert reply.status_code == 401


async def test_a_good_token_is_in_no_log(bank: Any, capfd: pytest.CaptureFixture[str]) -> None:
    """ASVS 16.2.5."""
    token = bank.token(TRANSACTIONS)
    await bank.get("/accounts", token)
    written = capfd.readouterr()
    assert token not in written.out + written.err
