"""Browsers that a person has signed in with, and what they are told of a new one."""

from __future__ import annotations

from sqlalchemy import select

from security.adapters.account_tables import DeviceRow
from security.sessions import hash_of
from tests.security.services.contacts import ADDRESS, NUMBER, give, notices_to
from tests.security.visitor import Visitor
from tests.security.world import World


async def comes(world: World, username: str, device: str | None) -> str | None:
    """Sign in with a browser that keeps `device`; return what it is given to keep."""
    visitor = Visitor(world)
    visitor.device = device
    await visitor.arrive()
    return (await visitor.sign_in(username)).grant.device


async def test_the_first_browser_of_all_is_told_as_well(world: World) -> None:
    """ASVS 6.3.5: a password that was handed out may have been used by somebody else first."""
    give(world, "alice", "sms", NUMBER)
    device = await comes(world, "alice", None)
    assert device is not None
    assert len(device) == 43
    assert notices_to(world, NUMBER) == 1
    [row] = world.core.database.run_here(
        lambda store: store.scalars(select(DeviceRow)).all(), across="a test looks on"
    )
    assert (row.device_hash, row.label) == (hash_of(device), "Firefox on Linux")


async def test_a_known_browser_is_no_news_and_keeps_its_id(world: World) -> None:
    give(world, "alice", "sms", NUMBER)
    device = await comes(world, "alice", None)
    assert await comes(world, "alice", device) is None
    assert notices_to(world, NUMBER) == 1
    assert len(world.trail("session:device:new")) == 1


async def test_a_new_browser_is_told_over_every_other_channel(world: World) -> None:
    """ASVS 6.3.5: whoever has all that it takes is seen nevertheless."""
    give(world, "alice", "sms", NUMBER)
    give(world, "alice", "email", ADDRESS)
    first = await comes(world, "alice", None)
    second = await comes(world, "alice", None)
    assert second not in (None, first)
    assert (notices_to(world, NUMBER), notices_to(world, ADDRESS)) == (2, 2)
    assert len(world.trail("session:device:new")) == 2


async def test_an_id_that_was_made_up_is_not_taken_over(world: World) -> None:
    """Whoever plants one beforehand would be known later on."""
    await comes(world, "alice", None)
    device = await comes(world, "alice", "planted")
    assert device not in (None, "planted")
    assert (hash_of("planted"),) not in world.sql("SELECT device_hash FROM devices")


async def test_two_people_may_share_a_browser(world: World) -> None:
    """Each is told once a browser; neither takes the browser from the other."""
    give(world, "bob", "sms", NUMBER)
    await comes(world, "bob", None)
    device = await comes(world, "alice", None)
    for who in ("bob", "alice", "bob"):
        assert await comes(world, who, device) is None
    assert notices_to(world, NUMBER) == 2


async def test_a_password_alone_makes_no_browser_known(world: World) -> None:
    """It is the completed sign-in that counts."""
    visitor = Visitor(world)
    await visitor.arrive()
    await visitor.give_password("alice")
    assert world.sql("SELECT count(*) FROM devices") == [(0,)]
