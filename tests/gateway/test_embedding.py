"""The chat inside another site: who may frame it, and what its cookie opens."""

from __future__ import annotations

import httpx
import pytest

from gateway.cookies import EMBED_NAME, NAME
from security.model import Embedding
from tests.gateway.conftest import HELD, ORIGIN, Gateway
from tests.gateway.embedded_fakes import (
    EMBEDDED_SESSION,
    HOST,
    NONCE,
    VOUCHED_SESSION,
    WORD,
)
from tests.gateway.fakes import CHALLENGE, CODE, CSRF, PASSWORD, SESSION

FRAMED = {"cookie": f"{EMBED_NAME}={EMBEDDED_SESSION}", "x-csrf-token": CSRF, "origin": ORIGIN}


def ancestors(answer: httpx.Response) -> list[str]:
    """Return who may frame this, by every policy that it carries."""
    policies = answer.headers.get_list("content-security-policy")
    rules = [rule.strip() for policy in policies for rule in policy.split(";")]
    return [rule for rule in rules if rule.startswith("frame-ancestors")]


async def test_the_frame_is_for_the_tenants_own_sites_alone(client: httpx.AsyncClient) -> None:
    """ASVS 3.4.6: the rest of the policy is that of the chat page."""
    answer = await client.get("/embed/northwind-bank")
    assert answer.status_code == 200
    assert ancestors(answer) == [f"frame-ancestors {HOST}"]
    page = (await client.get("/")).headers["content-security-policy"]
    framed = answer.headers["content-security-policy"]
    assert framed == page.replace("frame-ancestors 'none'", f"frame-ancestors {HOST}")
    assert "unsafe" not in framed
    assert "require-trusted-types-for 'script'" in framed


async def test_the_frame_knows_its_hosts_and_its_organisation_as_words(
    gateway: Gateway, client: httpx.AsyncClient
) -> None:
    """ASVS 1.2.1: a name is a value and cannot become markup."""
    name = '"><script>alert(1)</script>'
    gateway.security.embeddings["acme-shop"] = Embedding(name=name, origins=[HOST])
    text = (await client.get("/embed/acme-shop")).text
    assert f'content="{HOST}"' in text
    assert "<script" not in text
    assert "&lt;script&gt;" in text


@pytest.mark.parametrize(
    "path",
    [
        "/embed/globex",
        "/embed/NORTHWIND-BANK",
        "/embed/",
        "/embed",
        "/embed/northwind-bank/",
        "/embed/..%2f",
        "/embed/a%0d%0ab",
        f"/embed/{'a' * 65}",
    ],
)
async def test_who_names_no_site_cannot_be_framed(client: httpx.AsyncClient, path: str) -> None:
    """ASVS 3.4.6: nothing there, and nobody may frame that."""
    answer = await client.get(path)
    assert answer.status_code == 404
    assert ancestors(answer) == ["frame-ancestors 'none'"]


@pytest.mark.parametrize("path", ["/", "/security", "/embed.js", "/api/embed/session", "/nothing"])
async def test_every_other_page_stays_unframed(client: httpx.AsyncClient, path: str) -> None:
    """ASVS 3.4.6."""
    assert ancestors(await client.get(path)) == ["frame-ancestors 'none'"]


async def test_a_frame_that_cannot_be_looked_up_is_refused(
    gateway: Gateway, client: httpx.AsyncClient
) -> None:
    """ASVS 16.5.3: without security's word nobody frames anything."""
    gateway.security.refuse["embedding"] = [RuntimeError("planted")]
    answer = await client.get("/embed/northwind-bank")
    assert answer.status_code == 503
    assert ancestors(answer) == ["frame-ancestors 'none'"]
    assert "planted" not in answer.text


async def test_a_change_of_the_sites_holds_at_once(
    gateway: Gateway, client: httpx.AsyncClient
) -> None:
    other = "https://other.example"
    first = await client.get("/embed/northwind-bank")
    gateway.security.embeddings["northwind-bank"] = Embedding(name="N", origins=[other])
    second = await client.get(
        "/embed/northwind-bank", headers={"if-none-match": first.headers["etag"]}
    )
    assert (second.status_code, ancestors(second)) == (200, [f"frame-ancestors {other}"])


async def test_a_session_in_a_frame_has_a_cookie_of_its_own(
    gateway: Gateway, client: httpx.AsyncClient
) -> None:
    """ASVS 3.3.1-4."""
    answer = await client.post("/api/embed/session", json={"tenant": "northwind-bank"})
    assert answer.status_code == 201
    [cookie] = answer.headers.get_list("set-cookie")
    assert cookie.startswith(f"{EMBED_NAME}={EMBEDDED_SESSION};")
    assert {"Secure", "HttpOnly", "SameSite=None", "Partitioned"} <= set(cookie.split("; "))
    [(tenant, _, _)] = gateway.security.named("begin_embedded")
    assert tenant == "northwind-bank"


