"""Tokens between real processes: keys that rotate under way, and the listener of clients."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from runtime.sockets import SECURITY_OAUTH
from tests.e2e.visitor import cards

pytestmark = pytest.mark.e2e

QUESTION = "what's my balance?"


def test_questions_are_answered_while_the_signing_key_changes(gatehouse, visitor, persons):
    """No restart and no failing call: the bank has read the new key before it signs."""
    bob, browser = persons["bob"], visitor()
    browser.arrive()
    browser.sign_in(bob)
    published = gatehouse.home / "keys" / "public" / "jwks.json"
    [old] = [key["kid"] for key in json.loads(published.read_bytes())["keys"]]
    rotating = subprocess.Popen(
        [Path(sys.executable).parent / "gatehouse", "keys", "rotate"],
        env={**os.environ, "GATEHOUSE_HOME": str(gatehouse.home)},
        stdout=subprocess.PIPE,
        text=True,
    )
    answered = 0
    while rotating.poll() is None or answered < 3:
        assert cards(browser.say(QUESTION), "balances")
        answered += 1
    assert "signing with" in rotating.communicate()[0]
    assert rotating.returncode == 0
    kept = json.loads(published.read_bytes())["keys"]
    assert [key["kid"] == old for key in kept] == [False, True]
    assert cards(browser.say(QUESTION), "balances")


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
