"""What administrators, and those who would like to be some, try in vain."""

from __future__ import annotations

import pytest

from security.services.users import Users
from tests.security.letters import enrol
from tests.security.services.administering import (
    BANK,
    Administrator,
    administrator,
    is_disabled,
    proved,
    refusal,
    roles_of,
)
from tests.security.services.changing import code_sent_to, go_on, signed_in
from tests.security.visitor import Visitor
from tests.security.world import World


@pytest.fixture
async def adam(world: World) -> Administrator:
    return await administrator(world)


@pytest.fixture
async def tess(world: World) -> Administrator:
    """A second one."""
    return await administrator(world, "tess")


# Who is no administrator


@pytest.mark.parametrize("username", ["alice", "bob", "tess"])
async def test_without_the_role_nothing_is_read_or_done(world: World, username: str) -> None:
    """ASVS 8.2.1."""
    somebody = Administrator(await signed_in(world, username), username)
    for work in (
        somebody.people(),
        somebody.sessions("alice"),
        somebody.waiting(),
        somebody.ask("disable", "alice"),
    ):
        assert await refusal(work) == "forbidden"
    assert not is_disabled(world, "alice")
    assert world.trail("session:caller:refuse")[-1]["reason"] == "not_administrator"


async def test_an_administrator_without_a_second_factor_sees_nothing(world: World) -> None:
    """ASVS 6.3.3: aal1 is not enough, be the role what it is."""
    amy = Visitor(world)
    await amy.arrive()
    await amy.give_password("amy")
    assert await refusal(Administrator(amy, "amy").people()) == "sign_in_too_weak"


async def test_a_code_by_email_makes_no_administrator(world: World) -> None:
    """ASVS 6.6.1: what is worth aal1 stays aal1."""
    enrol(world, "adam", "email", "adam@northwind.example.com")
    visitor = Visitor(world)
    await visitor.arrive()
    await visitor.give_password("adam")
    await visitor.choose("email")
    await visitor.answer(code_sent_to(world, "adam@northwind.example.com"))
    assert await refusal(Administrator(visitor, "adam").people()) == "sign_in_too_weak"


async def test_a_code_by_text_approves_nothing(world: World, adam: Administrator) -> None:
    """Contract: methods as for changes of authenticators; SMS is good for looking."""
    enrol(world, "adam", "sms", "+12025550109")
    action = await adam.ask("disable", "alice")
    assert action.challenge is not None
    assert action.challenge.methods == ["totp"]
    assert await refusal(adam.visitor.choose("sms")) == "unknown_method"


# The proof, and what it is bound to


async def test_nothing_happens_before_the_proof(world: World, adam: Administrator) -> None:
    """ASVS 7.5.1."""
    action = await adam.ask("disable", "alice")
    assert (await adam.go_on(action.ref)).state == "prove"
    assert not is_disabled(world, "alice")


async def test_an_approval_is_replayed_for_another_person(
    world: World, adam: Administrator
) -> None:
    """ASVS 6.6.2: a proof is of one action; the one that was asked for next needs its own."""
    first = await proved(adam, "disable", "alice")
    second = await adam.ask("disable", "bob")
    assert await refusal(adam.go_on(first)) == "unknown_action"  # Only the latest one is open.
    assert (await adam.go_on(second.ref)).state == "prove"
    assert not is_disabled(world, "alice")
    assert not is_disabled(world, "bob")


async def test_a_done_action_is_done_once(world: World, adam: Administrator) -> None:
    """ASVS 15.4.2."""
    ref = await proved(adam, "disable", "alice")
    await adam.go_on(ref)
    assert await refusal(adam.go_on(ref)) == "unknown_action"
    assert len(world.trail("admin:user:disable")) == 1


@pytest.mark.parametrize("column", ["payload_sealed", "digest", "asker_id"])
async def test_arguments_are_swapped_between_asking_and_approval(
    world: World, adam: Administrator, tess: Administrator, column: str
) -> None:
    """ASVS 2.3.1: whoever can write the table still does nothing but what was proved."""
    other = await proved(tess, "disable", "bob")
    ref = await proved(adam, "disable", "alice")
    taken = f"(SELECT {column} FROM admin_actions WHERE id = ?)"
    world.sql(f"UPDATE admin_actions SET {column} = {taken} WHERE id = ?", other, ref)
    assert await refusal(adam.go_on(ref)) == "unknown_action"
    assert not is_disabled(world, "alice")
    assert not is_disabled(world, "bob")


async def test_a_proved_action_becomes_another_kind(world: World, adam: Administrator) -> None:
    """ASVS 2.3.1."""
    ref = await proved(adam, "disable", "alice")
    world.sql("UPDATE admin_actions SET kind = 'reset' WHERE id = ?", ref)
    assert await refusal(adam.go_on(ref)) == "unknown_action"
    assert world.trail("admin:user:reset") == []


