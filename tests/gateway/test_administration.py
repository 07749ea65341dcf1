"""The calls of an organisation's administrators: what they carry, and what they never take."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from security.errors import Refused
from tests.gateway.administration_fakes import ACTION, BOB, INVITED, MADE
from tests.gateway.conftest import HELD, Gateway
from tests.gateway.fakes import PASSWORD

U, X = "/api/admin/users", "/api/admin/actions"
HERE = "127.0.0.1"
ZOE = {"username": "zoe", "name": "Zoe", "roles": ["teller"]}

BEGINNINGS: list[tuple[str, Any, tuple[Any, ...]]] = [
    (U, ZOE, ("add", None, {"username": "zoe", "name": "Zoe", "give": ["teller"]})),
    (
        U,
        {**ZOE, "email": "z@example.org", "send": "email"},
        (
            "add",
            None,
            {
                "username": "zoe",
                "name": "Zoe",
                "email": "z@example.org",
                "give": ["teller"],
                "send": "email",
            },
        ),
    ),
    (f"{U}/{BOB}/invite", None, ("invite", BOB, {})),
    (f"{U}/{BOB}/disable", None, ("disable", BOB, {})),
    (f"{U}/{BOB}/enable", {}, ("enable", BOB, {})),
    (f"{U}/{BOB}/roles", {"give": ["teller"]}, ("roles", BOB, {"give": ["teller"], "take": []})),
    (f"{U}/{BOB}/reset", {}, ("reset", BOB, {})),
    (f"{U}/{BOB}/reset", {"send": "sms"}, ("reset", BOB, {"send": "sms"})),
    (f"{U}/{BOB}/unlock", {}, ("unlock", BOB, {})),
    (f"{U}/{BOB}/unlock", {"method": "totp"}, ("unlock", BOB, {"method": "totp"})),
    (f"{U}/{BOB}/sessions", {}, ("end_sessions", BOB, {})),
    (f"{U}/{BOB}/sessions", {"session": "s-1"}, ("end_sessions", BOB, {"session": "s-1"})),
]


@pytest.mark.parametrize(("path", "body", "asked"), BEGINNINGS)
async def test_each_action_is_asked_for_by_its_kind(
    gateway: Gateway, client: httpx.AsyncClient, path: str, body: Any, asked: tuple[Any, ...]
) -> None:
    answer = await client.post(path, headers=HELD, json=body)
    assert (answer.status_code, answer.json()["challenge"]["purpose"]) == (200, "administer")
    assert gateway.security.named("begin_admin_action") == [(*asked, HERE)]


async def test_people_are_found_and_turned_over_by_the_query(
    gateway: Gateway, client: httpx.AsyncClient
) -> None:
    answer = await client.get(f"{U}?find=b%20o&after=adam", headers=HELD)
    assert answer.json()["people"][0]["username"] == "bob"
    assert "next" not in answer.json()
    await client.get(U, headers=HELD)
    assert gateway.security.named("admin_people") == [("b o", "adam"), (None, None)]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (U, {**ZOE, "tenant": "acme-shop"}),
        (U, {**ZOE, "roles": []}),
        (U, {**ZOE, "roles": ["Admin"]}),
        (U, {**ZOE, "username": "Zoe"}),
        (U, {**ZOE, "username": "zo\u00e9"}),
        (U, {**ZOE, "username": "\u0430lice"}),
        (U, {**ZOE, "password": "x"}),
        (U, {**ZOE, "send": "pigeon"}),
        (U, {**ZOE, "phone": None}),
        (U, None),
        (f"{U}/{BOB}/roles", {"give": "teller"}),
        (f"{U}/{BOB}/roles", {"give": ["x" * 65]}),
        (f"{U}/{BOB}/disable", {"tenant": "acme-shop"}),
        (f"{U}/{BOB}/unlock", {"method": "password"}),
        (f"{U}/{BOB}/sessions", {"session": "../x"}),
    ],
)
async def test_what_is_not_asked_for_is_refused(
    gateway: Gateway, client: httpx.AsyncClient, path: str, body: Any
) -> None:
    """ASVS 2.2.1, 8.4.1: no organisation can be named, and no password given."""
    answer = await client.post(path, headers=HELD, json=body)
    assert answer.status_code in (415, 422)
    assert gateway.security.named("begin_admin_action") == []


@pytest.mark.parametrize(
    ("verb", "path"),
    [
        ("POST", f"{U}/{BOB}/disable"),
        ("POST", f"{X}/{ACTION}"),
        ("POST", f"{X}/{ACTION}/approve"),
        ("DELETE", f"{X}/{ACTION}"),
    ],
)
async def test_another_sites_page_administers_nobody(
    gateway: Gateway, client: httpx.AsyncClient, verb: str, path: str
) -> None:
    """ASVS 3.5.1: without the token, or from a foreign Origin."""
    without = {name: value for name, value in HELD.items() if name != "x-csrf-token"}
    refused = await client.request(verb, path, headers=without)
    assert refused.json()["code"] == "csrf_failed"
    foreign = await client.request(verb, path, headers={**HELD, "origin": "https://evil.example"})
    assert foreign.json()["code"] == "foreign_origin"
    assert gateway.security.calls == []


@pytest.mark.parametrize("ref", ["..", "a b", "x" * 129])
async def test_a_malformed_reference_is_nobody(client: httpx.AsyncClient, ref: str) -> None:
    answer = await client.post(f"{U}/{ref}/disable", headers=HELD, json={})
    assert (answer.status_code, answer.json()["code"]) in (
        (404, "unknown_person"),
        (404, "not_found"),
    )


async def test_a_made_password_is_told_once_and_logged_never(client: httpx.AsyncClient) -> None:
    """ASVS 16.2.5."""
    with capture_logs() as logs:
        answer = await client.post(f"{X}/{ACTION}", headers=HELD)
    assert answer.json()["password"] == MADE
    assert answer.headers["cache-control"] == "no-store"
    assert MADE not in str(logs)


async def test_an_invitation_needs_no_session_and_no_token_of_one(
    gateway: Gateway, client: httpx.AsyncClient
) -> None:
    body = {"token": INVITED, "new_password": PASSWORD}
    answer = await client.post("/api/invitations", json=body, headers={"origin": HELD["origin"]})
    assert answer.json() == {
        "tenant": "northwind-bank",
        "name": "Northwind Bank",
        "username": "zoe",
    }
    assert gateway.security.named("finish_invitation") == [(INVITED, PASSWORD, HERE)]
    foreign = {"origin": "https://evil.example"}
    refused = await client.post("/api/invitations", json=body, headers=foreign)
    assert refused.json()["code"] == "foreign_origin"


@pytest.mark.parametrize("code", ["forbidden", "sign_in_too_weak", "authentication_required"])
async def test_a_refusal_says_what_to_do_and_nothing_of_anybody(
    gateway: Gateway, client: httpx.AsyncClient, code: str
) -> None:
    gateway.security.refuse["admin_people"] = [Refused(code)]
    answer = await client.get(U, headers=HELD)
    assert answer.json()["code"] == code
    assert "people" not in answer.json()
