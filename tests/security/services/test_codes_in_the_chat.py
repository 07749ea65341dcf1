"""A code typed into the chat instead of the panel never enters the conversation (ASVS 16.2.5)."""

from __future__ import annotations

import pytest

from security.model import TurnOpened
from tests.security.visitor import Visitor

SHAPES = {
    "plain": "{0}",
    "in a sentence": "my code is {0}, thanks",
    "in two groups": "{1} {2}",
    "with a hyphen": "{1}-{2}",
    "with a no-break space": "{1}\u00a0{2}",
    "with a point": "{1}.{2}",
    "with a dash": "{1}–{2}",
    "in three groups": "{3} {4} {5}",
    "in three groups with hyphens": "{3}-{4}-{5}",
    "in three groups with wide hyphens": "{3} - {4} - {5}",
    "digit by digit": "{6}",
    "after a letter": "code:{0}.",
    "glued to a word": "code{0}please",
    "on a line of its own": "here:\n{0}\n",
    "twice": "{0} I said {0}",
}


def typed(shape: str, code: str) -> str:
    pairs = (code[:2], code[2:4], code[4:])
    return shape.format(code, code[:3], code[3:], *pairs, " ".join(code))


@pytest.fixture
async def asked(visitor: Visitor) -> Visitor:
    """Somebody with alice's password, in front of the panel."""
    await visitor.give_password("alice")
    return visitor


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
async def test_a_code_typed_into_the_chat_is_taken_out(asked: Visitor, shape: str) -> None:
    """ASVS 16.2.5: rasa is not asked, and what is kept shows no digit of it."""
    code = asked.world.code_of("alice")
    opened = await asked.open(text=typed(shape, code))
    assert opened.turn is None
    assert opened.answered is not None
    words = [one.text or "" for one in await asked.world.gateway.past_messages(asked.cookie)]
    assert "••••••" in words[0]
    assert not any(digit in words[0] for digit in "0123456789")
    assert len(asked.world.trail("turn:code:remove")) == 1


async def test_full_width_digits_are_digits(asked: Visitor) -> None:
    """A person's keyboard may write them."""
    opened = await asked.open(text="".join(chr(0xFF10 + int(d)) for d in "123456"))
    assert opened.turn is None


async def test_a_code_that_was_taken_out_is_not_answered_with(asked: Visitor) -> None:
    """It was not read: it does not count as a guess, and it can still be used in the panel."""
    code = asked.world.code_of("alice")
    await asked.open(text=code)
    assert (await asked.look_at_challenge()).attempts_left == 5
    await asked.answer(code)


WORDS = ["hello", "I paid 25 euros", "12345", "call 030 12", "1234567890123", "v1.2.3"]


@pytest.mark.parametrize("text", WORDS)
async def test_other_words_go_on_to_rasa(asked: Visitor, text: str) -> None:
    assert (await asked.say(text)).utterance.text == text


async def test_without_an_open_challenge_digits_are_words(visitor: Visitor) -> None:
    """A person may speak of an order's number."""
    assert (await visitor.say("order 123456")).utterance.text == "order 123456"


async def opened_after(asked: Visitor, end: str) -> TurnOpened:
    if end == "cancelled":
        await asked.cancel()
    elif end == "answered":
        await asked.answer(asked.world.code_of("alice"))
    else:
        asked.world.clock.advance(minutes=5)
    return await asked.open(text="order 123456")


@pytest.mark.parametrize("end", ["cancelled", "answered", "expired"])
async def test_when_the_challenge_is_over_digits_are_words_again(asked: Visitor, end: str) -> None:
    assert (await opened_after(asked, end)).turn is not None


async def test_the_open_challenge_of_somebody_else_does_not_matter(asked: Visitor) -> None:
    other = Visitor(asked.world)
    await other.arrive()
    assert (await other.open(text="order 123456")).turn is not None


async def test_a_repeated_code_gets_the_same_answer(asked: Visitor) -> None:
    first = await asked.open(text="123456", client_id="message-1")
    again = await asked.open(text="123456", client_id="message-1")
    assert again.answered == first.answered
    assert len(asked.world.trail("turn:code:remove")) == 1


@pytest.mark.parametrize("said", ["make it 1,250.00", "1.250,00 euros please", "send 123456.78"])
async def test_an_amount_is_not_a_code(asked: Visitor, said: str) -> None:
    """While a payment waits for its approval, another amount may be asked for."""
    opened = await asked.open(text=said)
    taken = opened.turn is None
    assert taken is ("123456" in said)


@pytest.mark.parametrize("code", ["abcd-efgh-jkmn", "ABCD-EFGH-JKMN", "ab2d-e3gh-jk4n"])
async def test_a_recovery_code_typed_into_the_chat_is_taken_out(asked: Visitor, code: str) -> None:
    """ASVS 16.2.5."""
    opened = await asked.open(text=f"it is {code}")
    assert opened.turn is None
