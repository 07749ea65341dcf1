"""Accounts elsewhere that outlive their welcome, and providers that fail while strangers ask."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from security.adapters.outgoing import Answer
from security.adapters.tables import PersonRow
from security.errors import Refused
from security.services import identities
from tests.security.idp import Idp, globex
from tests.security.letters import letters
from tests.security.services.changing import begin
from tests.security.services.recovering import asked, finish, with_addresses
from tests.security.signing_on import (
    come_back,
    idp_of,
    is_turned_away,
    link,
    sign_on,
    start,
    with_providers,
)
from tests.security.visitor import Visitor
from tests.security.world import World


@pytest.fixture
def bank(world: World) -> Idp:
    """The bank's provider, at which alice is linked."""
    there = idp_of(world, replace(globex(), tenant="northwind-bank"))
    with_providers(world, there)
    link(world, there, "alice", "thief")
    return there


@pytest.mark.parametrize(("lost", "stays"), [(True, False), (False, True)])
async def test_an_account_that_a_thief_linked_does_not_survive_recovery(
    world: World, bank: Idp, visitor: Visitor, lost: bool, stays: bool
) -> None:
    """ASVS 6.4.3, 7.4.3: whoever has lost their factors starts again without anybody's link.

    It would sign the thief in, and, as there is no factor left, let them enrol their own.
    """
    with_addresses(world)
    token = await asked(world)
    world.clock.now = world.clock.now + world.core.settings.recovery_wait
    await finish(world, token, lost=lost)
    if stays:
        await sign_on(visitor, bank, "thief")
        return
    assert await is_turned_away(visitor, bank, "sso_unlinked", sub="thief") == "unlinked"
    assert any("linked accounts have been removed" in one.text for one in letters(world))


async def test_whoever_a_provider_made_stays_without_a_password_when_that_link_goes(
    world: World, visitor: Visitor
) -> None:
    """ASVS 6.4.4: the last way in is the last, whichever provider made the person."""
    first = idp_of(world, globex("create_people: true\n"))
    other = idp_of(world, globex(issuer="other.example", id="globex-other"))
    with_providers(world, first, other)
    await sign_on(visitor, first, "new")

    def work(store: Any) -> bool:
        person = next(one for one in store.query(PersonRow) if one.password_hash == "!")
        identities.add(world.core, store, person, other.provider, "b", world.clock.now)
        return identities.has_no_password(person)

    assert world.core.database.run_here(work, across="a test looks on")
    world.sql("DELETE FROM identities WHERE provider = 'globex'")
    await sign_on(visitor, other, "b")
    started = await start(visitor, provider="globex-other", reauthenticate=True)
    await come_back(visitor, started, other.sign_in(started.location, "b"))
    [(ref,)] = world.sql("SELECT id FROM identities")
    with pytest.raises(Refused, match=r"^last_authenticator$"):
        await begin(visitor, "remove", ref)


async def test_a_link_to_a_provider_that_is_gone_is_no_way_in(
    world: World, visitor: Visitor
) -> None:
    """ASVS 6.4.4: what nobody can sign in by does not make the last way in one of two."""
    first = idp_of(world, globex("create_people: true\n"))
    other = idp_of(world, globex(issuer="other.example", id="globex-other"))
    with_providers(world, first, other)
    await sign_on(visitor, first, "new")

    def work(store: Any) -> None:
        person = next(one for one in store.query(PersonRow) if one.password_hash == "!")
        identities.add(world.core, store, person, other.provider, "b", world.clock.now)

    world.core.database.run_here(work, across="a test looks on")
    with_providers(world, first)
    started = await start(visitor, reauthenticate=True)
    await come_back(visitor, started, first.sign_in(started.location, "new"))
    [(ref,)] = world.sql("SELECT id FROM identities WHERE provider = 'globex'")
    with pytest.raises(Refused, match=r"^last_authenticator$"):
        await begin(visitor, "remove", ref)


async def test_a_group_gives_no_role_that_the_organisation_has_not(
    world: World, visitor: Visitor
) -> None:
    """ASVS 8.4.1: as an administrator may not, a table of groups may not either."""
    world.sql("""UPDATE tenants SET apis = '["hr"]' WHERE id = 'globex'""")
    there = idp_of(world, globex("roles: { table: { Staff: employee, Desk: teller } }\n"))
    with_providers(world, there)
    link(world, there, "erin", "erin")
    passed = await sign_on(visitor, there, groups=["Staff", "Desk"])
    assert passed.grant.session.user is not None
    assert passed.grant.session.user.roles == ["employee"]


