"""The session's calls."""

from __future__ import annotations

import httpx
import pytest
from structlog.testing import capture_logs

from gateway.cookies import DEVICE_NAME, NAME
from security.errors import KINDS, Refused
from security.model import PasswordPassed, SessionGrant
from tests.gateway.conftest import HELD, Gateway
from tests.gateway.fakes import CSRF, NEW_CSRF, NEW_SESSION, PASSWORD, SESSION, SIGNED_IN

DEVICE = "v" * 43
SIGN_IN = {"tenant": "northwind-bank", "username": "alice", "password": PASSWORD}


def without_nulls(value: object) -> bool:
    if isinstance(value, dict):
        return all(without_nulls(member) for member in value.values())
    if isinstance(value, list):
        return all(without_nulls(member) for member in value)
    return value is not None


@pytest.mark.parametrize("body", [{"json": {}}, {"json": {"tenant": "northwind-bank"}}, {}])
async def test_a_session_begins_with_a_cookie_and_a_token(
    client: httpx.AsyncClient, body: dict[str, object]
) -> None:
    """ASVS 7.2.3, 3.3.1-4: the id is in the cookie alone, never in the body."""
    answer = await client.post("/api/session", **body)  # type: ignore[arg-type]
    assert answer.status_code == 201
    assert answer.json()["csrf_token"] == CSRF
    assert answer.json()["session"]["assurance"] == "none"
    assert SESSION not in answer.text
    cookie = answer.headers["set-cookie"]
    assert cookie == f"{NAME}={SESSION}; Path=/; Secure; HttpOnly; SameSite=Strict"
    assert without_nulls(answer.json())


@pytest.mark.parametrize(
    ("cookies", "device"),
    [
        ([f"{DEVICE_NAME}={DEVICE}"], DEVICE),
        ([f"{NAME}={SESSION}; {DEVICE_NAME}={DEVICE}"], DEVICE),
        ([f"{DEVICE_NAME}={DEVICE}", f"{DEVICE_NAME}={DEVICE}"], None),
        ([f'{DEVICE_NAME}="{DEVICE}"'], None),
        ([f"{DEVICE_NAME}=../../etc/passwd"], None),
        ([f"{DEVICE_NAME}={DEVICE}\\r\\nX-Evil: 1"], None),
        ([], None),
    ],
)
async def test_what_a_browser_keeps_is_passed_on_where_it_is_whole(
    gateway: Gateway, client: httpx.AsyncClient, cookies: list[str], device: str | None
) -> None:
    """Abuse: doubled, quoted and malformed cookies tell nothing."""
    headers = [("cookie", cookie) for cookie in cookies]
    assert (await client.post("/api/session", headers=headers, json={})).status_code == 201
    assert [given for _, given in gateway.security.browsers] == [device]


