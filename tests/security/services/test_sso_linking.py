"""Linking an account at a provider: by the signed-in person, proved first, told, and undone."""

from __future__ import annotations

import pytest

from security.errors import Refused
from security.model import Change
from tests.security.idp import Idp, globex
from tests.security.letters import enrol
from tests.security.services.changing import (
    OLD_ADDRESS,
    begin,
    go_on,
    notices,
    proved,
    refs,
    signed_in,
    type_password,
)
from tests.security.signing_on import come_back, idp_of, link, sign_on, start, with_providers
from tests.security.visitor import Visitor
from tests.security.world import World


@pytest.fixture
def idp(world: World) -> Idp:
    """Globex's provider, at which nobody is linked."""
    there = idp_of(world)
    with_providers(world, there)
    return there


async def linked(erin: Visitor, idp: Idp, sub: str = "e-1") -> Change:
    """Link erin's account there."""
    change = await proved(erin, "erin", "sso", "globex")
    started = await start(erin, change=change.ref)
    await come_back(erin, started, idp.sign_in(started.location, sub))
    return change


async def test_a_link_is_proved_first_and_its_person_told(
    world: World, idp: Idp, visitor: Visitor
) -> None:
    """ASVS 7.5.1, 6.3.7: password and a code of one's own; then it signs in."""
    enrol(world, "erin", "email", OLD_ADDRESS)
    erin = await signed_in(world, "erin")
    await type_password(erin, "erin")
    change = await begin(erin, "sso", "globex")
    assert change.challenge is not None
    assert [detail.value for detail in change.challenge.details or []] == ["Globex"]
    await erin.prove("erin")
    assert (await go_on(erin, change.ref)).state == "confirm"
    started = await start(erin, change=change.ref)
    passed = await come_back(erin, started, idp.sign_in(started.location, "e-1"))
    assert passed.purpose == "link"
    assert any("has been linked" in words for words in notices(world, OLD_ADDRESS))
    listed = (await world.gateway.authenticators(erin.cookie)).authenticators
    assert [one.hint for one in listed if one.method == "sso"] == ["Globex"]
    await sign_on(visitor, idp, "e-1")


async def test_a_link_without_a_proof_is_refused(world: World, idp: Idp) -> None:
    """ASVS 7.5.1: a thief of the session links no account of their own."""
    erin = await signed_in(world, "erin")
    with pytest.raises(Refused, match=r"^reauthentication_required$"):
        await begin(erin, "sso", "globex")
    await type_password(erin, "erin")
    change = await begin(erin, "sso", "globex")
    with pytest.raises(Refused, match=r"^unknown_change$"):
        await start(erin, change=change.ref)


async def test_a_change_of_somebody_else_cannot_be_finished(world: World, idp: Idp) -> None:
    """ASVS 8.2.2: swapped ids."""
    erin, thief = await signed_in(world, "erin"), await signed_in(world, "alice")
    change = await proved(erin, "erin", "sso", "globex")
    with pytest.raises(Refused, match=r"^unknown_change$"):
        await start(thief, change=change.ref)


async def test_an_account_is_one_persons(world: World, idp: Idp) -> None:
    """ASVS 6.8.1: what is linked already goes to nobody else."""
    link(world, idp, "carl", "e-1")
    erin = await signed_in(world, "erin")
    change = await proved(erin, "erin", "sso", "globex")
    started = await start(erin, change=change.ref)
    with pytest.raises(Refused, match=r"^sso_taken$"):
        await come_back(erin, started, idp.sign_in(started.location, "e-1"))


async def test_an_old_sign_in_there_links_nothing(world: World, idp: Idp) -> None:
    """`max_age=0` was asked for: whoever left a browser signed in there links nothing."""
    erin = await signed_in(world, "erin")
    change = await proved(erin, "erin", "sso", "globex")
    started = await start(erin, change=change.ref)
    back = idp.sign_in(started.location, "e-1", auth_time=idp.now - 31)
    with pytest.raises(Refused, match=r"^sso_refused$"):
        await come_back(erin, started, back)


async def test_a_provider_of_another_tenant_is_not_linked(world: World, idp: Idp) -> None:
    """ASVS 8.4.1."""
    alice = await signed_in(world)
    await type_password(alice, "alice")
    with pytest.raises(Refused, match=r"^unknown_provider$"):
        await begin(alice, "sso", "globex")


async def test_a_code_does_not_finish_a_link(world: World, idp: Idp) -> None:
    erin = await signed_in(world, "erin")
    change = await proved(erin, "erin", "sso", "globex")
    with pytest.raises(Refused, match=r"^wrong_code$"):
        await world.gateway.confirm_change(erin.cookie, erin.csrf, change.ref, "123456")


async def test_a_link_that_is_taken_away_signs_nobody_in(
    world: World, idp: Idp, visitor: Visitor
) -> None:
    """ASVS 7.4.3: and the sessions that came by it are over."""
    erin = await signed_in(world, "erin")
    await linked(erin, idp)
    await sign_on(visitor, idp, "e-1")
    change = await proved(erin, "erin", "remove", (await refs(erin))["sso"])
    assert change.state == "done"
    with pytest.raises(Refused, match=r"^session_expired$"):
        await visitor.look()
    again = Visitor(world)
    await again.arrive()
    with pytest.raises(Refused, match=r"^sso_unlinked$"):
        await sign_on(again, idp, "e-1")


async def test_the_only_way_in_is_not_taken_away(world: World, visitor: Visitor) -> None:
    """Whom a provider made, and who set no password, would stand outside."""
    there = idp_of(world, globex("create_people: true\n"))
    with_providers(world, there)
    await sign_on(visitor, there, "new")
    shown = await world.gateway.authenticators(visitor.cookie)
    assert shown.no_password is True
    started = await start(visitor, reauthenticate=True)
    assert "max_age=0" in started.location
    passed = await come_back(visitor, started, there.sign_in(started.location, "new"))
    assert passed.purpose == "reauthenticate"
    with pytest.raises(Refused, match=r"^last_authenticator$"):
        await begin(visitor, "remove", (await refs(visitor))["sso"])


async def test_who_has_a_password_types_it(world: World, idp: Idp, visitor: Visitor) -> None:
    """ASVS 7.5.1: the provider's word takes no password's place where there is one."""
    link(world, idp, "erin", "e-1")
    await sign_on(visitor, idp, "e-1")
    with pytest.raises(Refused, match=r"^unknown_method$"):
        await start(visitor, reauthenticate=True)
