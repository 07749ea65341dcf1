"""Introspection (RFC 7662) and revocation (RFC 7009): of one's own, and of nobody else's."""

from __future__ import annotations

from typing import Any

import pytest

from tests.security.decisions import signed_in
from tests.security.oauth.conftest import ACCOUNTS, BANKING, ClientKey, Server, refused
from tests.security.visitor import Visitor


async def _exchanged(server: Server, visitor: Visitor) -> str:
    turn = await visitor.say()
    reply = await server.exchange(turn.ticket, scope=ACCOUNTS)
    token: str = reply.json()["access_token"]
    return token


async def test_an_api_is_told_of_a_token_for_it(server: Server, alice: Visitor) -> None:
    """RFC 7662 2.2."""
    token = await _exchanged(server, alice)
    claims = server.claims(token)
    said = await server.introspect(token)
    assert said == {
        "active": True,
        "token_type": "DPoP",
        "iss": "https://security.gatehouse.internal",
        "aud": BANKING,
        "sub": claims.subject,
        "act": {"sub": "api-gateway"},
        "client_id": "api-gateway",
        "tenant": "northwind-bank",
        "scope": ACCOUNTS,
        "jti": claims.token_id,
        "iat": server.seconds,
        "exp": server.seconds + 30,
        "cnf": {"jkt": server.key.thumbprint},
        "acr": "aal2",
        "auth_time": server.seconds,
        "authorization_details": [{"type": "banking.list_accounts", "arguments": {}}],
    }


async def test_it_is_told_of_the_bots_tokens_too(server: Server, alice: Visitor) -> None:
    await alice.ask()
    said = await server.introspect(server.world.api.calls[0].token)
    assert (said["active"], said["client_id"]) == (True, "urn:gatehouse:bot")


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "x" * 9_000])
async def test_what_is_no_token_is_not_active(server: Server, token: str) -> None:
    """RFC 7662 2.2: and no more is said."""
    assert await server.introspect(token) == {"active": False}


async def test_a_token_that_is_over_or_changed_is_not_active(
    server: Server, alice: Visitor
) -> None:
    token = await _exchanged(server, alice)
    head, payload, signature = token.split(".")
    assert await server.introspect(f"{head}.{payload}.{signature[::-1]}") == {"active": False}
    server.world.clock.advance(seconds=30)
    assert await server.introspect(token) == {"active": False}


async def test_an_api_is_told_nothing_of_another_apis_tokens(
    server: Server, alice: Visitor
) -> None:
    """RFC 7662 4 ★: no way of scanning for tokens."""
    token = await _exchanged(server, alice)
    other = server.register(ClientKey("hr-api"), resource_server="urn:gatehouse:api:hr")
    assert await server.introspect(token, other) == {"active": False}
    assert (await server.introspect(token))["active"] is True


async def test_only_an_api_may_ask(server: Server, alice: Visitor) -> None:
    """RFC 7662 2.1: the caller proves who it is, and is registered for it."""
    token = await _exchanged(server, alice)
    reply = await server.post("/introspect", server.gateway, token=token)
    assert refused(reply) == (400, "unauthorized_client")
    reply = await server.post("/introspect", server.stranger, token=token)
    assert refused(reply) == (401, "invalid_client")


async def test_a_revoked_token_is_not_active_and_it_is_on_the_trail(
    server: Server, alice: Visitor
) -> None:
    """RFC 7009 2.1."""
    token = await _exchanged(server, alice)
    for _ in range(2):
        reply = await server.post("/revoke", server.gateway, token=token)
        assert (reply.status_code, reply.content) == (200, b"")
    assert await server.introspect(token) == {"active": False}
    [record] = server.world.trail("token:client:revoke")
    assert record["token"] == server.claims(token).token_id


@pytest.mark.parametrize("token", ["", "x", "a.b.c"])
async def test_revoking_what_is_no_token_is_no_error(server: Server, token: str) -> None:
    """RFC 7009 2.2."""
    reply = await server.post("/revoke", server.gateway, token=token, token_type_hint="x")
    assert reply.status_code == 200
    assert server.world.trail("token:client:revoke") == []


async def test_a_token_of_somebody_else_cannot_be_revoked(server: Server, alice: Visitor) -> None:
    """RFC 7009 2.1."""
    await alice.ask()
    bots = server.world.api.calls[0].token
    assert refused(await server.post("/revoke", server.gateway, token=bots)) == (
        400,
        "unauthorized_client",
    )
    assert (await server.introspect(bots))["active"] is True


async def _sign_out(visitor: Visitor) -> None:
    await visitor.sign_out()


async def _disable(visitor: Visitor) -> None:
    visitor.world.sql("UPDATE sessions SET ended_at = ? WHERE ended_at IS NULL", 1)


@pytest.mark.parametrize("end", [_sign_out, _disable])
async def test_a_token_ends_with_its_session(server: Server, alice: Visitor, end: Any) -> None:
    """ASVS 7.4.1: where the API asks; one that does not waits for seconds."""
    token = await _exchanged(server, alice)
    other = await _exchanged(server, await signed_in(server.world, "bob"))
    await end(alice)
    assert await server.introspect(token) == {"active": False}
    if end is _sign_out:
        assert (await server.introspect(other))["active"] is True


async def test_a_store_that_fails_says_nothing_is_active(server: Server, alice: Visitor) -> None:
    """ASVS 16.5.3: no answer, so nobody takes one for a yes."""
    token = await _exchanged(server, alice)
    server.world.sql("DROP TABLE client_tokens")
    reply = await server.post("/introspect", server.api, token=token)
    assert refused(reply) == (503, "temporarily_unavailable")
