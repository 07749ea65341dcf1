"""Attacks on the guard: who may do what, with which names and arguments."""

from __future__ import annotations

import json
from typing import Any

import pytest

from security.errors import Refused
from tests.security.conftest import MakeWorld
from tests.security.decisions import claims_of, denied, signed_in
from tests.security.fakes import ACCOUNTS
from tests.security.visitor import BALANCE, TRANSACTIONS, Visitor
from tests.security.world import World


async def test_alice_gets_what_she_may_see(alice: Visitor) -> None:
    assert await alice.ask() == ACCOUNTS
    [call] = alice.world.api.calls
    assert (call.operation, dict(call.arguments)) == (BALANCE, {})


async def test_the_api_gets_a_token_for_one_door_one_scope_one_person(alice: Visitor) -> None:
    """RFC 9068, ASVS 9.2.3: pairwise `sub`, the bot as `act`, thirty seconds."""
    await alice.ask()
    claims = claims_of(alice.world.api.calls[0].token)
    [(person_id,)] = alice.world.sql(
        "SELECT id FROM people WHERE username_hash = hashed(tenant_id, 'alice')"
    )
    subject = alice.world.core.keys.pairwise_subject(person_id, "urn:gatehouse:api:banking")
    assert claims["sub"] == subject
    assert claims["aud"] == "urn:gatehouse:api:banking"
    assert claims["scope"] == "banking:accounts:read"
    assert claims["tenant"] == "northwind-bank"
    assert claims["act"] == {"sub": "urn:gatehouse:bot"}
    assert claims["exp"] - claims["iat"] == 30
    assert person_id not in json.dumps(claims)
    assert "alice" not in json.dumps(claims)


async def test_each_call_has_a_token_of_its_own(alice: Visitor) -> None:
    """ASVS 9.2.3: never one for two operations."""
    turn = await alice.say()
    await alice.bot_invokes(turn)
    await alice.bot_invokes(turn, TRANSACTIONS)
    first, second = (claims_of(call.token) for call in alice.world.api.calls)
    assert first["jti"] != second["jti"]
    assert second["scope"] == "banking:transactions:read"


async def test_a_stranger_is_asked_to_sign_in(visitor: Visitor) -> None:
    """RFC 9470: nothing is called; what was asked for waits."""
    turn = await visitor.say()
    with pytest.raises(Refused, match="authentication_required"):
        await visitor.bot_invokes(turn)
    [heard] = await visitor.hear(turn)
    assert heard.sign_in is True
    assert denied(visitor.world) == [("deny", "anonymous")]
    assert visitor.world.sql("SELECT state, reason FROM pending_operations") == [
        ("waiting", "authentication_required")
    ]
    assert visitor.world.api.calls == []


NOT_ALLOWED = {
    "tess": "policy",
    "adam": "policy",
    "carl": "api_not_of_tenant",
    "pat": "api_not_of_tenant",
    "erin": "api_not_of_tenant",
    "amy": "api_not_of_tenant",
}


@pytest.mark.parametrize(("username", "reason"), NOT_ALLOWED.items())
async def test_whoever_may_not_is_told_so_and_nothing_waits(
    world: World, username: str, reason: str
) -> None:
    """ASVS 8.2.1, 8.4.1: a teller is no customer, a shop's customer none of the bank's."""
    visitor = Visitor(world)
    await visitor.arrive()
    await visitor.give_password(username)
    if username != "amy":
        await visitor.prove(username)
    await visitor.is_refused("forbidden")
    assert denied(world) == [("deny", reason)]
    assert world.sql("SELECT count(*) FROM pending_operations") == [(0,)]
    assert world.api.calls == []


async def test_a_customer_of_a_bank_without_a_factor_must_add_one(world: World) -> None:
    """ASVS 6.3.4: aal1 is not enough, whatever the role; and a proof is not asked in vain."""
    world.sql("DELETE FROM authenticators")
    alice = Visitor(world)
    await alice.arrive()
    await alice.give_password("alice")
    await alice.is_refused("step_up_impossible")
    assert denied(world) == [("deny", "no_method")]


UNDECLARED = [
    "banking.delete_accounts",
    "banking.list_accounts ",
    "BANKING.LIST_ACCOUNTS",
    "list_accounts",
    "../accounts",
    "*",
    "__class__",
]


