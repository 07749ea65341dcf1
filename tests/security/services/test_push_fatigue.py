"""Who may ring a device up how often, and what "this was not me" ends."""

from __future__ import annotations

from tests.security.letters import drop, enrol
from tests.security.payments import asked_to_approve
from tests.security.services.changing import OLD_ADDRESS, notices, signed_in
from tests.security.services.pushed import (
    DONE,
    asked_by_push,
    confirms,
    number_of,
    refused,
    waiting,
    with_device,
)
from tests.security.visitor import Visitor
from tests.security.world import World


async def test_attack_somebody_with_the_password_rings_without_end(world: World) -> None:
    """NIST SP 800-63B-4 3.2.2: five in 15 minutes that nobody approves, then push rests."""
    await with_device(world)
    for _ in range(5):
        await asked_by_push(world)
    thief = Visitor(world)
    await thief.arrive()
    await thief.give_password("alice")
    assert await refused(thief.choose("push")) == "locked"
    world.clock.advance(seconds=899)
    assert await refused(thief.choose("push")) == "expired"  # The challenge itself has ended.
    await thief.give_password("alice")
    assert await refused(thief.choose("push")) == "locked"
    await thief.prove("alice")
    assert (await thief.look()).session.assurance == "aal2"


async def test_a_pause_ends_and_the_next_one_is_longer(world: World) -> None:
    """Boundary: at the end of the pause pushes come again; the second pause is twice as long."""
    await with_device(world)
    for minutes in (15, 30):
        for _ in range(5):
            await asked_by_push(world, address=f"192.0.2.{minutes}")
        visitor = Visitor(world)
        visitor.address = f"198.51.100.{minutes}"
        await visitor.arrive()
        await visitor.give_password("alice")
        assert await refused(visitor.choose("push")) == "locked"
        world.clock.advance(seconds=minutes * 60 - 1)
        await visitor.give_password("alice")
        assert await refused(visitor.choose("push")) == "locked"
        world.clock.advance(seconds=1)


async def test_what_was_approved_does_not_count(world: World) -> None:
    device = await with_device(world)
    for _ in range(7):
        visitor = await asked_by_push(world)
        await confirms(world, device, number_of(visitor))
        await visitor.answer(DONE)


async def test_this_was_not_me_ends_it_pauses_pushes_and_is_told(world: World) -> None:
    """NIST SP 800-63B-4 3.2.2: one word of the person's is enough; other factors go on working."""
    enrol(world, "alice", "email", OLD_ADDRESS)
    device = await with_device(world)
    thief = await asked_by_push(world)
    assert (await confirms(world, device, None, "refuse")).status == "refused"
    assert await refused(thief.look_at_challenge()) == "expired"
    assert any("This was not me" in words for words in notices(world, OLD_ADDRESS))
    [record] = world.trail("challenge:device:deny")
    assert record["reason"] == "not_me"
    owner = Visitor(world)
    await owner.arrive()
    await owner.give_password("alice")
    assert await refused(owner.choose("push")) == "locked"
    await owner.prove("alice")


async def test_attack_a_pause_is_passed_by_a_person_with_nothing_but_push(world: World) -> None:
    """NIST SP 800-63B-4 3.2.2, ASVS 6.6.3: a pause rests the first push of a new challenge too."""
    device = await with_device(world)
    drop(world, "alice", "totp")
    thief = Visitor(world)
    await thief.arrive()
    await thief.give_password("alice")
    await confirms(world, device, None, "refuse")
    for _ in range(3):
        again = Visitor(world)
        await again.arrive()
        await again.give_password("alice")
        assert again.challenge is not None
        assert again.challenge.number is None
        assert await waiting(world, device) == []
    world.clock.advance(minutes=15)
    late = Visitor(world)
    await late.arrive()
    await late.give_password("alice")
    assert number_of(late)


async def test_attack_a_thief_has_asked_in_several_sessions_at_once(world: World) -> None:
    """NIST SP 800-63B-4 3.2.2: after "this was not me" nothing waits that a thief has begun."""
    device = await with_device(world)
    thieves = [await asked_by_push(world) for _ in range(3)]
    push = (await waiting(world, device))[0]
    await world.gateway.answer_push(device.answers(push, None, "refuse"))
    assert await waiting(world, device) == []
    for thief in thieves[:2]:
        assert (await thief.look_at_challenge()).number is None
        assert await refused(thief.answer(DONE)) == "not_answered_yet"


async def test_attack_a_payment_goes_on_after_this_was_not_me(world: World) -> None:
    """PSD2 RTS 5(1): what waited for the approval is void with it."""
    device = await with_device(world)
    owner = await signed_in(world)
    owner.challenge = await asked_to_approve(owner)
    owner.challenge = await owner.choose("push")
    await confirms(world, device, None, "refuse")
    assert await refused(owner.choose("totp")) == "expired"
    [(state,)] = world.sql("SELECT state FROM pending_operations")
    assert state == "void"


async def test_push_alone_does_not_lower_the_bar(world: World) -> None:
    """With nothing but a device that is asked too often, nobody comes in by less."""
    device = await with_device(world)
    drop(world, "alice", "totp")
    for _ in range(5):
        visitor = Visitor(world)
        await visitor.arrive()
        await visitor.give_password("alice")
        assert visitor.challenge is not None
        assert visitor.challenge.method == "push"
    visitor = Visitor(world)
    await visitor.arrive()
    await visitor.give_password("alice")
    assert visitor.challenge is not None
    assert (visitor.challenge.number, visitor.challenge.attempts_left) == (None, 0)
    assert await refused(visitor.answer(DONE)) == "not_answered_yet"
    assert await waiting(world, device) != []
