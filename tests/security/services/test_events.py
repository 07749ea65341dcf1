"""What a page is told of its conversation while it looks on, and what nobody else is told."""

from __future__ import annotations

import pytest

from security.model import BotMessage
from tests.security.decisions import signed_in
from tests.security.services.streams import Stream, exchange, texts
from tests.security.visitor import Visitor
from tests.security.world import World


async def test_what_another_window_says_and_is_answered_arrives(visitor: Visitor) -> None:
    stream = Stream(visitor)
    assert await stream.hear("message") == []
    await exchange(visitor, "hello", "Good morning.", client_id="mine")
    said, answered = await stream.hear("message")
    assert (said["sender"], said["text"], said["client_id"]) == ("person", "hello", "mine")
    assert (answered["sender"], answered["text"]) == ("bot", "Good morning.")
    assert said["turn"] == answered["turn"]
    assert await stream.read() == []


async def test_an_open_turn_says_nothing_yet(visitor: Visitor) -> None:
    stream = Stream(visitor)
    turn = await visitor.say("hello")
    assert await stream.hear("message") == []
    await visitor.hear(turn)
    assert len(await stream.hear("message")) == 2


async def test_the_answer_names_its_turn_so_that_nothing_is_shown_twice(visitor: Visitor) -> None:
    opened = await visitor.open(text="hello", client_id="one")
    assert opened.turn is not None
    await visitor.hear(opened.turn)
    again = await visitor.open(text="hello", client_id="one")
    told = await Stream(visitor).hear("message")
    past = await visitor.world.gateway.past_messages(visitor.cookie)
    assert {opened.name, again.name} == {told[0]["turn"]} == {past[0].turn}
    assert opened.name != opened.turn.turn_id


async def test_who_comes_back_gets_what_was_missed_and_nothing_twice(visitor: Visitor) -> None:
    for number in range(3):
        await exchange(visitor, f"say {number}", f"said {number}")
    ids = [event.id for event in await Stream(visitor).read() if event.event == "message"]
    for number, known in enumerate(ids):
        rest = [event.id for event in await Stream(visitor, known).read() if event.id]
        assert rest == ids[number + 1 :]


async def test_history_and_stream_use_the_same_ids(visitor: Visitor) -> None:
    await exchange(visitor, "one")
    past = await visitor.world.gateway.past_messages(visitor.cookie)
    stream = Stream(visitor, past[-1].id)
    await exchange(visitor, "two")
    assert texts(await stream.hear("message")) == ["two", "Well."]


async def test_who_names_no_position_hears_only_of_what_comes(visitor: Visitor) -> None:
    await exchange(visitor, "one")
    stream = Stream(visitor, None)
    assert await stream.hear("message") == []
    await exchange(visitor, "two")
    assert texts(await stream.hear("message")) == ["two", "Well."]


async def test_a_long_absence_is_told_in_parts(visitor: Visitor) -> None:
    for number in range(25):
        await exchange(visitor, f"say {number}")
    stream, told = Stream(visitor), list[str]()
    more = True
    while more:
        told += texts(await stream.hear("message"))
        assert stream.last is not None
        more = stream.last.more
    assert [words for words in told if words != "Well."] == [f"say {n}" for n in range(25)]


@pytest.mark.parametrize("position", ["?", "1.2", f"1.{'0' * 32}.0", f"9{'0' * 16}.{'a' * 32}.1"])
async def test_attack_an_invented_position_gets_nothing_but_word_to_read_anew(
    visitor: Visitor, position: str
) -> None:
    await exchange(visitor, "my secret")
    stream = Stream(visitor, position)
    events = await stream.read()
    assert [event.event for event in events if event.event != "session"] == ["reset"]
    assert "secret" not in str(events)
    # From there on it is a stream like any other.
    await exchange(visitor, "two")
    assert texts(await stream.hear("message")) == ["two", "Well."]


async def test_attack_the_position_of_somebody_else_opens_nothing(
    visitor: Visitor, world: World
) -> None:
    """ASVS 8.2.2: a position is no right, and one of another conversation is none here."""
    await exchange(visitor, "my secret")
    foreign = (await world.gateway.past_messages(visitor.cookie))[0].id
    thief = Visitor(world)
    await thief.arrive()
    events = await Stream(thief, foreign).read()
    assert [event.event for event in events] == ["session", "reset"]
    assert "secret" not in str(events)


async def test_what_was_sensitive_is_not_told_to_a_stale_session(world: World) -> None:
    """The same rule as in the history: the stream is no way around a fresh proof."""
    visitor = await signed_in(world, "carl")
    turn = await visitor.say("hello")
    await visitor.hear(turn, BotMessage(text="Your result is 5."))
    world.sql("UPDATE turns SET sensitive = TRUE")
    world.clock.advance(seconds=300)
    assert "result" not in str(await Stream(visitor).read())
