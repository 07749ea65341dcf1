"""Sign-ins at a provider at the front door: the cookie, the page of the way back, logouts."""

from __future__ import annotations

import httpx
import pytest

from gateway.cookies import SSO_NAME
from security.errors import Refused
from tests.gateway.conftest import HELD, Gateway
from tests.gateway.sso_fakes import BROWSER, LOCATION, STATE

COOKIES = f"{HELD['cookie']}; {SSO_NAME}={BROWSER}"
LOGOUT = "/sso/globex/backchannel-logout"
FORM = {"content-type": "application/x-www-form-urlencoded"}


async def test_the_way_there_leaves_a_cookie_that_comes_back(client: httpx.AsyncClient) -> None:
    """ASVS 3.3.2-4: Lax, five minutes; it opens nothing by itself."""
    answer = await client.post("/api/sso/start", headers=HELD, json={"tenant": "globex"})
    assert answer.json() == {"location": LOCATION}
    [cookie] = answer.headers.get_list("set-cookie")
    assert cookie == (f"{SSO_NAME}={BROWSER}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=300")


async def test_what_comes_back_counts_with_that_cookie(
    gateway: Gateway, client: httpx.AsyncClient
) -> None:
    headers = {**HELD, "cookie": COOKIES}
    body = {"state": STATE, "code": "c-1", "iss": "https://login.globex.example"}
    answer = await client.post("/api/sso/continue", headers=headers, json=body)
    assert (answer.status_code, answer.json()["next"]) == (200, "/")
    [seen] = gateway.security.named("go_on_with_sso")
    assert seen == (BROWSER, STATE, "c-1", "https://login.globex.example")
    cookies = answer.headers.get_list("set-cookie")
    assert any(c.startswith(f"{SSO_NAME}=;") and "Max-Age=0" in c for c in cookies)


@pytest.mark.parametrize("method", ["/api/sso/start", "/api/sso/continue"])
async def test_another_site_can_neither_begin_nor_finish_one(
    gateway: Gateway, client: httpx.AsyncClient, method: str
) -> None:
    """RFC 6749 section 10.12, login CSRF: a foreign Origin, or no token of the page: refused."""
    body = {"tenant": "globex"} if method.endswith("start") else {"state": STATE, "code": "c"}
    foreign = {**HELD, "cookie": COOKIES, "origin": "https://evil.example"}
    assert (await client.post(method, headers=foreign, json=body)).status_code == 403
    without = {"cookie": COOKIES, "origin": HELD["origin"]}
    assert (await client.post(method, headers=without, json=body)).json()["code"] == "csrf_failed"
    assert gateway.security.calls == []


@pytest.mark.parametrize(
    "path", [f"/sso/callback?code=c-1&state={STATE}", "/sso/globex/start", "/sso/callback"]
)
async def test_the_page_tells_nobody_where_it_was_opened(
    gateway: Gateway, client: httpx.AsyncClient, path: str
) -> None:
    """ASVS 14.2.1: code and state reach neither security by this nor a Referer."""
    answer = await client.get(path, headers={"sec-fetch-site": "cross-site"})
    assert (answer.status_code, answer.headers["referrer-policy"]) == (200, "no-referrer")
    assert "set-cookie" not in answer.headers
    assert gateway.security.calls == []


async def test_an_odd_tenant_has_no_page(client: httpx.AsyncClient) -> None:
    assert (await client.get("/sso/%3Cscript%3E/start")).status_code == 404


async def test_a_logout_token_is_handed_on(gateway: Gateway, client: httpx.AsyncClient) -> None:
    """Back-Channel Logout 1.0 section 2.5, 2.8: no Origin, no cookie; 200, not to be stored."""
    answer = await client.post(LOGOUT, headers=FORM, content="logout_token=a.b.c")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert gateway.security.named("log_out_by_provider") == [("globex", "a.b.c")]


@pytest.mark.parametrize("body", ["", "logout_token=", "logout_token=a&logout_token=b", "token=a"])
async def test_what_is_no_logout_token_goes_no_further(
    gateway: Gateway, client: httpx.AsyncClient, body: str
) -> None:
    answer = await client.post(LOGOUT, headers=FORM, content=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert gateway.security.calls == []


async def test_a_refused_logout_token_is_a_400(gateway: Gateway, client: httpx.AsyncClient) -> None:
    gateway.security.refuse["log_out_by_provider"] = [Refused("logout_refused")]
    answer = await client.post(LOGOUT, headers=FORM, content="logout_token=a.b.c")
    assert (answer.status_code, answer.json()["code"]) == (400, "logout_refused")


async def test_a_logout_asked_for_otherwise_is_refused(client: httpx.AsyncClient) -> None:
    assert (await client.get(LOGOUT)).status_code == 405
    answer = await client.post(LOGOUT, json={"logout_token": "a.b.c"})
    assert answer.status_code == 415
