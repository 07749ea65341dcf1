"""Tokens between real processes: keys that rotate under way, and the listener of clients."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from runtime.sockets import SECURITY_OAUTH
from tests.e2e.visitor import cards

pytestmark = pytest.mark.e2e

QUESTION = "what's my balance?"
_BETWEEN_QUESTIONS = 0.5


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
