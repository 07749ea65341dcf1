"""One administrator alone, and dishonest: on the way to what takes two, or to another account."""

from __future__ import annotations

from typing import Any

import pytest

from security.services.tenants import Tenants
from security.services.users import Users
from tests.security.letters import enrol
from tests.security.services.administering import (
    BANK,
    Administrator,
    administrator,
    is_disabled,
    refusal,
    token_sent_to,
)
from tests.security.services.changing import signed_in
from tests.security.services.showing import added
from tests.security.visitor import Visitor
from tests.security.world import World

MAIL = "alice@northwind.example.com"
MINE = "adams.own@mail.example.com"
PASSWORD = "Gantry-plover-miso-sextant"
HERE = "192.0.2.9"


@pytest.fixture
async def adam(world: World) -> Administrator:
    return await administrator(world)


async def test_a_reset_by_link_makes_way_for_one_that_shows_the_password(
    world: World, adam: Administrator
) -> None:
    """ASVS 6.4.4, 2.3.5: the first takes the mail address away, so no link would reach them."""
    enrol(world, "alice", "email", MAIL)
    assert await refusal(adam.ask("reset", "alice")) == "second_admin_missing"
    assert (await adam.does("reset", "alice", send="email")).sent is True
    assert await refusal(adam.ask("reset", "alice")) == "second_admin_missing"
    # Nor once they have come back, with an authenticator app alone.
    await world.gateway.finish_invitation(token_sent_to(world, MAIL), PASSWORD, HERE)
    assert await refusal(adam.ask("reset", "alice")) == "second_admin_missing"


async def test_a_password_is_shown_by_one_where_there_are_two(
    world: World, adam: Administrator
) -> None:
    """ASVS 6.4.4: whoever has an app or a passkey alone is not the easiest to become."""
    tess = await administrator(world, "tess")
    asked = await adam.does("reset", "alice")
    assert (asked.state, asked.password) == ("waiting", None)
    await signed_in(world)
    await tess.approves(asked.ref)


async def newcomer(adam: Administrator) -> None:
    """Let zoe be invited to a mailbox that is adam's; she is handed a password by the shell."""
    new: dict[str, Any] = {"username": "zoe", "name": "Zoe", "give": ["customer"]}
    await adam.does("add", **new, email=MINE, send="email")


async def test_an_unused_invitation_is_sent_again_to_whoever_has_a_password_since(
    world: World, adam: Administrator
) -> None:
    """ASVS 6.4.1: a newer link would replace what a recovery or a reset has set."""
    await newcomer(adam)
    world.clock.advance(seconds=60)
    await Users(world.core, world.hashing).reset(BANK, "zoe")
    assert await refusal(adam.ask("invite", "zoe")) == "not_invited"
    assert (await adam.seen("zoe")).invited is None


async def test_an_invitation_replaces_the_password_of_whoever_has_enrolled(
    world: World, adam: Administrator
) -> None:
    """ASVS 6.4.1: however they came in; the mailbox was the administrator's choice."""
    await newcomer(adam)
    token = token_sent_to(world, MINE)
    # What the enrolment of an authenticator leaves behind.
    enrol(world, "zoe", "totp", "JBSWY3DPEHPK3PXP")
    world.sql(
        "UPDATE people SET may_enrol_until = NULL WHERE username_hash = hashed(tenant_id, 'zoe')"
    )
    assert await refusal(adam.ask("invite", "zoe")) == "not_invited"
    assert await refusal(world.gateway.finish_invitation(token, PASSWORD, HERE)) == "expired"


async def test_whoever_was_disabled_while_their_organisation_was_stays_out(world: World) -> None:
    """ASVS 7.4.2: enabling the organisation lets in those of then, and nobody disabled since."""
    tenants, users = Tenants(world.core), Users(world.core, world.hashing)
    await tenants.disable(BANK)
    world.clock.advance(seconds=60)
    await users.disable(BANK, "bob")
    await tenants.enable(BANK)
    assert is_disabled(world, "bob")
    assert not is_disabled(world, "alice")


async def test_what_waited_when_the_organisation_was_disabled_goes_on_with_it(
    world: World, adam: Administrator
) -> None:
    """ASVS 7.4.2: neither a request, nor an invitation, nor a recovery outlives it."""
    tess = await administrator(world, "tess")
    await newcomer(adam)
    token = token_sent_to(world, MINE)
    asked = await adam.does("roles", "alice", give=["admin"])
    enrol(world, "bob", "email", "bob@northwind.example.com")
    await world.gateway.recover(BANK, "bob", HERE)
    tenants = Tenants(world.core)
    await tenants.disable(BANK)
    await tenants.enable(BANK)
    tess = await administrator(world, "tess")
    assert await refusal(tess.asked_to_approve(asked.ref)) == "unknown_action"
    assert await refusal(world.gateway.finish_invitation(token, PASSWORD, HERE)) == "expired"
    assert world.sql("SELECT count(*) FROM recoveries WHERE state = 'open'") == [(0,)]


async def test_a_reset_leaves_a_way_in_of_before(world: World, adam: Administrator) -> None:
    """ASVS 6.4.4: no passkey, no code, no session, no challenge of theirs is left."""
    alice = await signed_in(world)
    await added(alice, "alice")
    await adam.does("reset", "alice")
    assert world.sql("SELECT count(*) FROM recovery_codes") == [(0,)]
    assert await refusal(alice.look()) == "session_expired"
    visitor = Visitor(world)
    await visitor.arrive()
    assert await refusal(visitor.give_password("alice")) == "invalid_credentials"


async def test_a_password_is_shown_of_somebody_whom_an_account_elsewhere_made(
    world: World, adam: Administrator
) -> None:
    """ASVS 6.8.1, 6.4.4: they have none, so one alone is shown none."""
    identity = "INSERT INTO identities (id, tenant_id, person_id, provider, subject_hash, linked_at"
    identity += ", created_person) SELECT 'x', tenant_id, id, 'p', 'y', 1, TRUE FROM people"
    world.sql(f"{identity} WHERE username_hash = hashed(tenant_id, 'alice')")
    assert await refusal(adam.ask("reset", "alice")) == "second_admin_missing"


@pytest.mark.parametrize("kind", ["add", "reset"])
async def test_the_second_one_keeps_the_password_of_another_administrator(
    world: World, adam: Administrator, kind: Any
) -> None:
    """ASVS 2.3.5: whoever approves would see it, and be two from then on. It goes by a link."""
    tess = await administrator(world, "tess")
    world.give_roles("bob", "admin")
    new = {"username": "zoe", "name": "Zoe", "give": ["admin"]}
    whom, values = (None, new) if kind == "add" else ("bob", {})
    assert await refusal(adam.ask(kind, whom, **values)) == "invalid_address"
    enrol(world, "bob", "email", MINE)
    by_mail = {"send": "email"} if kind == "reset" else {"send": "email", "email": MINE}
    asked = await adam.does(kind, whom, **values, **by_mail)
    done = await tess.approves(asked.ref)
    assert (done.state, done.sent, done.password) == ("done", True, None)


async def test_whoever_becomes_an_administrator_while_it_waits_is_shown_a_password_of(
    world: World, adam: Administrator
) -> None:
    """ASVS 8.3.2: it is looked at when it is done."""
    tess = await administrator(world, "tess")
    asked = await adam.does("reset", "alice")
    action = await tess.asked_to_approve(asked.ref)
    await tess.visitor.prove("tess")
    world.give_roles("alice", "admin")
    assert await refusal(tess.go_on(action.ref)) == "invalid_address"
