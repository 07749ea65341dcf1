"""Alive, and ready."""

from __future__ import annotations

import httpx
import pytest

from gateway.ports import RasaHealth
from tests.gateway.conftest import Gateway


async def test_the_process_is_alive(client: httpx.AsyncClient) -> None:
    assert (await client.get("/healthz")).json() == {"alive": True}


async def test_everything_is_ready(client: httpx.AsyncClient) -> None:
    answer = await client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"ready": True})


@pytest.mark.parametrize(
    ("security", "rasa", "missing"),
    [
        (["security"], RasaHealth(ready=True, actions=True), ["security"]),
        (["banking", "orders"], RasaHealth(ready=True, actions=True), ["banking", "orders"]),
        ([], RasaHealth(ready=False, actions=True), ["rasa"]),
        ([], RasaHealth(ready=True, actions=False), ["actions"]),
        (["security"], RasaHealth(ready=False, actions=False), ["security", "rasa", "actions"]),
    ],
)
async def test_a_part_that_is_not_ready_is_named(
    gateway: Gateway,
    client: httpx.AsyncClient,
    security: list[str],
    rasa: RasaHealth,
    missing: list[str],
) -> None:
    gateway.security.missing, gateway.rasa.state = security, rasa
    answer = await client.get("/readyz")
    assert (answer.status_code, answer.json()["code"]) == (503, "not_ready")
    assert answer.json()["parts"] == missing