async def test_a_proof_of_something_else_proves_no_action(
    world: World, adam: Administrator
) -> None:
    """ASVS 6.6.2: the challenge is tied to digest, session and person."""
    action = await adam.ask("disable", "alice")
    world.sql("UPDATE admin_actions SET digest = 'x' WHERE id = ?", action.ref)
    assert await refusal(adam.visitor.prove("adam")) == "expired"
    assert (await adam.visitor.look()).session.authenticated  # Whose proof it was stays in.


async def test_another_session_goes_on_with_an_action(
    world: World, adam: Administrator, tess: Administrator
) -> None:
    """ASVS 8.2.2: neither another administrator nor another browser of one's own."""
    ref = await proved(adam, "disable", "alice")
    elsewhere = await administrator(world)
    for other in (tess, elsewhere):
        assert await refusal(other.go_on(ref)) == "unknown_action"
    assert not is_disabled(world, "alice")


async def test_an_action_is_no_change_of_factors(world: World, adam: Administrator) -> None:
    """The two machineries do not take each other's references."""
    ref = await proved(adam, "disable", "alice")
    assert await refusal(go_on(adam.visitor, ref)) == "unknown_change"


async def test_an_action_expires(world: World, adam: Administrator) -> None:
    """At the boundary: ten minutes after it was asked for."""
    action = await adam.ask("disable", "alice")
    world.clock.advance(seconds=200)
    await adam.visitor.prove("adam")
    world.clock.advance(seconds=250)
    await adam.visitor.extend()
    world.clock.advance(seconds=100)
    [(expires,)] = world.sql("SELECT expires_at FROM admin_actions")
    left = expires / 1_000_000 - world.clock.now.timestamp()
    world.clock.advance(seconds=left)
    assert await refusal(adam.go_on(action.ref)) == "expired"
    assert not is_disabled(world, "alice")


async def test_giving_up_the_proof_voids_the_action(world: World, adam: Administrator) -> None:
    action = await adam.ask("disable", "alice")
    await adam.visitor.cancel()
    assert await refusal(adam.go_on(action.ref)) == "unknown_action"


async def test_signing_out_voids_what_waits_for_its_proof(
    world: World, adam: Administrator
) -> None:
    await proved(adam, "disable", "alice")
    await adam.visitor.sign_out()
    assert world.sql("SELECT state FROM admin_actions") == [("void",)]


# What changes meanwhile


async def test_the_role_is_taken_while_a_challenge_is_open(
    world: World, adam: Administrator
) -> None:
    """ASVS 8.3.2: role and state are looked at each time."""
    ref = await proved(adam, "disable", "alice")
    world.give_roles("adam", "teller")
    assert await refusal(adam.go_on(ref)) == "forbidden"
    assert not is_disabled(world, "alice")


async def test_whoever_lost_the_role_leaves_nothing_that_waits(
    world: World, adam: Administrator, tess: Administrator
) -> None:
    """ASVS 7.4.2: and it does not come back with the role."""
    asked = await adam.does("roles", "alice", give=["admin"])
    users = Users(world.core, world.hashing)
    await users.change_roles(BANK, "adam", [], ["admin"])
    await users.change_roles(BANK, "adam", ["admin"], [])
    assert await refusal(tess.asked_to_approve(asked.ref)) == "unknown_action"


async def test_what_somebody_asked_for_who_is_no_administrator_any_more(
    world: World, adam: Administrator, tess: Administrator
) -> None:
    """ASVS 8.3.2: however the role went, or the account; looked at when it is approved."""
    asked = await adam.does("roles", "alice", give=["admin"])
    action = await tess.asked_to_approve(asked.ref)
    await tess.visitor.prove("tess")
    world.give_roles("adam", "teller")
    assert await refusal(tess.go_on(action.ref)) == "unknown_action"
    world.give_roles("adam", "admin")
    world.disable("adam")
    assert await refusal(tess.asked_to_approve(asked.ref)) == "unknown_action"
    assert roles_of(world, "alice") == '["customer"]'


async def test_somebody_becomes_an_administrator_while_the_proof_is_made(
    world: World, adam: Administrator, tess: Administrator
) -> None:
    """What needs two is looked at when it is to be done, not only when it was asked for."""
    ref = await proved(adam, "disable", "alice")
    world.give_roles("alice", "admin")
    assert (await adam.go_on(ref)).state == "waiting"
    assert not is_disabled(world, "alice")


async def test_the_only_second_one_goes_while_the_proof_is_made(
    world: World, adam: Administrator, tess: Administrator
) -> None:
    ref = await proved(adam, "roles", "alice", give=["admin"])
    world.disable("tess")
    assert await refusal(adam.go_on(ref)) == "second_admin_missing"
    assert roles_of(world, "alice") == '["customer"]'
