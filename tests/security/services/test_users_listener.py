"""The listener of the command line: its own credential, its own questions, and no others."""

from __future__ import annotations

import json

import httpx
import pytest

from runtime.callers import bearer, require_caller
from security.faces.admin import admin_face
from security.faces.http import Face
from security.key_parts import build_rotations
from security.services.breaches import Breaches
from security.services.tenants import Tenants
from security.services.users import Users
from security.services.vault_rotation import VaultRotation
from security.trail_parts import build_checkpoints
from security.watch_parts import build_operating
from tests.security.world import World

BANK = "northwind-bank"


def face_of(world: World, users: Users) -> Face:
    """Return the listener's application, as the process wires it."""
    core = world.core
    keys = build_rotations(core, VaultRotation(core), build_checkpoints(core))
    parts = world.personal, Breaches(core), build_operating(core, {})
    return admin_face(users, Tenants(core), keys, *parts)


@pytest.fixture
def users(world: World) -> Users:
    return Users(world.core, world.hashing)


ADMIN, GATEWAY = "d" * 43, "g" * 43
PATHS = tuple(
    f"/users/{p}" for p in ("add", "list", "disable", "enable", "role", "reset", "unlock")
)
PATHS += ("/alerts/list", "/audit/breaches", "/users/export", "/users/kept", "/users/erase")
PATHS += (
    "/users/accesses",
    *(f"/keys/{p}" for p in ("rotate", "master", "data", "state", "trail")),
)
PATHS += tuple(f"/tenants/{p}" for p in ("add", "list", "show", "set", "disable", "enable"))


@pytest.mark.parametrize("headers", [{}, bearer(GATEWAY), bearer("x" * 43)])
async def test_without_its_own_credential_the_listener_serves_nothing(
    world: World, users: Users, headers: dict[str, str]
) -> None:
    """ASVS 13.2.1: a taken-over gateway administers nobody."""
    listener = require_caller(face_of(world, users), ADMIN)
    transport = httpx.ASGITransport(listener)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://security") as client:
        for path in PATHS:
            body = {"tenant": BANK, "username": "alice"}
            refused = await client.post(path, json=body, headers=headers)
            assert (refused.status_code, refused.json()["code"]) == (401, "unknown_caller")
    assert world.trail() == []


async def test_with_it_each_question_is_answered(world: World, users: Users) -> None:
    listener = require_caller(face_of(world, users), ADMIN)
    transport = httpx.ASGITransport(listener)  # type: ignore[arg-type]
    zoe = {"tenant": BANK, "username": "zoe"}
    questions = {
        "add": {**zoe, "name": "Zoe", "roles": ["customer"], "phone": "+12025550188"},
        "list": {"tenant": BANK},
        "disable": zoe,
        "enable": zoe,
        "role": {**zoe, "add": ["teller"]},
        "unlock": {**zoe, "method": "sms"},
        "reset": zoe,
    }
    async with httpx.AsyncClient(
        transport=transport, base_url="http://security", headers=bearer(ADMIN)
    ) as client:
        said = {p: await client.post(f"/users/{p}", json=q) for p, q in questions.items()}
    assert {answer.status_code for answer in said.values()} == {200}
    assert said["role"].json() == {"roles": ["customer", "teller"]}
    assert set(said["reset"].json()) == set(said["add"].json()) == {"password"}
    assert len(said["list"].json()) == 5


async def test_a_breach_is_reported_to_the_command_line_as_it_asks(
    world: World, users: Users
) -> None:
    """What the command sends is text: a day, and a moment of another zone."""
    period = {"since": "2026-11-01T00:00:00+00:00", "until": "2026-11-26T12:00:00+01:00"}
    transport = httpx.ASGITransport(face_of(world, users))  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://security") as client:
        made = await client.post("/audit/breaches", json={**period, "suspect": False})
        for wrong in ("yesterday", "2026-11-01T00:00:00", None, True):
            refused = await client.post("/audit/breaches", json={**period, "since": wrong})
            assert (refused.status_code, refused.json()["code"]) == (422, "invalid_request")
    assert made.status_code == 200
    assert json.loads(made.json()["content"])["to"].startswith("2026-11-26T1")


@pytest.mark.parametrize("username", ["", "Zoe", "z" * 65, "z z", "z\n", "-z", "zoé"])
async def test_a_user_name_is_plain(world: World, users: Users, username: str) -> None:
    transport = httpx.ASGITransport(face_of(world, users))  # type: ignore[arg-type]
    body = {"tenant": BANK, "username": username, "name": "Z", "roles": ["customer"]}
    async with httpx.AsyncClient(transport=transport, base_url="http://security") as client:
        refused = await client.post("/users/add", json=body)
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_request")
    assert world.trail() == []
