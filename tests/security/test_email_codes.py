"""A code by email beside the password: enough for some things of orders and IT, no others."""

from __future__ import annotations

from typing import Any

import pytest

from security.errors import Refused
from security.model import BotMessage
from tests.security.decisions import claims_of, denied
from tests.security.letters import drop, enrol, last_code
from tests.security.payments import TO_ANNA
from tests.security.visitor import BALANCE, Visitor
from tests.security.world import World

CANCEL, ADDRESS = "orders.cancel_order", "orders.delivery_address"
ORDER = {"number": "AC-10497"}
MOVED = {"street": "1 Elm Street", "postcode": "10115", "city": "Elmtown", "country": "DE"}
FIFTEEN_MINUTES = 900


@pytest.fixture
async def carl(world: World) -> Visitor:
    """A customer of the shop who has an email address and no other factor, just signed in."""
    return await by_email(world, "carl", "acme-shop", "orders")


async def by_email(world: World, username: str, tenant: str, api: str) -> Visitor:
    """Sign somebody in with a password and a code by email."""
    world.sql("UPDATE tenants SET apis = ? WHERE id = ?", f'["{api}"]', tenant)
    enrol(world, username, "email", f"{username}@example.org")
    drop(world, username, "totp")
    visitor = Visitor(world)
    await visitor.arrive()
    await visitor.give_password(username, tenant=tenant)
    await visitor.answer(last_code(world))
    world.api.answer = {"number": "AC-10497", "total": "49.90", "currency": "EUR"}
    return visitor


async def refused(visitor: Visitor, operation: str, arguments: Any = None) -> str:
    """Ask, and return why not."""
    with pytest.raises(Refused) as refusal:
        await visitor.ask(operation, arguments or {})
    assert visitor.world.api.calls == []
    return refusal.value.code


async def test_it_opens_what_the_manifest_says_and_the_token_tells_how(carl: Visitor) -> None:
    """The contract: email code, those personal operations whose manifest says so."""
    assert (await carl.look()).session.assurance == "aal1"
    await carl.ask(CANCEL, ORDER)
    [call] = carl.world.api.calls
    claims = claims_of(call.token)
    assert (claims["acr"], claims["amr"]) == ("aal1", ["otp"])
    assert claims["auth_time"] == int(carl.world.clock.now.timestamp())


async def test_it_opens_nothing_else_that_is_personal(carl: Visitor) -> None:
    """Attack: what one operation allows is used for another of the same API."""
    assert await refused(carl, ADDRESS) == "step_up_impossible"
    assert denied(carl.world) == [("deny", "no_method")]


async def test_it_approves_nothing(carl: Visitor) -> None:
    """Attack: a change of address, which is binding."""
    assert await refused(carl, "orders.change_address", MOVED) == "step_up_impossible"


async def test_it_acts_for_nobody_else(world: World) -> None:
    """Attack: somebody of support, with a code by email, for a customer."""
    sue = await by_email(world, "amy", "acme-shop", "orders")
    world.give_roles("amy", "support_agent")
    asked = {"customer": "carl", **ORDER}
    assert await refused(sue, "orders.assist_cancel_order", asked) == "step_up_impossible"


@pytest.mark.parametrize(
    ("operation", "arguments"), [(BALANCE, {}), ("banking.make_transfer", TO_ANNA)]
)
async def test_it_opens_no_bank(world: World, operation: str, arguments: Any) -> None:
    """Attack: the same proof at an API whose manifest may not say so."""
    alice = await by_email(world, "alice", "northwind-bank", "banking")
    assert await refused(alice, operation, arguments) == "step_up_impossible"


@pytest.mark.parametrize(("late", "good"), [(-1, True), (0, False), (1, False)])
async def test_it_is_good_for_less_than_fifteen_minutes(
    carl: Visitor, late: int, good: bool
) -> None:
    """RFC 9470: as fresh as any other proof of the class."""
    for _ in range(2):  # The tenant's idle limit is an hour; nothing else keeps it alive.
        carl.world.clock.advance(seconds=(FIFTEEN_MINUTES + late) / 2)
        await carl.extend()
    if good:
        await carl.ask(CANCEL, ORDER)
    else:
        assert await refused(carl, CANCEL, ORDER) == "step_up_required"


async def test_an_old_one_is_asked_for_again_and_what_waited_is_done(carl: Visitor) -> None:
    carl.world.clock.advance(seconds=FIFTEEN_MINUTES)
    turn = await carl.say("cancel my order")
    with pytest.raises(Refused, match=r"^step_up_required$"):
        await carl.bot_invokes(turn, CANCEL, ORDER)
    [said] = await carl.hear(turn, BotMessage(text="Is it you?", refused="step_up_required"))
    assert said.challenge is not None
    assert said.challenge.methods == ["email"]
    await carl.answer(last_code(carl.world))
    await carl.resume()
    assert len(carl.world.api.calls) == 1


async def test_by_text_message_it_opens_nothing(carl: Visitor) -> None:
    """The contract: by text message one goes on at the page."""
    carl.world.sql("UPDATE sessions SET channel = 'sms'")
    assert await refused(carl, CANCEL, ORDER) == "step_up_required"


async def test_the_code_of_whoever_was_here_before_is_nobody_elses(carl: Visitor) -> None:
    """Attack: somebody else signs in in the same browser, with a password alone."""
    world = carl.world
    drop(world, "amy", "totp")
    world.give_roles("amy", "customer")
    await carl.give_password("amy", tenant="acme-shop")
    assert await refused(carl, CANCEL, ORDER) == "step_up_impossible"


async def test_a_password_alone_does_not_do(world: World) -> None:
    """Attack: the same level, without the code."""
    world.sql("UPDATE tenants SET apis = '[\"orders\"]' WHERE id = 'acme-shop'")
    world.give_roles("amy", "customer")
    amy = Visitor(world)
    await amy.arrive()
    await amy.give_password("amy", tenant="acme-shop")
    assert (await amy.look()).session.assurance == "aal1"
    assert await refused(amy, CANCEL, ORDER) == "step_up_impossible"


async def test_it_makes_no_stronger_proof_fresher(world: World) -> None:
    """Attack: an old aal2 session is renewed by a code from a mailbox."""
    world.sql("UPDATE tenants SET apis = '[\"orders\"]' WHERE id = 'acme-shop'")
    enrol(world, "carl", "email", "carl@example.org")
    carl = Visitor(world)
    await carl.arrive()
    await carl.sign_in("carl")
    world.clock.advance(seconds=FIFTEEN_MINUTES)
    turn = await carl.say("cancel my order")
    with pytest.raises(Refused, match=r"^step_up_required$"):
        await carl.bot_invokes(turn, CANCEL, ORDER)
    await carl.hear(turn, BotMessage(text="Is it you?", refused="step_up_required"))
    await carl.choose("email")
    await carl.answer(last_code(world))
    world.api.answer = {"number": "AC-10497", "total": "49.90", "currency": "EUR"}
    await carl.resume()
    [call] = world.api.calls
    assert claims_of(call.token)["acr"] == "aal1"
    world.api.calls.clear()
    assert await refused(carl, ADDRESS) == "step_up_required"
