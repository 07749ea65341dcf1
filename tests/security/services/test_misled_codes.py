"""Codes that are sent where they must not go, or kept where they do not belong."""

from __future__ import annotations

import pytest

from security.errors import Refused
from tests.security.letters import MAIL, PHONE, enrol, last_code, letters
from tests.security.visitor import Visitor
from tests.security.world import World


@pytest.fixture
async def caller(world: World) -> Visitor:
    """Somebody who has given alice's password; she has an app, a telephone and a mailbox."""
    enrol(world, "alice", "sms", PHONE)
    enrol(world, "alice", "email", MAIL)
    visitor = Visitor(world)
    await visitor.arrive()
    await visitor.give_password("alice")
    return visitor


async def test_attack_a_code_to_the_telephone_that_is_talking(caller: Visitor) -> None:
    """GH-1: a code is never delivered to the channel in use: neither offered, nor on demand."""
    caller.world.sql("UPDATE sessions SET channel = 'sms'")
    passed = await caller.give_password("alice")
    assert passed.challenge is not None
    assert passed.challenge.methods == ["totp", "email"]
    with pytest.raises(Refused, match="unknown_method"):
        await caller.choose("sms")
    assert [letter.channel for letter in letters(caller.world)] == []


async def test_attack_the_hash_of_a_code_moved_to_another_challenge(caller: Visitor) -> None:
    """ASVS 6.6.2: what is kept of a code is bound to its challenge and its method."""
    await caller.choose("sms")
    code = last_code(caller.world)
    bob = Visitor(caller.world)
    enrol(caller.world, "bob", "sms", "+12025550102")
    await bob.arrive()
    await bob.give_password("bob")
    await bob.choose("sms")
    caller.world.sql(
        "UPDATE challenges SET code_hash = (SELECT code_hash FROM challenges WHERE id = ?)"
        " WHERE id = ?",
        caller.challenge_id,
        bob.challenge_id,
    )
    with pytest.raises(Refused, match="wrong_code"):
        await bob.answer(code)
    caller.world.sql("UPDATE challenges SET method = 'email' WHERE id = ?", caller.challenge_id)
    with pytest.raises(Refused, match="wrong_code"):
        await caller.answer(code)
