"""Who may enrol with no strong factor: the new, the reset and the recovered, for their time."""

from __future__ import annotations

import pytest

from security.enrolment import NEWCOMER, RECOVERED
from security.errors import Refused
from security.services.users import NewUser, Users
from tests.security.letters import MAIL, last_code, recovery_codes
from tests.security.services.changing import (
    NEW_NUMBER,
    NEW_PASSWORD,
    begin,
    code_sent_to,
    confirm,
    shows,
    signed_in,
    type_password,
)
from tests.security.services.contacts import methods_of
from tests.security.services.recovering import BANK, asked, at_the_panel, finish, with_addresses
from tests.security.visitor import Visitor
from tests.security.world import World

ZOE = NewUser(BANK, "zoe", "Zoe Zander", ["customer"], phone=NEW_NUMBER)


async def lost(world: World) -> None:
    """Let alice come through recovery without her app, at once, by a recovery code."""
    with_addresses(world)
    [code, *_] = recovery_codes(world, "alice")
    await finish(world, await asked(world), lost=True, code=code)


async def back_in(world: World) -> Visitor:
    """Let alice sign in with the new password and a code by mail."""
    visitor = await at_the_panel(world)
    passed = await visitor.answer(last_code(world))
    assert passed.grant.session.assurance == "aal1"
    return visitor


async def added_app(visitor: Visitor) -> str:
    """Add an app, with no other proof than the sign-in; return its secret."""
    change = await begin(visitor, "totp")
    assert change.totp is not None
    await confirm(visitor, change.ref, shows(visitor.world, change.totp.secret))
    return change.totp.secret


async def test_a_lost_factor_leads_back_to_a_strong_one(world: World) -> None:
    """ASVS 6.4.4: mail alone reaches aal1 and opens, once, the enrolment that leads on."""
    await lost(world)
    assert methods_of(world, "alice") == {"email"}
    visitor = await back_in(world)
    assert (await world.gateway.authenticators(visitor.cookie)).enrol is True
    await visitor.is_refused("step_up_impossible")
    secret = await added_app(visitor)
    world.clock.advance(seconds=30)
    again = await at_the_panel(world)
    passed = await again.answer(shows(world, secret))
    assert passed.grant.session.assurance == "aal2"
    await again.ask()


async def test_attack_the_mailbox_enrols_nothing_once_a_strong_factor_is_there(
    world: World,
) -> None:
    """ASVS 6.6.1: the enrolment that recovery opened is over, in every session."""
    await lost(world)
    visitor, thief = await back_in(world), await back_in(world)
    await added_app(visitor)
    with pytest.raises(Refused, match="reauthentication_required"):
        await begin(thief, "phone", NEW_NUMBER)
    later = await at_the_panel(world)
    await later.choose("email")
    assert (await later.answer(last_code(world))).enrol is None
    assert (await world.gateway.authenticators(later.cookie)).enrol is False


async def test_attack_the_mailbox_enrols_nothing_without_a_recovery(world: World) -> None:
    """ASVS 6.6.1: password and mailbox never reach aal2 by themselves."""
    with_addresses(world)
    visitor = await at_the_panel(world, world.password_of("alice"))
    await visitor.choose("email")
    assert (await visitor.answer(last_code(world))).enrol is None
    await type_password(visitor, "alice")
    change = await begin(visitor, "phone", NEW_NUMBER)
    assert change.challenge is not None
    assert change.challenge.methods == ["totp"]


async def test_attack_recovery_for_the_password_alone_opens_no_enrolment(world: World) -> None:
    with_addresses(world)
    [code, *_] = recovery_codes(world, "alice")
    await finish(world, await asked(world), code=code)
    visitor = await at_the_panel(world)
    await visitor.choose("email")
    assert (await visitor.answer(last_code(world))).enrol is None


@pytest.mark.parametrize(("late", "opens"), [(-1, True), (0, None), (1, None)])
async def test_enrolment_after_recovery_waits_a_day(
    world: World, late: int, opens: bool | None
) -> None:
    await lost(world)
    world.clock.advance(seconds=RECOVERED.total_seconds() + late)
    visitor = await at_the_panel(world)
    assert (await visitor.answer(last_code(world))).enrol is opens


async def test_the_address_itself_is_not_replaced_by_it(world: World) -> None:
    """Enrolment adds: whoever reads the mailbox cannot make another one theirs."""
    await lost(world)
    visitor = await back_in(world)
    with pytest.raises(Refused, match="reauthentication_required"):
        await begin(visitor, "email", "thief@example.com")
    assert methods_of(world, "alice") == {"email"}


async def newcomer(world: World) -> Visitor:
    """Let zoe, who was added with a number alone, sign in."""
    visitor = Visitor(world)
    await visitor.arrive()
    await visitor.give_password("zoe", NEW_PASSWORD, BANK)
    assert (await visitor.answer(code_sent_to(world, NEW_NUMBER))).grant is not None
    return visitor


@pytest.mark.parametrize(("late", "opens"), [(-1, True), (0, False), (1, False)])
async def test_a_newcomer_with_a_number_adds_an_app(world: World, late: int, opens: bool) -> None:
    """SMS may approve no change, so that the first app is added without one, for two weeks."""
    await Users(world.core, world.hashing).add(
        NewUser(**{**ZOE.__dict__, "password": NEW_PASSWORD})
    )
    world.clock.advance(seconds=NEWCOMER.total_seconds() + late)
    visitor = await newcomer(world)
    assert (await world.gateway.authenticators(visitor.cookie)).enrol is opens
    if opens:
        await added_app(visitor)
        assert methods_of(world, "zoe") == {"totp", "sms"}
        return
    await type_password(visitor, "zoe", NEW_PASSWORD)
    with pytest.raises(Refused, match="no_way_to_confirm"):
        await begin(visitor, "totp")


async def test_a_number_first_does_not_end_ones_own_enrolment(world: World) -> None:
    """Somebody without any factor adds a number, then an app, in one go."""
    visitor = Visitor(world)
    await visitor.arrive()
    await visitor.give_password("amy")
    change = await begin(visitor, "phone", NEW_NUMBER)
    await confirm(visitor, change.ref, code_sent_to(world, NEW_NUMBER))
    await added_app(visitor)
    assert methods_of(world, "amy") == {"sms", "totp"}
    with pytest.raises(Refused, match="reauthentication_required"):
        await begin(visitor, "recovery")


async def test_a_reset_person_without_a_factor_enrols(world: World) -> None:
    users = Users(world.core, world.hashing)
    made = await users.reset(BANK, "alice")
    visitor = Visitor(world)
    await visitor.arrive()
    passed = await visitor.give_password("alice", made, BANK)
    assert (passed.enrol, methods_of(world, "alice")) == (True, set())
    await added_app(visitor)


async def test_a_strong_sign_in_leaves_no_enrolment_open(world: World) -> None:
    with_addresses(world)
    alice = await signed_in(world)
    assert (await world.gateway.authenticators(alice.cookie)).enrol is False
    assert MAIL not in (await world.gateway.authenticators(alice.cookie)).model_dump_json()