@pytest.mark.parametrize("path", ["/jwks", "/.well-known/openid-configuration"])
async def test_strangers_do_not_make_us_ask_a_failing_provider_without_end(
    world: World, visitor: Visitor, path: str
) -> None:
    """Abuse: logout tokens cost nothing to make up; what has just failed is not asked again."""
    there = idp_of(world)
    with_providers(world, there)
    client = world.core.providers.find("globex")
    assert client is not None
    moment = [0.0]
    client._timer = lambda: moment[0]
    there.answers[path] = Answer(503, {}, b"")
    made_up = there.signed({"kid": "made-up"}, {"iss": there.provider.issuer})
    for _ in range(5):
        with pytest.raises(Refused, match=r"^logout_refused$"):
            await world.gateway.log_out_by_provider("globex", made_up)
    assert there.asked.count(path) == 1
    moment[0] = 9.9
    with pytest.raises(Refused, match=r"^logout_refused$"):
        await world.gateway.log_out_by_provider("globex", made_up)
    assert there.asked.count(path) == 1
    moment[0] = 10.0
    del there.answers[path]
    link(world, there, "erin", "erin")
    await sign_on(visitor, there)


async def test_a_sign_in_that_was_under_way_does_not_outlive_a_logout_of_the_person(
    world: World, visitor: Visitor
) -> None:
    """Back-Channel Logout 1.0 section 2.7: a code from before is worth nothing after it."""
    there = idp_of(world)
    with_providers(world, there)
    link(world, there, "erin", "erin")
    started = await start(visitor)
    back = there.sign_in(started.location)
    world.clock.advance(seconds=2)
    token = there.logout_token(sid=None, sub="erin")
    await world.gateway.log_out_by_provider("globex", token)
    with pytest.raises(Refused, match=r"^sso_refused$"):
        await come_back(visitor, started, back)
    assert world.trail("sso:provider:refuse")[-1]["reason"] == "logged_out"
    world.clock.advance(seconds=1)
    await sign_on(visitor, there)


@pytest.mark.parametrize(("sub", "ends"), [("erin", True), ("somebody-else", False)])
async def test_a_logout_ends_a_session_whose_sid_was_never_told(
    world: World, visitor: Visitor, sub: str, ends: bool
) -> None:
    """ASVS 7.4.1: where the ID token named no session, the subject says whose it is."""
    there = idp_of(world)
    with_providers(world, there)
    link(world, there, "erin", "erin")
    await sign_on(visitor, there, sid=None)
    await world.gateway.log_out_by_provider("globex", there.logout_token(sid="sid-9", sub=sub))
    if not ends:
        assert (await visitor.look()).session.authenticated
        return
    with pytest.raises(Refused, match=r"^session_expired$"):
        await visitor.look()


async def test_a_logout_there_ends_no_session_of_whoever_signed_in_after(
    world: World, visitor: Visitor
) -> None:
    """ASVS 8.4.1: the browser is somebody else's by now, and so is what it shows."""
    there = idp_of(world)
    with_providers(world, there)
    link(world, there, "erin", "erin")
    await sign_on(visitor, there)
    await visitor.sign_in("alice")
    await world.gateway.log_out_by_provider("globex", there.logout_token(sub="erin"))
    user = (await visitor.look()).session.user
    assert user is not None
    assert user.name == "Alice"


@pytest.mark.parametrize("claim", ["sub", "sid"])
async def test_text_that_is_no_text_is_refused_and_breaks_nothing(
    world: World, visitor: Visitor, claim: str
) -> None:
    """Abuse: half a character is legal JSON, and no UTF-8."""
    there = idp_of(world)
    with_providers(world, there)
    link(world, there, "erin", "erin")
    assert await is_turned_away(visitor, there, **{claim: "\ud800"}) == claim
    with pytest.raises(Refused, match=r"^logout_refused$"):
        await world.gateway.log_out_by_provider("globex", there.logout_token(jti="\udc00"))


async def test_no_sign_in_there_begins_inside_another_site(world: World) -> None:
    """ASVS 3.4.6: in a frame, whose page it is cannot be seen."""
    there = idp_of(world)
    with_providers(world, there)
    framed = Visitor(world)
    await framed.arrive()
    started = await start(framed)
    world.sql("UPDATE sessions SET channel = 'embed'")
    with pytest.raises(Refused, match=r"^full_page_required$"):
        await start(framed)
    with pytest.raises(Refused, match=r"^full_page_required$"):
        await come_back(framed, started, there.sign_in(started.location))
