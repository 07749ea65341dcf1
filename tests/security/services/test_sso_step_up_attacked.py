"""A proof at the provider in the place of one's own: of the same person, anew, with two factors."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from security.errors import Refused
from tests.security.idp import Idp, globex
from tests.security.payments import asked_to_approve
from tests.security.signing_on import come_back, idp_of, link, sign_on, start, with_providers
from tests.security.visitor import Visitor
from tests.security.world import World


@pytest.fixture
async def at_the_bank(world: World, visitor: Visitor) -> Idp:
    """Alice's bank has a provider; she is signed in by it, with one factor."""
    bank = globex().__class__(**{**vars(globex()), "tenant": "northwind-bank"})
    there = idp_of(world, bank)
    with_providers(world, there)
    link(world, there, "alice", "a-1")
    link(world, there, "bob", "b-1")
    await sign_on(visitor, there, "a-1")
    await visitor.is_refused("step_up_required")
    return there


@pytest.mark.parametrize(
    ("sub", "claims", "code"),
    [
        ("a-1", {}, "sso_too_weak"),
        ("a-1", {"acr": "urn:other"}, "sso_too_weak"),
        ("b-1", {"acr": "urn:globex:mfa"}, "sso_refused"),
        ("nobody", {"acr": "urn:globex:mfa"}, "sso_refused"),
    ],
)
async def test_a_step_up_needs_two_factors_of_the_same_person(
    visitor: Visitor, at_the_bank: Idp, sub: str, claims: dict[str, Any], code: str
) -> None:
    """ASVS 6.8.4, RFC 9470: a weaker proof, or somebody else's, raises nothing."""
    assert visitor.challenge is not None
    started = await start(visitor, "northwind-bank", challenge=visitor.challenge.id)
    with pytest.raises(Refused, match=f"^{code}$"):
        await come_back(visitor, started, at_the_bank.sign_in(started.location, sub, **claims))
    assert (await visitor.look()).session.assurance == "aal1"


async def test_an_old_sign_in_is_no_step_up(
    world: World, visitor: Visitor, at_the_bank: Idp
) -> None:
    """RFC 9470: `max_age=0` was asked for; what was proved before does not count."""
    assert visitor.challenge is not None
    started = await start(visitor, "northwind-bank", challenge=visitor.challenge.id)
    before = {"acr": "urn:globex:mfa", "auth_time": at_the_bank.now - 31}
    with pytest.raises(Refused, match=r"^sso_refused$"):
        await come_back(visitor, started, at_the_bank.sign_in(started.location, "a-1", **before))


async def test_a_step_up_is_not_answered_by_a_code(visitor: Visitor, at_the_bank: Idp) -> None:
    """ASVS 6.6.2: the challenge goes to the provider; nothing that is typed answers it."""
    assert visitor.challenge is not None
    await start(visitor, "northwind-bank", challenge=visitor.challenge.id)
    with pytest.raises(Refused, match=r"^unknown_method$"):
        await visitor.answer(visitor.world.code_of("alice"))


async def test_the_provider_approves_no_payment(visitor: Visitor, at_the_bank: Idp) -> None:
    """PSD2 RTS 5: who somebody is, is no approval of what they pay."""
    visitor.world.clock.advance(seconds=1)
    visitor.challenge = await asked_to_approve(visitor)
    assert "sso" not in visitor.challenge.methods
    with pytest.raises(Refused, match=r"^unknown_method$"):
        await start(visitor, "northwind-bank", challenge=visitor.challenge.id)


async def test_a_foreign_challenge_cannot_be_stepped_up(
    world: World, visitor: Visitor, at_the_bank: Idp
) -> None:
    thief = Visitor(world)
    await thief.arrive()
    assert visitor.challenge is not None
    with pytest.raises(Refused, match=r"^unknown_challenge$"):
        await start(thief, "northwind-bank", challenge=visitor.challenge.id)


async def test_a_password_is_not_completed_by_the_provider(
    world: World, visitor: Visitor, at_the_bank: Idp
) -> None:
    """ASVS 6.3.4: it is a way in by itself, and no second factor beside a password."""
    other = Visitor(world)
    await other.arrive()
    passed = await other.give_password("alice")
    assert passed.challenge is not None
    assert "sso" not in passed.challenge.methods


async def test_the_freshness_of_a_step_up_is_the_providers(
    world: World, visitor: Visitor, at_the_bank: Idp
) -> None:
    assert visitor.challenge is not None
    started = await start(visitor, "northwind-bank", challenge=visitor.challenge.id)
    at = at_the_bank.now - 20
    back = at_the_bank.sign_in(started.location, "a-1", acr="urn:globex:mfa", auth_time=at)
    await come_back(visitor, started, back)
    moment = world.clock.now - timedelta(seconds=20)
    [(proved,)] = world.sql("SELECT proved_at FROM sessions WHERE assurance = 'aal2'")
    assert proved == int(moment.timestamp()) * 1_000_000
