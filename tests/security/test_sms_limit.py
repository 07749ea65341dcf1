"""What a texted code may approve in a day: small parts of a large sum are no way round it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from security.errors import Refused
from tests.security.letters import PHONE, enrol, last_code
from tests.security.payments import RECEIPT, asked_to_approve, rows
from tests.security.visitor import Visitor

DAY = 24 * 60 * 60


@pytest.fixture
async def payer(alice: Visitor) -> Visitor:
    """Alice with an app and a telephone, at a bank whose limit for SMS is 100 euros."""
    world = alice.world
    world.api.answer = RECEIPT
    enrol(world, "alice", "sms", PHONE)
    world.sql("UPDATE tenants SET sms_limit = '100.00', sms_currency = 'EUR'")
    return alice


async def approve_by_sms(visitor: Visitor, **changed: Any) -> None:
    await asked_to_approve(visitor, **changed)
    await visitor.choose("sms")
    await visitor.answer(last_code(visitor.world))


async def pay_by_sms(visitor: Visitor, amount: str) -> None:
    await approve_by_sms(visitor, amount=amount)
    await visitor.resume()


async def methods_for(visitor: Visitor, amount: str, **changed: Any) -> list[str]:
    challenge = await asked_to_approve(visitor, amount=amount, **changed)
    return list(challenge.methods)


@pytest.mark.parametrize(
    ("amount", "methods"),
    [("39.99", ["totp", "sms"]), ("40.00", ["totp", "sms"]), ("40.01", ["totp"])],
)
async def test_attack_a_large_payment_split_into_small_ones(
    payer: Visitor, amount: str, methods: list[str]
) -> None:
    """PSD2 RTS 16: what SMS codes approve counts together, the limit itself included."""
    await pay_by_sms(payer, "59.99")
    await pay_by_sms(payer, "0.01")
    assert await methods_for(payer, amount, payee_name="Somebody else") == methods
    if "sms" not in methods:
        with pytest.raises(Refused, match="unknown_method"):
            await payer.choose("sms")


@pytest.mark.parametrize(
    ("seconds", "methods"),
    [(DAY - 1, ["totp"]), (DAY, ["totp", "sms"]), (DAY + 1, ["totp", "sms"])],
)
async def test_what_was_approved_counts_for_a_day(
    payer: Visitor, seconds: int, methods: list[str]
) -> None:
    await approve_by_sms(payer, amount="100.00")
    approved = payer.world.clock.now
    await payer.resume()
    payer.world.clock.now = approved + timedelta(seconds=DAY - 100)
    again = Visitor(payer.world)
    await again.arrive()
    await again.sign_in("alice")
    payer.world.clock.now = approved + timedelta(seconds=seconds)
    assert await methods_for(again, "0.01") == methods


async def test_what_the_app_approved_does_not_count(payer: Visitor) -> None:
    await asked_to_approve(payer, amount="900.00")
    await payer.prove("alice")
    await payer.resume()
    assert await methods_for(payer, "100.00") == ["totp", "sms"]


async def test_what_was_not_done_does_not_count(payer: Visitor) -> None:
    await approve_by_sms(payer, amount="100.00")
    payer.world.api.error = Refused("insufficient_funds")
    with pytest.raises(Refused, match="insufficient_funds"):
        await payer.resume()
    assert await methods_for(payer, "100.00") == ["totp", "sms"]


async def test_what_may_have_been_done_counts(payer: Visitor) -> None:
    await approve_by_sms(payer, amount="100.00")
    payer.world.api.error = Refused("api_unavailable")
    with pytest.raises(Refused, match="in_doubt"):
        await payer.resume()
    assert await methods_for(payer, "0.01") == ["totp"]


async def test_attack_two_sessions_that_each_stay_below_the_limit(payer: Visitor) -> None:
    """ASVS 15.4.2: both were asked while nothing was spent; one of them is not paid."""
    other = Visitor(payer.world)
    await other.arrive()
    await other.sign_in("alice")
    await approve_by_sms(payer, amount="60.00")
    await approve_by_sms(other, amount="60.00", payee_name="Bob")
    await payer.resume()
    turn = await other.come_back()
    with pytest.raises(Refused, match="confirmation_required"):
        await payer.world.actions.resume(turn.ticket)
    [heard] = await other.hear(turn)
    assert heard.challenge is not None
    assert heard.challenge.methods == ["totp"]
    assert len(payer.world.api.calls) == 1
    denied = payer.world.trail("operation:guard:deny")
    assert denied[-1]["reason"] == "method_too_weak"
    await other.prove("alice")
    await other.resume()
    assert len(payer.world.api.calls) == 2


async def test_a_receipt_is_delivered_again_whatever_was_spent(payer: Visitor) -> None:
    """The payment itself is not counted against itself."""
    await approve_by_sms(payer, amount="100.00")
    turn = await payer.come_back()
    await payer.world.actions.resume(turn.ticket)
    again = await payer.come_back()
    assert (await payer.world.actions.resume(again.ticket)).result == RECEIPT
    assert rows(payer) == [("write", "done")]


async def test_one_persons_payments_leave_the_others_limit_alone(payer: Visitor) -> None:
    await pay_by_sms(payer, "100.00")
    bob = Visitor(payer.world)
    enrol(payer.world, "bob", "sms", "+12025550102")
    await bob.arrive()
    await bob.sign_in("bob")
    assert await methods_for(bob, "100.00") == ["totp", "sms"]


@pytest.mark.parametrize("change", ["arguments_sealed = x'00'", "operation = 'banking.gone'"])
async def test_what_cannot_be_summed_up_uses_up_the_limit(payer: Visitor, change: str) -> None:
    """ASVS 16.5.3: whoever changes the database gains nothing by it."""
    await pay_by_sms(payer, "1.00")
    payer.world.sql(f"UPDATE pending_operations SET {change}")
    assert await methods_for(payer, "0.01") == ["totp"]
