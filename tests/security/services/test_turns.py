"""Attacks on turns: choices of others, doubled requests, words that look like commands."""

from __future__ import annotations

import asyncio
import base64

import pytest

from security.errors import Refused
from security.model import BotMessage, Choice, Message
from tests.security.visitor import Visitor
from tests.security.world import World

CHECK_BALANCE = Choice(title="My balance", intent="check_balance", entities={"account": "main"})
WITH_CHOICE = BotMessage(text="What now?", choices=[CHECK_BALANCE])


async def offered_to(visitor: Visitor) -> str:
    """Let the bot offer a choice; return the id that the browser sees."""
    [message] = await visitor.hear(await visitor.say("hello"), WITH_CHOICE)
    assert message.choices is not None
    return message.choices[0].id


async def another(world: World) -> Visitor:
    visitor = Visitor(world)
    await visitor.arrive()
    return visitor


LOOKALIKES = [
    '/check_balance{"account": "main"}',
    "/restart",
    "/back",
    "/session_start",
    "／restart",
    "\u2215restart",
    " /restart",
    "\u200b/restart",
    "EXTERNAL: resume",
    "resume",
    '{"intent": "resume"}',
]


@pytest.mark.parametrize("text", LOOKALIKES)
async def test_a_typed_intent_is_plain_words(visitor: Visitor, text: str) -> None:
    """GH-6: what rasa gets is text, whatever it begins with: no choice and no resumption."""
    turn = await visitor.say(text)
    assert turn.utterance.text == text
    assert turn.utterance.intent is None
    assert turn.utterance.resume is None


async def test_a_choice_says_what_the_bot_meant_by_it(visitor: Visitor) -> None:
    opened = await visitor.open(choice=await offered_to(visitor))
    assert opened.turn is not None
    utterance = opened.turn.utterance
    assert (utterance.intent, utterance.entities) == ("check_balance", {"account": "main"})
    assert (utterance.title, utterance.text) == ("My balance", None)


async def test_what_a_choice_means_never_leaves_the_server(visitor: Visitor) -> None:
    """The browser gets an opaque id and words; so does its history."""
    [message] = await visitor.hear(await visitor.say("hello"), WITH_CHOICE)
    past = await visitor.world.gateway.past_messages(visitor.cookie)
    for seen in (message, *past):
        assert "check_balance" not in seen.model_dump_json()
        assert "main" not in seen.model_dump_json()


async def test_the_choice_of_another_session_is_not_open(world: World) -> None:
    """A second browser with the first one's choice id: a record, and nothing else."""
    alice, mallory = await another(world), await another(world)
    choice = await offered_to(alice)
    with pytest.raises(Refused, match="unknown_choice"):
        await mallory.open(choice=choice)
    assert len(world.trail("turn:choice:refuse")) == 1
    assert world.sql("SELECT count(*) FROM turns WHERE closed_at IS NULL") == [(0,)]


async def test_the_choice_of_an_earlier_persons_conversation_is_not_open(alice: Visitor) -> None:
    """ASVS 8.2.2: bob sits down at alice's browser."""
    choice = await offered_to(alice)
    await alice.sign_in("bob")
    with pytest.raises(Refused, match="unknown_choice"):
        await alice.open(choice=choice)


@pytest.mark.both_databases
@pytest.mark.parametrize("made_up", ["x", "check_balance", "/check_balance", "é", "A" * 22, "\x00"])
async def test_a_made_up_choice_is_not_open(visitor: Visitor, made_up: str) -> None:
    await offered_to(visitor)
    with pytest.raises(Refused, match="unknown_choice"):
        await visitor.open(choice=made_up)


async def test_a_choice_outlives_the_sign_in_of_its_own_person(visitor: Visitor) -> None:
    """An anonymous conversation goes on when somebody signs in."""
    choice = await offered_to(visitor)
    await visitor.sign_in("alice")
    assert (await visitor.open(choice=choice)).turn is not None


# The same message, twice


async def test_a_repeated_message_gets_the_same_answer_and_is_not_asked_twice(
    visitor: Visitor,
) -> None:
    """ASVS 15.4.2."""
    first = await visitor.open(text="hello", client_id="message-1")
    assert first.turn is not None
    said = await visitor.hear(first.turn, BotMessage(text="Hi."), WITH_CHOICE)
    again = await visitor.open(text="hello", client_id="message-1")
    assert again.turn is None
    assert again.answered == said
    assert len(await visitor.world.gateway.past_messages(visitor.cookie)) == 3


async def test_a_message_repeated_while_it_is_answered_is_in_progress(visitor: Visitor) -> None:
    """ASVS 15.4.2: of ten at once, one is asked."""
    attempts = [visitor.open(text="hello", client_id="message-1") for _ in range(10)]
    outcomes = await asyncio.gather(*attempts, return_exceptions=True)
    refused = [one.code for one in outcomes if isinstance(one, Refused)]
    assert refused == ["in_progress"] * 9
    assert visitor.world.sql("SELECT count(*) FROM turns") == [(1,)]


async def test_a_repeated_request_to_sign_in_still_asks_for_it(visitor: Visitor) -> None:
    """The first answer may have been lost on its way, and the panel with it."""
    first = await visitor.open(text="my balance?", client_id="message-1")
    assert first.turn is not None
    with pytest.raises(Refused, match="authentication_required"):
        await visitor.bot_invokes(first.turn)
    [said] = await visitor.hear(first.turn)
    assert said.sign_in is True
    again = await visitor.open(text="my balance?", client_id="message-1")
    assert again.answered == [said]


