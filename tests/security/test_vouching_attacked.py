"""A site that vouches, or whoever has taken it over, against what its person sees of themselves."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.security.framed import Framed, Site, with_hosts
from tests.security.visitor import Visitor
from tests.security.world import World


@pytest.fixture
def site() -> Site:
    """The bank's own site."""
    return Site()


@pytest.fixture
def frame(world: World, site: Site) -> Callable[[], Framed]:
    """Open a frame."""
    with_hosts(world, site)
    return lambda: Framed(world)


async def on_the_page(world: World) -> Visitor:
    """Return a browser in which alice has signed in."""
    page = Visitor(world)
    await page.arrive()
    await page.sign_in("alice")
    return page


async def test_attack_hiding_a_sign_in_behind_those_of_a_site(
    world: World, site: Site, frame: Callable[[], Framed]
) -> None:
    """ASVS 6.3.5: who walks through ten pages of the site still sees that somebody signed in."""
    page = await on_the_page(world)
    framed = frame()
    await framed.arrive()
    for _ in range(11):
        await framed.vouched(site)
        world.clock.advance(seconds=20)
    seen = await world.gateway.own_sign_ins(page.cookie)
    assert sorted(str(one.method) for one in seen) == ["None", "totp"]


async def test_attack_a_frame_of_another_person_is_a_sign_in(
    world: World, site: Site, frame: Callable[[], Framed]
) -> None:
    """It is only the same person in the same frame that is no news."""
    framed = frame()
    await framed.arrive()
    for subject in ("C-1001", "C-1002", "C-1001"):
        await framed.vouched(site, sub=subject)
    ids = [person for (person,) in world.sql("SELECT person_id FROM sign_ins")]
    alice, bob = world.look("alice").id, world.look("bob").id
    assert sorted(ids) == sorted([alice, alice, bob])


async def test_attack_frames_that_use_up_a_persons_browsers(
    world: World, site: Site, frame: Callable[[], Framed]
) -> None:
    """Neither at once nor when the person signs in the next time."""
    first = await on_the_page(world)
    for _ in range(world.core.settings.sessions_per_person):
        framed = frame()
        await framed.arrive()
        await framed.vouched(site)
        world.clock.advance(seconds=1)
    await on_the_page(world)
    assert (await first.look()).session.authenticated