async def test_no_frame_for_a_tenant_without_sites(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/embed/session", json={"tenant": "globex"})
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert "set-cookie" not in answer.headers


CALLS = [
    ("GET", "/session", None),
    ("POST", "/session/extend", None),
    ("GET", "/messages", None),
    ("POST", "/messages", {"text": "hello"}),
    ("DELETE", "/session", None),
]


@pytest.mark.parametrize(("verb", "path", "body"), CALLS)
async def test_each_cookie_opens_its_own_calls_alone(
    client: httpx.AsyncClient, verb: str, path: str, body: object
) -> None:
    """ASVS 7.2.3: neither cookie is ever looked at in the place of the other."""
    wrong = {
        f"/api{path}": (FRAMED["cookie"], f"{NAME}={EMBEDDED_SESSION}"),
        f"/api/embed{path}": (HELD["cookie"], f"{EMBED_NAME}={SESSION}"),
    }
    for address, cookies in wrong.items():
        for cookie in cookies:
            headers = {**FRAMED, "cookie": cookie}
            answer = await client.request(verb, address, headers=headers, json=body)
            assert (answer.status_code, answer.json()["code"]) == (401, "session_expired")
    both = f"{HELD['cookie']}; {FRAMED['cookie']}"
    for address in wrong:
        answer = await client.request(verb, address, headers={**FRAMED, "cookie": both}, json=body)
        assert answer.status_code in (200, 204)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/session/password", {"tenant": "northwind-bank", "username": "a", "password": PASSWORD}),
        ("/session/reauthenticate", {"password": PASSWORD}),
        (f"/challenges/{CHALLENGE}/answer", {"code": CODE}),
        (f"/challenges/{CHALLENGE}/send", {"method": "totp"}),
        ("/authenticators/totp", {}),
        ("/recover", {"tenant": "northwind-bank", "username": "a"}),
    ],
)
async def test_no_proof_is_taken_inside_another_site(
    gateway: Gateway, client: httpx.AsyncClient, path: str, body: object
) -> None:
    """ASVS 6.3.4: there is no call for it, and the page's own calls do not know the cookie."""
    inside = await client.post(f"/api/embed{path}", headers=FRAMED, json=body)
    assert inside.status_code == 404
    if path != "/recover":
        outside = await client.post(f"/api{path}", headers=FRAMED, json=body)
        assert outside.json()["code"] == "session_expired"
    assert gateway.security.calls == [] or path == "/recover"


@pytest.mark.parametrize("origin", [HOST, "null", "https://evil.example"])
async def test_the_site_around_the_frame_cannot_call_in_its_name(
    gateway: Gateway, client: httpx.AsyncClient, origin: str
) -> None:
    """ASVS 3.5.1: a SameSite=None cookie is sent by anybody, so Origin and token decide."""
    headers = {**FRAMED, "origin": origin}
    for path in ("/api/embed/messages", "/api/embed/session", "/api/embed/session/vouch"):
        answer = await client.post(path, headers=headers, json={"text": "hello"})
        assert (answer.status_code, answer.json()["code"]) == (403, "foreign_origin")
    site = {**FRAMED, "sec-fetch-site": "cross-site"}
    answer = await client.post("/api/embed/messages", headers=site, json={"text": "hello"})
    assert answer.json()["code"] == "foreign_origin"
    assert gateway.security.calls == []


async def test_without_the_token_nothing_is_said_in_a_frame(client: httpx.AsyncClient) -> None:
    """ASVS 3.5.1."""
    headers = {name: value for name, value in FRAMED.items() if name != "x-csrf-token"}
    answer = await client.post("/api/embed/messages", headers=headers, json={"text": "hello"})
    assert (answer.status_code, answer.json()["code"]) == (403, "csrf_failed")


async def test_a_sites_word_gives_the_frame_a_new_id(client: httpx.AsyncClient) -> None:
    """ASVS 7.2.4."""
    nonce = await client.post("/api/embed/session/nonce", headers=FRAMED)
    assert nonce.json() == {"nonce": NONCE}
    answer = await client.post("/api/embed/session/vouch", headers=FRAMED, json={"token": WORD})
    assert answer.status_code == 200
    assert answer.json()["session"]["assurance"] == "aal1"
    [cookie] = answer.headers.get_list("set-cookie")
    assert cookie.startswith(f"{EMBED_NAME}={VOUCHED_SESSION};")


@pytest.mark.parametrize(
    ("token", "status", "code"),
    [
        ("a.false.word", 401, "vouching_refused"),
        ("no-word", 422, "invalid_request"),
        ("a.b.c.d", 422, "invalid_request"),
        ("a.b.c\n", 422, "invalid_request"),
        (f"a.{'b' * 8_190}.c", 422, "invalid_request"),
    ],
)
async def test_a_false_word_is_refused_with_one_code(
    client: httpx.AsyncClient, token: str, status: int, code: str
) -> None:
    """ASVS 2.2.1, 9.2.1."""
    answer = await client.post("/api/embed/session/vouch", headers=FRAMED, json={"token": token})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert "set-cookie" not in answer.headers


async def test_signing_out_removes_the_frames_cookie(client: httpx.AsyncClient) -> None:
    answer = await client.delete("/api/embed/session", headers=FRAMED)
    [cookie] = answer.headers.get_list("set-cookie")
    assert cookie.startswith(f"{EMBED_NAME}=;")
    assert "Partitioned" in cookie