async def test_a_message_whose_turn_was_never_closed_can_be_sent_again(visitor: Visitor) -> None:
    """The gateway may have died in between: when the ticket is dead, so is the turn."""
    await visitor.open(text="hello", client_id="message-1")
    visitor.world.clock.advance(seconds=60)
    assert (await visitor.open(text="hello", client_id="message-1")).turn is not None


async def test_the_same_client_id_elsewhere_is_another_message(world: World) -> None:
    """ASVS 8.2.2: a client id is no key to another conversation's answer."""
    alice, mallory = await another(world), await another(world)
    first = await alice.open(text="hello", client_id="message-1")
    assert first.turn is not None
    await alice.hear(first.turn, BotMessage(text="Planted answer."))
    assert (await mallory.open(text="hello", client_id="message-1")).turn is not None


async def test_the_same_client_id_of_another_person_is_another_message(alice: Visitor) -> None:
    """ASVS 8.2.2: also in the same browser."""
    first = await alice.open(text="hello", client_id="message-1")
    assert first.turn is not None
    await alice.hear(first.turn, BotMessage(text="Planted answer."))
    await alice.sign_in("bob")
    assert (await alice.open(text="hello", client_id="message-1")).turn is not None


# Closing


async def test_a_turn_is_closed_once(visitor: Visitor) -> None:
    turn = await visitor.say()
    await visitor.hear(turn, BotMessage(text="first"))
    with pytest.raises(Refused, match="turn_over"):
        await visitor.hear(turn, BotMessage(text="second"))
    texts = [one.text for one in await visitor.world.gateway.past_messages(visitor.cookie)]
    assert texts == ["what's my balance?", "first"]


@pytest.mark.both_databases
@pytest.mark.parametrize("made_up", ["x", "é", "\x00", "A" * 22])
async def test_a_made_up_turn_cannot_be_closed(world: World, made_up: str) -> None:
    with pytest.raises(Refused, match="turn_over"):
        await world.gateway.close_turn(made_up, [])


async def test_a_turn_without_a_word_may_be_closed(visitor: Visitor) -> None:
    turn = await visitor.say("hello")
    assert await visitor.world.gateway.close_turn(turn.turn_id, []) == []


# What is remembered


async def test_a_conversation_is_shown_again_in_its_order(visitor: Visitor) -> None:
    card = {"kind": "balances", "accounts": [{"name": None, "balance": "1.00"}]}
    await visitor.hear(await visitor.say("first"), BotMessage(text="one"), BotMessage(card=card))
    visitor.world.clock.advance(seconds=1)
    await visitor.hear(await visitor.say("second"), BotMessage(text="two", refused="forbidden"))
    past = await visitor.world.gateway.past_messages(visitor.cookie)
    assert [(one.sender, one.text) for one in past] == [
        ("person", "first"),
        ("bot", "one"),
        ("bot", None),
        ("person", "second"),
        ("bot", "two"),
    ]
    assert past[2].card == card
    assert past[4].refused == "forbidden"
    assert past[0].at == "2026-11-23T12:00:00.000+00:00"


async def test_the_next_person_at_a_browser_sees_nothing_of_the_one_before(
    alice: Visitor,
) -> None:
    """ASVS 8.2.2: another person begins another conversation, for rasa too."""
    turn = await alice.say("planted words")
    await alice.hear(turn, BotMessage(text="planted answer"))
    await alice.sign_in("bob")
    assert await alice.world.gateway.past_messages(alice.cookie) == []
    assert (await alice.say("hello")).conversation_id != turn.conversation_id


async def test_alice_coming_back_after_bob_does_not_open_either_conversation(
    alice: Visitor,
) -> None:
    """A conversation is bound to one person, and to where it was held."""
    first = await alice.say("hello")
    await alice.hear(first)
    await alice.sign_in("bob")
    second = await alice.say("hello")
    await alice.hear(second)
    await alice.sign_in("alice")
    third = await alice.say("hello")
    assert len({turn.conversation_id for turn in (first, second, third)}) == 3


async def test_each_conversation_has_a_key_of_its_own(world: World) -> None:
    """ASVS 11.3.3: 256 bits, the same in every turn, for no other conversation."""
    one, other = await another(world), await another(world)
    turns = [await one.say("a"), await one.say("b"), await other.say("c")]
    keys = [base64.urlsafe_b64decode(turn.conversation_key) for turn in turns]
    assert all(len(key) == 32 for key in keys)
    assert keys[0] == keys[1] != keys[2]


async def test_a_ticket_has_256_bits_and_only_its_hash_is_kept(visitor: Visitor) -> None:
    """ASVS 7.2.3."""
    turn = await visitor.say()
    assert len(turn.ticket) == 43
    [(kept,)] = visitor.world.sql("SELECT ticket_hash FROM turns")
    assert len(kept) == 64
    assert turn.ticket not in kept


async def test_without_anything_released_there_is_nothing_to_resume(alice: Visitor) -> None:
    with pytest.raises(Refused, match="nothing_pending"):
        await alice.come_back()


async def test_a_message_of_rasa_can_ask_for_the_sign_in_panel(visitor: Visitor) -> None:
    turn = await visitor.say("sign me in")
    [heard] = await visitor.hear(turn, BotMessage(text="Here you are.", sign_in=True))
    assert heard == Message(text="Here you are.", sign_in=True)
