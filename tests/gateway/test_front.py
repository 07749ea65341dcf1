"""What every request meets first."""

from __future__ import annotations

import httpx
import pytest

from tests.gateway.conftest import HELD, ORIGIN, Gateway
from tests.gateway.fakes import SESSION

CHANGES = [
    ("POST", "/api/session"),
    ("DELETE", "/api/session"),
    ("POST", "/api/session/extend"),
    ("POST", "/api/session/password"),
    ("POST", "/api/messages"),
    ("POST", "/api/challenges/challenge-1/send"),
    ("POST", "/api/challenges/challenge-1/answer"),
    ("DELETE", "/api/challenges/challenge-1"),
    ("POST", "/api/session/reauthenticate"),
    ("DELETE", "/api/sessions/others"),
    ("POST", "/api/authenticators/totp"),
    ("POST", "/api/authenticators/phone"),
    ("POST", "/api/authenticators/email"),
    ("POST", "/api/authenticators/recovery"),
    ("POST", "/api/authenticators/password"),
    ("DELETE", "/api/authenticators/own-1"),
    ("POST", "/api/authenticators/changes/change-1"),
    ("POST", "/api/authenticators/changes/change-1/confirm"),
]
OF_THE_DEMO = [("POST", "/demo/session"), ("POST", "/demo/texts"), ("POST", "/demo/attacks")]
READS = [
    *("/", "/security", "/api/tenants", "/api/session", "/api/messages", "/api/openapi.json"),
    *("/api/sessions", "/api/sign-ins", "/api/authenticators", "/demo/outbox", "/nothing"),
    *("/demo/people", "/demo/texts", "/demo/trail"),
]


@pytest.mark.parametrize("path", READS)
@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1:8443", "localhost:1", ""])
async def test_a_rebound_host_name_reaches_nothing(
    client: httpx.AsyncClient, path: str, host: str
) -> None:
    """Contract: known Host names only, for pages as for calls (DNS rebinding)."""
    answer = await client.get(path, headers={"host": host})
    assert (answer.status_code, answer.json()["code"]) == (421, "unknown_host")


async def test_two_host_headers_reach_nothing(client: httpx.AsyncClient) -> None:
    hosts = [("host", "localhost:8443"), ("host", "evil.example")]
    assert (await client.get("/", headers=hosts)).status_code == 421


@pytest.mark.parametrize(("verb", "path"), CHANGES + OF_THE_DEMO)
@pytest.mark.parametrize(
    "foreign",
    [
        {"origin": "https://evil.example"},
        {"origin": "http://localhost:8443"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"origin": ORIGIN, "sec-fetch-site": "same-site"},
    ],
)
async def test_a_page_of_another_site_changes_nothing(
    gateway: Gateway, client: httpx.AsyncClient, verb: str, path: str, foreign: dict[str, str]
) -> None:
    """ASVS 3.5.1-3: refused before security hears of it, even with cookie and token."""
    held = {name: value for name, value in HELD.items() if name != "origin"}
    answer = await client.request(verb, path, headers={**held, **foreign}, json={})
    assert (answer.status_code, answer.json()["code"]) == (403, "foreign_origin")
    assert gateway.security.calls == []


async def test_a_foreign_origin_reads_nothing(client: httpx.AsyncClient) -> None:
    """ASVS 4.4.2: calls with a foreign Origin are refused."""
    foreign = {**HELD, "origin": "https://evil.example"}
    assert (await client.get("/api/messages", headers=foreign)).status_code == 403


@pytest.mark.parametrize(("verb", "path"), CHANGES[1:])
@pytest.mark.parametrize("token", [None, "", "not a token", "x" * 129])
async def test_a_change_without_the_csrf_token_is_refused(
    gateway: Gateway, client: httpx.AsyncClient, verb: str, path: str, token: str | None
) -> None:
    """ASVS 3.5.1: the gateway refuses a missing or malformed token by itself."""
    held = {name: value for name, value in HELD.items() if name != "x-csrf-token"}
    given = held if token is None else {**held, "x-csrf-token": token}
    answer = await client.request(verb, path, headers=given, json={})
    assert (answer.status_code, answer.json()["code"]) == (403, "csrf_failed")
    assert gateway.security.calls == []


async def test_a_wrong_csrf_token_is_refused(client: httpx.AsyncClient) -> None:
    """ASVS 3.5.1: another session's token is no token."""
    answer = await client.post("/api/session/extend", headers={**HELD, "x-csrf-token": "t" * 43})
    assert (answer.status_code, answer.json()["code"]) == (403, "csrf_failed")


async def test_a_doubled_csrf_token_is_refused(client: httpx.AsyncClient) -> None:
    doubled = [*HELD.items(), ("x-csrf-token", "t" * 43)]
    assert (await client.post("/api/session/extend", headers=doubled)).status_code == 403


@pytest.mark.parametrize(("verb", "path"), CHANGES[1:])
async def test_a_change_without_a_session_is_refused(
    client: httpx.AsyncClient, verb: str, path: str
) -> None:
    """ASVS 7.2.1: the cookie is the only way to hold a session."""
    held = {name: value for name, value in HELD.items() if name != "cookie"}
    answer = await client.request(verb, f"{path}?session_id={SESSION}", headers=held, json={})
    assert (answer.status_code, answer.json()["code"]) == (401, "session_expired")


@pytest.mark.parametrize("path", [*READS, "/assets/chat.js", "/healthz", "/readyz"])
@pytest.mark.parametrize("verb", ["GET", "POST", "PUT", "OPTIONS", "TRACE", "HEAD"])
async def test_every_answer_carries_the_security_headers(
    client: httpx.AsyncClient, verb: str, path: str
) -> None:
    """ASVS 3.4.1-6: refusals and errors included."""
    sent = (await client.request(verb, path)).headers
    assert "max-age=31536000" in sent["strict-transport-security"]
    policy = sent["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    for rule in ("frame-ancestors 'none'", "base-uri 'none'", "require-trusted-types-for 'script'"):
        assert rule in policy
    assert "unsafe" not in policy
    assert sent["x-content-type-options"] == "nosniff"
    assert sent["referrer-policy"] == "no-referrer"
    assert sent["cross-origin-opener-policy"] == "same-origin"
    assert sent["cross-origin-resource-policy"] == "same-origin"
    assert "publickey-credentials-get=(self)" in sent["permissions-policy"]
    assert "publickey-credentials-create=(self)" in sent["permissions-policy"]
    assert "access-control-allow-origin" not in sent
    if path.startswith(("/api", "/demo")):
        assert sent["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("verb", "path", "allow"),
    [
        ("PUT", "/api/session", "DELETE, GET, HEAD, POST"),
        ("GET", "/api/session/extend", "POST"),
        ("OPTIONS", "/api/messages", "GET, HEAD, POST"),
        ("POST", "/", "GET, HEAD"),
        ("DELETE", "/api/openapi.json", "GET, HEAD"),
        ("PATCH", "/api/challenges/c", "DELETE, GET, HEAD"),
        ("GET", "/api/authenticators/totp", "POST"),
        ("GET", "/api/authenticators/own-1", "DELETE"),
        ("POST", "/demo/outbox", "GET, HEAD"),
    ],
)
async def test_a_wrong_method_is_a_problem_that_names_the_right_ones(
    client: httpx.AsyncClient, verb: str, path: str, allow: str
) -> None:
    answer = await client.request(verb, path, headers=HELD)
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert answer.headers["allow"] == allow


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/session/", "/api/admin", "/API/session"])
async def test_an_unknown_path_is_a_problem(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert answer.headers["content-type"] == "application/problem+json"
