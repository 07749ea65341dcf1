"""Conversations by SMS: who is heard, what is answered, and what a forged number gets."""

from __future__ import annotations

from typing import Any

import pytest

from security.errors import Refused
from security.model import BotMessage, Choice
from tests.security.letters import PHONE, drop, enrol
from tests.security.people import TENANTS
from tests.security.texter import Texter, carry, signature
from tests.security.visitor import BALANCE
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
    assert "Reply with the 6-digit code" in heard


async def test_attack_unsigned_webhooks(alice: Texter) -> None:
    """GH-8 ★: refused before anything is read, and on the trail."""
    url = f"{alice.world.core.settings.public_url}/sms/inbound"
    sent = alice.form("hello")
    for signed in ("", "x", signature(url, sent, "another-token"), signature(url + "?", sent)):
        with pytest.raises(Refused, match="invalid_signature"):
            await alice.post(sent, signed)
    assert alice.world.trail("sms:webhook:refuse")[-1]["reason"] == "signature"
    assert alice.world.sql("SELECT * FROM sms_threads") == []


async def test_attack_a_webhook_of_another_account_or_number(alice: Texter) -> None:
    """GH-8 ★: signed with our token, but not ours."""
    with pytest.raises(Refused, match="invalid_signature"):
        await alice.text("hello", AccountSid="AC" + "f" * 32)
    with pytest.raises(Refused, match="invalid_request"):
        await alice.text("hello", To="+12025550199")
    reasons = [one["reason"] for one in alice.world.trail("sms:webhook:refuse")]
    assert reasons == ["account", "called_number"]


async def test_attack_a_replayed_webhook(alice: Texter) -> None:
    """GH-8 ★: a message id works once, however good its signature."""
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
