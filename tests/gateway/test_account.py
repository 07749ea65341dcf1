"""The calls about one's own account."""

from __future__ import annotations

import httpx
import pytest

from gateway.cookies import NAME
from gateway.rates import RateLimits
from security.model import SessionGrant
from tests.gateway.account_fakes import AT, OWN
from tests.gateway.conftest import HELD, Gateway
from tests.gateway.fakes import CSRF, NEW_SESSION, PASSWORD, SIGNED_IN

AGAIN = "/api/session/reauthenticate"


async def test_the_password_once_more_describes_the_session(
    gateway: Gateway, client: httpx.AsyncClient
) -> None:
    answer = await client.post(AGAIN, headers=HELD, json={"password": PASSWORD})
    assert answer.status_code == 200
    assert (answer.json()["authenticated"], answer.json()["csrf_token"]) == (True, CSRF)
    assert gateway.security.named("reauthenticate") == [(PASSWORD, "127.0.0.1")]
    assert "set-cookie" not in answer.headers


async def test_a_new_id_after_the_password_reaches_the_browser(
    gateway: Gateway, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ASVS 7.2.4: whenever security gives a new id, the cookie follows."""

    async def renewed(*_: object) -> SessionGrant:
        return SessionGrant(session_id=NEW_SESSION, csrf_token=CSRF, session=SIGNED_IN)

    monkeypatch.setattr(gateway.security, "reauthenticate", renewed)
    answer = await client.post(AGAIN, headers=HELD, json={"password": PASSWORD})
    assert answer.headers["set-cookie"].startswith(f"{NAME}={NEW_SESSION};")
    assert NEW_SESSION not in answer.text


async def test_a_wrong_password_is_the_same_refusal_as_at_sign_in(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.post(AGAIN, headers=HELD, json={"password": "wrong"})
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_credentials")


async def test_guessing_at_a_held_session_counts_as_signing_in() -> None:
    """ASVS 6.3.1: a stolen session is no free way to guess the password."""
    gateway = Gateway(limits=RateLimits({"sign_ins": 3, "requests": 100}))
    async with gateway.client() as client:
        statuses = [
            (await client.post(AGAIN, headers=HELD, json={"password": "guess"})).status_code
            for _ in range(5)
        ]
    assert statuses == [401, 401, 401, 429, 429]
    assert len(gateway.security.named("reauthenticate")) == 3


async def test_ones_own_sessions_are_listed(client: httpx.AsyncClient) -> None:
    """ASVS 7.5.2."""
    answer = await client.get("/api/sessions", headers=HELD)
    assert answer.json() == [
        {
            "ref": OWN,
            "current": True,
            "device": "Firefox on Linux",
            "signed_in_at": AT,
            "last_seen_at": AT,
        }
    ]


@pytest.mark.parametrize("ref", [OWN, "others"])
async def test_ones_own_sessions_are_ended(
    gateway: Gateway, client: httpx.AsyncClient, ref: str
) -> None:
    """ASVS 7.5.2: one of them, or all others."""
    answer = await client.delete(f"/api/sessions/{ref}", headers=HELD)
    assert (answer.status_code, answer.content) == (204, b"")
    assert gateway.security.named("end_own_session") == [ref]
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "ref", ["another", "x" * 129, "a b", "..%2fothers", "%00", "é", "own-1%0A"]
)
async def test_a_guessed_session_is_not_there(client: httpx.AsyncClient, ref: str) -> None:
    """ASVS 8.2.2: another's session does not exist here."""
    answer = await client.delete(f"/api/sessions/{ref}", headers=HELD)
    assert answer.status_code == 404
    assert answer.json()["code"] in ("unknown_session", "not_found")
    if "%2f" not in ref:
        assert answer.json()["code"] == "unknown_session"


async def test_ones_own_sign_ins_are_listed(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/sign-ins", headers=HELD)
    assert answer.json() == [
        {"at": AT, "device": "Firefox on Linux", "outcome": "passed", "method": "totp"},
        {"at": AT, "device": "Unknown browser", "outcome": "failed"},
    ]


@pytest.mark.parametrize("path", ["/api/sessions", "/api/sign-ins", "/api/authenticators"])
async def test_a_list_without_a_session_is_refused(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert (answer.status_code, answer.json()["code"]) == (401, "session_expired")
