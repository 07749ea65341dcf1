"""Conversations by SMS: who is heard, what is answered, and what a forged number gets."""

from __future__ import annotations

from typing import Any

import pytest

from security.errors import Refused
from security.model import BotMessage, Choice
from tests.security.letters import PHONE, drop, enrol, letters
from tests.security.people import TENANTS
from tests.security.texter import ACCOUNT, CALLED, Texter, carry, signature
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


async def test_a_person_is_answered_by_text(alice: Texter) -> None:
    turn = await alice.turn("which bills are due?")
    assert turn.utterance.text == "which bills are due?"
    assert await alice.invokes(turn, BILLS) == DUE
    assert await alice.hear(turn, BotMessage(text="You have no open bills.")) == (
        "You have no open bills."
    )
    assert "sms:person:session" in alice.world.tags()


async def test_texts_are_one_conversation_and_one_session(alice: Texter) -> None:
    first = await alice.turn("hello")
    await alice.hear(first, BotMessage(text="Hello!"))
    second = await alice.turn("bills")
    assert first.conversation_id == second.conversation_id
    assert len(alice.world.sql("SELECT id FROM sessions WHERE channel = 'sms'")) == 1


@pytest.mark.parametrize(("idle", "same"), [(299, True), (300, False), (301, False)])
async def test_a_session_by_text_ends_like_any_other(alice: Texter, idle: int, same: bool) -> None:
    """ASVS 7.3.1: the tenant's idle limit; afterwards the conversation begins anew."""
    assert TENANTS[0].idle_minutes * 60 == 300
    first = await alice.turn("hello")
    await alice.hear(first, BotMessage(text="Hello!"))
    alice.world.clock.advance(seconds=idle)
    second = await alice.turn("hello again")
    assert (first.conversation_id == second.conversation_id) is same


async def test_attack_a_forged_number_reads_nothing_personal(alice: Texter) -> None:
    """ASVS 6.3.4: a number is worth aal1, whoever sends from it; nothing is asked of the API."""
    turn = await alice.turn("what's my balance?")
    with pytest.raises(Refused, match="step_up_required"):
        await alice.invokes(turn, BALANCE)
    assert alice.world.api.calls == []
    refused = BotMessage(text="Please confirm that it is still you.", refused="step_up_required")
    heard = await alice.hear(turn, refused)
    assert heard is not None
    assert heard.endswith(f"please open {alice.world.core.settings.public_url} and sign in.")


async def test_attack_unsigned_webhooks(alice: Texter) -> None:
    """★ Refused before anything is read, and on the trail."""
    url = f"{alice.world.core.settings.public_url}/sms/inbound"
    sent = alice.form("hello")
    for signed in ("", "x", signature(url, sent, "another-token"), signature(url + "?", sent)):
        with pytest.raises(Refused, match="invalid_signature"):
            await alice.post(sent, signed)
    assert alice.world.trail("sms:webhook:refuse")[-1]["reason"] == "signature"
    assert alice.world.sql("SELECT * FROM sms_threads") == []


async def test_attack_a_webhook_of_another_account_or_number(alice: Texter) -> None:
    """★ Signed with our token, but not ours."""
    with pytest.raises(Refused, match="invalid_signature"):
        await alice.text("hello", AccountSid="AC" + "f" * 32)
    with pytest.raises(Refused, match="invalid_request"):
        await alice.text("hello", To="+12025550199")
    reasons = [one["reason"] for one in alice.world.trail("sms:webhook:refuse")]
    assert reasons == ["account", "called_number"]


async def test_attack_a_replayed_webhook(alice: Texter) -> None:
    """★ A message id works once, however good its signature."""
    sent = alice.form("which bills are due?")
    await alice.post(sent)
    with pytest.raises(Refused, match="replayed"):
        await alice.post(sent)
    assert alice.world.trail("sms:webhook:refuse")[-1]["reason"] == "replayed"


async def test_without_a_carrier_there_are_no_webhooks(world: World) -> None:
    with pytest.raises(Refused, match="not_found"):
        await Texter(world).text("hello")


async def test_an_unknown_number_gets_one_polite_answer_a_day(told: World) -> None:
    """★ No facts: it reads the same for every number that is not one person's."""
    stranger = Texter(told, STRANGER)
    first = await stranger.says("what is my balance?")
    assert first is not None
    assert "not known here" in first
    told.clock.advance(hours=23, minutes=59, seconds=59)
    assert await stranger.says("hello?") is None
    told.clock.advance(hours=24)
    assert await stranger.says("hello?") == first


async def test_attack_a_number_of_another_tenant(told: World) -> None:
    """The number counts within the tenant that was called: alice is nobody at the shop."""
    elsewhere = Texter(told, PHONE, "acme-shop")
    assert "not known here" in (await elsewhere.says("where is my order?") or "")


async def test_a_number_of_two_people_is_nobodys(alice: Texter) -> None:
    enrol(alice.world, "bob", "sms", PHONE)
    assert "not known here" in (await alice.says("hello") or "")


async def test_somebody_disabled_is_a_stranger(alice: Texter) -> None:
    await alice.turn("hello")
    alice.world.disable("alice")
    assert "not known here" in (await alice.says("hello") or "")


async def test_attack_a_number_that_went_to_somebody_else(alice: Texter) -> None:
    """Nobody reads on in the conversation of whoever had the number before."""
    first = await alice.turn("hello")
    offered = BotMessage(text="Which?", choices=[Choice(title="The first", intent="bill_due")])
    await alice.hear(first, offered)
    drop(alice.world, "alice", "sms")
    enrol(alice.world, "bob", "sms", PHONE)
    second = await alice.turn("1")
    assert second.utterance.text == "1"
    assert second.conversation_id != first.conversation_id


# Words before anything else


async def test_stop_is_honoured_before_anything_else(alice: Texter) -> None:
    """★ No answer, no turn, no code by SMS any more; START brings it back."""
    assert await alice.says("STOP") is None
    assert await alice.says("which bills are due?") is None
    assert alice.world.trail("sms:message:ignore")[-1]["reason"] == "opted_out"
    assert "sms:person:stop" in alice.world.tags()
    assert "again" in (await alice.says("start") or "")
    await alice.turn("which bills are due?")


async def test_help_says_who_this_is(alice: Texter) -> None:
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


async def test_a_digit_names_a_choice_of_the_last_answer(alice: Texter) -> None:
    turn = await alice.turn("pay a bill")
    offered = [
        Choice(title="Aqua", intent="pay_bill", entities={"bill": "aqua"}),
        Choice(title="Power", intent="pay_bill", entities={"bill": "power"}),
    ]
    heard = await alice.hear(turn, BotMessage(text="Which one?", choices=offered))
    assert heard == "Which one?\n1) Aqua\n2) Power"
    chosen = await alice.turn("the second one")
    assert (chosen.utterance.intent, chosen.utterance.entities) == ("pay_bill", {"bill": "power"})
    await alice.hear(chosen, BotMessage(text="All right."))
    assert (await alice.turn("2")).utterance.text == "2"


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
    """Each answer is paid for: beyond the limit there is one more in an hour."""
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
    raw = alice.world.database_file.read_bytes()
    wal = alice.world.database_file.with_name("security.sqlite3-wal")
    raw += wal.read_bytes() if wal.exists() else b""
    assert b"PLANTED" not in raw
    assert PHONE.encode() not in raw
    assert ACCOUNT.encode() not in raw
    assert CALLED["northwind-bank"].encode() not in raw
