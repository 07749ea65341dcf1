"""A conversation that is shown again: what still waits can be answered, what ended says how."""

from __future__ import annotations

from typing import Any

import pytest

from security.model import PastMessage
from tests.security.payments import RECEIPT, asked_to_approve, saying_no
from tests.security.visitor import Visitor


@pytest.fixture
async def payer(alice: Visitor) -> Visitor:
    """Alice, at a bank that books what it is sent."""
    alice.world.api.answer = RECEIPT
    return alice


async def past(visitor: Visitor) -> list[PastMessage]:
    """Return the conversation as a page shows it after a reload."""
    found: list[PastMessage] = await visitor.world.gateway.past_messages(visitor.cookie)
    return found


async def card(visitor: Visitor) -> dict[str, Any]:
    """Return the one confirmation card of the conversation."""
    [shown] = [one.card for one in await past(visitor) if one.card is not None]
    assert shown["title"] == "Pay 50.00 EUR to Anna Berg"
    assert {"label": "Amount", "value": "50.00 EUR"} in shown["rows"]
    return shown


async def test_a_payment_that_waits_can_be_confirmed_after_a_reload(payer: Visitor) -> None:
    challenge = await asked_to_approve(payer)
    again = [one.challenge for one in await past(payer) if one.challenge is not None]
    assert [one.id for one in again] == [challenge.id]
    assert (await card(payer))["state"] == "waiting"
    assert (await payer.prove("alice")).confirmed is True


async def test_a_payment_that_was_made_says_so(payer: Visitor) -> None:
    await asked_to_approve(payer)
    await payer.prove("alice")
    await payer.resume()
    assert (await card(payer))["state"] == "done"
    assert all(one.challenge is None for one in await past(payer))


async def test_a_payment_that_was_refused_says_so(payer: Visitor) -> None:
    await asked_to_approve(payer)
    await saying_no(payer)
    assert (await card(payer))["state"] == "cancelled"
    assert all(one.challenge is None for one in await past(payer))


@pytest.mark.parametrize(
    ("seconds", "state"), [(299, "waiting"), (300, "expired"), (301, "expired")]
)
async def test_a_payment_whose_time_is_over_says_so(
    payer: Visitor, seconds: int, state: str
) -> None:
    """A reload does not offer to answer a dead challenge."""
    await asked_to_approve(payer)
    payer.world.clock.advance(seconds=200)
    await payer.hear(await payer.say("one moment"))  # The session goes on.
    payer.world.clock.advance(seconds=seconds - 200)
    assert (await card(payer))["state"] == state
    waits = [one for one in await past(payer) if one.challenge is not None]
    assert len(waits) == (state == "waiting")


async def test_a_sign_in_is_asked_for_again_until_it_has_happened(visitor: Visitor) -> None:
    await visitor.is_refused("authentication_required")
    assert [one.sign_in for one in await past(visitor)][-1] is True
    await visitor.sign_in("alice")
    assert not any(one.sign_in or one.challenge for one in await past(visitor))


async def test_attack_another_session_sees_no_waiting_challenge(payer: Visitor) -> None:
    """ASVS 8.2.2: neither the conversation nor what waits in it belongs to anyone else."""
    await asked_to_approve(payer)
    await payer.sign_in("bob")
    assert await past(payer) == []
