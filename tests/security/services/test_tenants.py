"""Organisations: what their settings change at once, what is refused, what the trail says."""

from __future__ import annotations

import pytest

from security.challenges.methods import SWITCHABLE
from security.errors import Refused
from security.seed import Seed, SeedTenant, seed
from security.services.tenants import Tenants, TenantSettings
from security.services.users import NewUser, Users
from tests.security.letters import enrol
from tests.security.services.changing import begin, signed_in, type_password
from tests.security.services.proofs import at_the_code
from tests.security.services.showing import at_the_door, refused
from tests.security.visitor import Visitor
from tests.security.world import World
from tests.support.authenticator import SoftAuthenticator

BANK, NEW = "northwind-bank", "soliton-labs"
STRONG = TenantSettings(methods=["passkey", "totp"])


@pytest.fixture
def tenants(world: World) -> Tenants:
    return Tenants(world.core)


async def test_a_new_organisation_has_what_it_was_told_and_is_on_the_trail(
    world: World, tenants: Tenants
) -> None:
    """ASVS 16.3.2."""
    told = TenantSettings(name="Soliton Labs", idle_minutes=10, apis=["it"], sms_limit="20.00")
    made = await tenants.add(NEW, told)
    assert made == await tenants.show(NEW)
    assert (made.idle_minutes, made.apis, made.methods) == (10, ["it"], list(SWITCHABLE))
    assert (made.public, made.disabled, made.people) == (False, False, 0)
    last = world.trail()[-1]
    assert (last["tag"], last["tenant"]) == ("admin:tenant:add", NEW)
    assert last["actor"] == "operating-system:administrator"
    assert [one.tenant for one in await tenants.everyone()][-1] == NEW


async def test_its_first_administrator_comes_in_and_lies_idle_as_long_as_it_says(
    world: World, tenants: Tenants
) -> None:
    """ASVS 7.3.1: the limit of sessions is the organisation's own."""
    await tenants.add(NEW, TenantSettings(name="Soliton Labs", idle_minutes=10))
    users = Users(world.core, world.hashing)
    made = await users.add(NewUser(NEW, "ines", "Ines Adler", ["admin"]))
    visitor = Visitor(world)
    await visitor.arrive()
    passed = await visitor.give_password("ines", made["password"], NEW)
    assert passed.grant is not None
    assert (passed.enrol, passed.grant.session.idle_seconds_left) == (True, 600)


REFUSED = {
    "tenant_taken": (BANK, TenantSettings(name="Another bank")),
    "invalid_arguments": (NEW, TenantSettings(apis=["no-such-api"])),
}


@pytest.mark.parametrize(("code", "given"), REFUSED.items())
async def test_what_cannot_be_added_is_refused_and_recorded(
    world: World, tenants: Tenants, code: str, given: tuple[str, TenantSettings]
) -> None:
    with pytest.raises(Refused, match=f"^{code}$"):
        await tenants.add(*given)
    assert world.trail()[-1]["reason"] == code
    assert world.sql("SELECT count(*) FROM tenants") == [(4,)]


@pytest.mark.parametrize("act", ["set", "show", "disable", "enable"])
async def test_an_organisation_that_there_is_not_is_refused(tenants: Tenants, act: str) -> None:
    more = (STRONG,) if act == "set" else ()
    with pytest.raises(Refused, match="unknown_tenant"):
        await getattr(tenants, act)(NEW, *more)


@pytest.mark.parametrize("methods", [[], ["sms"], ["sms", "email"]])
async def test_an_organisation_cannot_be_left_without_a_method_that_approves_everything(
    tenants: Tenants, methods: list[str]
) -> None:
    """Contract, table of methods: an organisation may do with less, never with weaker."""
    with pytest.raises(Refused, match="invalid_arguments") as why:
        await tenants.set(BANK, TenantSettings(methods=methods))
    assert why.value.details["field"] == "strong_method"
    assert {"passkey", "totp"} <= set(why.value.details["known"])


async def test_recovery_codes_and_methods_unknown_are_not_to_be_switched(tenants: Tenants) -> None:
    for method in ("recovery", "carrier-pigeon"):
        with pytest.raises(Refused, match="invalid_arguments"):
            await tenants.set(BANK, TenantSettings(methods=["totp", method]))


async def test_a_method_that_is_off_is_neither_offered_nor_taken(
    world: World, tenants: Tenants
) -> None:
    """ASVS 6.3.4: each way in keeps to what the organisation allows."""
    enrol(world, "alice", "sms", "+12025550101")
    waiting = await at_the_code(world)
    await waiting.choose("sms")
    await tenants.set(BANK, STRONG)
    with pytest.raises(Refused, match="expired"):
        await waiting.answer("123456")  # It was open when the method was switched off.
    later = await at_the_code(world)
    assert (await later.look_at_challenge()).methods == ["totp"]
    with pytest.raises(Refused, match="unknown_method"):
        await later.choose("sms")


async def test_a_method_that_is_off_lowers_no_bar(world: World, tenants: Tenants) -> None:
    """ASVS 6.3.3: whoever has only that one does not come in by the password alone."""
    enrol(world, "alice", "sms", "+12025550101")
    world.sql("DELETE FROM authenticators WHERE method = 'totp'")
    await tenants.set(BANK, STRONG)
    visitor = Visitor(world)
    await visitor.arrive()
    with pytest.raises(Refused, match="no_way_to_confirm"):
        await visitor.give_password("alice")


