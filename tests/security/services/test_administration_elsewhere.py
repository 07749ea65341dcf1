"""People elsewhere, names that deceive, and what the trail must not hold, for administrators."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from security.adapters.people import by_usernames
from security.adapters.sso_tables import IdentityRow
from security.adapters.tables import PersonRow
from security.administration_model import ActionValues
from security.errors import Refused
from security.services.tenants import Tenants
from security.services.users import NewUser, Users
from tests.security.conftest import MakeWorld
from tests.security.decisions import signed_in
from tests.security.letters import enrol
from tests.security.services.administering import (
    BANK,
    Administrator,
    administrator,
    proved,
    refusal,
)
from tests.security.services.changing import notices
from tests.security.stored import stored
from tests.security.world import World


@pytest.fixture
async def adam(world: World) -> Administrator:
    return await administrator(world)


@pytest.fixture
async def tess(world: World) -> Administrator:
    """A second one."""
    return await administrator(world, "tess")


# Elsewhere


@pytest.mark.parametrize("whom", ["carl", "erin", "nobody-at-all", "amy"])
async def test_a_person_of_another_organisation_is_nobody(
    world: World, adam: Administrator, whom: str
) -> None:
    """ASVS 8.4.1: the same answer as for a name that nobody has."""
    assert await refusal(adam.ask("disable", whom)) == "unknown_person"
    assert await refusal(adam.sessions(whom)) == "unknown_person"


@pytest.mark.parametrize("ref", ["", "!!!", "YWxpY2U=", "w6k", "x" * 128])
async def test_a_reference_that_is_none_is_nobody(adam: Administrator, ref: str) -> None:
    """Abuse: made-up references; `YWxpY2U=` is alice with padding that we never write."""
    held = (adam.visitor.cookie, adam.visitor.csrf)
    gateway = adam.world.gateway
    asked = gateway.begin_admin_action(*held, "disable", ref, ActionValues(), "192.0.2.1")
    assert await refusal(asked) in ("unknown_person", "invalid_request")


async def test_an_action_of_another_organisation_is_none(
    world: World, adam: Administrator, tess: Administrator
) -> None:
    """ASVS 8.4.1: neither approved, nor withdrawn, nor seen."""
    asked = await adam.does("roles", "alice", give=["admin"])
    world.give_roles("carl", "admin")
    carl = Administrator(await signed_in(world, "carl"), "carl")
    assert await carl.waiting() == []
    assert await refusal(carl.asked_to_approve(asked.ref)) == "unknown_action"
    assert await refusal(carl.withdraws(asked.ref)) == "unknown_action"


@pytest.mark.parametrize("role", ["patient", "hr_admin", "god", "Admin", "ADMIN "])
async def test_a_role_that_this_organisation_does_not_have_is_refused(
    adam: Administrator, role: str
) -> None:
    """ASVS 8.2.1: a bank gives nobody the rights of a physician."""
    assert await refusal(adam.ask("roles", "alice", give=[role])) == "invalid_arguments"


# Names that deceive


@pytest.mark.parametrize("name", ["a1ice", "al1ce", "b0b", "ali.ce", "a-d-a-m", "te5s"])
async def test_a_user_name_that_looks_like_another_one_is_refused(
    adam: Administrator, name: str
) -> None:
    """Homographs: an approval that names `a1ice` would be taken for one about alice."""
    asked = adam.ask("add", username=name, name="Somebody", give=["customer"])
    assert await refusal(asked) == "name_mistakable"


@pytest.mark.parametrize("name", ["аlice", "ali\u200bce", "Alice", "ali ce", "@alice", "alice\n"])
async def test_a_user_name_in_another_script_or_with_hidden_signs_is_none(
    adam: Administrator, name: str
) -> None:
    """Homographs: letters of other scripts, zero-width signs, capitals."""
    asked = adam.ask("add", username=name, name="Somebody", give=["customer"])
    assert await refusal(asked) == "invalid_request"


@pytest.mark.parametrize("name", ["Alice\u202e(bob)", "A\u200blice", "Alice (bob) @x #1", " Alice"])
async def test_a_name_that_forges_the_words_of_an_approval_is_refused(
    adam: Administrator, name: str
) -> None:
    asked = adam.ask("add", username="zoe", name=name, give=["customer"])
    assert await refusal(asked) == "invalid_arguments"


async def test_numbered_names_are_told_apart(world: World, adam: Administrator) -> None:
    users = Users(world.core, world.hashing)
    for name in ("aud", "aud2", "aud3"):
        await users.add(NewUser(BANK, name, "Aud", ["auditor"]))
    with pytest.raises(Refused, match="name_mistakable"):
        await users.add(NewUser(BANK, "au.d3", "Aud", ["auditor"]))


# The organisation as a whole


async def test_nobody_is_let_into_a_disabled_organisation(
    world: World, adam: Administrator
) -> None:
    """ASVS 7.4.2: its administrators are out as well."""
    ref = await proved(adam, "disable", "alice")
    await Tenants(world.core).disable(BANK)
    assert await refusal(adam.go_on(ref)) == "session_expired"


async def test_planted_words_stay_out_of_the_trail(world: World, adam: Administrator) -> None:
    """ASVS 16.2.5: no name, number, address or password of a new person."""
    made = await adam.does(
        "add",
        username="zoe",
        name="Zoe Zander",
        give=["customer"],
        phone="+12025550188",
        email="zoe@northwind.example.com",
    )
    assert made.password is not None
    said = b"".join(world.records()).lower()
    kept = stored(world)
    for planted in ("zander", "+12025550188", "zoe@northwind.example.com", made.password):
        assert planted.encode() not in said
    assert made.password.encode() not in kept
    assert b"zoe@northwind.example.com" not in kept


async def test_a_flood_of_small_notices_hides_no_reset(world: World, adam: Administrator) -> None:
    """ASVS 6.3.7: what others cause leaves room for what counts."""
    enrol(world, "alice", "email", "alice@northwind.example.com")
    users = Users(world.core, world.hashing)
    for _ in range(40):
        await users.unlock(BANK, "alice", "totp")
    await adam.does("reset", "alice", send="email")
    told = notices(world, "alice@northwind.example.com")
    assert sum("ended the pause" in words for words in told) == 20
    assert sum("reset your password" in words for words in told) == 1


async def test_a_link_goes_to_no_country_that_is_not_served(make_world: MakeWorld) -> None:
    """Whoever earns by texts: an administrator is no way around the countries."""
    world = make_world(sms_countries="DE")
    adam = await administrator(world)
    new = {"username": "zoe", "name": "Zoe", "give": ["customer"], "phone": "+12025550188"}
    assert await refusal(adam.ask("add", **new, send="sms")) == "invalid_address"


def link(world: World, username: str, *, created: bool) -> None:
    """Let an account elsewhere be this person's, as single sign-on does."""

    def work(store: Session) -> None:
        person = store.scalars(select(PersonRow).where(by_usernames(store, [username]))).one()
        name = f"{username}-{created}"
        identity = IdentityRow(
            id=name,
            tenant_id=person.tenant_id,
            person_id=person.id,
            provider="bank",
            subject_hash=name,
            linked_at=world.clock.now,
            created_person=created,
        )
        store.add(identity)

    world.core.database.run_here(work, across="a test looks on")


async def test_an_account_that_a_thief_linked_outlives_no_reset(
    world: World, adam: Administrator
) -> None:
    """ASVS 6.4.4: a reset takes every way in; an account that made its person stays theirs."""
    link(world, "alice", created=False)
    link(world, "bob", created=True)
    assert (await adam.seen("alice")).methods == ["totp", "sso"]
    for whom in ("alice", "bob"):
        await Users(world.core, world.hashing).reset(BANK, whom)
    assert world.sql("SELECT id FROM identities") == [("bob-True",)]
