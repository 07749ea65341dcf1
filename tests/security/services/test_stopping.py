"""STOP that comes while something is on its way: nothing leaves after it."""

from __future__ import annotations

import pytest

from security.model import BotMessage
from security.services.postman import Postman
from tests.security.fake_twilio import FakeTwilio
from tests.security.letters import PHONE, drop, enrol
from tests.security.texter import Texter, carry
from tests.security.visitor import Visitor
from tests.security.world import World


@pytest.fixture
def phone(world: World) -> Texter:
    """Alice's telephone, her only way."""
    carry(world)
    enrol(world, "alice", "sms", PHONE)
    drop(world, "alice", "totp")
    return Texter(world)


async def code_queued(world: World) -> Visitor:
    browser = Visitor(world)
    await browser.arrive()
    await browser.give_password("alice")
    assert (await browser.look_at_challenge()).delivery == "sending"
    return browser


async def test_what_was_queued_before_stop_does_not_leave_after_it(phone: Texter) -> None:
    """The page says that it was not delivered, and offers another way."""
    browser = await code_queued(phone.world)
    await phone.says("STOP")
    twilio = FakeTwilio(phone.world.clock)
    await Postman(phone.world.core, {"sms": twilio.sms()}).round()
    assert twilio.asked == []
    assert (await browser.look_at_challenge()).delivery == "failed"
    [left] = phone.world.sql("SELECT state, sealed FROM messages")
    assert left == ("dropped", None)
    assert phone.world.trail("message:person:unwanted")[-1]["reason"] == "opted_out"


async def test_stop_between_two_tries_is_the_end_of_them(phone: Texter) -> None:
    """A service that asks to be tried again later is not tried again for whoever wants silence."""
    await code_queued(phone.world)
    twilio = FakeTwilio(phone.world.clock, lambda _path: "busy")

    async def pause(seconds: float) -> None:
        assert seconds == 4  # What it has asked for, where that is more than our own pause.
        await phone.says("STOP")

    await Postman(phone.world.core, {"sms": twilio.sms()}, pause).round()
    assert len(twilio.asked) == 1
    assert phone.world.sql("SELECT state FROM messages") == [("dropped",)]


@pytest.mark.parametrize("late", [False, True])
async def test_an_answer_of_a_session_that_another_one_followed_goes_nowhere(
    phone: Texter, late: bool
) -> None:
    """Attack: a number that is somebody else's by now would get what its last owner asked for."""
    turn = await phone.turn("which bills are due?")
    phone.world.clock.advance(minutes=5)
    await phone.turn("what are your hours?")
    assert await phone.hear(turn, BotMessage(text="Two bills."), late=late) is None
    assert phone.world.sql("SELECT id FROM messages") == []
