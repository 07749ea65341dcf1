"""What stood in a conversation and wanted a fresh proof, looked at again with an old one."""

from __future__ import annotations

import pytest

from security.model import BotMessage
from tests.security.visitor import Visitor
from tests.support.bot import Bot

RESULTS = "healthcare.lab_results"
EMPTY = {
    "resourceType": "Bundle",
    "type": "searchset",
    "timestamp": "2026-11-23T13:00:00+01:00",
    "total": 0,
}
CARD = {"kind": "lab_results", "patient": "Pat Rivera", "rows": [{"value": "7.4"}]}
PLANTED = BotMessage(text="One is outside: HbA1c.", card=CARD)


@pytest.fixture
async def pat(bot: Bot) -> Visitor:
    """Pat has just seen results, in a turn of the message `m-1`."""
    bot.api_says(RESULTS, EMPTY)
    pat = (await bot.signed_in("pat")).visitor
    turn = pat._begun(await pat.open(text="my lab results", client_id="m-1"))
    await bot.world.actions.invoke(turn.ticket, RESULTS, {}, "action_of_a_test", "own_access")
    await pat.hear(turn, PLANTED)
    return pat


async def _seen_again(pat: Visitor) -> list[str | None]:
    past = await pat.world.gateway.past_messages(pat.cookie)
    return [one.text for one in past if one.card == CARD or "HbA1c" in (one.text or "")]


@pytest.mark.parametrize(("seconds", "seen"), [(299, True), (300, False), (301, False)])
async def test_results_are_looked_at_again_as_long_as_the_proof_is_fresh(
    pat: Visitor, seconds: int, seen: bool
) -> None:
    """Contract, class sensitive: the proof is less than five minutes old, also after a reload."""
    pat.world.clock.advance(seconds=seconds)
    assert bool(await _seen_again(pat)) is seen


async def test_a_repeated_message_is_no_way_around(pat: Visitor) -> None:
    """ASVS 7.5.3 in spirit: the same message, sent once more later, repeats no results."""
    pat.world.clock.advance(minutes=5)
    again = await pat.open(text="my lab results", client_id="m-1")
    assert again.answered is not None
    assert not [one for one in again.answered if one.card or "HbA1c" in (one.text or "")]


async def test_what_wants_no_fresh_proof_stays(pat: Visitor) -> None:
    """The words of the person, and other turns, are there as before."""
    await pat.hear(await pat.say("hello"), BotMessage(text="Good day."))
    pat.world.clock.advance(minutes=5)
    texts = [one.text for one in await pat.world.gateway.past_messages(pat.cookie)]
    assert {"my lab results", "hello", "Good day."} <= set(texts)
    assert sum("once more" in (text or "") for text in texts) == 1
