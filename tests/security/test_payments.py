"""A payment is approved by its person alone, for exactly this, and reaches the API once."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from security.errors import Refused
from security.model import BotMessage
from tests.security.letters import PHONE, enrol, letters
from tests.security.payments import (
    RECEIPT,
    TO_ANNA,
    TRANSFER,
    asked,
    asked_to_approve,
    rows,
)
from tests.security.visitor import Visitor
from tests.security.world import World


@pytest.fixture
async def payer(alice: Visitor) -> Visitor:
    """Alice, at a bank that books what it is sent."""
    alice.world.api.answer = RECEIPT
    return alice


@pytest.mark.both_databases
async def test_a_payment_is_shown_exactly_and_approved_by_a_code(payer: Visitor) -> None:
    """PSD2 RTS 5(1)(a): the person sees amount and payee, and the code belongs to them."""
    last = await asked(payer, "confirmation_required")
    assert last.challenge is not None
    assert (last.challenge.purpose, last.challenge.binding) == (
        "confirm",
        "Pay 50.00 EUR to Anna Berg",
    )
    shown = {detail.label: detail.value for detail in last.challenge.details or []}
    assert shown == {"Amount": "50.00 EUR", "To": "Anna Berg, •••• 7788", "From": "•••• 4021"}
    assert last.card is not None
    assert (last.card["kind"], last.card["title"]) == ("confirmation", last.challenge.binding)
    assert payer.world.api.calls == []
    passed = await payer.prove("alice")
    assert (passed.resume, passed.confirmed) == (True, True)
    assert (await payer.resume()).result == RECEIPT
    [call] = payer.world.api.calls
    assert (call.operation, call.arguments) == (TRANSFER, TO_ANNA)
    assert call.key is not None
    assert rows(payer) == [("write", "done")]


async def test_attack_a_payment_in_a_fresh_session_without_approval(payer: Visitor) -> None:
    """ASVS 7.5.3: however fresh the sign-in, the payment has a challenge of its own."""
    for _ in range(2):
        await asked(payer, "confirmation_required")
    assert payer.world.api.calls == []


async def test_attack_coming_back_without_an_approval(payer: Visitor) -> None:
    await asked(payer, "confirmation_required")
    with pytest.raises(Refused, match="nothing_pending"):
        await payer.come_back()
    assert rows(payer) == [("write", "waiting")]


@pytest.mark.parametrize(
    "changed",
    [
        {"amount": "51.00"},
        {"payee_name": "Bob"},
        {"payee": "pay_CCCCCCCCCCCCCCCCCCCCCC"},
        {"currency": "USD"},
        {"account_number": "•••• 4022"},
    ],
)
async def test_attack_a_code_for_one_payment_approves_no_other(
    payer: Visitor, changed: dict[str, str]
) -> None:
    """RFC 9396, PSD2 RTS 5(1)(c): 10 EUR to Anna is neither 11 EUR nor Bob."""
    first = await asked_to_approve(payer)
    second = await asked_to_approve(payer, **changed)
    assert rows(payer) == [("write", "void"), ("write", "waiting")]
    payer.world.clock.advance(seconds=30)
    with pytest.raises(Refused, match="expired"):
        await payer.answer(payer.world.code_of("alice"), first.id)
    await payer.answer(payer.world.code_of("alice"), second.id)
    await payer.resume()
    [call] = payer.world.api.calls
    assert call.arguments == {**TO_ANNA, **changed}


async def test_a_new_payment_voids_the_waiting_one_and_says_so(payer: Visitor) -> None:
    await asked_to_approve(payer)
    turn = await payer.say("make it sixty")
    with pytest.raises(Refused, match="confirmation_required"):
        await payer.bot_invokes(turn, TRANSFER, {**TO_ANNA, "amount": "60.00"})
    dropped, last = await payer.hear(turn)
    assert dropped.text is not None
    assert "Pay 50.00 EUR to Anna Berg" in dropped.text
    assert last.challenge is not None
    assert last.challenge.binding == "Pay 60.00 EUR to Anna Berg"


async def test_attack_arguments_swapped_in_the_database(payer: Visitor) -> None:
    """RFC 9396: what waits is bound to the digest that was approved."""
    await asked_to_approve(payer)
    await payer.prove("alice")
    payer.world.sql("UPDATE pending_operations SET digest = ?", "0" * 64)
    turn = await payer.come_back()
    with pytest.raises(Refused, match="nothing_pending"):
        await payer.world.actions.resume(turn.ticket)
    assert payer.world.api.calls == []


@pytest.mark.both_databases
async def test_attack_approving_fifty_times_at_once(payer: Visitor) -> None:
    """ASVS 15.4.2, 6.5.1: two approvals at once, a doubled request: one transfer."""
    challenge = await asked_to_approve(payer)
    payer.world.clock.advance(seconds=30)
    code = payer.world.code_of("alice")
    tries = [payer.answer(code, challenge.id) for _ in range(50)]
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(not isinstance(outcome, BaseException) for outcome in outcomes) == 1
    turns = [await payer.come_back() for _ in range(3)]
    attempts = [payer.world.actions.resume(turn.ticket) for turn in turns for _ in range(5)]
    await asyncio.gather(*attempts, return_exceptions=True)
    assert len(payer.world.api.calls) == 1


async def test_signing_in_never_approves_a_write(visitor: Visitor) -> None:
    """What a stranger asked for before the sign-in is not even kept."""
    last = await asked(visitor, "authentication_required")
    assert last.sign_in is True
    passed = await visitor.sign_in("alice")
    assert passed.resume is False
    assert rows(visitor) == []


async def test_a_read_leaves_a_waiting_write_alone(payer: Visitor) -> None:
    challenge = await asked_to_approve(payer)
    payer.world.api.answer = {"accounts": []}
    await payer.ask()
    assert rows(payer) == [("write", "waiting")]
    payer.world.api.answer = RECEIPT
    payer.world.clock.advance(seconds=30)
    await payer.answer(payer.world.code_of("alice"), challenge.id)
    assert (await payer.resume()).result == RECEIPT


async def test_no_voids_what_waits_with_its_challenge(payer: Visitor) -> None:
    challenge = await asked_to_approve(payer)
    turn = await payer.say("no")
    assert await payer.world.actions.cancel(turn.ticket) is True
    assert await payer.world.actions.cancel(turn.ticket) is False
    assert rows(payer) == [("write", "void")]
    with pytest.raises(Refused, match="expired"):
        await payer.answer(payer.world.code_of("alice", 1), challenge.id)


async def test_attack_a_taken_over_rasa_draws_another_payment_to_approve(payer: Visitor) -> None:
    """PSD2 RTS 5(1)(a): what is approved is drawn by security alone, from the exact arguments."""
    turn = await payer.say("send anna fifty")
    with pytest.raises(Refused, match="confirmation_required"):
        await payer.bot_invokes(turn, TRANSFER, {**TO_ANNA, "amount": "5000.00"})
    forged = {
        "kind": "confirmation",
        "title": "Pay 5.00 EUR to Anna",
        "rows": [],
        "state": "waiting",
    }
    said = await payer.hear(turn, *[BotMessage(text="Here.", card=forged)] * 2)
    titles = [message.card["title"] for message in said if message.card]
    assert titles == ["Pay 5000.00 EUR to Anna Berg"]
    past = await payer.world.gateway.past_messages(payer.cookie)
    assert not any('5.00 EUR to Anna"' in message.model_dump_json() for message in past)


async def test_cancelling_the_challenge_voids_the_payment(payer: Visitor) -> None:
    await asked_to_approve(payer)
    await payer.cancel()
    assert rows(payer) == [("write", "void")]


async def test_five_wrong_codes_void_the_payment(payer: Visitor) -> None:
    """ASVS 6.6.3."""
    await asked_to_approve(payer)
    wrong = payer.world.wrong_code_for("alice")
    for _ in range(4):
        with pytest.raises(Refused, match="wrong_code"):
            await payer.answer(wrong)
    with pytest.raises(Refused, match="locked"):
        await payer.answer(wrong)
    assert rows(payer) == [("write", "void")]


@pytest.mark.parametrize(("late", "code"), [(59, None), (60, "confirmation_required")])
async def test_an_approval_is_used_within_a_minute(
    payer: Visitor, late: int, code: str | None
) -> None:
    """At the limit itself it is worth nothing; the person is asked anew."""
    await asked_to_approve(payer)
    await payer.prove("alice")
    payer.world.clock.advance(seconds=late)
    turn = await payer.come_back()
    if code is None:
        await payer.world.actions.resume(turn.ticket)
        return
    with pytest.raises(Refused, match=code):
        await payer.world.actions.resume(turn.ticket)
    assert payer.world.api.calls == []


async def test_a_receipt_that_was_lost_is_delivered_again_or_told(payer: Visitor) -> None:
    await asked_to_approve(payer)
    await payer.prove("alice")
    turn = await payer.come_back()
    await payer.world.actions.resume(turn.ticket)
    again = await payer.come_back()
    assert (await payer.world.actions.resume(again.ticket)).result == RECEIPT
    assert len(payer.world.api.calls) == 1
    said = await payer.hear(await payer.say("hello"))
    assert any("It was done once" in (message.text or "") for message in said)


async def test_every_step_of_a_payment_is_on_the_trail(payer: Visitor) -> None:
    """ASVS 16.3.2."""
    await asked_to_approve(payer)
    await payer.prove("alice")
    await payer.resume()
    tags = [tag for tag in payer.world.tags() if tag.split(":")[0] in {"pending", "operation"}]
    assert tags == [
        "operation:guard:deny",
        "pending:operation:store",
        "pending:operation:approve",
        "operation:guard:allow",
        "operation:api:done",
    ]
    [allowed] = payer.world.trail("operation:guard:allow")
    assert allowed["method"] == "totp"


async def test_invalid_arguments_are_never_shown_for_approval(payer: Visitor) -> None:
    last = await asked(payer, "invalid_arguments", amount="-5.00")
    assert last.challenge is None
    assert rows(payer) == []


async def test_attack_a_payment_by_somebody_without_the_role(world: World) -> None:
    """ASVS 8.2.2: a teller pays nothing."""
    tess = Visitor(world)
    await tess.arrive()
    await tess.sign_in("tess")
    await asked(tess, "forbidden")
    assert world.api.calls == []


async def test_removing_the_role_between_approval_and_payment(payer: Visitor) -> None:
    """ASVS 8.3.2: every resumption runs the whole guard."""
    await asked_to_approve(payer)
    await payer.prove("alice")
    payer.world.give_roles("alice", "auditor")
    turn = await payer.come_back()
    with pytest.raises(Refused, match="forbidden"):
        await payer.world.actions.resume(turn.ticket)
    assert rows(payer) == [("write", "failed")]
    assert payer.world.api.calls == []


async def test_an_expired_request_is_not_approved(payer: Visitor) -> None:
    challenge = await asked_to_approve(payer)
    payer.world.clock.advance(seconds=timedelta(minutes=4, seconds=59).total_seconds())
    await payer.look_at_challenge()
    payer.world.clock.advance(seconds=1)
    with pytest.raises(Refused, match=r"expired|session_expired"):
        await payer.answer(payer.world.code_of("alice"), challenge.id)
    assert payer.world.api.calls == []


async def test_a_new_payee_is_told_by_another_channel(payer: Visitor) -> None:
    """ASVS 6.3.7: whoever did it, the person hears of it elsewhere."""
    enrol(payer.world, "alice", "sms", PHONE)
    payer.world.api.answer = {"name": "Carla", "number": "•••• 7788"}
    turn = await payer.say("add Carla")
    carla = {"name": "Carla", "number": "XN12000000000000007788"}
    with pytest.raises(Refused, match="confirmation_required"):
        await payer.bot_invokes(turn, "banking.add_payee", carla)
    await payer.hear(turn)
    await payer.prove("alice")
    await payer.resume()
    [notice] = [letter for letter in letters(payer.world) if letter.kind == "notice"]
    assert (notice.channel, notice.to) == ("sms", PHONE)
    assert "Saved Carla as a payee" in notice.text
