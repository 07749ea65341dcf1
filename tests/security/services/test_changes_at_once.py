"""Attacks on changes that are hurried, repeated, late, or in the middle of something."""

from __future__ import annotations

import asyncio

import pytest

from security.errors import Refused
from tests.security.conftest import MakeWorld
from tests.security.letters import enrol, recovery_codes
from tests.security.services.changing import (
    NEW_NUMBER,
    OLD_ADDRESS,
    OLD_NUMBER,
    begin,
    change_rows,
    code_sent_to,
    confirm,
    go_on,
    notices,
    other_than,
    proved,
    shows,
    signed_in,
    type_password,
)
from tests.security.visitor import Visitor
from tests.security.world import World


@pytest.mark.both_databases
async def test_fifty_right_confirmations_at_once_are_one(world: World, alice: Visitor) -> None:
    """ASVS 6.5.1, 15.4.2."""
    enrol(world, "alice", "email", OLD_ADDRESS)
    change = await proved(alice, "alice", "totp")
    assert change.totp is not None
    code = shows(world, change.totp.secret)
    outcomes = await asyncio.gather(
        *(confirm(alice, change.ref, code) for _ in range(50)), return_exceptions=True
    )
    refusals = [one.code for one in outcomes if isinstance(one, Refused)]
    assert refusals == ["unknown_change"] * 49
    assert len(world.trail("account:change:done")) == 1
    assert len(notices(world, OLD_ADDRESS)) == 1


async def test_fifty_steps_at_once_make_one_set_of_recovery_codes(
    world: World, alice: Visitor
) -> None:
    """ASVS 15.4.2."""
    await type_password(alice, "alice")
    change = await begin(alice, "recovery")
    await alice.prove("alice")
    outcomes = await asyncio.gather(
        *(go_on(alice, change.ref) for _ in range(50)), return_exceptions=True
    )
    assert len([one for one in outcomes if not isinstance(one, Exception)]) == 1
    assert world.sql("SELECT count(*) FROM recovery_codes") == [(10,)]


@pytest.mark.parametrize("kind", ["totp", "phone"])
async def test_the_fifth_wrong_code_ends_the_change(
    world: World, alice: Visitor, kind: str
) -> None:
    """ASVS 6.6.3: the right code comes too late."""
    change = await proved(alice, "alice", kind, {"totp": None, "phone": NEW_NUMBER}[kind])
    right = shows(world, change.totp.secret) if change.totp else code_sent_to(world, NEW_NUMBER)
    for left in (4, 3, 2, 1):
        with pytest.raises(Refused, match="wrong_code") as refused:
            await confirm(alice, change.ref, other_than(right))
        assert refused.value.details == {"attempts_left": left}
    with pytest.raises(Refused, match="locked"):
        await confirm(alice, change.ref, other_than(right))
    with pytest.raises(Refused, match="unknown_change"):
        await confirm(alice, change.ref, right)
    assert change_rows(world) == [(kind, "void")]


@pytest.mark.parametrize(("late", "code"), [(599, None), (600, "expired"), (601, "expired")])
async def test_a_change_lives_ten_minutes(world: World, late: int, code: str | None) -> None:
    """The boundary itself is too late."""
    carl = await signed_in(world, "carl")
    world.clock.advance(seconds=30)
    await type_password(carl, "carl")
    begun = world.clock.now
    change = await begin(carl, "phone", NEW_NUMBER)
    await carl.prove("carl")
    await go_on(carl, change.ref)
    sent = code_sent_to(world, NEW_NUMBER)
    world.clock.now = begun
    world.clock.advance(seconds=late)
    if code is None:
        assert (await confirm(carl, change.ref, sent)).state == "done"
        return
    with pytest.raises(Refused, match=code):
        await confirm(carl, change.ref, sent)


async def test_a_challenge_that_was_cancelled_takes_its_change_along(alice: Visitor) -> None:
    await type_password(alice, "alice")
    change = await begin(alice, "totp")
    await alice.cancel()
    with pytest.raises(Refused, match="unknown_change"):
        await go_on(alice, change.ref)


async def test_a_change_that_was_never_proved_expires_with_its_challenge(world: World) -> None:
    carl = await signed_in(world, "carl")
    await type_password(carl, "carl")
    change = await begin(carl, "totp")
    world.clock.advance(seconds=300)
    with pytest.raises(Refused, match="expired"):
        await go_on(carl, change.ref)


async def test_a_weak_factor_approves_no_change(world: World, alice: Visitor) -> None:
    """ASVS 6.6.1: neither a texted nor a mailed code; the password stays good meanwhile."""
    enrol(world, "alice", "sms", OLD_NUMBER)
    enrol(world, "alice", "email", OLD_ADDRESS)
    world.sql("DELETE FROM authenticators WHERE method = 'totp'")
    await type_password(alice, "alice")
    with pytest.raises(Refused, match="no_way_to_confirm"):
        await begin(alice, "phone", NEW_NUMBER)
    recovery_codes(world, "alice")
    change = await begin(alice, "phone", NEW_NUMBER)
    assert change.challenge is not None
    assert change.challenge.methods == ["recovery"]


async def test_codes_to_a_new_number_are_limited(make_world: MakeWorld) -> None:
    """ASVS 6.6.3: nobody is flooded with codes; the change waits, nothing is lost."""
    world = make_world(limit_passwords_per_minute=1_000)
    alice = await signed_in(world)
    for _ in range(10):
        await proved(alice, "alice", "phone", NEW_NUMBER)
    await type_password(alice, "alice")
    change = await begin(alice, "phone", NEW_NUMBER)
    await alice.prove("alice")
    with pytest.raises(Refused, match="too_many_codes") as refused:
        await go_on(alice, change.ref)
    assert refused.value.details["retry_after_seconds"] > 0
    assert change_rows(world)[-1] == ("phone", "prove")


async def test_the_session_of_a_thief_ends_while_the_password_is_hashed(world: World) -> None:
    """ASVS 7.4.1."""
    alice = await signed_in(world)
    world.hasher.during = lambda: world.sql("UPDATE sessions SET ended_at = 1")
    with pytest.raises(Refused, match="session_expired"):
        await type_password(alice, "alice")
    assert world.trail("account:password:pass") == []


async def test_a_password_that_changes_while_the_old_one_is_checked_is_wrong(
    world: World, alice: Visitor
) -> None:
    """What was right a moment ago is not any more."""
    world.hasher.during = lambda: world.change("alice", password_hash="another")
    with pytest.raises(Refused, match="invalid_credentials"):
        await type_password(alice, "alice")
