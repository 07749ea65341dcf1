"""Two administrators where it takes two: by oneself, twice at once, by the person concerned."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from security.adapters.admin_tables import AdminActionRow
from security.adapters.sealed import closed
from security.administration_model import ActionValues
from security.errors import Refused
from security.services import admin_rows
from security.services.admin_rows import Asked
from tests.security.letters import enrol
from tests.security.services.administering import (
    BANK,
    Administrator,
    administrator,
    is_disabled,
    refusal,
    roles_of,
)
from tests.security.world import World


@pytest.fixture
async def adam(world: World) -> Administrator:
    return await administrator(world)


@pytest.fixture
async def tess(world: World) -> Administrator:
    """A second one."""
    return await administrator(world, "tess")


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("disable", {}),
        ("enable", {}),
        ("roles", {"give": ["teller"]}),
        ("roles", {"take": ["admin"]}),
        ("reset", {}),
        ("unlock", {}),
        ("end_sessions", {}),
        ("invite", {}),
    ],
)
async def test_nobody_administers_themselves(
    world: World, adam: Administrator, tess: Administrator, kind: Any, values: Any
) -> None:
    """ASVS 2.3.5: neither state nor roles nor factors of one's own."""
    assert await refusal(adam.ask(kind, "adam", **values)) == "own_account"
    assert roles_of(world, "adam") == '["admin"]'


async def test_the_asker_approves_by_themselves(
    world: World, adam: Administrator, tess: Administrator
) -> None:
    """Dual control: not by the same session, nor by another one of the same person."""
    asked = await adam.does("roles", "alice", give=["admin"])
    elsewhere = await administrator(world)
    for each in (adam, elsewhere):
        assert await refusal(each.asked_to_approve(asked.ref)) == "own_account"
    assert roles_of(world, "alice") == '["customer"]'


async def test_one_administrator_becomes_somebody_whom_a_link_would_reach(
    world: World, adam: Administrator, tess: Administrator
) -> None:
    """A shown password of a customer would be a way into their account: that takes two."""
    enrol(world, "alice", "email", "alice@northwind.example.com")
    asked = await adam.does("reset", "alice")
    assert (asked.state, asked.password) == ("waiting", None)
    await tess.approves(asked.ref)
    world.disable("tess")
    enrol(world, "bob", "sms", "+12025550102")
    assert await refusal(adam.ask("reset", "bob")) == "second_admin_missing"
    assert (await adam.does("reset", "bob", send="sms")).sent is True


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("add", {"username": "zoe", "name": "Zoe", "give": ["admin"], "take": ["admin"]}),
        ("disable", {"give": ["admin"]}),
        ("enable", {"send": "email"}),
        ("unlock", {"session": "x"}),
        ("invite", {"email": "mallory@example.com"}),
        ("reset", {"email": "mallory@example.com", "send": "email"}),
        ("end_sessions", {"take": ["customer"]}),
    ],
)
async def test_a_value_of_another_kind_goes_along(
    world: World, adam: Administrator, tess: Administrator, kind: Any, values: Any
) -> None:
    """Given and taken at once, the role would have been given by one alone."""
    asked = adam.ask(kind, None if kind == "add" else "alice", **values)
    assert await refusal(asked) == "invalid_arguments"
    assert world.sql("SELECT count(*) FROM admin_actions") == [(0,)]


async def test_the_person_approves_or_stops_what_is_about_them(
    world: World, adam: Administrator, tess: Administrator
) -> None:
    """Dual control: a third one is needed where the second is whom it is about."""
    bob = await administrator(world, "bob")
    asked = await adam.does("disable", "bob")
    assert await bob.waiting() == []
    assert await refusal(bob.asked_to_approve(asked.ref)) == "own_account"
    assert await refusal(bob.withdraws(asked.ref)) == "own_account"
    await tess.approves(asked.ref)
    assert is_disabled(world, "bob")


