"""The listener: metadata, keys, and forms of another form."""

from __future__ import annotations

import json
from typing import Any

import pytest

from security.tokens.verifier import DEFAULT_ISSUER
from tests.security.oauth.conftest import ACCOUNTS, ASSERTION, Server, refused


async def test_the_metadata_say_what_is_served_and_nothing_else(server: Server) -> None:
    """RFC 8414 2: each address begins with the issuer; every algorithm is one."""
    said = (await server.http.get("/.well-known/oauth-authorization-server")).json()
    assert said["issuer"] == DEFAULT_ISSUER
    addresses = [value for name, value in said.items() if name.endswith(("endpoint", "uri"))]
    assert len(addresses) == 4
    assert all(address.startswith(f"{DEFAULT_ISSUER}/") for address in addresses)
    algorithms = [value for name, value in said.items() if "alg_values" in name]
    assert algorithms == [["Ed25519"]] * 4
    assert said["response_types_supported"] == []
    assert said["token_endpoint_auth_methods_supported"] == ["private_key_jwt"]


async def test_the_keys_are_those_that_are_published(server: Server) -> None:
    """RFC 7517 5."""
    reply = await server.http.get("/jwks")
    published = (server.world.home / "keys" / "public" / "jwks.json").read_bytes()
    assert reply.content == published
    assert "d" not in json.loads(published)["keys"][0]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/token", 400),
        ("PUT", "/introspect", 400),
        ("GET", "/revoke", 400),
        ("POST", "/jwks", 404),
        ("GET", "/", 404),
        ("GET", "/users/list", 404),
        ("POST", "/invoke", 404),
        ("GET", "/authorize", 404),
        ("GET", "/healthz", 200),
    ],
)
async def test_nothing_else_is_served(server: Server, method: str, path: str, status: int) -> None:
    """No question of another listener is answered here."""
    reply = await server.http.request(method, path)
    assert reply.status_code == status


FORMS: dict[str, Any] = {
    "JSON": {"json": {"grant_type": "client_credentials"}},
    "no type": {"content": b"grant_type=client_credentials"},
    "a parameter twice": {"content": b"scope=a&scope=b", "form": True},
    "bytes of no text": {"content": b"scope=\xff", "form": True},
    "text of no encoding": {"content": b"scope=%ff%fe", "form": True},
    "no pairs": {"content": b"scope", "form": True},
    "very many": {"content": b"&".join(b"a%d=b" % n for n in range(21)), "form": True},
    "very long": {"content": b"a=" + b"b" * 32_768, "form": True},
    "a second way to prove oneself": {
        "content": b"a=b",
        "form": True,
        "headers": {"Authorization": "Basic YTpi"},
    },
    "a query": {"content": b"a=b", "form": True, "params": {"client_assertion": "x"}},
}


@pytest.mark.parametrize("given", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("path", ["/token", "/introspect", "/revoke"])
async def test_a_request_of_another_form_is_refused(
    server: Server, path: str, given: dict[str, Any]
) -> None:
    """RFC 6749 3.2, ASVS 2.2.1: 400, never an error."""
    said = dict(given)
    if said.pop("form", False):
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        said["headers"] = {**kind, **said.get("headers", {})}
    assert refused(await server.http.post(path, **said)) == (400, "invalid_request")


async def test_an_empty_form_is_a_client_that_does_not_say_who_it_is(server: Server) -> None:
    assert refused(await server.http.post("/token", data={"x": ""})) == (401, "invalid_client")


async def test_two_proofs_are_no_proof(server: Server) -> None:
    """RFC 9449 4.3."""
    form = {
        "grant_type": "client_credentials",
        "scope": ACCOUNTS,
        "client_assertion_type": ASSERTION,
        "client_assertion": server.gateway.assertion(server.seconds),
    }
    headers = [("DPoP", server.proof()), ("DPoP", server.proof())]
    reply = await server.http.post("/token", data=form, headers=headers)
    assert refused(reply) == (400, "invalid_dpop_proof")


async def test_what_is_not_foreseen_says_nothing_of_itself(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ASVS 16.5.1."""

    def fail(*_given: Any) -> Any:
        raise RuntimeError("planted")

    monkeypatch.setattr("security.services.oauth.check_assertion", fail)
    reply = await server.http.post("/token", data={"client_assertion_type": ASSERTION})
    assert reply.status_code == 503
    assert "planted" not in reply.text


async def test_no_secret_of_a_request_is_logged(
    server: Server, capfd: pytest.CaptureFixture[str]
) -> None:
    """ASVS 16.2.5."""
    assertion = server.gateway.assertion(server.seconds)
    reply = await server.token(client_assertion=assertion)
    await server.token(client_assertion=assertion)
    written = "".join(capfd.readouterr())
    assert assertion not in written
    assert reply.json()["access_token"] not in written
