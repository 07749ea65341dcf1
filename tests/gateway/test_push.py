"""Devices on their way through: no session, bounded, and nothing of a browser's extras."""

from __future__ import annotations

import httpx
import pytest

from security.proof import Answered
from tests.gateway.account_fakes import CHANGE, DEVICE, KEY, NUMBER, PUSH, SIGNATURE
from tests.gateway.conftest import HELD, Gateway
from tests.gateway.fakes import CHALLENGE

ANSWER = {"key": KEY, "decision": "approve", "number": NUMBER, "signature": SIGNATURE}
ASKS = {"key": KEY, "at": "1800000000", "signature": SIGNATURE}


async def test_a_device_answers_without_a_session(
    gateway: Gateway, client: httpx.AsyncClient
) -> None:
    answer = await client.post(f"/api/push/{PUSH}/answer", json=ANSWER)
    assert (answer.status_code, answer.json()) == (200, {"status": "approved"})
    [asked] = gateway.security.named("answer_push")
    assert (asked.push_id, asked.number, asked.decision) == (PUSH, NUMBER, "approve")
    assert "set-cookie" not in answer.headers


async def test_a_wrong_number_tells_how_many_are_left(client: httpx.AsyncClient) -> None:
    answer = await client.post(f"/api/push/{PUSH}/answer", json={**ANSWER, "number": "43"})
    assert (answer.status_code, answer.json()["code"]) == (401, "wrong_number")
    assert answer.json()["attempts_left"] == 2


async def test_a_device_is_told_what_waits(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/push/waiting", json=ASKS)
    assert answer.status_code == 200
    assert [one["id"] for one in answer.json()] == [PUSH]
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "changed",
    [
        {"number": "9"},
        {"number": "09"},
        {"number": "100"},
        {"number": "٤٢"},
        {"number": 42},
        {"decision": "yes"},
        {"key": "A" * 86},
        {"key": "+" * 87},
        {"signature": "A" * 87},
        {"code": "123456"},
    ],
)
async def test_attack_an_answer_of_another_form(
    gateway: Gateway, client: httpx.AsyncClient, changed: dict[str, object]
) -> None:
    """ASVS 2.2.1: and there is no plain "approve" to be sent by mistake."""
    answer = await client.post(f"/api/push/{PUSH}/answer", json={**ANSWER, **changed})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert gateway.security.calls == []


@pytest.mark.parametrize("path", ["/api/push/waiting", f"/api/push/{PUSH}/answer"])
async def test_attack_another_site_asks_for_a_device(
    gateway: Gateway, client: httpx.AsyncClient, path: str
) -> None:
    """ASVS 4.4.2: a foreign Origin is refused before anything is looked at."""
    foreign = {"Origin": "https://attacker.example"}
    body = ASKS if path.endswith("waiting") else ANSWER
    answer = await client.post(path, headers=foreign, json=body)
    assert (answer.status_code, answer.json()["code"]) == (403, "foreign_origin")
    assert gateway.security.calls == []


async def test_the_page_says_that_its_device_has_answered(
    gateway: Gateway, client: httpx.AsyncClient
) -> None:
    path = f"/api/challenges/{CHALLENGE}/answer"
    answer = await client.post(path, headers=HELD, json={"push": True})
    assert answer.status_code == 200
    assert gateway.security.named("answer_challenge") == [Answered(type="push")]
    for other in (False, "true", None):
        refused = await client.post(path, headers=HELD, json={"push": other})
        assert refused.status_code == 422


async def test_a_browser_shows_its_key_and_what_else_it_tells_is_dropped(
    gateway: Gateway, client: httpx.AsyncClient
) -> None:
    keys = {"p256dh": KEY, "auth": "A" * 22}
    to = {"endpoint": "https://push.example/1", "expirationTime": None, "keys": keys}
    path = f"/api/authenticators/changes/{CHANGE}/confirm"
    answer = await client.post(path, headers=HELD, json={"device": {**DEVICE, "subscription": to}})
    assert (answer.status_code, answer.json()["kind"]) == (200, "push")
    [(_, shown)] = gateway.security.named("confirm_change")
    assert shown.told()["subscription"] == {"endpoint": to["endpoint"], "keys": keys}