async def test_two_approvals_at_once_have_one_effect(
    world: World, adam: Administrator, tess: Administrator
) -> None:
    """ASVS 15.4.2."""
    bob = await administrator(world, "bob")
    new: dict[str, Any] = {"username": "zoe", "name": "Zoe", "give": ["admin"]}
    asked = await adam.does("add", **new, email="zoe@northwind.example.com", send="email")
    refs = []
    for each in (tess, bob):
        action = await each.asked_to_approve(asked.ref)
        await each.visitor.prove(each.username)
        refs.append(action.ref)
    said = await asyncio.gather(tess.go_on(refs[0]), bob.go_on(refs[1]), return_exceptions=True)
    refused = [one.code for one in said if isinstance(one, Refused)]
    assert (len(refused), len(world.trail("admin:user:add"))) == (1, 1)
    assert refused[0] in ("unknown_action", "name_taken")


async def test_an_approval_that_came_before_the_withdrawal_counts_once(
    world: World, adam: Administrator, tess: Administrator
) -> None:
    asked = await adam.does("roles", "alice", give=["admin"])
    action = await tess.asked_to_approve(asked.ref)
    await tess.visitor.prove("tess")
    await adam.withdraws(asked.ref)
    assert await refusal(tess.go_on(action.ref)) == "unknown_action"
    assert roles_of(world, "alice") == '["customer"]'


async def test_a_yes_to_one_action_is_turned_into_a_yes_to_another(
    world: World, adam: Administrator, tess: Administrator
) -> None:
    """The proof covers the digest of what is approved: rows put in its place release nothing."""
    world.give_roles("bob", "admin")
    harmless = await adam.does("roles", "alice", give=["admin"])
    harmful = await adam.does("disable", "bob")
    action = await tess.asked_to_approve(harmless.ref)
    await tess.visitor.prove("tess")
    for column in ("payload_sealed", "digest", "kind"):
        taken = f"(SELECT {column} FROM admin_actions WHERE id = ?)"
        world.sql(
            f"UPDATE admin_actions SET {column} = {taken} WHERE id = ?", harmful.ref, harmless.ref
        )
    assert await refusal(tess.go_on(action.ref)) == "unknown_action"
    assert not is_disabled(world, "bob")


async def test_what_waits_is_rewritten_after_it_was_shown_to_the_second_one(
    world: World, adam: Administrator, tess: Administrator
) -> None:
    """Even with the right keys: the second proof covers what was shown, and nothing else."""
    asked = await adam.does("roles", "alice", give=["admin"])
    action = await tess.asked_to_approve(asked.ref)
    await tess.visitor.prove("tess")
    [(bob,)] = world.sql("SELECT id FROM people WHERE username_hash = hashed(tenant_id, 'bob')")
    [(asker,)] = world.sql("SELECT asker_id FROM admin_actions WHERE id = ?", asked.ref)
    other = Asked("roles", bob, ActionValues(give=["admin"]))
    column, row = AdminActionRow.__table__.c.payload_sealed, {"id": asked.ref, "tenant_id": BANK}
    sealed = closed(world.core.vault, column, admin_rows.written(other), row).envelope
    digest = admin_rows.digest_of(world.core, asked.ref, asker, other)
    change = "UPDATE admin_actions SET payload_sealed = ?, digest = ? WHERE id = ?"
    world.sql(change, sealed, digest, asked.ref)
    assert await refusal(tess.go_on(action.ref)) == "unknown_action"
    assert roles_of(world, "bob") == '["customer"]'


@pytest.mark.parametrize(("seconds", "code"), [(-1, None), (0, "unknown_action")])
async def test_what_waits_is_over_after_a_day(
    world: World, adam: Administrator, tess: Administrator, seconds: int, code: str | None
) -> None:
    asked = await adam.does("roles", "alice", give=["admin"])
    world.clock.advance(seconds=86_400 + seconds - 60)
    again = await administrator(world, "tess")
    [(expires,)] = world.sql("SELECT expires_at FROM admin_actions WHERE id = ?", asked.ref)
    left = expires / 1_000_000 - world.clock.now.timestamp() + seconds
    world.clock.advance(seconds=left)
    if code is None:
        assert (await again.asked_to_approve(asked.ref)).state == "prove"
    else:
        assert await refusal(again.asked_to_approve(asked.ref)) == code
