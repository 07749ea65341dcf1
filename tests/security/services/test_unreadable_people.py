"""One person's row that was changed, or whose key is gone, keeps nobody else from anything."""

from __future__ import annotations

import pytest

from security.adapters.sealed import UNREADABLE
from security.services.users import Users
from tests.security.services.administering import BANK, administrator
from tests.security.visitor import Visitor
from tests.security.world import World


def spoil(world: World, username: str, column: str = "name_sealed") -> str:
    """Change a sealed value of somebody, as who can write the database might."""
    [(person,)] = world.sql(
        "SELECT id FROM people WHERE username_hash = hashed(tenant_id, ?)", username
    )
    world.sql(f"UPDATE people SET {column} = substr({column}, 1, 21) || x'00' WHERE id = ?", person)
    return str(person)


@pytest.mark.parametrize("column", ["name_sealed", "username_sealed"])
async def test_attack_one_changed_name_hides_nobody_from_administrators(
    world: World, column: str
) -> None:
    """ASVS 16.5.2: whoever can change a byte must not be able to stop an organisation's work."""
    adam = await administrator(world)
    spoil(world, "bob", column)
    shown = {one.username: one.name for one in (await adam.people()).people}
    assert shown.keys() - {"bob"} == {"adam", "alice", "tess"}
    assert shown.get("bob", UNREADABLE) == UNREADABLE
    listed = await Users(world.core, world.hashing).people(BANK)
    assert "alice" in str(listed)
    assert [one.username for one in (await adam.people("ali")).people] == ["alice"]


@pytest.mark.parametrize("column", ["name_sealed", "username_sealed"])
async def test_attack_one_changed_name_stops_nothing_that_waits_for_a_second_administrator(
    world: World, column: str
) -> None:
    """ASVS 2.3.5: not about somebody else."""
    adam, tess = await administrator(world), await administrator(world, "tess")
    for whom in ("bob", "alice"):
        assert (await adam.does("roles", whom, give=["admin"])).state == "waiting"
        world.clock.advance(seconds=31)
    spoil(world, "bob", column)
    assert "Change the roles of Alice (alice)" in [one.words for one in await tess.waiting()]


async def test_attack_a_changed_password_lets_nobody_in(world: World) -> None:
    """ASVS 16.5.3: it denies, and does not fail open."""
    spoil(world, "bob", "password_sealed")
    visitor = Visitor(world)
    await visitor.arrive(BANK)
    with pytest.raises(Exception) as why:  # noqa: PT011 - the code is what counts, below.
        await visitor.give_password("bob")
    assert getattr(why.value, "code", None) in ("invalid_credentials", "security_unavailable")
    other = Visitor(world)
    await other.arrive(BANK)
    await other.sign_in("alice")


async def test_attack_a_changed_conversation_is_closed_for_its_person_alone(
    alice: Visitor,
) -> None:
    world = alice.world
    await alice.hear(await alice.say("hello"))
    world.sql("UPDATE turns SET said_sealed = substr(said_sealed, 1, 21) || x'00'")
    other = Visitor(world)
    await other.arrive(BANK)
    await other.sign_in("bob")
    await other.hear(await other.say("hello"))
