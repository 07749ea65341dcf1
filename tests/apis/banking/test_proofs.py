"""A stolen token opens nothing: proof of possession at the API (RFC 9449)."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from security.tokens.dpop import ProofKey
from security.tokens.replay import ReplayCache

from .books import Books, new_key
from .conftest import BASE_URL, NOW

ACCOUNTS = "banking:accounts:read"
URL = f"{BASE_URL}/accounts"


def _told(reply: Any) -> tuple[int, str]:
    assert f'error="{reply.json()["code"]}"' in reply.headers["www-authenticate"]
    assert reply.headers["www-authenticate"].startswith("DPoP ")
    return reply.status_code, reply.json()["code"]


async def _get(bank: Any, token: str, proof: str | None, path: str = "/accounts") -> Any:
    headers = {"Authorization": f"DPoP {token}"} | ({"DPoP": proof} if proof is not None else {})
    return await bank.http.get(path, headers=headers)


async def test_a_token_with_its_proof_is_accepted(bank: Any) -> None:
    token = bank.token(ACCOUNTS)
    reply = await _get(bank, token, bank.key.prove("GET", URL, token, NOW))
    assert reply.status_code == 200


async def test_a_stolen_token_without_its_key_opens_nothing(bank: Any) -> None:
    """RFC 9449 ★: without a proof, with the thief's own, and as a bearer token."""
    token = bank.token(ACCOUNTS)
    assert _told(await _get(bank, token, None)) == (401, "invalid_dpop_proof")
    own = ProofKey().prove("GET", URL, token, NOW)
    assert _told(await _get(bank, token, own)) == (401, "invalid_token")
    bearer = await bank.http.get("/accounts", headers={"Authorization": f"Bearer {token}"})
    assert _told(bearer) == (401, "invalid_token")


async def test_a_proof_opens_once(bank: Any) -> None:
    """RFC 9449 11.1 ★: whoever repeats a request that they saw gets nothing."""
    token = bank.token(ACCOUNTS)
    proof = bank.key.prove("GET", URL, token, NOW)
    assert (await _get(bank, token, proof)).status_code == 200
    for _ in range(2):
        assert _told(await _get(bank, token, proof)) == (401, "invalid_dpop_proof")


async def test_of_many_copies_of_a_request_one_is_answered(bank: Any) -> None:
    token = bank.token(ACCOUNTS)
    proof = bank.key.prove("GET", URL, token, NOW)
    replies = await asyncio.gather(*(_get(bank, token, proof) for _ in range(20)))
    assert sorted(reply.status_code for reply in replies) == [200] + [401] * 19


WRONG: dict[str, tuple[str, str, timedelta]] = {
    "another method": ("POST", URL, timedelta()),
    "the method in small letters": ("get", URL, timedelta()),
    "another path": ("GET", f"{BASE_URL}/bills", timedelta()),
    "another API": ("GET", "http://healthcare/accounts", timedelta()),
    "another scheme": ("GET", "https://banking/accounts", timedelta()),
    "a slash at the end": ("GET", f"{URL}/", timedelta()),
    "a query": ("GET", f"{URL}?limit=1", timedelta()),
    "another spelling of the path": ("GET", f"{BASE_URL}/%61ccounts", timedelta()),
    "too old": ("GET", URL, timedelta(seconds=-60)),
    "from the future": ("GET", URL, timedelta(seconds=6)),
}


@pytest.mark.parametrize(("method", "url", "late"), WRONG.values(), ids=WRONG)
async def test_a_proof_for_another_request_is_refused(
    bank: Any, method: str, url: str, late: timedelta
) -> None:
    """RFC 9449 4.3 ★."""
    token = bank.token(ACCOUNTS)
    proof = bank.key.prove(method, url, token, NOW + late)
    assert _told(await _get(bank, token, proof)) == (401, "invalid_dpop_proof")


async def test_a_proof_for_another_token_is_refused(bank: Any) -> None:
    """RFC 9449 4.3 ★: `ath` is of the token that goes with it, and has to be there."""
    token, other = bank.token(ACCOUNTS), bank.token(ACCOUNTS)
    for proof in (bank.key.prove("GET", URL, other, NOW), bank.key.prove("GET", URL, None, NOW)):
        assert _told(await _get(bank, token, proof)) == (401, "invalid_dpop_proof")


async def test_two_proofs_are_no_proof(bank: Any) -> None:
    """RFC 9449 4.3: one header, and one alone."""
    token = bank.token(ACCOUNTS)
    proofs = [("DPoP", bank.key.prove("GET", URL, token, NOW)) for _ in range(2)]
    headers = [("Authorization", f"DPoP {token}"), *proofs]
    assert _told(await bank.http.get("/accounts", headers=headers))[0] == 401


async def test_the_host_that_a_request_names_changes_nothing(bank: Any) -> None:
    """A proof is for the API's configured address: a proof made for mallory's is no good here."""
    token = bank.token(ACCOUNTS)
    proof = bank.key.prove("GET", "http://mallory/accounts", token, NOW)
    headers = {"Authorization": f"DPoP {token}", "DPoP": proof, "Host": "mallory"}
    reply = await bank.http.get("/accounts", headers=headers)
    assert _told(reply) == (401, "invalid_dpop_proof")


async def test_a_full_list_of_proofs_lets_nobody_in(bank: Any) -> None:
    """ASVS 16.5.3: what cannot be remembered is not accepted."""
    door = bank.app.state.protection
    object.__setattr__(door, "replays", ReplayCache(most=1))
    statuses = [(await bank.get("/accounts", bank.token(ACCOUNTS))).status_code for _ in range(2)]
    assert statuses == [200, 401]


async def test_a_refused_token_fills_no_list(bank: Any) -> None:
    """ASVS 15.2.2: strangers cannot make the API remember anything."""
    await bank.get("/accounts", bank.token("banking:bills:read"))
    await bank.get("/accounts", "a.b.c")
    assert len(bank.app.state.protection.replays) == 0


async def test_a_write_with_a_repeated_proof_does_not_reach_the_books(bank: Any) -> None:
    body, key = (
        Books(bank.home / "db" / "banking" / "banking.sqlite3").transfer("Anna Berg", "1.00"),
        new_key(),
    )
    token = bank.write_token("/transfers", body, key)
    headers = {**bank.headers("POST", "/transfers", token), "Idempotency-Key": key}
    first = await bank.http.post("/transfers", json=body, headers=headers)
    again = await bank.http.post("/transfers", json=body, headers=headers)
    assert first.status_code == 200
    assert _told(again) == (401, "invalid_dpop_proof")
