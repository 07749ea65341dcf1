"""Invitations: a link by which somebody new sets a password, and what else is tried with it."""

from __future__ import annotations

import asyncio

import pytest

from security.errors import Refused
from security.services.users import NewUser, Users
from tests.security.letters import enrol
from tests.security.services.administering import (
    BANK,
    Administrator,
    administrator,
    token_sent_to,
)
from tests.security.services.changing import code_sent_to
from tests.security.services.contacts import give, methods_of
from tests.security.stored import stored
from tests.security.visitor import Visitor
from tests.security.world import World

MAIL, NUMBER = "zoe@northwind.example.com", "+12025550188"
PASSWORD = "Gantry-plover-miso-sextant"
HERE = "192.0.2.9"


@pytest.fixture
async def adam(world: World) -> Administrator:
    return await administrator(world)


async def invited(adam: Administrator, by: str = "email") -> str:
    """Let zoe be invited; return the token of her link."""
    where = {"email": MAIL} if by == "email" else {"phone": NUMBER}
    done = await adam.does(
        "add", username="zoe", name="Zoe Zander", give=["customer"], send=by, **where
    )
    assert (done.password, done.sent) == (None, True)
    return token_sent_to(adam.world, MAIL if by == "email" else NUMBER)


async def finish(world: World, token: str, password: str = PASSWORD) -> str:
    """Use a link; return the code of the refusal, or `set`."""
    try:
        await world.gateway.finish_invitation(token, password, HERE)
    except Refused as refused:
        return refused.code
    return "set"


@pytest.mark.parametrize("by", ["email", "sms"])
async def test_a_newcomer_sets_a_password_and_enrols_at_the_first_sign_in(
    world: World, adam: Administrator, by: str
) -> None:
    """The whole way: invited, a password of their own, a code to the same place, enrolment."""
    token = await invited(adam, by)
    used = await world.gateway.finish_invitation(token, PASSWORD, HERE)
    assert (used.tenant, used.username) == (BANK, "zoe")
    visitor = Visitor(world)
    await visitor.arrive()
    await visitor.give_password("zoe", PASSWORD, BANK)
    passed = await visitor.answer(code_sent_to(world, MAIL if by == "email" else NUMBER))
    assert passed.enrol is True
    assert (await adam.seen("zoe")).invited is None


async def test_only_the_hash_of_a_link_is_kept(world: World, adam: Administrator) -> None:
    """ASVS 6.4.1, 14.2.4."""
    token = await invited(adam)
    assert token.encode() not in stored(world)
    assert len(token) == 43
    assert (await adam.seen("zoe")).invited == "waiting"


async def test_a_link_works_once(world: World, adam: Administrator) -> None:
    """ASVS 6.4.1: also twice at once."""
    token = await invited(adam)
    said = await asyncio.gather(*(finish(world, token, f"{PASSWORD}-{n}") for n in range(2)))
    assert sorted(said) == ["expired", "set"]
    assert await finish(world, token) == "expired"


@pytest.mark.parametrize(("seconds", "said"), [(-1, "set"), (0, "expired"), (1, "expired")])
async def test_a_link_is_good_for_three_days(
    world: World, adam: Administrator, seconds: int, said: str
) -> None:
    """ASVS 6.4.1: at the boundary."""
    token = await invited(adam)
    world.clock.advance(seconds=3 * 86_400 + seconds)
    assert await finish(world, token) == said


async def test_a_link_of_somebody_who_was_disabled_is_worth_nothing(
    world: World, adam: Administrator
) -> None:
    """ASVS 7.4.2: nor is it when they are let in again; then another one is sent."""
    token = await invited(adam)
    await adam.does("disable", "zoe")
    assert await finish(world, token) == "expired"
    with pytest.raises(Refused, match="person_disabled"):
        await adam.ask("invite", "zoe")
    await adam.does("enable", "zoe")
    assert await finish(world, token) == "expired"
    assert (await adam.seen("zoe")).invited == "expired"
    assert (await adam.does("invite", "zoe")).sent is True
    assert await finish(world, token_sent_to(world, MAIL)) == "set"


async def test_an_older_link_dies_with_a_newer_one(world: World, adam: Administrator) -> None:
    older = await invited(adam)
    await adam.does("invite", "zoe")
    newer = token_sent_to(world, MAIL)
    assert await finish(world, older) == "expired"
    assert await finish(world, newer) == "set"


async def test_a_link_replaces_no_password_that_was_set_since(
    world: World, adam: Administrator
) -> None:
    """A reset by the shell, or a recovery, ends what is on its way."""
    token = await invited(adam)
    world.clock.advance(seconds=60)
    world.sql(
        "UPDATE people SET password_changed_at = ? WHERE username_hash = hashed(tenant_id, 'zoe')",
        int(world.clock.now.timestamp() * 1_000_000),
    )
    assert await finish(world, token) == "expired"
    with pytest.raises(Refused, match="not_invited"):  # Nor by another one.
        await adam.ask("invite", "zoe")
    assert (await adam.seen("zoe")).invited is None


