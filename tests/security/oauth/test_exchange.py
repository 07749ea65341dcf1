"""A ticket for a token of one read (RFC 8693): the guard's checks, exactly as for an action."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.security.decisions import signed_in
from tests.security.oauth.conftest import (
    ACCOUNTS,
    BANKING,
    TICKET,
    TRANSACTIONS,
    ClientKey,
    Server,
    refused,
)
from tests.security.visitor import Visitor


async def _ticket(visitor: Visitor) -> str:
    turn = await visitor.say()
    return turn.ticket


async def test_a_ticket_becomes_a_token_for_one_read(server: Server, alice: Visitor) -> None:
    """RFC 8693 2.2, 4.1: pairwise `sub`, `act` is the client, and as the person proved it."""
    reply = await server.exchange(await _ticket(alice), scope=ACCOUNTS)
    said = reply.json()
    assert reply.status_code == 200
    assert said["issued_token_type"] == "urn:ietf:params:oauth:token-type:access_token"
    assert (said["token_type"], said["expires_in"], said["scope"]) == ("DPoP", 30, ACCOUNTS)
    claims = server.claims(said["access_token"])
    [(person,)] = server.world.sql(
        "SELECT id FROM people WHERE username_hash = hashed(tenant_id, 'alice')"
    )
    assert claims.subject == server.world.core.keys.pairwise_subject(person, BANKING)
    assert (claims.actor, claims.client) == ("api-gateway", "api-gateway")
    assert (claims.tenant, claims.key) == ("northwind-bank", server.key.thumbprint)
    assert claims.acr == "aal2"
    assert claims.authenticated_at == server.world.clock.now
    assert claims.details == ({"type": "banking.list_accounts", "arguments": {}},)
    assert server.world.api.calls == []


async def test_decision_and_intent_are_on_the_trail(server: Server, alice: Visitor) -> None:
    reply = await server.exchange(await _ticket(alice), scope=ACCOUNTS)
    token_id = server.claims(reply.json()["access_token"]).token_id
    [record] = server.world.trail("operation:client:grant")
    assert record["channel"] == "oauth"
    assert (record["decision"], record["actor"]) == ("allow", "api-gateway")
    assert (record["operation"], record["token"]) == ("banking.list_accounts", token_id)
    assert {"person", "session", "turn", "arguments", "assurance"} <= set(record)


async def test_the_arguments_can_be_said_and_are_bound(server: Server, alice: Visitor) -> None:
    """RFC 9396: the API reads exactly these."""
    wanted = '[{"type": "banking.list_recent_transactions", "arguments": {"limit": 5}}]'
    ticket = await _ticket(alice)
    reply = await server.exchange(ticket, scope=TRANSACTIONS, authorization_details=wanted)
    [detail] = server.claims(reply.json()["access_token"]).details
    assert detail["arguments"] == {"limit": 5}


async def _denied(server: Server, reply: httpx.Response, error: str, reason: str) -> None:
    assert refused(reply)[1] == error
    denied = server.world.trail("operation:guard:deny")
    assert (denied[-1]["decision"], denied[-1]["reason"]) == ("deny", reason)
    assert server.world.sql("SELECT count(*) FROM client_tokens") == [(0,)]
    assert server.world.sql("SELECT count(*) FROM pending_operations") == [(0,)]


@pytest.mark.parametrize(
    "scope",
    ["banking:transfers:write", "banking:payees:write", "banking:payments:settle"],
)
async def test_a_write_can_never_be_had_this_way(
    server: Server, alice: Visitor, scope: str
) -> None:
    """ASVS 2.3.1 ★: not even by a client that is registered for it."""
    greedy = server.register(
        ClientKey("greedy"), grants=["token_exchange"], access={BANKING: [scope]}
    )
    reply = await server.exchange(await _ticket(alice), greedy, scope=scope)
    reason = "undeclared_operation" if "settle" in scope else "write_by_exchange"
    await _denied(server, reply, "invalid_target", reason)


async def test_what_the_person_may_not_is_not_had_by_a_client(server: Server) -> None:
    """ASVS 8.2.1: never wider than the session; forbidden and undeclared read the same."""
    tess = await signed_in(server.world, "tess")
    reply = await server.exchange(await _ticket(tess), scope=ACCOUNTS)
    await _denied(server, reply, "invalid_target", "policy")


async def test_what_no_manifest_declares_reads_as_forbidden(server: Server, alice: Visitor) -> None:
    wanted = '[{"type": "banking.list_everything", "arguments": {}}]'
    ticket = await _ticket(alice)
    reply = await server.exchange(ticket, scope=ACCOUNTS, authorization_details=wanted)
    await _denied(server, reply, "invalid_target", "undeclared_operation")


async def test_a_client_of_one_tenant_acts_for_nobody_of_another(server: Server) -> None:
    """ASVS 8.4.1."""
    carl = await signed_in(server.world, "carl")
    reply = await server.exchange(await _ticket(carl), scope=ACCOUNTS)
    await _denied(server, reply, "invalid_target", "client_of_another_tenant")


async def test_a_stranger_in_the_session_is_nobody_to_act_for(server: Server) -> None:
    visitor = Visitor(server.world)
    await visitor.arrive()
    reply = await server.exchange(await _ticket(visitor), scope=ACCOUNTS)
    assert refused(reply)[1] in ("invalid_grant", "invalid_target")


async def test_a_proof_that_is_too_old_is_asked_for_in_the_terms_of_the_standard(
    server: Server, alice: Visitor
) -> None:
    """RFC 9470: and nothing waits for it: the person is not here."""
    for _ in range(4):
        server.world.clock.advance(seconds=230)
        await alice.extend()
    reply = await server.exchange(await _ticket(alice), scope=ACCOUNTS)
    await _denied(server, reply, "insufficient_user_authentication", "proof_too_old")
    assert (reply.json()["acr_values"], reply.json()["max_age"]) == ("aal2", 900)


async def test_arguments_that_do_not_fit_are_refused(server: Server, alice: Visitor) -> None:
    wanted = '[{"type": "banking.list_recent_transactions", "arguments": {"limit": 1000}}]'
    ticket = await _ticket(alice)
    reply = await server.exchange(ticket, scope=TRANSACTIONS, authorization_details=wanted)
    await _denied(server, reply, "invalid_authorization_details", "arguments")


async def test_a_ticket_is_good_while_its_turn_lasts_and_as_often_as_any(
    server: Server, alice: Visitor
) -> None:
    """The contract: at most five operations, thirty seconds, dead when the turn ends."""
    turn = await alice.say()
    statuses = [(await server.exchange(turn.ticket, scope=ACCOUNTS)).status_code for _ in range(6)]
    assert statuses == [200] * 5 + [400]
    ended = await alice.say()
    await alice.hear(ended)
    assert refused(await server.exchange(ended.ticket, scope=ACCOUNTS)) == (400, "invalid_grant")
    late = await alice.say()
    server.world.clock.advance(seconds=30)
    assert refused(await server.exchange(late.ticket, scope=ACCOUNTS)) == (400, "invalid_grant")


@pytest.mark.parametrize("ticket", ["x", "x" * 512, "..", "Bearer x", "\x00", "é" * 20])
async def test_what_is_no_ticket_is_refused(server: Server, ticket: str) -> None:
    assert refused(await server.exchange(ticket, scope=ACCOUNTS)) == (400, "invalid_grant")


MALFORMED: dict[str, Any] = {
    "no ticket": {"subject_token": None},
    "a ticket that is too long": {"subject_token": "x" * 513},
    "a token for a ticket": {"subject_token_type": "urn:ietf:params:oauth:token-type:access_token"},
    "no type": {"subject_token_type": None},
    "an actor of its own": {"actor_token": "x", "actor_token_type": TICKET},
    "no audience": {"audience": None},
    "two audiences": {"resource": "urn:x:y"},
    "another API": {"audience": "urn:gatehouse:api:hr"},
    "a scope that is not registered": {"scope": "banking:payments:read"},
    "two scopes": {"scope": f"{ACCOUNTS} {TRANSACTIONS}"},
    "a refresh token": {"requested_token_type": "urn:ietf:params:oauth:token-type:refresh_token"},
    "details that are no JSON": {"authorization_details": "x"},
    "two details": {"authorization_details": "[{}, {}]"},
    "details with more in them": {
        "authorization_details": '[{"type": "a", "arguments": {}, "locations": []}]'
    },
    "details of another form": {"authorization_details": '{"type": "a", "arguments": {}}'},
}


@pytest.mark.parametrize("form", MALFORMED.values(), ids=MALFORMED)
async def test_a_malformed_exchange_is_refused_and_uses_nothing_up(
    server: Server, alice: Visitor, form: dict[str, Any]
) -> None:
    """RFC 8693 2.1: before the ticket is looked at."""
    turn = await alice.say()
    given = {"scope": ACCOUNTS, **form}
    reply = await server.exchange(given.pop("subject_token", turn.ticket), **given)
    assert refused(reply)[0] == 400
    [(left,)] = server.world.sql("SELECT operations_left FROM turns ORDER BY rowid DESC LIMIT 1")
    assert left == 5


async def test_a_client_without_the_grant_exchanges_nothing(server: Server, alice: Visitor) -> None:
    reply = await server.exchange(await _ticket(alice), server.api, scope=ACCOUNTS)
    assert refused(reply) == (400, "unauthorized_client")


async def test_the_token_ends_with_its_seconds(server: Server, alice: Visitor) -> None:
    reply = await server.exchange(await _ticket(alice), scope=ACCOUNTS)
    claims = server.claims(reply.json()["access_token"])
    assert claims.expires_at - claims.issued_at == timedelta(seconds=30)
