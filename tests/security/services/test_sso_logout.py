"""Back-channel logout: a provider ends exactly what it began, at once, and once."""

from __future__ import annotations

from typing import Any

import pytest

from security.errors import Refused
from tests.security.idp import LOGOUT, Idp, globex
from tests.security.services.changing import signed_in
from tests.security.signing_on import come_back, idp_of, link, sign_on, start, with_providers
from tests.security.visitor import Visitor
from tests.security.world import World


@pytest.fixture
def idp(world: World) -> Idp:
    """Globex's provider, at which erin is linked."""
    there = idp_of(world)
    with_providers(world, there)
    link(world, there, "erin", "erin")
    return there


async def arrived(world: World, idp: Idp, sid: str) -> Visitor:
    """Return erin in a browser of its own, by this session at the provider."""
    visitor = Visitor(world)
    await visitor.arrive()
    await sign_on(visitor, idp, sid=sid)
    return visitor


async def is_over(visitor: Visitor) -> bool:
    try:
        await visitor.look()
    except Refused as refused:
        return refused.code == "session_expired"
    return False


async def test_a_session_there_ends_exactly_what_it_began_here(world: World, idp: Idp) -> None:
    """Back-Channel Logout 2.7: by `sid` that session alone; one by password is nobody else's."""
    one, two = await arrived(world, idp, "sid-1"), await arrived(world, idp, "sid-2")
    by_password = await signed_in(world, "erin")
    await world.gateway.log_out_by_provider("globex", idp.logout_token(sid="sid-1", sub="erin"))
    assert [await is_over(each) for each in (one, two, by_password)] == [True, False, False]
    assert {"session:person:revoke", "sso:provider:logout"} <= set(world.tags())


async def test_a_subject_ends_all_that_came_from_there(world: World, idp: Idp) -> None:
    one, two = await arrived(world, idp, "sid-1"), await arrived(world, idp, "sid-2")
    by_password = await signed_in(world, "erin")
    await world.gateway.log_out_by_provider("globex", idp.logout_token(sid=None, sub="erin"))
    assert [await is_over(each) for each in (one, two, by_password)] == [True, True, False]


async def test_streams_hear_of_it_at_once(world: World, idp: Idp) -> None:
    """ASVS 7.4.1: no event reaches a page whose session is over."""
    one = await arrived(world, idp, "sid-1")
    reading = await world.gateway.read_events(one.cookie)
    before = (await world.gateway.wait_for_events("")).at
    await world.gateway.log_out_by_provider("globex", idp.logout_token())
    touched = await world.gateway.wait_for_events(before)
    assert touched.names is None or reading.name in touched.names


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        ({"nonce": "n"}, "nonce"),
        ({"events": {}}, "events"),
        ({"events": {LOGOUT: True}}, "events"),
        ({"events": None}, "events"),
        ({"iss": "https://evil.example"}, "iss"),
        ({"aud": "another-client"}, "aud"),
        ({"jti": None}, "jti"),
        ({"iat": None}, "iat"),
        ({"sub": None, "sid": None}, "nobody"),
    ],
)
async def test_a_logout_token_that_is_not_right_ends_nothing(
    world: World, idp: Idp, claims: dict[str, Any], why: str
) -> None:
    """Back-Channel Logout 2.6: each rule alone refuses."""
    one = await arrived(world, idp, "sid-1")
    with pytest.raises(Refused, match=r"^logout_refused$"):
        await world.gateway.log_out_by_provider("globex", idp.logout_token(**claims))
    assert not await is_over(one)
    assert world.trail("sso:provider:refuse")[-1]["reason"] == why


@pytest.mark.parametrize(("seconds", "passes"), [(600, True), (601, False), (-30, True)])
async def test_a_logout_token_of_another_time_ends_nothing(
    world: World, idp: Idp, seconds: int, passes: bool
) -> None:
    one = await arrived(world, idp, "sid-1")
    token = idp.logout_token(iat=idp.now - seconds)
    if not passes:
        with pytest.raises(Refused, match=r"^logout_refused$"):
            await world.gateway.log_out_by_provider("globex", token)
    else:
        await world.gateway.log_out_by_provider("globex", token)
    assert await is_over(one) is passes


async def test_a_logout_token_works_once(world: World, idp: Idp) -> None:
    """Back-Channel Logout 2.6, rule 8: replayed, it ends no later session."""
    token = idp.logout_token(sid=None, sub="erin")
    await world.gateway.log_out_by_provider("globex", token)
    later = await arrived(world, idp, "sid-9")
    with pytest.raises(Refused, match=r"^logout_refused$"):
        await world.gateway.log_out_by_provider("globex", token)
    assert not await is_over(later)


async def test_an_id_token_is_no_logout_token(world: World, idp: Idp) -> None:
    """ASVS 9.2.2: cross-type confusion."""
    one = await arrived(world, idp, "sid-1")
    token = idp.signed({}, {"iss": idp.provider.issuer, "aud": "gatehouse", "sub": "erin"})
    with pytest.raises(Refused, match=r"^logout_refused$"):
        await world.gateway.log_out_by_provider("globex", token)
    assert not await is_over(one)


async def test_a_provider_logs_nobody_out_at_another_tenant(world: World, idp: Idp) -> None:
    """ASVS 8.4.1: a token is taken at its own tenant's address alone."""
    one = await arrived(world, idp, "sid-1")
    for tenant in ("northwind-bank", "nowhere"):
        with pytest.raises(Refused, match=r"^logout_refused$"):
            await world.gateway.log_out_by_provider(tenant, idp.logout_token())
    assert not await is_over(one)


async def test_the_same_sid_of_another_provider_is_another_session(world: World, idp: Idp) -> None:
    """ASVS 6.8.1: a `sid`, like a `sub`, is its issuer's."""
    other = idp_of(world, globex(issuer="other.example", id="globex-other"))
    with_providers(world, idp, other)
    one = await arrived(world, idp, "sid-1")
    await world.gateway.log_out_by_provider("globex", other.logout_token())
    assert not await is_over(one)


async def test_a_session_that_was_ended_there_meanwhile_begins_nothing(
    world: World, idp: Idp, visitor: Visitor
) -> None:
    """Race: the logout overtakes the sign-in."""
    started = await start(visitor)
    back = idp.sign_in(started.location, sid="sid-1")
    await world.gateway.log_out_by_provider("globex", idp.logout_token())
    with pytest.raises(Refused, match=r"^sso_refused$"):
        await come_back(visitor, started, back)