async def test_a_reset_by_the_shell_ends_a_link(world: World, adam: Administrator) -> None:
    token = await invited(adam)
    await Users(world.core, world.hashing).reset(BANK, "zoe")
    assert await finish(world, token) == "expired"


@pytest.mark.parametrize("token", ["", "x" * 43, "invited"])
async def test_a_link_that_nobody_sent_is_worth_nothing(world: World, token: str) -> None:
    """The same answer as for one that is over."""
    assert await finish(world, token) == "expired"
    assert world.trail("account:invitation:refuse")[-1]["reason"] == "expired"


async def test_a_weak_password_uses_no_link_up(world: World, adam: Administrator) -> None:
    """ASVS 6.2.11: their own name makes no password."""
    token = await invited(adam)
    assert await finish(world, token, "zoe-zander-northwind") == "weak_password"
    assert await finish(world, token) == "set"


async def test_tries_at_a_link_are_limited(world: World, adam: Administrator) -> None:
    token = await invited(adam)
    said = [await finish(world, token, "weak") for _ in range(11)]
    assert said[-1] == "rate_limited"


async def test_a_link_signs_nobody_in_and_ends_what_was_open(
    world: World, adam: Administrator
) -> None:
    """ASVS 7.2.4: it takes a sign-in, with whatever the person has."""
    await finish(world, await invited(adam))
    assert world.sql("SELECT count(*) FROM sign_ins WHERE outcome = 'passed'") == [(1,)]


async def test_whoever_has_never_been_invited_gets_no_link(adam: Administrator) -> None:
    """A link for a password of somebody who has one would be a way around the reset."""
    with pytest.raises(Refused, match="not_invited"):
        await adam.ask("invite", "alice")


async def test_whoever_has_used_their_link_gets_no_other(world: World, adam: Administrator) -> None:
    await finish(world, await invited(adam))
    with pytest.raises(Refused, match="not_invited"):
        await adam.ask("invite", "zoe")


@pytest.mark.parametrize("by", ["email", "sms"])
async def test_the_shell_invites_as_well(world: World, by: str) -> None:
    """The first administrator of an organisation gets no password from anybody either."""
    users = Users(world.core, world.hashing)
    new = NewUser(BANK, "zoe", "Zoe", ["admin"], phone="+1 202 555 0188", email=MAIL)
    assert await users.add(new, by) == {"sent": True}  # type: ignore[arg-type]
    assert await finish(world, token_sent_to(world, MAIL if by == "email" else NUMBER)) == "set"


async def test_the_shell_sends_no_link_to_nowhere(world: World) -> None:
    users = Users(world.core, world.hashing)
    with pytest.raises(Refused, match="invalid_address"):
        await users.add(NewUser(BANK, "zoe", "Zoe", ["admin"], email=MAIL), "sms")
    assert world.sql(
        "SELECT count(*) FROM people WHERE username_hash = hashed(tenant_id, 'zoe')"
    ) == [(0,)]


async def test_a_reset_goes_by_a_link_to_where_the_person_was_known(
    world: World, adam: Administrator
) -> None:
    """The administrator never sees a password then."""
    enrol(world, "alice", "email", "alice@northwind.example.com")
    done = await adam.does("reset", "alice", send="email")
    assert (done.password, done.sent) == (None, True)
    assert methods_of(world, "alice") == set()
    assert await finish(world, token_sent_to(world, "alice@northwind.example.com")) == "set"


async def test_a_link_goes_nowhere_that_the_person_was_not_known_by(adam: Administrator) -> None:
    for kind in ("reset", "add"):
        values = {"username": "zoe", "name": "Zoe", "give": ["customer"]} if kind == "add" else {}
        whom = None if kind == "add" else "alice"
        with pytest.raises(Refused, match="invalid_address") as why:
            await adam.ask(kind, whom, send="email", **values)  # type: ignore[arg-type]
        assert why.value.details["field"] == "send"


async def test_where_too_much_was_sent_the_person_is_added_and_invited_later(
    make_world: object,
) -> None:
    """Nothing is lost: the list says that the invitation can be sent again."""
    world: World = make_world(limit_codes_per_tenant_per_hour=1)  # type: ignore[operator]
    adam = await administrator(world)
    give(world, "bob", "email", "bob@northwind.example.com")
    assert (await adam.does("reset", "bob", send="email")).sent is True
    done = await adam.does(
        "add", username="zoe", name="Zoe", give=["customer"], email=MAIL, send="email"
    )
    assert (done.state, done.sent, done.password) == ("done", False, None)
    assert (await adam.seen("zoe")).invited == "expired"
    world.clock.advance(minutes=61)
    again = await administrator(world)
    assert (await again.does("invite", "zoe")).sent is True
