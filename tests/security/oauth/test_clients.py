"""Who a client is: `private_key_jwt`, once, and what it is registered for (RFC 7523)."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import ECKey

from security.tokens.clients import load_clients
from security.tokens.verifier import DEFAULT_ISSUER
from tests.security.oauth.conftest import (
    ACCOUNTS,
    BANKING,
    ClientKey,
    MakeServer,
    Server,
    refused,
    register,
)
from tests.security.tokens.conftest import b64


async def test_a_registered_client_gets_a_bound_token_of_its_own(server: Server) -> None:
    """RFC 6749 4.4, RFC 9449 5: nobody's name but its own, and on the trail."""
    reply = await server.token()
    said = reply.json()
    assert reply.status_code == 200
    assert (said["token_type"], said["expires_in"], said["scope"]) == ("DPoP", 30, ACCOUNTS)
    claims = server.claims(said["access_token"])
    assert (claims.subject, claims.client, claims.actor) == ("api-gateway", "api-gateway", None)
    assert (claims.tenant, claims.key) == ("northwind-bank", server.key.thumbprint)
    assert (claims.acr, claims.authenticated_at) == (None, None)
    [record] = server.world.trail("token:client:issue")
    assert (record["actor"], record["token"]) == ("api-gateway", claims.token_id)
    assert said["access_token"] not in json.dumps(server.world.trail())


FORGED: dict[str, Any] = {
    "for another server": {"aud": "https://evil.example"},
    "for the token endpoint": {"aud": f"{DEFAULT_ISSUER}/token"},
    "for this server and another": {"aud": [DEFAULT_ISSUER, "https://evil.example"]},
    "for nobody": {"aud": None},
    "by another issuer": {"iss": "banking-api"},
    "for another subject": {"sub": "banking-api"},
    "of an unknown client": {"iss": "nobody", "sub": "nobody"},
    "of a list of clients": {"iss": ["api-gateway"], "sub": ["api-gateway"]},
    "without an id": {"jti": None},
    "with a short id": {"jti": "1234567"},
    "with a number for an id": {"jti": 12345678},
    "without an end": {"exp": None},
    "with an end that is text": {"exp": "9999999999"},
    "with an end beyond the calendar": {"exp": 10**30},
}


@pytest.mark.parametrize("changed", FORGED.values(), ids=FORGED)
async def test_an_assertion_that_says_something_else_is_refused(
    server: Server, changed: dict[str, Any]
) -> None:
    """RFC 7523 3: one issuer, one subject, one audience, one use."""
    forged = server.gateway.assertion(server.seconds, **changed)
    reply = await server.token(client_assertion=forged)
    assert refused(reply) == (401, "invalid_client")


HEADERS: dict[str, Any] = {
    "no algorithm": {"alg": "none"},
    "the older name": {"alg": "EdDSA"},
    "HMAC": {"alg": "HS256"},
    "the type of an access token": {"alg": "Ed25519", "typ": "at+jwt"},
    "the type of a proof": {"alg": "Ed25519", "typ": "dpop+jwt"},
    "another key": {"alg": "Ed25519", "kid": "another"},
    "a key by path": {"alg": "Ed25519", "kid": "../../etc/passwd"},
    "a key by address": {"alg": "Ed25519", "jku": "https://evil.example"},
    "a critical extension": {"alg": "Ed25519", "crit": ["x"]},
}


@pytest.mark.parametrize("header", HEADERS.values(), ids=HEADERS)
async def test_an_assertion_with_another_header_is_refused(
    server: Server, header: dict[str, Any]
) -> None:
    forged = server.gateway.assertion(server.seconds, header)
    assert refused(await server.token(client_assertion=forged)) == (401, "invalid_client")


@pytest.mark.parametrize("typ", ["JWT", "client-authentication+jwt"])
async def test_an_assertion_may_say_what_it_is(server: Server, typ: str) -> None:
    good = server.gateway.assertion(server.seconds, {"alg": "Ed25519", "typ": typ})
    assert (await server.token(client_assertion=good)).status_code == 200


@pytest.mark.parametrize(
    ("changed", "accepted"),
    [
        ({"exp": 1}, True),
        ({"exp": 0}, False),
        ({"exp": 300}, True),
        ({"exp": 301}, False),
        ({"iat": 5}, True),
        ({"iat": 6}, False),
        ({"nbf": 5}, True),
        ({"nbf": 6}, False),
    ],
)
async def test_an_assertion_has_its_time(
    server: Server, changed: dict[str, int], accepted: bool
) -> None:
    """RFC 7523 3: five minutes at most, five seconds between two clocks."""
    moments = {name: server.seconds + off for name, off in changed.items()}
    given = server.gateway.assertion(server.seconds, **moments)
    reply = await server.token(client_assertion=given)
    assert reply.status_code == (200 if accepted else 401)


async def test_an_assertion_is_used_once(server: Server) -> None:
    """RFC 7523 3: also at another endpoint, and by many at once."""
    given = server.gateway.assertion(server.seconds)
    asked = (server.token(client_assertion=given) for _ in range(8))
    statuses = Counter(reply.status_code for reply in await asyncio.gather(*asked))
    assert statuses == {200: 1, 401: 7}
    reply = await server.post("/revoke", server.gateway, token="x", client_assertion=given)
    assert refused(reply) == (401, "invalid_client")


async def test_used_assertions_are_forgotten_when_they_end(server: Server) -> None:
    await server.token()
    server.world.clock.advance(seconds=61)
    await server.token()
    assert server.world.sql("SELECT count(*) FROM spent_assertions") == [(1,)]
    assert server.world.sql("SELECT count(*) FROM client_tokens") == [(1,)]


