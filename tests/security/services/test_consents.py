"""GDPR 7: a yes is on record with its wording, when, how and until when; and so is its end."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from security.consents import GIVEN_BY, SUPPORT, WITHDRAWN_BY, WORDS
from security.errors import Refused
from security.ports import Settled
from security.server import build_doubts
from security.services import consents
from tests.security.world import World
from tests.support.bot import Bot, Talk

ALLOW, ANSWER = "action_allow_support", "action_answer"
UNTIL = {"until": "2026-11-23T12:30:00Z"}


@pytest.fixture
async def carl(bot: Bot) -> Talk:
    bot.api_says("orders.allow_support", UNTIL)
    bot.api_says("orders.withdraw_support", {})
    return await bot.signed_in("carl")


def held(world: World, username: str = "carl") -> list[Any]:
    person = world.look(username).id
    return world.core.database.run_here(
        lambda store: consents.of_person(store, person), across="a test looks on"
    )


async def allows(carl: Talk, minutes: int) -> None:
    said = await carl.runs(ALLOW, f"let support help me for {minutes} minutes")
    assert said.refused == "confirmation_required"
    await carl.confirms("carl")


async def test_a_yes_is_written_down_once_it_is_done_and_not_before(bot: Bot, carl: Talk) -> None:
    """GDPR 7(1): it can be shown what was agreed to, in which words, and until when."""
    await carl.runs(ALLOW, "let support help me for 30 minutes")
    assert held(bot.world) == []
    await carl.confirms("carl")
    [row] = held(bot.world)
    assert (row.what, row.version, row.how) == (SUPPORT, 1, "in the chat")
    assert row.given_at == bot.world.clock.now
    assert row.ends_at == row.given_at + timedelta(minutes=30)
    assert row.withdrawn_at is None
    [event] = bot.world.trail("data:consent:give")
    assert event["reason"] == f"{SUPPORT}_1"
    assert event["person"] == bot.world.core.keys.pseudonym(row.person_id)


async def test_taking_it_back_is_as_easy_and_keeps_the_record(bot: Bot, carl: Talk) -> None:
    """GDPR 7(3): what happened before was allowed, and can be shown to have been."""
    await allows(carl, 30)
    bot.pass_time(minutes=1)
    said = await carl.runs("action_withdraw_support", "stop support")
    assert said.refused is None
    [row] = held(bot.world)
    assert row.withdrawn_at == bot.world.clock.now
    assert len(bot.world.trail("data:consent:withdraw")) == 1


async def test_taking_back_what_was_never_given_is_not_on_record(bot: Bot, carl: Talk) -> None:
    await carl.runs("action_withdraw_support", "stop support")
    assert held(bot.world) == []
    assert bot.world.trail("data:consent:withdraw") == []


async def test_a_new_yes_takes_the_place_of_the_one_before(bot: Bot, carl: Talk) -> None:
    await allows(carl, 30)
    bot.pass_time(seconds=31)
    await allows(carl, 60)
    before, after = held(bot.world)
    assert before.withdrawn_at == after.given_at
    assert (after.ends_at - after.given_at, after.withdrawn_at) == (timedelta(minutes=60), None)


@pytest.mark.parametrize(("seconds", "withdrawn"), [(-1, True), (0, False), (1, False)])
async def test_one_that_is_over_is_not_withdrawn_any_more(
    bot: Bot, carl: Talk, seconds: int, withdrawn: bool
) -> None:
    """At its end exactly it is over."""
    await allows(carl, 5)
    [row] = held(bot.world)
    person = bot.world.core.database.run_here(
        lambda store: consents._withdraw(store, _person(row), SUPPORT, _at(row.ends_at, seconds)),
        across="a test looks on",
    )
    assert person is withdrawn


async def test_attack_a_yes_that_the_api_refuses_is_none(bot: Bot, carl: Talk) -> None:
    bot.api_says("orders.allow_support", Refused("not_found"))
    await carl.runs(ALLOW, "let support help me for 30 minutes")
    await carl.confirms("carl")
    assert held(bot.world) == []


async def test_a_yes_whose_answer_was_lost_is_written_down_when_it_is_settled(
    bot: Bot, carl: Talk
) -> None:
    """ASVS 15.4.2: support may act from when the API knows, so the record must not be missing."""
    bot.api_says("orders.allow_support", Refused("api_unavailable"))
    await carl.runs(ALLOW, "let support help me for 30 minutes")
    await carl.confirms("carl")
    assert held(bot.world) == []
    bot.world.api.settled = Settled(True, UNTIL)
    assert await build_doubts(bot.world.core, bot.world.api).settle_all() == 0
    assert [row.what for row in held(bot.world)] == [SUPPORT]


async def test_words_go_along_with_a_yes_alone(bot: Bot) -> None:
    bot.api_says("it.service_desk", {"desk": "Desk", "phone": "+12025550131", "hours": "8 to 8"})
    bot.api_says("it.person_options", {"desk": "Desk"})
    bot.api_says("it.request_person", {"number": "SD-1001", "opened_on": "2026-11-25"})
    alice = await bot.signed_in("alice")
    details = {"words": "my card / a human please"}
    for answer, what in (("no, without them", []), ("yes please", [WORDS])):
        asked = {"action": "action_talk_to_human", "asked": "attach", "details": details}
        alice.slots["open_request"] = asked
        await alice.runs(ANSWER, answer)
        assert [row.what for row in held(bot.world, "alice")] == what


async def test_a_copy_of_ones_data_holds_them_and_nobody_elses(bot: Bot, carl: Talk) -> None:
    """GDPR 15."""
    await allows(carl, 30)
    assert held(bot.world, "alice") == []
    [one] = held(bot.world)
    assert one.tenant_id == "acme-shop"


def test_what_is_agreed_to_is_an_operation_that_there_is(bot: Bot) -> None:
    """A yes whose operation was renamed would be written down no more."""
    for name in (*GIVEN_BY, *WITHDRAWN_BY):
        assert name in bot.world.core.operations
    for name, consent in GIVEN_BY.items():
        known = bot.world.core.operations[name].endpoint
        for argument in filter(None, (consent.minutes, consent.if_argument)):
            assert argument in known.body_names, argument


def _person(row: Any) -> Any:
    class Somebody:
        id, tenant = row.person_id, row.tenant_id

    return Somebody


def _at(moment: datetime, seconds: int) -> datetime:
    return moment + timedelta(seconds=seconds)
