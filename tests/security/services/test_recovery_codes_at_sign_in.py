"""A recovery code lets its person in to enrol anew, once, and does nothing else."""

from __future__ import annotations

import asyncio

import pytest

from security.errors import Refused
from tests.security.letters import recovery_codes
from tests.security.payments import asked
from tests.security.visitor import Visitor
from tests.security.world import World


@pytest.fixture
def codes(world: World) -> list[str]:
    return recovery_codes(world, "alice")


async def at_the_panel(world: World) -> Visitor:
    visitor = Visitor(world)
    await visitor.arrive()
    await visitor.give_password("alice")
    await visitor.choose("recovery")
    return visitor


async def test_a_recovery_code_leads_to_enrolment(world: World, codes: list[str]) -> None:
    """The contract: recovery codes count for re-enrolment only."""
    visitor = await at_the_panel(world)
    passed = await visitor.answer(codes[0].upper().replace("-", " "))
    assert passed.enrol is True
    assert passed.grant.session.assurance == "aal1"
    assert (await world.gateway.authenticators(visitor.cookie)).enrol is True
    await visitor.is_refused("step_up_required")


async def test_attack_a_recovery_code_twice(world: World, codes: list[str]) -> None:
    """ASVS 6.5.1."""
    await (await at_the_panel(world)).answer(codes[0])
    again = await at_the_panel(world)
    with pytest.raises(Refused, match="wrong_code"):
        await again.answer(codes[0])


async def test_attack_one_code_in_many_sessions_at_once(world: World, codes: list[str]) -> None:
    """ASVS 6.5.1: compare-and-set."""
    panels = [await at_the_panel(world) for _ in range(5)]
    outcomes = await asyncio.gather(
        *(panel.answer(codes[0]) for panel in panels), return_exceptions=True
    )
    assert sum(not isinstance(outcome, BaseException) for outcome in outcomes) == 1


async def test_attack_a_recovery_code_approves_no_payment(world: World, codes: list[str]) -> None:
    """ASVS 6.6.1."""
    visitor = await at_the_panel(world)
    await visitor.answer(codes[0])
    last = await asked(visitor, "confirmation_required")
    assert last.challenge is not None
    assert last.challenge.methods == ["totp"]
    with pytest.raises(Refused, match="unknown_method"):
        await visitor.choose("recovery")


async def test_without_codes_left_the_way_is_not_offered(world: World, codes: list[str]) -> None:
    world.sql("UPDATE recovery_codes SET used_at = 1")
    visitor = Visitor(world)
    await visitor.arrive()
    passed = await visitor.give_password("alice")
    assert passed.challenge is not None
    assert passed.challenge.methods == ["totp"]


async def test_attack_guessing_recovery_codes(world: World, codes: list[str]) -> None:
    """ASVS 6.6.3: five guesses, then this way pauses; the app still works."""
    visitor = await at_the_panel(world)
    for _ in range(4):
        with pytest.raises(Refused, match="wrong_code"):
            await visitor.answer("aaaa-aaaa-aaaa")
    with pytest.raises(Refused, match="locked"):
        await visitor.answer("aaaa-aaaa-aaaa")
    await visitor.give_password("alice")
    await visitor.answer(world.code_of("alice"))