async def test_a_strangers_signature_is_refused(server: Server) -> None:
    thief = ClientKey("api-gateway")
    reply = await server.token(thief)
    assert refused(reply) == (401, "invalid_client")
    unnamed = thief.assertion(server.seconds, {"alg": "Ed25519"})
    assert refused(await server.token(client_assertion=unnamed)) == (401, "invalid_client")


@pytest.mark.parametrize(
    "form",
    [
        {"client_assertion": None},
        {"client_assertion": "a.b.c"},
        {"client_assertion_type": None},
        {"client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"},
        {"client_secret": "guess"},
        {"client_id": "banking-api"},
    ],
)
async def test_any_other_way_of_proving_oneself_is_refused(
    server: Server, form: dict[str, Any]
) -> None:
    """RFC 9700 2.5: keys, no shared secrets."""
    assert refused(await server.token(**form)) == (401, "invalid_client")


async def test_a_client_that_asks_too_much_is_slowed(make_server: MakeServer) -> None:
    """ASVS 2.4.1: and no other with it."""
    server = make_server(limit_oauth_per_minute=2)
    statuses = [(await server.token()).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]
    assert await server.introspect("x") == {"active": False}


async def test_a_client_gets_no_more_than_it_is_registered_for(server: Server) -> None:
    for form, error in (
        ({"scope": "banking:payments:read"}, "invalid_scope"),
        ({"scope": "banking:transfers:write"}, "invalid_scope"),
        ({"scope": f"{ACCOUNTS} banking:transactions:read"}, "invalid_scope"),
        ({"scope": None}, "invalid_scope"),
        ({"resource": "urn:gatehouse:api:hr"}, "invalid_target"),
        ({"resource": BANKING, "audience": "urn:gatehouse:api:hr"}, "invalid_target"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": "authorization_code"}, "unsupported_grant_type"),
        ({"grant_type": None}, "invalid_request"),
    ):
        assert refused(await server.token(**form)) == (400, error)
    assert refused(await server.token(server.api)) == (400, "unauthorized_client")
    assert server.world.sql("SELECT count(*) FROM client_tokens") == [(0,)]


async def test_a_token_that_is_bound_to_nothing_is_not_given(server: Server) -> None:
    """RFC 9449 5: no proof, another address, another method, a repeated one."""
    form = {"grant_type": "client_credentials", "scope": ACCOUNTS}
    now, url = server.world.clock.now, f"{DEFAULT_ISSUER}/token"
    used = server.proof()
    await server.post("/token", server.gateway, used, **form)
    for proof in (
        None,
        "",
        "a.b.c",
        used,
        server.key.prove("GET", url, None, now),
        server.key.prove("POST", f"{url}/", None, now),
        server.key.prove("POST", f"{DEFAULT_ISSUER}/introspect", None, now),
        server.key.prove("POST", url, "some.token.x", now),
    ):
        reply = await server.post("/token", server.gateway, proof, **form)
        assert refused(reply) == (400, "invalid_dpop_proof")


async def test_what_cannot_be_stored_is_not_given(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ASVS 16.5.3: no record, no token."""
    server.world.sql("DROP TABLE client_tokens")
    assert refused(await server.token()) == (503, "temporarily_unavailable")
    server.world.sql("DROP TABLE spent_assertions")
    assert refused(await server.token()) == (503, "temporarily_unavailable")


FILES: dict[str, Any] = {
    "no file of ours": [],
    "a name that is a path": {"client_id": "../x"},
    "another name than the file's": {"client_id": "other-client"},
    "a grant that nobody serves": {"grants": ["password"]},
    "a shared secret": {"jwks": {"keys": [{"kty": "oct", "k": "AAAA", "kid": "a"}]}},
    "a key of another kind": {
        "jwks": {"keys": [ECKey.generate_key("P-256").as_dict(private=False)]}
    },
    "no key": {"jwks": {"keys": []}},
    "a key set that is elsewhere": {"jwks": {"jwks_uri": "https://evil.example"}},
    "a name that nobody knows": {"client_secret": "x"},
    "every scope": {"access": {BANKING: ["*"]}},
    "no scope": {"access": {BANKING: []}},
}


@pytest.mark.parametrize("changed", FILES.values(), ids=FILES)
def test_a_file_that_is_no_client_stops_the_start(tmp_path: Path, changed: Any) -> None:
    """With the file named, and nothing of what is in it."""
    register(tmp_path, ClientKey("a-client"))
    assert set(load_clients(tmp_path)) == {"a-client"}
    path = tmp_path / "a-client.yml"
    said = json.loads(path.read_text())
    path.write_text(json.dumps(changed if isinstance(changed, list) else {**said, **changed}))
    with pytest.raises(ValueError, match=r"a-client\.yml"):
        load_clients(tmp_path)


def test_a_private_key_in_a_clients_file_stops_the_start(tmp_path: Path) -> None:
    """ASVS 13.3.1: a client's key is the client's alone."""
    key = ClientKey("a-client")
    register(tmp_path, key, jwks={"keys": [key.key.as_dict(private=True)]})
    with pytest.raises(ValueError, match=r"a-client\.yml"):
        load_clients(tmp_path)


def test_without_a_folder_there_is_no_client(tmp_path: Path) -> None:
    assert load_clients(tmp_path / "clients") == {}


def test_the_signature_is_over_what_is_said(server: Server) -> None:
    """So that the forgeries above differ from a good one by what they say."""
    assert server.gateway.assertion(1).count(".") == 2
    assert b64(b"\xff") == "_w"
