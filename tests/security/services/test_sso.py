"""Single sign-on on the real core, with a provider that is honest."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from security.adapters.tables import PersonRow
from security.errors import Refused
from tests.security.idp import Idp, globex
from tests.security.signing_on import (
    come_back,
    idp_of,
    is_turned_away,
    link,
    sign_on,
    start,
    with_providers,
)
from tests.security.stored import stored
from tests.security.visitor import Visitor
from tests.security.world import World


@pytest.fixture
def idp(world: World) -> Idp:
    """Globex's provider, at which erin is linked."""
    there = idp_of(world)
    with_providers(world, there)
    link(world, there, "erin", "erin")
    return there


async def test_a_linked_person_signs_in_with_a_new_id_and_it_is_noted(
    world: World, idp: Idp, visitor: Visitor
) -> None:
    """ASVS 7.2.4: the same sessions, the same trail; the old id is dead."""
    old = visitor.cookie
    passed = await sign_on(visitor, idp)
    session = passed.grant.session
    assert session.user is not None
    assert (session.user.name, session.assurance) == ("Erin", "aal1")
    assert visitor.cookie != old
    with pytest.raises(Refused, match=r"^session_expired$"):
        await world.gateway.look_at_session(old)
    [last, *_] = await world.gateway.own_sign_ins(visitor.cookie)
    assert (last.method, last.outcome) == ("sso", "passed")
    assert passed.grant.device is not None


@pytest.mark.parametrize(
    ("claims", "level"),
    [
        ({}, "aal1"),
        ({"acr": "urn:globex:mfa"}, "aal2"),
        ({"amr": ["pwd", "mfa"]}, "aal2"),
        ({"acr": "urn:other:mfa", "amr": ["pwd"]}, "aal1"),
        ({"amr": "mfa"}, "aal1"),
        ({"acr": ["urn:globex:mfa"]}, "aal1"),
    ],
)
async def test_what_is_not_said_counts_as_one_factor(
    idp: Idp, visitor: Visitor, claims: dict[str, object], level: str
) -> None:
    """ASVS 6.8.4: `acr` and `amr` count as the provider's file says, missing ones as one factor."""
    # Authlib refuses an `amr` that is no list; ours would not count it either.
    if claims.get("amr") == "mfa":
        assert await is_turned_away(visitor, idp, **claims) == "amr"
        return
    assert (await sign_on(visitor, idp, **claims)).grant.session.assurance == level


async def test_the_proof_is_as_old_as_the_provider_says(
    world: World, idp: Idp, visitor: Visitor
) -> None:
    """Freshness: `auth_time` is when it was proved, not when we heard of it."""
    at = world.clock.now - timedelta(minutes=20)
    await sign_on(visitor, idp, acr="urn:globex:mfa", auth_time=int(at.timestamp()))
    [(proved,)] = world.sql("SELECT proved_at FROM sessions WHERE person_id IS NOT NULL")
    assert proved == int(at.timestamp()) * 1_000_000


async def test_the_same_sub_of_another_provider_is_somebody_else(
    world: World, idp: Idp, visitor: Visitor
) -> None:
    """ASVS 6.8.1: `(issuer, sub)` is the identity."""
    other = idp_of(world, globex(issuer="other.example", id="globex-other"))
    with_providers(world, idp, other)
    assert await is_turned_away(visitor, other, "sso_unlinked") == "unlinked"


async def test_nobody_is_linked_by_name_or_address(
    world: World, idp: Idp, visitor: Visitor
) -> None:
    """ASVS 6.8.1: what a provider calls somebody is no identity here."""
    claims = {"preferred_username": "erin", "email": "erin@globex.example", "email_verified": True}
    assert await is_turned_away(visitor, idp, "sso_unlinked", sub="other", **claims) == "unlinked"


