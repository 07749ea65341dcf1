"""What is said by SMS: words of the carrier, choices, long answers, codes."""

from __future__ import annotations

from typing import Any

import pytest

from security.errors import Refused
from security.model import BotMessage, Choice
from tests.security.conftest import MakeWorld
from tests.security.letters import MAIL, PHONE, drop, enrol, letters
from tests.security.stored import stored
from tests.security.texter import ACCOUNT, CALLED, Texter, carry
from tests.security.visitor import BALANCE, Visitor
from tests.security.world import World

BILLS = "banking.list_bills"
STRANGER = "+12025550188"
DUE: dict[str, Any] = {"bills": []}


@pytest.fixture
def told(world: World) -> World:
    """A world with a carrier, in which alice has a telephone."""
    carry(world)
    enrol(world, "alice", "sms", PHONE)
    world.api.answer = DUE
    return world


@pytest.fixture
def alice(told: World) -> Texter:
    """Her telephone."""
    return Texter(told)


# Words before anything else


async def test_stop_is_honoured_before_anything_else(alice: Texter) -> None:
    """GH-8 ★: no answer, no turn, no code by SMS any more; START brings it back."""
    assert await alice.says("STOP") is None
    assert await alice.says("which bills are due?") is None
    assert alice.world.trail("sms:message:ignore")[-1]["reason"] == "opted_out"
    assert "sms:person:stop" in alice.world.tags()
    assert "again" in (await alice.says("start") or "")
    await alice.turn("which bills are due?")


async def test_help_says_who_this_is(alice: Texter) -> None:
    """GH-8."""
    heard = await alice.says("HELP")
    assert heard is not None
    assert heard.startswith("Northwind Bank:")
    assert "sms:person:help" in alice.world.tags()


async def test_a_stranger_may_stop_us_too(told: World) -> None:
    stranger = Texter(told, STRANGER)
    assert await stranger.says("stop") is None
    assert await stranger.says("hello") is None


async def test_stop_at_one_tenant_is_not_stop_at_another(told: World) -> None:
    enrol(told, "carl", "sms", PHONE)
    assert await Texter(told, PHONE, "acme-shop").says("STOP") is None
    await Texter(told).turn("which bills are due?")


async def test_whoever_said_stop_gets_no_code_by_sms(alice: Texter) -> None:
    """The page says that it was not delivered, and offers another way."""
    await alice.says("STOP")
    drop(alice.world, "alice", "totp")
    browser = Visitor(alice.world)
    await browser.arrive()
    await browser.give_password("alice")
    view = await browser.look_at_challenge()
    assert (view.method, view.delivery) == ("sms", "failed")
    assert letters(alice.world) == []
    assert "message:person:unwanted" in alice.world.tags()


async def test_attack_muting_somebodys_warnings_with_a_forged_stop(alice: Texter) -> None:
    """ASVS 6.3.5: texts stop, whoever said so; its person hears of it by another way, once."""
    enrol(alice.world, "alice", "email", MAIL)
    for word in ("STOP", "stop"):
        await alice.says(word)
    [told] = letters(alice.world)
    assert (told.channel, told.kind, told.to) == ("email", "notice", MAIL)
    assert "STOP has been sent from your number" in told.text
    assert await Texter(alice.world, STRANGER).says("STOP") is None
    assert len(letters(alice.world)) == 1


async def test_attack_no_code_goes_to_a_country_that_is_not_named(make_world: MakeWorld) -> None:
    """★ SMS pumping: codes asked for at dear numbers abroad are paid for by us."""
    world = make_world(sms_countries="DE, AT")
    enrol(world, "amy", "sms", PHONE)
    amy = Visitor(world)
    await amy.arrive()
    await amy.give_password("amy")
    assert (await amy.look_at_challenge()).delivery == "failed"
    assert letters(world) == []
    assert world.trail("message:person:unwanted")[0]["reason"] == "country"


async def test_a_code_in_a_text_is_taken_out_before_anybody_reads_it(alice: Texter) -> None:
    """ASVS 16.2.5: while one is asked for, a code never enters the conversation."""
    turn = await alice.turn("what's my balance?")
    with pytest.raises(Refused, match="step_up_required"):
        await alice.invokes(turn, BALANCE)
    await alice.hear(turn, BotMessage(text="Please confirm.", refused="step_up_required"))
    heard = await alice.says("my code is 123456")
    assert "took it out" in (heard or "")
    assert "panel" not in (heard or "")


# Choices and long answers