async def test_a_passkey_opens_nothing_where_passkeys_are_off(
    world: World, tenants: Tenants, laptop: SoftAuthenticator
) -> None:
    """ASVS 6.3.4: also where nobody was named, and the passkey says whose it is."""
    await tenants.set(BANK, TenantSettings(methods=["totp"]))
    assert await refused(await at_the_door(world), laptop) == "passkey_refused"
    await tenants.set(BANK, STRONG)
    visitor = await at_the_door(world)
    assert visitor.challenge is not None
    assert visitor.challenge.passkey is not None


@pytest.mark.parametrize("kind", ["phone", "email"])
async def test_a_method_that_is_off_is_not_enrolled(
    world: World, owner: Visitor, tenants: Tenants, kind: str
) -> None:
    await tenants.set(BANK, STRONG)
    await type_password(owner, "alice")
    with pytest.raises(Refused, match="method_off"):
        await begin(owner, kind, "+12025550188" if kind == "phone" else "new@example.com")
    assert world.trail()[-1]["reason"] == "method_off"


async def test_other_organisations_keep_their_methods(world: World, tenants: Tenants) -> None:
    """ASVS 8.4.1."""
    enrol(world, "carl", "email", "carl@acme.example.com")
    await tenants.set(BANK, STRONG)
    visitor = await at_the_code(world, "carl")
    assert (await visitor.look_at_challenge()).methods == ["totp", "email"]


async def test_a_shorter_limit_holds_for_live_sessions_at_once(
    owner: Visitor, tenants: Tenants
) -> None:
    """ASVS 7.3.1."""
    before = (await owner.look()).session.idle_seconds_left
    await tenants.set(BANK, TenantSettings(idle_minutes=1))
    assert (before, (await owner.look()).session.idle_seconds_left) == (300, 60)
    owner.world.clock.advance(seconds=60)
    with pytest.raises(Refused, match="session_expired"):
        await owner.look()


async def test_a_longer_limit_lengthens_no_live_session(owner: Visitor, tenants: Tenants) -> None:
    await tenants.set(BANK, TenantSettings(idle_minutes=60))
    assert (await owner.look()).session.idle_seconds_left == 300


async def test_a_disabled_organisation_is_out_at_once(
    world: World, owner: Visitor, tenants: Tenants
) -> None:
    """ASVS 7.4.2: sessions of its people, sign-ins that wait, sessions of nobody there."""
    waiting = await at_the_code(world, "bob")
    stranger = Visitor(world)
    await stranger.arrive(BANK)
    elsewhere = await signed_in(world, "carl")
    assert await tenants.disable(BANK) == 2
    for visitor in (owner, stranger):
        with pytest.raises(Refused, match="session_expired"):
            await visitor.look()
    with pytest.raises(Refused, match="expired"):
        await waiting.answer(world.code_of("bob"))
    assert (await elsewhere.look()).session.authenticated


async def test_nobody_comes_into_a_disabled_organisation(
    world: World, tenants: Tenants, laptop: SoftAuthenticator
) -> None:
    """ASVS 6.3.4: not by password, not by passkey, not as a stranger, not as somebody new."""
    await tenants.disable(BANK)
    visitor = Visitor(world)
    await visitor.arrive()
    with pytest.raises(Refused, match="invalid_credentials"):
        await visitor.give_password("alice")
    assert await refused(await at_the_door(world), laptop) == "passkey_refused"
    with pytest.raises(Refused, match="unknown_tenant"):
        await visitor.arrive(BANK)
    assert BANK not in {one.id for one in await world.gateway.tenants()}
    users = Users(world.core, world.hashing)
    with pytest.raises(Refused, match="tenant_disabled"):
        await users.add(NewUser(BANK, "zoe", "Zoe", ["customer"]))
    with pytest.raises(Refused, match="tenant_disabled"):
        await users.enable(BANK, "alice")


async def test_those_who_were_out_before_stay_out_when_it_is_enabled(
    world: World, tenants: Tenants
) -> None:
    users = Users(world.core, world.hashing)
    await users.disable(BANK, "bob")
    world.clock.advance(seconds=1)
    assert await tenants.disable(BANK) == await tenants.disable(BANK) == 0
    await tenants.enable(BANK)
    assert [one.username for one in await users.people(BANK) if one.disabled] == ["bob"]
    await signed_in(world, "alice")


async def test_a_seed_file_leaves_alone_what_an_administrator_has_configured(
    world: World, tenants: Tenants
) -> None:
    """A limit that was lowered to nothing does not come back with the next start."""
    await tenants.set(BANK, TenantSettings(apis=[], sms_limit="0.00"))
    again = SeedTenant(
        id=BANK, name="N", idle_minutes=5, public=True, apis=["banking"], sms_limit="100.00"
    )
    seed(
        world.core.database,
        world.core.data_keys,
        world.core.passwords,
        Seed(tenants=[again], people=[]),
    )
    kept = await tenants.show(BANK)
    assert (kept.apis, kept.sms_limit) == ([], "0.00")
