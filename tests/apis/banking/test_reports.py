"""Security asks the bank which tokens it has refused; nobody else is told, and none is left out."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from joserfc.jwk import OctKey

from apis.common import reports
from apis.common.reports import Reports
from security.tokens.dpop import ProofKey
from security.tokens.issuer import ACTOR, Signer, TokenIssuer
from security.tokens.keys import generate_signing_key
from security.tokens.reported import Reported, read_reported
from security.tokens.verifier import DEFAULT_ISSUER

from .conftest import BASE_URL, NOW, Bank

ACCOUNTS = "banking:accounts:read"
SECRET = "s" * 43
ASK = {"maxEvents": 50, "returnImmediately": True}


@pytest.fixture
def told(bank: Bank) -> Bank:
    """The bank, started by the launcher: with the secret of its arrow."""
    door = bank.app.state.protection
    bank.app.state.protection = replace(door, reports=Reports("banking", DEFAULT_ISSUER, SECRET))
    return bank


async def _ask(bank: Bank, body: Mapping[str, Any] = ASK, **token: Any) -> Any:
    scope = reports.scope_of("banking")
    own = {"subject": ACTOR, "tenant": "urn:gatehouse:installation", "authentication": None}
    held = bank.token(token.pop("scope", scope), **{**own, **token})
    return await bank.post(reports.PATH, dict(body), None, held)


async def _reported(bank: Bank) -> list[Reported]:
    key, sets = OctKey.import_key(SECRET.encode()), (await _ask(bank)).json()["sets"]
    return [read_reported(*one, "banking", DEFAULT_ISSUER, key) for one in sets.items()]


async def _reasons(bank: Bank) -> list[str]:
    return [one.reason for one in await _reported(bank)]


async def _get(bank: Bank, token: str, key: ProofKey | None = None, path: str = "/accounts") -> int:
    proof = (key or bank.key).prove("GET", f"{BASE_URL}{path}", token, NOW)
    headers = {"Authorization": f"DPoP {token}", "DPoP": proof}
    return (await bank.http.get("/accounts", headers=headers)).status_code


async def test_ordinary_calls_are_no_report(told: Bank) -> None:
    assert await _get(told, told.token(ACCOUNTS)) == 200
    assert (await told.post("/transfers", _transfer(await told.options()), "k" * 22)).is_success
    assert await _reasons(told) == []


async def test_attack_a_read_that_was_seen_is_sent_again(told: Bank) -> None:
    """RFC 9449 ★: the copy is refused, and security hears of it and of whose token it was."""
    token = told.token(ACCOUNTS)
    proof = told.key.prove("GET", f"{BASE_URL}/accounts", token, NOW)
    headers = {"Authorization": f"DPoP {token}", "DPoP": proof}
    assert (await told.http.get("/accounts", headers=headers)).status_code == 200
    assert (await told.http.get("/accounts", headers=headers)).status_code == 401
    [report] = await _reported(told)
    assert (report.reason, report.scope, report.is_replay) == ("proof_used_before", ACCOUNTS, True)
    assert report.token is not None


async def test_attack_a_write_that_was_seen_is_sent_again(told: Bank) -> None:
    """RFC 9068 ★: a write's token is good once, whatever proof comes with it."""
    body, key = _transfer(await told.options()), "k" * 22
    token = told.write_token("/transfers", body, key)
    assert (await told.post("/transfers", body, key, token)).is_success
    assert (await told.post("/transfers", body, key, token)).status_code == 401
    [report] = await _reported(told)
    assert (report.reason, report.scope) == ("token_used_before", "banking:transfers:write")


async def test_attack_tokens_of_all_bad_kinds_are_reported(told: Bank) -> None:
    """ASVS 9.1.1, RFC 9396: forged, stolen, and meant for something else."""
    forger = TokenIssuer(Signer(generate_signing_key()), DEFAULT_ISSUER)
    told.issuer, mint = forger, told.issuer
    assert await _get(told, told.token(ACCOUNTS)) == 401
    told.issuer = mint
    signed, _, end = told.token(ACCOUNTS).rpartition(".")
    assert await _get(told, f"{signed}.{'B' if end[0] == 'A' else 'A'}{end[1:]}") == 401
    assert await _get(told, told.token(ACCOUNTS), ProofKey()) == 401
    assert await _get(told, told.token(ACCOUNTS), path="/transactions") == 401
    assert await _get(told, told.token("banking:transactions:read")) == 403
    body = _transfer(await told.options())
    other = told.write_token("/transfers", {**body, "amount": "999.00"}, "k" * 22)
    assert (await told.post("/transfers", body, "k" * 22, other)).status_code == 403
    assert (await told.get("/accounts")).status_code == 401
    assert await _reasons(told) == [
        "unknown_key",
        "badsignatureerror",
        "proof_of_another_key",
        "proof_of_another_request",
        "wrong_scope",
        "token_for_another_request",
        "no_token",
    ]


async def test_attack_nobody_else_fetches_the_reports(told: Bank) -> None:
    """ASVS 8.2.1: a person's token opens this door as little as none; what is asked is strict."""
    assert (await told.http.post(reports.PATH, json=ASK)).status_code == 401
    assert (await _ask(told, scope=ACCOUNTS)).status_code == 403
    for body in ({}, {"maxEvents": 51}, {"maxEvents": 0}, {**ASK, "more": 1}, {**ASK, "ack": "x"}):
        assert (await _ask(told, body)).status_code == 422
    assert await _reasons(told) == ["no_token", "wrong_scope"]


async def test_an_api_that_has_no_secret_does_not_answer(bank: Bank) -> None:
    """Security finds out: nobody is told that nothing was refused."""
    assert (await _ask(bank)).status_code == 404


async def test_whoever_asks_is_answered_as_soon_as_there_is_something(told: Bank) -> None:
    """RFC 8936: one request waits, nobody asks again and again."""
    asking = asyncio.create_task(_ask(told, {"maxEvents": 5}))
    while not told.app.state.protection.reports._asking:
        await asyncio.sleep(0)
    await told.get("/accounts")
    sets = (await asking).json()["sets"]
    assert len(sets) == 1
    assert (await _ask(told, {**ASK, "ack": list(sets)})).json() == {
        "sets": {},
        "moreAvailable": False,
    }


def _transfer(options: Any) -> dict[str, Any]:
    account, payee = options["accounts"][0], options["payees"][0]
    return {
        "account": account["id"],
        "account_number": account["number"],
        "payee": payee["id"],
        "payee_name": payee["name"],
        "payee_number": payee["number"],
        "amount": "10.00",
        "currency": "EUR",
    }
