"""A turn tells what its person may ask for: a hint for words, which opens nothing."""

from __future__ import annotations

import pytest

from security.server import read_access
from security.services.offering import Offering
from security.services.turns import Opening, Turns
from tests.security.visitor import Visitor
from tests.security.world import World


@pytest.fixture
def offering(world: World) -> Offering:
    operations = world.core.operations
    return Offering(read_access(world.core.settings.project_dir, operations), operations)


async def offered(world: World, visitor: Visitor, offering: Offering) -> set[str]:
    turns = Turns(world.core, offering)
    opened = await turns.open(visitor.cookie, visitor.csrf, Opening(text="hello"))
    assert opened.turn is not None
    return set(opened.turn.offered or ())


async def test_a_customer_of_the_bank(world: World, visitor: Visitor, offering: Offering) -> None:
    await visitor.sign_in("alice")
    theirs = await offered(world, visitor, offering)
    assert "banking.list_accounts" in theirs
    assert not any(name.startswith(("healthcare.", "hr.", "orders.")) for name in theirs)


async def test_a_role_that_is_taken_away_is_gone_at_once(
    world: World, visitor: Visitor, offering: Offering
) -> None:
    await visitor.sign_in("alice")
    assert "banking.make_transfer" in await offered(world, visitor, offering)
    world.give_roles("alice", "auditor")
    assert "banking.make_transfer" not in await offered(world, visitor, offering)


async def test_a_visitor_hears_of_whom_the_tenant_serves(world: World, offering: Offering) -> None:
    visitor = Visitor(world)
    await visitor.arrive("northwind-bank")
    at_the_bank = await offered(world, visitor, offering)
    assert "banking.list_accounts" in at_the_bank
    assert not any(name.startswith(("healthcare.", "hr.", "orders.")) for name in at_the_bank)
    await visitor.arrive()
    anywhere = await offered(world, visitor, offering)
    assert {name.partition(".")[0] for name in anywhere} >= {"banking", "healthcare", "orders"}
    assert "healthcare.patient_record" not in anywhere


async def test_where_nothing_is_wired_nothing_is_offered(world: World, visitor: Visitor) -> None:
    assert (await visitor.say("hello")).offered is None
