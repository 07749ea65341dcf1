"""The way back in: one link, one use, patience or a recovery code, and notices elsewhere."""

from __future__ import annotations

import asyncio

import pytest

from security.errors import Refused
from tests.security.letters import MAIL, PHONE, letters, recovery_codes
from tests.security.services.changing import NEW_PASSWORD, notices, password_hash, signed_in
from tests.security.services.contacts import methods_of
from tests.security.services.recovering import ask as ask_for_link
from tests.security.services.recovering import (
    asked,
    at_the_panel,
    finish,
    links,
    refusals,
    with_addresses,
)
from tests.security.stored import stored
from tests.security.visitor import Visitor
from tests.security.world import World

WAIT = 60
"""Seconds: what the demo's recovery waits."""


@pytest.fixture(autouse=True)
def reachable(world: World) -> None:
    with_addresses(world)


async def test_a_link_goes_to_the_mailbox_and_a_notice_elsewhere(world: World) -> None:
    """ASVS 6.4.3: whoever reads only the mailbox is seen by the phone."""
    await asked(world)
    [mail] = [one for one in letters(world) if one.kind == "recovery"]
    assert (mail.channel, mail.to) == ("email", MAIL)
    assert "get back into your account" in notices(world, PHONE)[0]
    assert notices(world, MAIL) == []


@pytest.mark.parametrize(
    ("tenant", "username", "why"),
    [
        ("northwind-bank", "nobody", "nobody"),
        ("no-such-tenant", "alice", "nobody"),
        ("northwind-bank", "bob", "no_address"),
    ],
)
async def test_attack_nobody_learns_whether_a_name_exists(
    world: World, tenant: str, username: str, why: str
) -> None:
    """ASVS 6.3.8: no answer, no error, and no letter either; the trail keeps no typed name."""
    await ask_for_link(world, username, tenant)
    assert letters(world) == []
    assert refusals(world) == [why]
    assert b'nobody"' not in b"".join(world.records()).replace(b'"reason":"nobody"', b"")


async def test_a_disabled_person_gets_no_link(world: World) -> None:
    world.disable("alice")
    await ask_for_link(world)
    assert letters(world) == []


async def test_only_the_hash_of_a_link_is_kept(world: World) -> None:
    token = await asked(world)
    assert token.encode() not in stored(world)
    assert token not in b"".join(world.records()).decode()


@pytest.mark.parametrize(("late", "good"), [(-1, False), (0, True), (1, True)])
async def test_without_a_recovery_code_it_takes_patience(
    world: World, late: int, good: bool
) -> None:
    """Waiting gives the person, who is told elsewhere, time to stop it; the link stays good."""
    token, before = await asked(world), password_hash(world, "alice")
    world.clock.advance(seconds=WAIT + late)
    if good:
        await finish(world, token)
        assert password_hash(world, "alice") != before
        return
    with pytest.raises(Refused, match="recovery_waiting") as refused:
        await finish(world, token)
    assert refused.value.details == {"ready_in_seconds": 1}
    assert password_hash(world, "alice") == before
    world.clock.advance(seconds=1)
    await finish(world, token)


@pytest.mark.parametrize(("late", "good"), [(-1, True), (0, False), (1, False)])
async def test_a_link_is_good_for_a_day_once_it_works(world: World, late: int, good: bool) -> None:
    token = await asked(world)
    world.clock.advance(seconds=WAIT + 24 * 3600 + late)
    if good:
        await finish(world, token)
        return
    with pytest.raises(Refused, match="expired"):
        await finish(world, token)


async def test_attack_a_link_twice_and_eight_times_at_once(world: World) -> None:
    """ASVS 6.4.3: compare-and-set; one of them sets the password."""
    token = await asked(world)
    world.clock.advance(seconds=WAIT)
    tries = [finish(world, token, password=f"violet-harbour-quartz-{i}") for i in range(8)]
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    assert [o.code for o in outcomes if isinstance(o, Refused)] == ["expired"] * 7
    with pytest.raises(Refused, match="expired"):
        await finish(world, token)


@pytest.mark.parametrize("token", ["x", "A" * 43, "é", "' OR 1=1 --"])
async def test_attack_a_made_up_link(world: World, token: str) -> None:
    await asked(world)
    with pytest.raises(Refused, match=r"^expired$"):
        await finish(world, token)