async def test_a_device_is_remembered_beside_the_session(
    gateway: Gateway, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ASVS 3.3.1-4: two cookies, two headers; neither is in the body."""
    grant = SessionGrant(
        session_id=NEW_SESSION, device=DEVICE, csrf_token=NEW_CSRF, session=SIGNED_IN
    )

    async def passed(*_: object) -> PasswordPassed:
        return PasswordPassed(grant=grant, enrol=True)

    monkeypatch.setattr(gateway.security, "check_password", passed)
    answer = await client.post("/api/session/password", headers=HELD, json=SIGN_IN)
    locked = "; Path=/; Secure; HttpOnly; SameSite=Strict"
    assert answer.headers.get_list("set-cookie") == [
        f"{NAME}={NEW_SESSION}{locked}",
        f"{DEVICE_NAME}={DEVICE}{locked}; Max-Age=34560000",
    ]
    assert DEVICE not in answer.text


async def test_signing_out_leaves_the_devices_cookie(client: httpx.AsyncClient) -> None:
    answer = await client.delete("/api/session", headers=HELD)
    assert len(answer.headers.get_list("set-cookie")) == 1
    assert DEVICE_NAME not in answer.headers["set-cookie"]


async def test_an_unknown_tenant_is_a_clear_422(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/session", json={"tenant": "nowhere"})
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_tenant")
    assert "set-cookie" not in answer.headers


async def test_looking_at_a_session(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/session", headers=HELD)
    assert answer.json() == {
        "csrf_token": CSRF,
        "authenticated": False,
        "assurance": "none",
        "idle_seconds_left": 3600,
        "absolute_seconds_left": 43200,
    }
    assert "set-cookie" not in answer.headers


async def test_extending_a_session_describes_it(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/session/extend", headers=HELD)
    assert answer.json()["user"] == {
        "name": "Alice",
        "tenant": "northwind-bank",
        "roles": ["customer"],
    }


async def test_signing_out_removes_the_cookie(gateway: Gateway, client: httpx.AsyncClient) -> None:
    """ASVS 7.4.1: the id is dead in security, and gone from the browser."""
    answer = await client.delete("/api/session", headers=HELD)
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["set-cookie"].startswith(f"{NAME}=; ")
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert gateway.security.named("end_session")


async def test_a_late_refusal_does_not_take_a_newer_cookie_along(client: httpx.AsyncClient) -> None:
    """ASVS 7.4.1: a copied or expired cookie opens nothing, and closes nothing either."""
    answer = await client.get("/api/session", headers={**HELD, "cookie": f"{NAME}={'x' * 43}"})
    assert (answer.status_code, answer.json()["code"]) == (401, "session_expired")
    assert "set-cookie" not in answer.headers


async def test_a_right_password_opens_a_challenge(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/session/password", headers=HELD, json=SIGN_IN)
    assert answer.status_code == 200
    assert answer.json()["challenge"]["method"] == "totp"
    assert set(answer.json()) == {"challenge"}


async def test_a_person_without_a_factor_is_to_enrol_one(
    gateway: Gateway, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    grant = SessionGrant(session_id=NEW_SESSION, csrf_token=NEW_CSRF, session=SIGNED_IN)

    async def passed(*_: object) -> PasswordPassed:
        return PasswordPassed(grant=grant, enrol=True)

    monkeypatch.setattr(gateway.security, "check_password", passed)
    answer = await client.post("/api/session/password", headers=HELD, json=SIGN_IN)
    assert set(answer.json()) == {"session", "csrf_token", "enrol"}
    assert answer.json()["enrol"] is True
    assert NEW_SESSION in answer.headers["set-cookie"]


async def test_a_wrong_password_says_nothing_more(client: httpx.AsyncClient) -> None:
    """ASVS 6.3.8: the same answer as security gives for a name nobody has."""
    answer = await client.post(
        "/api/session/password", headers=HELD, json={**SIGN_IN, "password": "wrong"}
    )
    assert answer.status_code == 401
    assert set(answer.json()) == {"type", "title", "status", "code"}
    assert answer.json()["code"] == "invalid_credentials"


@pytest.mark.parametrize("code", sorted(set(KINDS) - {"invalid_credentials"}))
async def test_a_refusal_that_the_call_does_not_declare_fails_closed(
    gateway: Gateway, client: httpx.AsyncClient, code: str
) -> None:
    """ASVS 16.5.3: security may refuse with any code; only documented ones leave."""
    gateway.security.refuse["check_password"] = [Refused(code)]
    answer = await client.post("/api/session/password", headers=HELD, json=SIGN_IN)
    paths = (await client.get("/api/openapi.json")).json()["paths"]
    documented = paths["/api/session/password"]["post"]["responses"][str(answer.status_code)]
    allowed = documented["content"]["application/problem+json"]["schema"]["allOf"][1]
    assert answer.json()["code"] in allowed["properties"]["code"]["enum"]
    assert answer.json()["code"] in (code, "security_unavailable")


async def test_our_own_missing_credential_is_not_the_persons_fault(
    gateway: Gateway, client: httpx.AsyncClient
) -> None:
    gateway.security.refuse["tenants"] = [Refused("unknown_caller")]
    answer = await client.get("/api/tenants")
    assert (answer.status_code, answer.json()["code"]) == (503, "security_unavailable")


async def test_an_unforeseen_fault_is_a_problem_and_its_words_are_not_logged(
    gateway: Gateway, client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    """ASVS 16.2.5, 16.5.3: the fault's text might be a person's."""
    gateway.security.refuse["check_password"] = [RuntimeError(f"{PASSWORD} is not")]
    with capture_logs() as events:
        answer = await client.post("/api/session/password", headers=HELD, json=SIGN_IN)
    assert "call_failed" in [event["event"] for event in events]
    assert (answer.status_code, answer.json()["code"]) == (503, "security_unavailable")
    assert PASSWORD not in answer.text + caplog.text + repr(events)


async def test_a_session_id_that_a_cookie_cannot_carry_is_not_sent(
    gateway: Gateway, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def odd(*_: object) -> SessionGrant:
        return SessionGrant(session_id="a;b", csrf_token=CSRF, session=SIGNED_IN)

    monkeypatch.setattr(gateway.security, "create_session", odd)
    answer = await client.post("/api/session", json={})
    assert answer.status_code == 503
    assert "set-cookie" not in answer.headers


async def test_tenants_are_listed(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/tenants")
    assert answer.json() == [{"id": "northwind-bank", "name": "Northwind Bank"}]
