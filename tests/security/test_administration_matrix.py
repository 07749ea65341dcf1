"""Every call of an administrator's page × who asks, through the gateway and the real core.

The calls are taken from the gateway's own table, and what is sent from its honest visit: a new
call without a row there fails here, and cannot be forgotten (ASVS 8.2.1, 8.4.1).
"""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from pydantic import HttpUrl

from gateway.administration import administration_calls
from gateway.app import build_app
from gateway.calls import Call, Parts
from gateway.cookies import NAME
from gateway.origins import known_hosts
from gateway.pages import page_of
from gateway.rates import RateLimits
from gateway.streams import Streams
from gateway.turns import Turns
from tests.gateway.administration_fakes import ACTION
from tests.gateway.fakes import FakeRasa
from tests.gateway.honest import HONEST
from tests.security.decisions import signed_in
from tests.security.services.administering import Administrator, administrator
from tests.security.visitor import Visitor
from tests.security.world import World

ORIGIN = "https://localhost:8443"
CALLS = [call for call in administration_calls() if call.guard != "open"]
ELSEWHERE = {
    "GET /api/admin/users": "200",
    "POST /api/admin/users": "invalid_arguments",
    "GET /api/admin/actions": "200",
}
"""What another organisation's administrator gets: their own people; a teller is none of theirs."""
THE_CASE = {"already_so", "invalid_address", "not_invited", "unknown_action", "unknown_session"}
"""What the honest requests meet here: bob has neither mail, nor an invitation, nor a session."""


def sent(call: Call, action: str) -> tuple[str, Any]:
    """Return path and body of an honest request: about bob of the bank, and this action."""
    path, body = next(
        (path, body)
        for verb, template, path, body in HONEST
        if (verb, template) == (call.method, call.path)
    )
    return path.replace(ACTION, action), body


async def asked(world: World, visitor: Visitor, action: str) -> dict[str, str]:
    """Make every call as this visitor; return the code of each answer, or its status."""
    security: Any = world.gateway
    rasa: Any = FakeRasa()
    parts = Parts(security, rasa, Turns(security, rasa), Streams(security))
    page = page_of(b"<!doctype html>", "text/html")
    rates = dict.fromkeys(("sessions", "sign_ins", "messages", "requests"), 10_000)
    hosts = known_hosts("demo", 8443, HttpUrl(ORIGIN))
    app = build_app(parts, hosts, RateLimits(rates), {"/": page})  # type: ignore[arg-type]
    held = {"cookie": f"{NAME}={visitor.cookie}", "x-csrf-token": visitor.csrf, "origin": ORIGIN}
    said = {}
    transport = httpx.ASGITransport(app, client=("127.0.0.1", 40_000))  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN, headers=held) as client:
        for call in CALLS:
            path, body = sent(call, action)
            answer = await client.request(call.method, path, json=body)
            whole = answer.json() if answer.content else {}
            code = whole.get("code") if isinstance(whole, dict) else None
            said[call.name] = code or str(answer.status_code)
    return said


async def waits(world: World) -> str:
    """Let one administrator of the bank ask for something that takes two; return the action."""
    world.give_roles("bob", "admin", "customer")
    tess = await administrator(world, "tess")
    asked_for = await tess.does("roles", "alice", give=["admin"])
    world.give_roles("bob", "customer")
    return asked_for.ref


def unchanged(world: World) -> Any:
    return world.sql("SELECT roles, disabled_at, password_sealed FROM people ORDER BY id")


REFUSED = {"anonymous": "authentication_required", "customer": "forbidden", "auditor": "forbidden"}


@pytest.mark.parametrize("who", REFUSED)
async def test_whoever_is_no_administrator_gets_nothing_by_any_call(world: World, who: str) -> None:
    """ASVS 8.2.1: the same refusal for each call."""
    action = await waits(world)
    before = unchanged(world)
    visitor = Visitor(world)
    await visitor.arrive()
    if who == "customer":
        visitor = await signed_in(world, "alice")
    if who == "auditor":
        world.give_roles("bob", "auditor")
        before = unchanged(world)
        visitor = await signed_in(world, "bob")
    said = await asked(world, visitor, action)
    assert set(said.values()) == {REFUSED[who]}, said
    assert unchanged(world) == before


async def test_an_administrator_at_aal1_gets_nothing_by_any_call(world: World) -> None:
    """ASVS 6.3.3."""
    amy = Visitor(world)
    await amy.arrive()
    await amy.give_password("amy")
    said = await asked(world, amy, "none")
    assert set(said.values()) == {"sign_in_too_weak"}, said


async def test_an_administrator_of_another_organisation_reaches_nobody_here(world: World) -> None:
    """ASVS 8.4.1: nobody of the bank, and nothing that waits there."""
    action = await waits(world)
    world.give_roles("carl", "admin")
    carl = await signed_in(world, "carl")
    before = unchanged(world)
    said = await asked(world, carl, action)
    for name, code in said.items():
        unknown = "unknown_action" if "/actions/" in name else "unknown_person"
        assert code == ELSEWHERE.get(name, unknown), (name, code)
    assert unchanged(world) == before
    seen = await Administrator(carl, "carl").people()
    assert {one.username for one in seen.people} == {"carl", "amy"}


async def test_an_administrator_is_let_in_by_every_call_and_changes_nothing_unproved(
    world: World,
) -> None:
    """ASVS 7.5.1: an answer, a challenge, or a refusal that is about the case; nothing is done."""
    action = await waits(world)
    adam = await signed_in(world, "adam")
    before = unchanged(world)
    said = await asked(world, adam, action)
    done = {name for name, code in said.items() if code.startswith("2")}
    assert {code for name, code in said.items() if name not in done} == THE_CASE, said
    assert len(done) == len(CALLS) - len(THE_CASE)
    assert unchanged(world) == before


async def test_a_frame_of_another_site_administers_nobody(world: World) -> None:
    """ASVS 8.2.1: these calls know the page's cookie alone."""
    assert {call.cookie for call in CALLS} == {"page"}
    assert all(call.guard == "csrf" for call in CALLS if call.method != "GET")