@pytest.mark.parametrize("operation", UNDECLARED)
async def test_what_no_manifest_declares_reads_as_forbidden(alice: Visitor, operation: str) -> None:
    """ASVS 8.2.1: which names exist is not told; the trail keeps no text of the caller."""
    await alice.is_refused("forbidden", operation)
    assert denied(alice.world) == [("deny", "undeclared_operation")]
    assert operation.encode() not in alice.world.records()[-1]
    assert alice.world.api.calls == []


ARGUMENTS: dict[str, dict[str, Any]] = {
    "one that is not declared": {"owner": "bob"},
    "a number too large": {"limit": 1_000},
    "text for a number": {"limit": "10; DROP TABLE"},
    "true for a number": {"limit": True},
    "a subject of its own": {"sub": "somebody"},
    "a token of its own": {"Authorization": "Bearer x"},
}


@pytest.mark.parametrize("arguments", ARGUMENTS.values(), ids=ARGUMENTS)
async def test_arguments_that_do_not_fit_call_nothing(
    alice: Visitor, arguments: dict[str, Any]
) -> None:
    """ASVS 2.2.1, 15.3.3."""
    with pytest.raises(Refused, match="invalid_arguments"):
        await alice.ask(TRANSACTIONS, arguments)
    assert denied(alice.world) == [("deny", "arguments")]
    assert alice.world.api.calls == []


async def test_the_field_that_does_not_fit_is_named(alice: Visitor) -> None:
    with pytest.raises(Refused) as refused:
        await alice.ask(TRANSACTIONS, {"limit": 0})
    assert refused.value.details == {"field": "limit"}


async def test_operations_are_limited_a_person(make_world: MakeWorld) -> None:
    """ASVS 2.4.1: whichever session and turn they come from."""
    world = make_world(limit_operations_per_minute=3)
    one, other = await signed_in(world, "alice"), await signed_in(world, "alice")
    for visitor in (one, other, one):
        await visitor.ask()
    await other.is_refused("rate_limited")
    assert denied(world) == [("deny", "rate")]
    bob = await signed_in(world, "bob")
    assert await bob.ask() == ACCOUNTS


async def test_a_role_removed_in_mid_conversation_denies_the_next_turn(alice: Visitor) -> None:
    """ASVS 8.3.2."""
    await alice.ask()
    alice.world.give_roles("alice", "auditor")
    await alice.is_refused("forbidden")
    alice.world.give_roles("alice")
    await alice.is_refused("forbidden")
    alice.world.give_roles("alice", "customer")
    assert await alice.ask() == ACCOUNTS


async def test_a_role_removed_in_mid_turn_denies_the_next_operation(alice: Visitor) -> None:
    """ASVS 8.3.2."""
    turn = await alice.say()
    await alice.bot_invokes(turn)
    alice.world.give_roles("alice", "teller")
    with pytest.raises(Refused, match="forbidden"):
        await alice.bot_invokes(turn)


async def test_an_api_taken_from_a_tenant_denies_the_next_operation(alice: Visitor) -> None:
    """ASVS 8.3.2."""
    turn = await alice.say()
    alice.world.sql("UPDATE tenants SET apis = '[]'")
    with pytest.raises(Refused, match="forbidden"):
        await alice.bot_invokes(turn)


async def test_a_person_disabled_in_mid_turn_can_do_nothing_more(alice: Visitor) -> None:
    """ASVS 7.4.2."""
    turn = await alice.say()
    alice.world.disable("alice")
    with pytest.raises(Refused, match="session_expired"):
        await alice.bot_invokes(turn)
    assert denied(alice.world) == [("deny", "person_disabled")]
    assert alice.world.api.calls == []


async def test_a_denial_says_who_what_and_why(alice: Visitor) -> None:
    """ASVS 16.3.2: time, pseudonym, tenant, session, operation, scope, decision, reason."""
    alice.world.give_roles("alice", "teller")
    await alice.is_refused("forbidden")
    [record] = alice.world.trail("operation:guard:deny")
    [(person_id, session_id)] = alice.world.sql("SELECT person_id, id FROM sessions")
    assert record["person"] == alice.world.core.keys.pseudonym(person_id)
    keys = alice.world.core.keys
    assert record["session"] == keys.session_reference("northwind-bank", session_id)
    assert (record["channel"], record["outcome"]) == ("web", "failure")
    assert record["tenant"] == "northwind-bank"
    assert record["operation"] == BALANCE
    assert record["scope"] == "banking:accounts:read"
    assert (record["decision"], record["reason"]) == ("deny", "policy")
    assert record["assurance"] == "aal2"
    assert record["roles"] == ["teller"]
    assert record["at"].startswith("2026-11-23T12:00:")
