"""Tokens between real processes: keys that rotate under way, and the listener of clients."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

import httpx
import pytest

from runtime.sockets import SECURITY_OAUTH, api_socket
from security.tokens.dpop import ProofKey
from security.tokens.issuer import Grant, Signer, TokenIssuer
from security.tokens.keys import generate_signing_key
from security.tokens.verifier import DEFAULT_ISSUER
from tests.e2e.visitor import cards

pytestmark = pytest.mark.e2e

QUESTION = "what's my balance?"
_BETWEEN_QUESTIONS = 0.5
_PATIENCE = 20.0


def test_questions_are_answered_while_the_signing_key_changes(gatehouse, visitor, persons):
    """No restart and no failing call: the bank has read the new key before it signs."""
    bob, browser = persons["bob"], visitor()
    browser.arrive()
    browser.sign_in(bob)
    published = gatehouse.home / "keys" / "public" / "jwks.json"
    [old] = [key["kid"] for key in json.loads(published.read_bytes())["keys"]]
    rotate = [Path(sys.executable).parent / "gatehouse", "keys", "rotate"]
    environment = {**os.environ, "GATEHOUSE_HOME": str(gatehouse.home)}
    with subprocess.Popen(rotate, env=environment, stdout=subprocess.PIPE, text=True) as rotating:
        try:
            answered = 0
            while not _over(rotating) or answered < 3:
                assert cards(browser.say(QUESTION), "balances")
                answered += 1
            assert "signing with" in rotating.communicate()[0]
        finally:
            rotating.kill()
    assert rotating.returncode == 0
    kept = json.loads(published.read_bytes())["keys"]
    assert [key["kid"] == old for key in kept] == [False, True]
    assert cards(browser.say(QUESTION), "balances")


def _over(process: subprocess.Popen[str]) -> bool:
    """Tell whether it ended; waits a little, for a person may not ask as often as a machine can."""
    with suppress(subprocess.TimeoutExpired):
        process.wait(_BETWEEN_QUESTIONS)
    return process.poll() is not None


def test_clients_have_a_listener_of_their_own_and_no_port(gatehouse):
    """RFC 8414: on a socket that its owner alone may open."""
    path = gatehouse.sockets / SECURITY_OAUTH
    assert path.stat().st_mode & 0o777 == 0o600
    transport = httpx.HTTPTransport(uds=str(path))
    with httpx.Client(transport=transport, base_url="http://security") as client:
        said = client.get("/.well-known/oauth-authorization-server").json()
        assert said["token_endpoint"] == f"{said['issuer']}/token"
        refused = client.post("/token", data={"grant_type": "client_credentials"})
        assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")
        assert client.post("/users/list", json={"tenant": "northwind-bank"}).status_code == 404


def test_attack_a_forged_token_at_an_apis_socket_is_an_alert(gatehouse):
    """RFC 9068, T1550.001 ★: the bank has no way to the trail, and security hears of it at once."""
    forger = TokenIssuer(Signer(generate_signing_key()), DEFAULT_ISSUER)
    own, now = ProofKey(), datetime.now(UTC)
    audience, scope = "urn:gatehouse:api:banking", "banking:accounts:read"
    grant = Grant("somebody", "northwind-bank", audience, scope, own.thumbprint)
    forged = forger.mint(grant, now).value
    proof = own.prove("GET", "http://banking/accounts", forged, now)
    transport = httpx.HTTPTransport(uds=str(gatehouse.sockets / api_socket("banking")))
    with httpx.Client(transport=transport, base_url="http://banking") as thief:
        headers = {"Authorization": f"DPoP {forged}", "DPoP": proof}
        assert thief.get("/accounts", headers=headers).status_code == 401
        assert thief.post("/security-events", json={"maxEvents": 5}).status_code == 401
    assert "An access token that security did not mint" in _alerts(gatehouse)
    tail = _said(gatehouse, "audit", "tail", "--count", "50")
    assert '"reason":"unknown_key"' in tail.replace('": "', '":"')


def _alerts(gatehouse) -> str:
    """Return the operator's list once there is something in it: within seconds."""
    said, until = "", monotonic() + _PATIENCE
    while not said and monotonic() < until:
        said = _said(gatehouse, "alerts")
    return said


def _said(gatehouse, *words: str) -> str:
    command = [Path(sys.executable).parent / "gatehouse", *words]
    environment = {**os.environ, "GATEHOUSE_HOME": str(gatehouse.home)}
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return ended.stdout
