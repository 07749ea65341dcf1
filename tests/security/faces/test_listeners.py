"""Each caller has its own listener and its own credential; neither opens the other's."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from runtime.callers import require_caller
from tests.security.faces.conftest import PATHS
from tests.security.world import World

GATEWAY, ACTIONS = "g" * 43, "a" * 43


class Listeners:
    """Both listeners as the process serves them, but for their sockets."""

    def __init__(self, world: World) -> None:
        def client(app: object) -> httpx.AsyncClient:
            transport = httpx.ASGITransport(app)  # type: ignore[arg-type]
            return httpx.AsyncClient(transport=transport, base_url="http://security")

        self.gateway = client(require_caller(world.gateway_face, GATEWAY))
        self.actions = client(require_caller(world.actions_face, ACTIONS))


@pytest.fixture
async def listeners(world: World) -> AsyncIterator[Listeners]:
    both = Listeners(world)
    async with both.gateway, both.actions:
        yield both


def bearer(credential: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {credential}"}


async def test_with_its_credential_each_caller_is_served(listeners: Listeners) -> None:
    served = await listeners.gateway.post("/tenants", json={}, headers=bearer(GATEWAY))
    assert served.status_code == 200
    assert {tenant["id"] for tenant in served.json()} >= {"northwind-bank"}
    asked = await listeners.actions.post("/resume", json={"ticket": "x"}, headers=bearer(ACTIONS))
    assert asked.json()["code"] == "turn_over"


WRONG = {
    "none": {},
    "an empty one": {"Authorization": ""},
    "the scheme alone": {"Authorization": "Bearer "},
    "another one": bearer("x" * 43),
    "the other listener's": bearer(ACTIONS),
    "one letter short": bearer(GATEWAY[:-1]),
    "one letter too many": bearer(GATEWAY + "g"),
    "in capitals": bearer(GATEWAY.upper()),
    "with a blank after it": {"Authorization": f"Bearer {GATEWAY} x"},
    "without its scheme": {"Authorization": GATEWAY},
    "of another scheme": {"Authorization": f"Basic {GATEWAY}"},
    "in another header": {"X-Authorization": f"Bearer {GATEWAY}"},
    "in a cookie": {"Cookie": f"Authorization=Bearer {GATEWAY}"},
    "letters that are none": {"Authorization": "Bearer é"},
}


@pytest.mark.parametrize("headers", WRONG.values(), ids=WRONG)
async def test_without_the_right_credential_nothing_is_served(
    listeners: Listeners, headers: dict[str, str]
) -> None:
    """ASVS 13.2.1: every path, also one that does not exist."""
    given = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    for path in (*PATHS, "/invoke", "/nowhere", "/", "/healthz/", "//healthz", "/Healthz"):
        refused = await listeners.gateway.post(path, json={}, headers=given)
        assert refused.status_code == 401, path
        assert refused.json()["code"] == "unknown_caller"
        assert refused.headers["content-type"] == "application/problem+json"


async def test_two_credentials_are_none(listeners: Listeners) -> None:
    """One of them might be read here and the other one elsewhere."""
    both = [("Authorization", f"Bearer {GATEWAY}"), ("Authorization", "Bearer x")]
    for headers in (both, both[::-1], [both[0], both[0]]):
        assert (
            await listeners.gateway.post("/tenants", json={}, headers=headers)
        ).status_code == 401


async def test_the_credential_of_one_listener_is_useless_on_the_other(
    listeners: Listeners,
) -> None:
    """A taken-over action cannot ask what the gateway asks, nor the other way round."""
    for path in PATHS:
        refused = await listeners.gateway.post(path, json={}, headers=bearer(ACTIONS))
        assert refused.status_code == 401
    for path in ("/invoke", "/resume"):
        refused = await listeners.actions.post(path, json={}, headers=bearer(GATEWAY))
        assert refused.status_code == 401


async def test_the_listener_of_the_actions_serves_nothing_of_the_gateways(
    listeners: Listeners,
) -> None:
    """Not even to its own caller: no session, no challenge, no turn can be touched from there."""
    for path in PATHS:
        refused = await listeners.actions.post(path, json={}, headers=bearer(ACTIONS))
        assert refused.status_code == 404
    for path in ("/invoke", "/resume"):
        refused = await listeners.gateway.post(path, json={}, headers=bearer(GATEWAY))
        assert refused.status_code == 404


async def test_whether_the_process_lives_may_be_asked_by_anyone(listeners: Listeners) -> None:
    for client in (listeners.gateway, listeners.actions):
        for headers in ({}, bearer("x" * 43)):
            alive = await client.get("/healthz", headers=headers)
            assert (alive.status_code, alive.json()) == (200, {"ready": True})


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "TRACE"])
async def test_only_post_asks_anything(listeners: Listeners, method: str) -> None:
    """ASVS 4.1.4: nothing is asked by following a link."""
    for path in ("/tenants", "/sessions/end", "/turns/open"):
        refused = await listeners.gateway.request(method, path, headers=bearer(GATEWAY))
        assert refused.status_code == 404


async def test_what_is_not_there_is_a_problem_with_a_code(listeners: Listeners) -> None:
    """The contract: errors are problems with a stable `code`, these as well."""
    missing = await listeners.gateway.post("/nowhere", json={}, headers=bearer(GATEWAY))
    assert missing.status_code == 404
    assert missing.headers["content-type"] == "application/problem+json"
    assert missing.json()["code"] == "not_found"


@pytest.mark.parametrize("credential", ["", "short", "x" * 31])
def test_a_credential_that_could_be_guessed_is_refused_at_start(
    world: World, credential: str
) -> None:
    with pytest.raises(ValueError, match="32"):
        require_caller(world.gateway_face, credential)


async def test_security_is_ready_when_everything_that_it_needs_is(
    world: World, listeners: Listeners
) -> None:
    assert (await listeners.gateway.post("/ready", json={}, headers=bearer(GATEWAY))).json() == {
        "unready": []
    }
    world.api.is_unready = ["banking"]
    assert (await listeners.gateway.post("/ready", json={}, headers=bearer(GATEWAY))).json() == {
        "unready": ["banking"]
    }
