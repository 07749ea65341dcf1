"""What texts cost us: nobody gets paid for by making us answer (ASVS 6.6.3)."""

from __future__ import annotations

import pytest

from security.model import Texted
from tests.security.conftest import MakeWorld
from tests.security.letters import PHONE, enrol
from tests.security.texter import Texter, carry
from tests.security.world import World

ABROAD = "+491515550123"


def strangers(world: World) -> list[Texter]:
    """Return telephones of nobody, each with a number of its own."""
    return [Texter(world, f"+120255502{at:02}") for at in range(10)]


@pytest.mark.parametrize("word", ["HELP", "START"])
async def test_attack_a_flood_of_words_that_are_always_answered(
    make_world: MakeWorld, word: str
) -> None:
    """They are obeyed each time, and answered within the limit of a number."""
    world = make_world(limit_texts_per_number_per_hour=3)
    carry(world)
    phone = Texter(world, "+12025550188")
    heard = [await phone.says(word) is not None for _ in range(5)]
    assert heard == [True, True, True, False, False]
    world.clock.advance(hours=1)
    assert await phone.says(word) is not None


async def test_attack_a_flood_does_not_keep_stop_from_being_heard(make_world: MakeWorld) -> None:
    world = make_world(limit_texts_per_number_per_hour=1)
    carry(world)
    phone = Texter(world, "+12025550188")
    for _ in range(2):
        await phone.says("HELP")
    await phone.says("STOP")
    [(opted_out,)] = world.sql("SELECT opted_out_at FROM sms_threads")
    assert opted_out is not None


@pytest.mark.parametrize("number", [ABROAD, "+99955501234"])
async def test_attack_texts_from_where_no_text_may_go(make_world: MakeWorld, number: str) -> None:
    """An answer costs what any text does: whose country is not named hears nothing."""
    world = make_world(sms_countries="US")
    carry(world)
    enrol(world, "alice", "sms", number)
    phone = Texter(world, number)
    for words in ("which bills are due?", "HELP", "START", "MORE", "123456"):
        assert await phone.text(words) == Texted()
    assert world.trail("sms:message:ignore")[-1]["reason"] == "country"
    await phone.says("STOP")
    assert "sms:person:stop" in world.tags()


async def test_attack_a_range_of_numbers_that_each_text_once(make_world: MakeWorld) -> None:
    """Who rents a thousand numbers gets some answers an hour and raises the alarm, once."""
    world = make_world(limit_strangers_per_tenant_per_hour=4)
    carry(world)
    enrol(world, "alice", "sms", PHONE)
    heard = [await each.says("hello") for each in strangers(world)]
    assert [one is not None for one in heard] == [True] * 4 + [False] * 6
    [alarm] = world.trail("sms:service:pumping")
    assert (alarm["tenant"], alarm["reason"]) == ("northwind-bank", "many_strangers")
    # Its people are answered all the same, and so are strangers elsewhere and later.
    await Texter(world).turn("which bills are due?")
    assert await Texter(world, PHONE, "acme-shop").says("hello") is not None
    world.clock.advance(hours=1)
    assert await strangers(world)[9].text("hello", MessageSid="SM" + "e" * 32) != Texted()
