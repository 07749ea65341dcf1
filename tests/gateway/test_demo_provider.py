"""The demo's identity provider: a whole sign-in with it, and what it refuses."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from gateway.demo_provider import DemoProvider
from gateway.sso import DEMO_PROVIDER
from security.demo_model import Persona
from security.sso.provider import provider_of
from security.sso.tokens import Expected, id_token_of, keys_of
from tests.gateway.fakes import FakeSecurity

ISSUER = f"https://localhost:8443{DEMO_PROVIDER}"
CALLBACK = "https://localhost:8443/sso/callback"
FILE = Path(__file__).resolve().parents[2] / "demo" / "provider" / "globex-demo.yml"
SECRET, VERIFIER = "s" * 32, "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode()[:43]
ASKED = {
    "response_type": "code",
    "client_id": "gatehouse",
    "redirect_uri": CALLBACK,
    "scope": "openid",
    "state": "s-1",
    "nonce": "n-1",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
    "max_age": "0",
    "prompt": "login",
}
BASIC = {"Authorization": f"Basic {base64.b64encode(f'gatehouse:{SECRET}'.encode()).decode()}"}


class Company(FakeSecurity):
    """Globex has one person."""

    async def demo_people(self) -> list[Persona]:
        [one, *_] = await super().demo_people()
        return [one.model_copy(update={"tenant": "globex", "username": "erin", "name": "<Erin>"})]


@pytest.fixture
async def provider() -> AsyncIterator[httpx.AsyncClient]:
    app = DemoProvider(Company(), "https://localhost:8443", 8443, SECRET)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="https://localhost:8443") as client:
        yield client


def _picking(asked: dict[str, str]) -> str:
    return f"{DEMO_PROVIDER}/picked?{urlencode({**ASKED, **asked})}"


async def pick(provider: httpx.AsyncClient, **form: str) -> dict[str, str]:
    """Pick somebody; return what the browser is sent back with."""
    answer = await provider.get(_picking({"who": "erin", **form}))
    assert answer.status_code == 303
    location = urlsplit(answer.headers["location"])
    assert f"{location.scheme}://{location.netloc}{location.path}" == CALLBACK
    return {name: value for name, [value] in parse_qs(location.query).items()}


async def redeem(provider: httpx.AsyncClient, code: str, **other: Any) -> httpx.Response:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": CALLBACK,
        "code_verifier": VERIFIER,
        **other,
    }
    return await provider.post(f"{DEMO_PROVIDER}/token", data=form, headers=BASIC)


async def test_whoever_is_picked_is_signed_in(provider: httpx.AsyncClient) -> None:
    described = (await provider.get(f"{DEMO_PROVIDER}/.well-known/openid-configuration")).json()
    assert described["issuer"] == ISSUER
    page = await provider.get(f"{DEMO_PROVIDER}/authorize?{urlencode(ASKED)}")
    assert "Sign in as &lt;Erin&gt;" in page.text
    assert "form-action 'self'" in page.headers["content-security-policy"]
    back = await pick(provider, second="1")
    assert back["state"] == "s-1"
    tokens = (await redeem(provider, back["code"])).json()
    keys = keys_of((await provider.get(f"{DEMO_PROVIDER}/jwks")).json())
    known = provider_of(FILE.read_text("utf-8").replace("{issuer}", ISSUER), "globex-demo")
    now = datetime.now(UTC)
    expected = Expected("n-1", now, tokens["access_token"])
    claims = id_token_of(tokens["id_token"], keys, known, expected, now)
    assert (claims.subject, known.assurance_of(claims.acr, claims.amr)) == ("erin", "aal2")
    assert claims.sid is not None


async def test_without_the_tick_it_is_one_factor(provider: httpx.AsyncClient) -> None:
    back = await pick(provider)
    token = (await redeem(provider, back["code"])).json()["id_token"]
    payload = base64.urlsafe_b64decode(token.split(".")[1] + "==")
    assert b'"amr":["pwd"]' in payload.replace(b" ", b"")
    assert re.search(rb'"acr"', payload) is None


@pytest.mark.parametrize(
    "other",
    [
        {"redirect_uri": "https://evil.example/"},
        {"client_id": "another"},
        {"code_challenge_method": "plain"},
        {"code_challenge": ""},
        {"nonce": ""},
        {"response_type": "token"},
    ],
)
async def test_an_odd_request_goes_nowhere(
    provider: httpx.AsyncClient, other: dict[str, str]
) -> None:
    """RFC 6749 section 4.1.2.1: nobody is sent to an address that is not registered."""
    path = f"{DEMO_PROVIDER}/authorize?{urlencode({**ASKED, **other})}"
    picking = _picking({**other, "who": "erin"})
    for answer in (await provider.get(path), await provider.get(picking)):
        assert (answer.status_code, "location" in answer.headers) == (422, False)


async def test_a_code_is_good_once(provider: httpx.AsyncClient) -> None:
    back = await pick(provider)
    assert (await redeem(provider, back["code"])).status_code == 200
    assert (await redeem(provider, back["code"])).status_code == 400


@pytest.mark.parametrize("other", [{"code_verifier": "w" * 43}, {"redirect_uri": "https://x.y/"}])
async def test_a_code_is_worth_nothing_to_others(
    provider: httpx.AsyncClient, other: dict[str, str]
) -> None:
    back = await pick(provider)
    assert (await redeem(provider, back["code"], **other)).status_code == 400


async def test_nobody_else_is_there(provider: httpx.AsyncClient) -> None:
    assert (await provider.get(_picking({"who": "alice"}))).status_code == 422
    assert (await provider.get(f"{DEMO_PROVIDER}/userinfo")).status_code == 404
