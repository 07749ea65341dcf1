"""Codes that Twilio Verify keeps, used for what they were not sent for."""

from __future__ import annotations

from typing import Any

import pytest

from tests.security.fake_twilio import FakeTwilio
from tests.security.kept_codes import CHECK, called, counted, keeping, refused, sent
from tests.security.letters import PHONE
from tests.security.visitor import Visitor
from tests.security.world import World


@pytest.fixture
def twilio(world: World) -> FakeTwilio:
    """Twilio, and a world that lets it keep codes."""
    return keeping(world)


@pytest.fixture
async def caller(world: World, twilio: FakeTwilio) -> Visitor:
    """Alice after her password; a code is on her telephone."""
    return await called(world, twilio)


@pytest.mark.parametrize("meanwhile", ["sms", "totp", "cancel"])
async def test_what_is_asked_anew_meanwhile_is_not_answered_by_an_old_code(
    caller: Visitor, twilio: FakeTwilio, meanwhile: Any
) -> None:
    """Attack: a code by text that passes for one of the app, or for one that was sent later."""
    code = twilio.last_code(PHONE)
    caller.world.clock.advance(seconds=30)

    async def act() -> None:
        twilio.before_answer = None
        await (caller.cancel() if meanwhile == "cancel" else caller.choose(meanwhile))

    twilio.before_answer = act
    assert (await refused(caller, code))["code"] in {"code_unchecked", "expired"}
    assert not (await caller.look()).session.authenticated
    assert counted(caller.world) == (0, 0)


async def test_each_code_is_of_one_challenge(
    world: World, caller: Visitor, twilio: FakeTwilio
) -> None:
    """Attack: for ten minutes Verify gives a number one code. Who shares a telephone with
    somebody, or sees an older text, would have theirs (ASVS 6.6.2)."""
    first = twilio.last_code(PHONE)
    other = await called(world, twilio, "bob")
    assert twilio.last_code(PHONE) != first
    assert (await refused(other, first))["code"] == "wrong_code"
    assert (await refused(caller, twilio.last_code(PHONE)))["code"] == "code_unchecked"
    assert (await other.answer(twilio.last_code(PHONE))).grant.session.authenticated


async def test_a_code_that_was_lost_on_its_way_is_never_that_of_the_next_challenge(
    world: World, twilio: FakeTwilio
) -> None:
    """Attack: Twilio sent it and did not tell, so nothing here knows that there is one."""
    twilio.fate = lambda _path: "taken_and_lost"
    caller = await called(world, twilio)
    assert (await caller.look_at_challenge()).delivery == "failed"
    lost = twilio.last_code(PHONE)
    twilio.fate = lambda _path: "well"
    assert (await refused(caller, lost))["code"] == "code_unchecked"
    other = await called(world, twilio, "bob")
    assert twilio.last_code(PHONE) != lost
    assert (await refused(other, lost))["code"] == "wrong_code"


async def test_a_newer_code_makes_the_older_one_worthless(
    caller: Visitor, twilio: FakeTwilio
) -> None:
    first = twilio.last_code(PHONE)
    caller.world.clock.advance(seconds=30)
    await sent(caller, twilio)
    assert (await refused(caller, first))["code"] == "wrong_code"
    assert (await caller.answer(twilio.last_code(PHONE))).grant.session.authenticated


async def test_another_session_has_no_use_for_it(
    world: World, caller: Visitor, twilio: FakeTwilio
) -> None:
    """ASVS 6.6.2: bound to the session that asked; Twilio is not even asked."""
    thief = Visitor(world)
    await thief.arrive()
    said = await refused(thief, twilio.last_code(PHONE), challenge_id=caller.challenge_id)
    assert said["code"] == "unknown_challenge"
    assert CHECK not in [path for _, _, path, _ in twilio.asked]