async def test_a_new_person_comes_into_being_where_the_file_says_so(
    world: World, visitor: Visitor
) -> None:
    """ASVS 6.8.1: a newcomer takes nobody's place, has no roles and no password."""
    there = idp_of(world, globex("create_people: true\n"))
    with_providers(world, there)
    passed = await sign_on(visitor, there, "new", name="Erin", preferred_username="erin")
    user = passed.grant.session.user
    assert user is not None
    assert (user.name, user.roles) == ("Erin", [])
    assert passed.enrol is True
    again = Visitor(world)
    await again.arrive()
    await sign_on(again, there, "new")
    everybody = world.core.database.run_here(
        lambda store: store.scalars(select(PersonRow)).all(), across="a test looks on"
    )
    [name] = [one.username for one in everybody if one.password_hash == "!"]
    with pytest.raises(Refused, match=r"^invalid_credentials$"):
        await again.give_password("erin", "!", "globex")
    with pytest.raises(Refused, match=r"^invalid_credentials$"):
        await world.gateway.check_password(
            again.cookie, again.csrf, "globex", name, "!", "192.0.2.9"
        )


@pytest.mark.parametrize(
    ("groups", "roles"),
    [
        (["Staff"], ["employee"]),
        (["Staff", "People", "unmapped"], ["employee", "hr_admin"]),
        (["unmapped"], []),
        (None, []),
        ("People", ["hr_admin"]),
    ],
)
async def test_groups_give_exactly_the_roles_of_the_table(
    world: World, visitor: Visitor, groups: object, roles: list[str]
) -> None:
    """ASVS 8.3.2: at each sign-in; who is in no mapped group has no role, on any way in."""
    world.sql("""UPDATE tenants SET apis = '["hr"]' WHERE id = 'globex'""")
    table = "roles: { table: { Staff: employee, People: hr_admin } }\n"
    there = idp_of(world, globex(table))
    with_providers(world, there)
    link(world, there, "erin", "erin")
    passed = await sign_on(visitor, there, groups=groups)
    assert passed.grant.session.user is not None
    assert passed.grant.session.user.roles == roles


async def test_what_was_asked_before_is_answered_after_it(
    world: World, idp: Idp, visitor: Visitor
) -> None:
    other = idp_of(world, globex().__class__(**{**vars(globex()), "tenant": "northwind-bank"}))
    with_providers(world, other)
    link(world, other, "alice", "a-1")
    await visitor.is_refused("authentication_required")
    passed = await sign_on(visitor, other, "a-1", acr="urn:globex:mfa")
    assert passed.resume is True
    assert (await visitor.resume()).result is not None


async def test_a_step_up_at_the_provider_releases_a_read(world: World, visitor: Visitor) -> None:
    """ASVS 7.5.3: anew, with two factors; and the session has a new id."""
    bank = globex().__class__(**{**vars(globex()), "tenant": "northwind-bank"})
    there = idp_of(world, bank)
    with_providers(world, there)
    link(world, there, "alice", "a-1")
    await sign_on(visitor, there, "a-1")
    await visitor.is_refused("step_up_required")
    assert visitor.challenge is not None
    assert "sso" in visitor.challenge.methods
    started = await start(visitor, "northwind-bank", challenge=visitor.challenge.id)
    assert "max_age=0" in started.location
    assert "prompt=login" in started.location
    back = there.sign_in(started.location, "a-1", acr="urn:globex:mfa")
    passed = await come_back(visitor, started, back)
    assert (passed.purpose, passed.resume) == ("step_up", True)
    assert passed.grant.session.assurance == "aal2"
    assert (await visitor.resume()).result is not None


async def test_the_providers_can_be_seen_where_people_choose(world: World, idp: Idp) -> None:
    shown = {one.id: one.sso for one in await world.gateway.tenants()}
    assert [way.name for way in shown["globex"] or []] == ["Globex"]
    assert shown["northwind-bank"] is None


async def test_every_step_is_on_the_trail_and_nothing_secret_is(
    world: World, idp: Idp, visitor: Visitor
) -> None:
    """ASVS 16.2.5, 16.3.1: codes, states and tokens stay out."""
    started = await start(visitor)
    back = idp.sign_in(started.location)
    await come_back(visitor, started, back)
    assert {"sso:provider:ask", "challenge:person:pass"} <= set(world.tags())
    written = b"".join(world.records()) + stored(world)
    for secret in (back["code"], back["state"], started.browser):
        assert secret.encode() not in written
