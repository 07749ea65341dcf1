"""How an API is told: by a token for this one order, and its own answer alone counts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from apis.common import erasures
from security.adapters import erasure_client
from security.adapters.api_asking import NotAnswered
from security.adapters.erasure_client import ErasureClient, Order
from security.api_addresses import own_address
from security.guard_parts import build_issuer
from security.minting import Presenter, Tokens
from security.tokens.keys import PublishedKeys
from security.tokens.verifier import DEFAULT_ISSUER, Needed, Presented, TokenVerifier
from tests.security.sockets import listening
from tests.security.world import World

AUDIENCE = "urn:gatehouse:api:banking"
ORDER = Order("o" * 24, "banking", "northwind-bank", "a" * 64, date(2026, 11, 26))
DONE = b'{"erased": [], "kept": []}'


def _client(world: World, path: Path) -> ErasureClient:
    core = world.core
    tokens = Tokens(build_issuer(core), core.keys, Presenter(core.proof_key.thumbprint))
    address = own_address("banking", path)
    return ErasureClient(address, AUDIENCE, tokens, core.proof_key, core.clock)


def test_both_ends_mean_the_same() -> None:
    """Only HTTP joins the two rooms, so what they agree on stands in both."""
    assert erasures.PATH == erasure_client.PATH
    assert erasures.OPERATION == erasure_client.OPERATION
    assert erasures.scope_of("hr") == erasure_client.scope_of("hr")


def test_attack_no_operation_has_the_scope_of_an_erasure(world: World) -> None:
    """ASVS 8.2.1 ★: no manifest leads to it, so neither an action nor a client gets its token."""
    scopes = {one.scope for one in world.core.operations.values()}
    scopes |= {one.settle.scope for one in world.core.operations.values() if one.settle}
    assert not [scope for scope in scopes if "erasures" in scope]
    names = {one.endpoint.name for one in world.core.operations.values()}
    assert erasures.OPERATION not in names


@pytest.mark.sockets
async def test_it_is_asked_by_a_token_for_this_order(world: World, tmp_path: Path) -> None:
    """RFC 9396: this person, this tenant, this day, this order; and nobody is authenticated."""
    async with listening(tmp_path / "s") as api, _client(world, tmp_path / "s") as client:
        api.answer(200, DONE)
        await client.erase(ORDER)
    head = dict(
        line.split(": ", 1) for line in api.asked[0].decode().split("\r\n")[1:] if ": " in line
    )
    assert api.asked[0].startswith(b"POST /erasures HTTP/1.1")
    given = Presented(head["Authorization"], head["DPoP"], "POST", f"http://banking{erasures.PATH}")
    keys = world.home / "keys" / "public" / "jwks.json"
    verifier = TokenVerifier(PublishedKeys(keys), AUDIENCE, DEFAULT_ISSUER)
    needed = Needed(erasures.scope_of("banking"))
    claims, _ = verifier.verify(given, needed, world.clock.now)
    assert (claims.subject, claims.tenant) == (ORDER.subject, ORDER.tenant)
    assert list(claims.details) == [
        {
            "type": "banking.erase_person",
            "arguments": {"asked_on": "2026-11-26"},
            "identifier": ORDER.id,
        }
    ]
    assert head["Idempotency-Key"] == ORDER.id


@pytest.mark.sockets
@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, DONE),
        (404, DONE),
        (302, DONE),
        (401, DONE),
        (200, b"{}"),
        (200, b"[]"),
        (200, b'{"erased": 7, "kept": []}'),
        (200, b'{"erased": []}'),
        (200, b'{"erased": [], "erased": [], "kept": []}'),
        (200, b"\xff"),
        (200, b"x" * 2_000_000),
    ],
)
async def test_attack_nothing_but_its_answer_is_taken_for_done(
    world: World, tmp_path: Path, status: int, body: bytes
) -> None:
    """ASVS 13.2.4: it is told again."""
    async with listening(tmp_path / "s") as liar, _client(world, tmp_path / "s") as client:
        liar.answer(status, body)
        with pytest.raises(NotAnswered):
            await client.erase(ORDER)


@pytest.mark.sockets
async def test_an_api_that_is_not_there_has_not_done_it(world: World, tmp_path: Path) -> None:
    async with _client(world, tmp_path / "nobody") as client:
        with pytest.raises(NotAnswered):
            await client.erase(ORDER)
    with pytest.raises(NotAnswered, match="not_open"):
        await _client(world, tmp_path / "nobody").erase(replace(ORDER))
