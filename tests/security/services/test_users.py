"""Administration of people: what it changes at once, what it refuses, what the trail says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from security import roles
from security.errors import Refused
from security.services.users import NewUser, Users
from tests.security.decisions import denied, signed_in
from tests.security.fakes import ACCOUNTS
from tests.security.services.contacts import ADDRESS, NUMBER, give, methods_of, notices_to
from tests.security.services.proofs import at_the_code, lock
from tests.security.stored import stored
from tests.security.visitor import Visitor
from tests.security.world import PROJECT, World

BANK = "northwind-bank"
ACTOR = "operating-system:administrator"
STRONG = "Gantry-plover-miso-sextant"
ZOE = NewUser(BANK, "zoe", "Zoe Zander", ["customer"])


@pytest.fixture
def users(world: World) -> Users:
    return Users(world.core, world.hashing)


def last_record(world: World) -> dict[str, object]:
    return world.trail()[-1]


async def first_sign_in(world: World, username: str, password: str) -> bool | None:
    """Sign in with a password alone; tell whether enrolment follows."""
    visitor = Visitor(world)
    await visitor.arrive()
    return (await visitor.give_password(username, password, BANK)).enrol


async def test_a_person_is_added_with_a_password_that_is_shown_once(
    world: World, users: Users
) -> None:
    """ASVS 6.4.1: long and random; only its hash is kept."""
    made = (await users.add(ZOE))["password"]
    assert len(made) == 23
    assert made.encode() not in stored(world)
    assert await first_sign_in(world, "zoe", made) is True


@pytest.mark.parametrize(("seconds", "comes_in"), [(-1, True), (0, False), (1, False)])
async def test_a_password_that_was_handed_out_is_found_after_two_weeks(
    world: World, users: Users, seconds: int, comes_in: bool
) -> None:
    """ASVS 6.4.1: one that nobody has used expires; a reset gives another one, as short-lived."""
    made = (await users.add(ZOE))["password"]
    for _ in range(2):
        world.clock.advance(seconds=14 * 86_400 + seconds)
        if comes_in:
            assert await first_sign_in(world, "zoe", made) is True
        else:
            with pytest.raises(Refused, match=r"^invalid_credentials$"):
                await first_sign_in(world, "zoe", made)
        made = await users.reset(BANK, "zoe")


async def test_whoever_came_in_time_and_enrolled_nothing_still_comes_in(
    world: World, users: Users
) -> None:
    """ASVS 6.4.1: what has been used is theirs by now."""
    made = (await users.add(ZOE))["password"]
    assert await first_sign_in(world, "zoe", made) is True
    world.clock.advance(days=30)
    assert await first_sign_in(world, "zoe", made) is True


async def test_adding_is_on_the_trail_with_its_actor(world: World, users: Users) -> None:
    """ASVS 16.3.2: no name is, and no password."""
    await users.add(ZOE)
    said = last_record(world)
    assert (said["tag"], said["actor"], said["tenant"]) == ("admin:user:add", ACTOR, BANK)
    assert said["roles"] == ["customer"]
    assert b"zoe" not in world.records()[-1].lower()


async def test_a_password_that_was_given_is_taken_and_not_said_again(
    world: World, users: Users
) -> None:
    assert await users.add(replace(ZOE, password=STRONG)) == {}
    assert await first_sign_in(world, "zoe", STRONG) is True


async def test_number_and_address_are_factors_from_the_start(world: World, users: Users) -> None:
    await users.add(replace(ZOE, phone="+1 202 555 0188", email="zoe@Northwind.example.com"))
    assert methods_of(world, "zoe") == {"sms", "email"}


REFUSED = {
    "unknown_tenant": replace(ZOE, tenant="no-such-bank"),
    "name_taken": replace(ZOE, username="alice"),
    "weak_password": replace(ZOE, password="Password-1234"),
    "invalid_arguments": replace(ZOE, roles=["customer", "god"]),
}


@pytest.mark.parametrize(("code", "new"), REFUSED.items())
async def test_what_cannot_be_added_is_refused_and_recorded(
    world: World, users: Users, code: str, new: NewUser
) -> None:
    before = world.sql("SELECT count(*) FROM people")
    with pytest.raises(Refused, match=f"^{code}$"):
        await users.add(new)
    assert world.sql("SELECT count(*) FROM people") == before
    said = last_record(world)
    assert (said["tag"], said["reason"], said["actor"]) == ("admin:user:refuse", code, ACTOR)


@pytest.mark.parametrize(
    ("field", "value"), [("phone", "0170 1234"), ("phone", "+1"), ("email", "zoe@"), ("email", "z")]
)
async def test_a_number_or_address_that_is_none_is_refused(
    world: World, users: Users, field: str, value: str
) -> None:
    with pytest.raises(Refused, match="invalid_address") as refused:
        await users.add(replace(ZOE, **{field: value}))
    assert refused.value.details["field"] == field
    assert world.sql(
        "SELECT count(*) FROM people WHERE username_hash = hashed(tenant_id, 'zoe')"
    ) == [(0,)]


async def test_a_weak_password_gets_advice(users: Users) -> None:
    """ASVS 6.2.11: their own name makes no password."""
    with pytest.raises(Refused, match="weak_password") as refused:
        await users.add(replace(ZOE, password="zoe-zander-northwind"))
    assert refused.value.details["suggestions"]


async def test_everybody_of_an_organisation_is_listed_and_nobody_else(
    world: World, users: Users
) -> None:
    await lock(world, "alice")
    await users.disable(BANK, "bob")
    listed = {one.username: one for one in await users.people(BANK)}
    assert list(listed) == ["adam", "alice", "bob", "tess"]
    assert (listed["alice"].methods, listed["alice"].paused) == (["totp"], ["totp"])
    assert [name for name, one in listed.items() if one.disabled] == ["bob"]


async def test_a_disabled_person_is_out_at_once(alice: Visitor, users: Users) -> None:
    """ASVS 7.4.2: every session, at the next turn, and in the middle of one."""
    other = await signed_in(alice.world, "alice")
    turn = await alice.say()
    await users.disable(BANK, "alice")
    with pytest.raises(Refused, match="session_expired"):
        await alice.bot_invokes(turn)
    for browser in (alice, other):
        with pytest.raises(Refused, match="session_expired"):
            await browser.say()
    assert alice.world.api.calls == []
    assert alice.world.sql("SELECT count(*) FROM sessions WHERE ended_at IS NULL") == [(0,)]
    assert len(alice.world.trail("session:person:revoke")) == 2


async def test_a_sign_in_that_waits_for_its_code_is_void(world: World, users: Users) -> None:
    """ASVS 7.4.2: also when the person is let in again meanwhile."""
    visitor = await at_the_code(world)
    await users.disable(BANK, "alice")
    await users.enable(BANK, "alice")
    with pytest.raises(Refused, match="expired"):
        await visitor.answer(world.code_of("alice"))


async def test_whoever_is_enabled_again_signs_in_anew(alice: Visitor, users: Users) -> None:
    await users.disable(BANK, "alice")
    await users.enable(BANK, "alice")
    with pytest.raises(Refused, match="session_expired"):
        await alice.look()
    again = await signed_in(alice.world, "alice")
    assert await again.ask() == ACCOUNTS


async def test_a_role_that_was_taken_is_missing_at_the_next_turn(
    alice: Visitor, users: Users
) -> None:
    """ASVS 7.4.2, 8.3.2: the session lives on; also in the middle of a turn."""
    turn = await alice.say()
    assert await users.change_roles(BANK, "alice", ["teller"], ["customer"]) == ["teller"]
    with pytest.raises(Refused, match="forbidden"):
        await alice.bot_invokes(turn)
    await alice.is_refused("forbidden")
    assert set(denied(alice.world)) == {("deny", "policy")}
    assert alice.world.api.calls == []
    assert await users.change_roles(BANK, "alice", ["customer"], []) == ["customer", "teller"]
    assert await alice.ask() == ACCOUNTS
    roles_said = [one["roles"] for one in alice.world.trail("admin:user:roles")]
    assert roles_said == [["teller"], ["customer", "teller"]]


async def test_only_roles_that_exist_can_be_given(world: World, users: Users) -> None:
    """A slip of the pen is told, not kept."""
    for add, remove in ((["costumer"], []), ([], ["costumer"])):
        with pytest.raises(Refused, match="invalid_arguments") as refused:
            await users.change_roles(BANK, "alice", add, remove)
        assert refused.value.details == {"field": "role", "known": sorted(roles.ROLES)}
    assert world.look("alice").roles == ["customer"]


def test_policies_and_the_demo_know_no_other_roles() -> None:
    """One table: whoever writes a policy for a new role adds it there."""
    people = yaml.safe_load((PROJECT / "demo" / "personas.yml").read_text())["people"]
    given = [role for person in people for role in person["roles"]]
    policies = [path.read_text() for path in Path(PROJECT / "security/policies").glob("*.cedar")]
    named = [text.split('"')[0] for policy in policies for text in policy.split('Role::"')[1:]]
    assert named
    assert roles.unknown([*given, *named]) == []


async def test_a_reset_leaves_a_new_password_and_nothing_else(alice: Visitor, users: Users) -> None:
    """All factors and sessions are gone; the next sign-in enrols."""
    world, old = alice.world, alice.world.password_of("alice")
    give(world, "alice", "sms", NUMBER)
    give(world, "alice", "email", ADDRESS)
    made = await users.reset(BANK, "alice")
    assert methods_of(world, "alice") == set()
    with pytest.raises(Refused, match="session_expired"):
        await alice.look()
    with pytest.raises(Refused, match="invalid_credentials"):
        await first_sign_in(world, "alice", old)
    assert await first_sign_in(world, "alice", made) is True
    assert len(world.trail("admin:user:reset")) == 1


async def test_a_reset_is_told_to_the_old_number_and_address(world: World, users: Users) -> None:
    """ASVS 6.3.7: an administrator who was talked into it does not stay unseen."""
    give(world, "alice", "sms", NUMBER)
    give(world, "alice", "email", ADDRESS)
    await users.reset(BANK, "alice")
    assert (notices_to(world, NUMBER), notices_to(world, ADDRESS)) == (1, 1)


async def test_a_code_that_was_asked_for_before_a_reset_opens_nothing(
    world: World, users: Users
) -> None:
    """A thief of the old password is in front of the panel."""
    thief = await at_the_code(world)
    await users.reset(BANK, "alice")
    with pytest.raises(Refused, match="expired"):
        await thief.answer(world.code_of("alice"))


@pytest.mark.parametrize("method", [None, "totp"])
async def test_an_unlocked_person_signs_in_at_once(
    world: World, users: Users, method: str | None
) -> None:
    """ASVS 6.6.3: a stranger cannot lock a person out for good."""
    await lock(world, "alice")
    await users.unlock(BANK, "alice", method)
    await signed_in(world, "alice")
    assert len(world.trail("admin:user:unlock")) == 1


async def test_guesses_are_forgotten_for_the_named_method_alone(world: World, users: Users) -> None:
    give(world, "alice", "sms", NUMBER)
    await lock(world, "alice")
    await users.unlock(BANK, "alice", "sms")
    [alice] = [one for one in await users.people(BANK) if one.username == "alice"]
    assert alice.paused == ["totp"]
    with pytest.raises(Refused, match="unknown_method"):
        await users.unlock(BANK, "alice", "email")


@pytest.mark.parametrize("call", ["disable", "enable", "reset", "unlock", "change_roles"])
@pytest.mark.parametrize(
    ("tenant", "username", "code"),
    [
        (BANK, "carl", "unknown_person"),
        (BANK, "nobody", "unknown_person"),
        ("no-such-bank", "alice", "unknown_tenant"),
    ],
)
async def test_whoever_is_not_there_cannot_be_changed(
    world: World, users: Users, call: str, tenant: str, username: str, code: str
) -> None:
    """ASVS 8.4.1: a person is found in their own organisation alone."""
    before = world.sql("SELECT * FROM people")
    more: dict[str, list[object]] = {"unlock": [None], "change_roles": [["teller"], []]}
    with pytest.raises(Refused, match=f"^{code}$"):
        await getattr(users, call)(tenant, username, *more.get(call, []))
    assert world.sql("SELECT * FROM people") == before
    said = last_record(world)
    assert (said["tag"], said["reason"]) == ("admin:user:refuse", code)
    assert b"no-such-bank" not in world.records()[-1]
