"""What strangers and thieves try with the way back into an account."""

from __future__ import annotations

import pytest

from security.errors import Refused
from tests.security.conftest import MakeWorld
from tests.security.letters import enrol
from tests.security.questions import FIFTEEN_MINUTES, asked_for_a_proof, grow_old
from tests.security.services.changing import (
    NEW_ADDRESS,
    code_sent_to,
    confirm,
    proved,
    refs,
    signed_in,
)
from tests.security.services.recovering import ask, asked, finish, links, refusals, with_addresses
from tests.security.world import World

WAIT_MINUTES, DAY = 90, 24 * 3600


@pytest.fixture
def patient(make_world: MakeWorld) -> World:
    """A world where recovery by mail alone waits for an hour and a half."""
    world = make_world(recovery_wait_minutes=WAIT_MINUTES)
    with_addresses(world)
    return world


async def test_attack_a_stranger_renews_the_waiting_of_somebody_else(patient: World) -> None:
    """ASVS 6.6.3-4: nobody is locked out by whoever asks in their name every half hour."""
    await asked(patient)
    for _ in range(WAIT_MINUTES // 30):
        patient.clock.advance(minutes=30)
        await ask(patient)
    await finish(patient, links(patient)[-1])


async def test_asking_again_prolongs_nothing(patient: World) -> None:
    """The time to stop it begins anew with the next request after the old one has expired."""
    await asked(patient)
    patient.clock.advance(seconds=WAIT_MINUTES * 60 + DAY - 1)
    late = await asked(patient)
    patient.clock.advance(seconds=1)
    with pytest.raises(Refused, match="expired"):
        await finish(patient, late)
    with pytest.raises(Refused, match="recovery_waiting"):
        await finish(patient, await asked(patient))


async def test_attack_one_address_floods_mailboxes_and_telephones(make_world: MakeWorld) -> None:
    """ASVS 6.6.3: links are limited per network address, whoever they are for, and quietly."""
    world = make_world(limit_codes_per_address_per_hour=2)
    for name in ("alice", "bob", "tess"):
        enrol(world, name, "email", f"{name}@northwind.example.com")
        await ask(world, name)
    assert len(links(world)) == 2
    assert refusals(world) == ["too_many_from_there"]
    world.clock.advance(seconds=3600)
    await ask(world, "tess")
    assert len(links(world)) == 3


async def test_attack_a_stranger_uses_up_the_codes_of_somebody_else(
    make_world: MakeWorld,
) -> None:
    """ASVS 6.6.4: links are not counted with codes."""
    world = make_world(limit_codes_per_person_per_hour=1)
    with_addresses(world)
    for _ in range(3):
        await ask(world)
    visitor = await signed_in(world)
    await proved(visitor, "alice", "email", NEW_ADDRESS)
    assert code_sent_to(world, NEW_ADDRESS)


async def test_a_fresh_proof_stops_it_as_a_sign_in_does(world: World) -> None:
    """Whoever is signed in already is back as well, once they have proved it."""
    with_addresses(world)
    alice = await signed_in(world)
    await grow_old(alice, FIFTEEN_MINUTES)
    token = await asked(world)
    await asked_for_a_proof(alice)
    await alice.prove("alice")
    world.clock.advance(seconds=60)
    with pytest.raises(Refused, match="expired"):
        await finish(world, token)


@pytest.mark.parametrize("how", ["replaced", "removed"])
async def test_attack_a_link_in_a_mailbox_that_was_given_up(world: World, how: str) -> None:
    """ASVS 6.4.3: a link works for as long as its address is the person's.

    The request comes after the proof, while the new address waits for its code.
    """
    with_addresses(world)
    alice = await signed_in(world)
    if how == "replaced":
        change = await proved(alice, "alice", "email", NEW_ADDRESS)
        token = await asked(world)
        await confirm(alice, change.ref, code_sent_to(world, NEW_ADDRESS))
    else:
        ref = (await refs(alice))["email"]
        token = await asked(world)
        await proved(alice, "alice", "remove", ref)
    world.clock.advance(seconds=60)
    with pytest.raises(Refused, match="expired"):
        await finish(world, token)