async def test_a_newer_link_ends_the_older(world: World) -> None:
    old, new = await asked(world), await asked(world)
    world.clock.advance(seconds=WAIT)
    with pytest.raises(Refused, match="expired"):
        await finish(world, old)
    await finish(world, new)


async def test_attack_a_mailbox_is_not_flooded(world: World) -> None:
    """Three links an hour, whoever asks; the answer stays the same."""
    for _ in range(4):
        await ask_for_link(world)
    assert len(links(world)) == 3
    assert refusals(world)[-1] == "too_many"
    world.clock.advance(seconds=3600)
    await ask_for_link(world)
    assert refusals(world)[-1] != "too_many"


async def test_the_person_stops_it_by_signing_in(world: World) -> None:
    """What a thief began ends when its person comes in by password and code."""
    token = await asked(world)
    await signed_in(world)
    world.clock.advance(seconds=WAIT)
    with pytest.raises(Refused, match="expired"):
        await finish(world, token)
    assert "person_is_back" in refusals(world)


async def test_a_forgotten_password_keeps_the_factor(world: World) -> None:
    """ASVS 6.4.3: a new password bypasses no second factor; every session ends."""
    session = await signed_in(world)
    token = await asked(world)
    world.clock.advance(seconds=WAIT)
    await finish(world, token)
    with pytest.raises(Refused, match="session_expired"):
        await session.look()
    assert methods_of(world, "alice") == {"totp", "sms", "email"}
    visitor = await at_the_panel(world)
    passed = await visitor.prove("alice")
    assert (passed.grant.session.assurance, passed.enrol) == ("aal2", None)
    for to in (MAIL, PHONE):
        assert any("has been changed through recovery" in told for told in notices(world, to))


async def test_a_weak_password_uses_nothing_up(world: World) -> None:
    token = await asked(world)
    world.clock.advance(seconds=WAIT)
    with pytest.raises(Refused, match="weak_password") as refused:
        await finish(world, token, password="northwind-alice-2026")
    assert refused.value.details["suggestions"]
    await finish(world, token)


async def test_a_recovery_code_spares_the_wait_once(world: World) -> None:
    """ASVS 6.5.1: the code is used up by it."""
    first, second = recovery_codes(world, "alice")[:2]
    await finish(world, await asked(world), code=first)
    token = await asked(world)
    with pytest.raises(Refused, match="wrong_code"):
        await finish(world, token, code=first)
    await finish(world, token, code=second)


async def test_attack_recovery_codes_are_guessed_through_the_link(world: World) -> None:
    """ASVS 6.6.3: five, counted together with those at challenges; patience still works."""
    [right, *_] = recovery_codes(world, "alice")
    token = await asked(world)
    for left in (4, 3, 2, 1):
        with pytest.raises(Refused, match="wrong_code") as refused:
            await finish(world, token, code="aaaa-bbbb-cccc")
        assert refused.value.details == {"attempts_left": left}
    for code in ("aaaa-bbbb-cccc", right):
        with pytest.raises(Refused, match="locked") as refused:
            await finish(world, token, code=code)
        assert refused.value.details == {"retry_after_seconds": 900}
    world.clock.advance(seconds=WAIT)
    await finish(world, token)


async def test_attack_somebody_elses_recovery_code(world: World) -> None:
    [theirs, *_] = recovery_codes(world, "bob")
    recovery_codes(world, "alice")
    token = await asked(world)
    with pytest.raises(Refused, match="wrong_code"):
        await finish(world, token, code=theirs)


async def test_attack_a_person_disabled_meanwhile(world: World) -> None:
    token = await asked(world)
    world.clock.advance(seconds=WAIT)
    world.disable("alice")
    with pytest.raises(Refused, match="expired"):
        await finish(world, token)


async def test_attack_a_sign_in_with_the_old_password_comes_to_nothing(
    world: World,
) -> None:
    """A sign-in that waits for its code, with the old password, comes to nothing."""
    thief = Visitor(world)
    await thief.arrive()
    await thief.give_password("alice")
    token = await asked(world)
    world.clock.advance(seconds=WAIT)
    await finish(world, token, password=NEW_PASSWORD)
    with pytest.raises(Refused, match="expired"):
        await thief.prove("alice")
