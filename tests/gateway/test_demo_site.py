"""The demo's host page: another site, in demo mode alone."""

from __future__ import annotations

from pathlib import Path

import httpx
import orjson
import pytest
import yaml
from joserfc import jwk, jwt
from starlette.types import ASGIApp

from gateway.demo_site import DemoSite
from gateway.origins import known_hosts
from tests.gateway.conftest import HELD, ORIGIN, Gateway

DEMO = Path(__file__).parents[2] / "demo"
SITE = "https://northwind.localhost:8443"
NONCE = "n" * 64


def client_of(app: ASGIApp, base: str = SITE) -> httpx.AsyncClient:
    """Return a client of the application."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=base)


@pytest.fixture
def site(gateway: Gateway) -> DemoSite:
    return DemoSite(gateway.app, DEMO, 8443, ORIGIN, gateway.limits)


async def test_the_page_has_the_one_tag_under_a_strict_policy(site: DemoSite) -> None:
    """ASVS 3.4.3: the tag needs no exception of a host's policy."""
    async with client_of(site) as client:
        page = await client.get("/")
        policy = page.headers["content-security-policy"]
        assert f'<script src="{ORIGIN}/embed.js" data-tenant="northwind-bank"' in page.text
        assert "unsafe" not in policy
        assert f"frame-src {ORIGIN}/embed/" in policy
        assert "chat.invalid" not in page.text
        assert (await client.get("/site.css")).headers["content-type"].startswith("text/css")
        signed_out = (await client.get("/signed-out")).text
        assert "data-token-url" in page.text
        assert "data-token-url" not in signed_out


@pytest.mark.parametrize("path", ["/security", "/api/session", "/demo/outbox", "/embed.js"])
async def test_nothing_of_the_chat_is_served_under_the_sites_name(
    site: DemoSite, path: str
) -> None:
    """Another site shares no page, no call and no cookie."""
    async with client_of(site) as client:
        answer = await client.get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert "set-cookie" not in answer.headers


async def test_every_other_name_is_still_the_chat(site: DemoSite) -> None:
    async with client_of(site, ORIGIN) as client:
        assert (await client.get("/api/tenants")).status_code == 200
        assert (await client.get("/chat-token")).status_code == 404
    async with client_of(site, "https://northwind.localhost:9999") as client:
        assert (await client.get("/")).json()["code"] == "unknown_host"


async def test_the_site_is_foreign_to_the_chat(gateway: Gateway, site: DemoSite) -> None:
    """ASVS 3.5.1: it is served by the same process, and is another site all the same."""
    async with client_of(site, ORIGIN) as client:
        answer = await client.post(
            "/api/messages", headers={**HELD, "origin": SITE}, json={"text": "hello"}
        )
    assert (answer.status_code, answer.json()["code"]) == (403, "foreign_origin")
    assert gateway.security.calls == []


async def test_its_word_is_what_the_registration_says(site: DemoSite) -> None:
    """The public half that security reads fits; the word is short, for one frame, and once."""
    async with client_of(site) as client:
        asked = {"json": {"nonce": NONCE}, "headers": {"origin": SITE}}
        first = (await client.post("/chat-token", **asked)).json()["token"]
        second = (await client.post("/chat-token", **asked)).json()["token"]
    text = (DEMO / "hosts" / "northwind.yml").read_text().replace("{port}", "8443")
    host = yaml.safe_load(text)
    key = jwk.OKPKey.import_key(host["vouching"]["jwks"]["keys"][0])
    claims = [jwt.decode(word, key, algorithms=["Ed25519"]).claims for word in (first, second)]
    assert claims[0]["jti"] != claims[1]["jti"]
    assert claims[0]["iss"] == host["vouching"]["issuer"]
    assert claims[0]["aud"] == f"{ORIGIN}/embed/{host['tenant']}"
    assert claims[0]["sub"] in host["vouching"]["people"]
    assert claims[0]["nonce"] == NONCE
    assert claims[0]["exp"] - claims[0]["iat"] == 60


@pytest.mark.parametrize(
    ("method", "origin", "body", "code"),
    [
        ("GET", SITE, None, "method_not_allowed"),
        ("POST", ORIGIN, {"nonce": NONCE}, "foreign_origin"),
        ("POST", "", {"nonce": NONCE}, "foreign_origin"),
        ("POST", SITE, {"nonce": ""}, "invalid_request"),
        ("POST", SITE, {"nonce": "n" * 129}, "invalid_request"),
        ("POST", SITE, {"nonce": NONCE, "sub": "C-1"}, "invalid_request"),
    ],
)
async def test_its_word_is_for_its_own_page(
    site: DemoSite, method: str, origin: str, body: object, code: str
) -> None:
    async with client_of(site) as client:
        answer = await client.request(method, "/chat-token", headers={"origin": origin}, json=body)
    assert answer.json()["code"] == code
    assert "token" not in answer.json()


async def test_there_is_no_such_site_in_production() -> None:
    """ASVS 13.4.2: the name is not known, and under the public one there is no such page."""
    production = Gateway(mode="production")
    async with client_of(production.app) as client:
        assert (await client.get("/")).json()["code"] == "unknown_host"
        assert (await client.post("/chat-token", json={"nonce": NONCE})).status_code == 421
    async with client_of(production.app, ORIGIN) as client:
        for path in ("/chat-token", "/signed-out", "/site.css", "/hosts/northwind.key.json"):
            assert (await client.get(path)).status_code == 404
    assert not known_hosts("production", 8443, None).knows("northwind.localhost:8443")


def test_the_demos_key_fits_its_public_half() -> None:
    private = orjson.loads((DEMO / "hosts" / "northwind.key.json").read_bytes())
    public = yaml.safe_load((DEMO / "hosts" / "northwind.yml").read_text())["vouching"]["jwks"]
    assert {name: private[name] for name in public["keys"][0]} == public["keys"][0]