async def test_choices_are_numbered_and_the_number_is_said_to_the_bot(alice: Texter) -> None:
    """The dialogue knows what it has offered, and takes "2" for it as on the page."""
    turn = await alice.turn("pay a bill")
    offered = [
        Choice(title="Aqua", intent="pay_bill", entities={"bill": "aqua"}),
        Choice(title="Power", intent="pay_bill", entities={"bill": "power"}),
    ]
    heard = await alice.hear(turn, BotMessage(text="Which one?", choices=offered))
    assert heard == "Which one?\n1) Aqua\n2) Power"
    assert (await alice.turn("the second one")).utterance.text == "the second one"


async def test_a_long_answer_goes_on_with_more(alice: Texter) -> None:
    turn = await alice.turn("tell me all")
    words = " ".join(f"This is sentence {at} of a long answer." for at in range(20))
    first = await alice.hear(turn, BotMessage(text=words))
    second = await alice.says("More")
    assert first is not None
    assert second is not None
    rest = ""
    for _ in range(5):
        said = await alice.says("MORE")
        assert said is not None
        if said.startswith("That was all"):
            break
        rest += said
    read = " ".join((first + second + rest).replace("Reply MORE for the rest.", " ").split())
    assert read.replace(" ", "") == words.replace(" ", "")


async def test_a_late_answer_is_sent_by_itself(alice: Texter) -> None:
    """Twilio waits 15 seconds for an answer with the webhook."""
    turn = await alice.turn("which bills are due?")
    assert await alice.hear(turn, BotMessage(text="None."), late=True) is None
    [letter] = letters(alice.world)
    assert (letter.channel, letter.kind, letter.to, letter.text) == (
        "sms",
        "answer",
        PHONE,
        "None.",
    )


async def test_whoever_said_stop_meanwhile_hears_nothing(alice: Texter) -> None:
    turn = await alice.turn("which bills are due?")
    await alice.says("STOP")
    assert await alice.hear(turn, BotMessage(text="None.")) is None
    assert letters(alice.world) == []


# What is no question


UNUSABLE = {
    "a picture": ("look", {"NumMedia": "1"}, "pictures"),
    "nothing": ("  ", {}, "empty"),
    "a novel": ("a" * 1_001, {}, "fewer words"),
}


@pytest.mark.parametrize(("text", "changed", "says"), UNUSABLE.values(), ids=UNUSABLE)
async def test_what_has_no_usable_words_is_answered_politely(
    alice: Texter, text: str, changed: dict[str, str], says: str
) -> None:
    received = await alice.text(text, **changed)
    assert received.turn is None
    assert says in (received.text or "")


async def test_the_longest_text_is_heard(alice: Texter) -> None:
    assert (await alice.turn("a" * 1_000)).utterance.text == "a" * 1_000


async def test_attack_a_flood_from_one_number(alice: Texter) -> None:
    """GH-8: each answer is paid for: beyond the limit there is one more in an hour."""
    most = alice.world.core.settings.limit_texts_per_number_per_hour
    for _ in range(most):
        await alice.turn("hello")
    assert "a lot at once" in (await alice.says("hello") or "")
    assert await alice.says("hello") is None
    assert alice.world.trail("sms:message:ignore")[-1]["reason"] == "limit_number"


async def test_no_number_and_no_word_is_readable(alice: Texter) -> None:
    """ASVS 14.2.4, 16.2.5: neither in the database nor on the trail."""
    turn = await alice.turn("PLANTED words of a person")
    offered = [Choice(title="PLANTED choice", intent="bill_due")]
    await alice.hear(turn, BotMessage(text="PLANTED answer", choices=offered))
    raw = stored(alice.world)
    assert b"PLANTED" not in raw
    assert PHONE.encode() not in raw
    assert ACCOUNT.encode() not in raw
    assert CALLED["northwind-bank"].encode() not in raw


async def test_attack_a_card_number_in_a_text(alice: Texter) -> None:
    """ASVS 14.2.4: masked as on the page, before the dialogue engine or the history has it."""
    turn = await alice.turn("my card 4111 1111 1111 1111 was stolen, its CVV is 123")
    assert turn.utterance.text == "my card •••• 1111 was stolen, its CVV is •••"


async def test_attack_what_is_invisible_in_a_text(alice: Texter) -> None:
    """ASVS 2.2.1: what the page strips, a text does not bring in: NUL, hidden, reordering."""
    turn = await alice.turn("which\x00 bi\u200blls\u202e are\n\n due\x1b[31m?")
    assert turn.utterance.text == "which bills are due[31m?"


@pytest.mark.parametrize("word", ["ＳＴＯＰ", "S\u200bTOP", "stop\u00a0!", "𝐒𝐓𝐎𝐏"])
async def test_attack_stop_in_letters_that_look_like_it(alice: Texter, word: str) -> None:
    """Whoever types on a keyboard with wide letters has said it too."""
    assert await alice.says(word) is None
    assert await alice.says("which bills are due?") is None
