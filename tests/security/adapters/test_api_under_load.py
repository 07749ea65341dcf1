"""An API that fails or is slow: it is left alone, and no crowd gathers before it."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from security.adapters import api_client
from security.adapters.api_client import ApiClient
from security.api_addresses import own_address
from security.breaker import FAILURES
from security.errors import Refused
from security.operations.manifest import Operation
from security.ports import Unanswered
from security.tokens.dpop import ProofKey
from tests.security.adapters.hostile import GOOD
from tests.security.fakes import NOW
from tests.security.sockets import Liar, listening
from tests.security.visitor import BALANCE
from tests.security.world import Origin

pytestmark = pytest.mark.sockets
KEY = ProofKey()
TOKEN = "planted.access.token"


@pytest.fixture
def path() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="gh-") as folder:
        yield Path(folder) / "a.sock"


@pytest.fixture
async def liar(path: Path) -> AsyncIterator[Liar]:
    async with listening(path) as server:
        yield server


@pytest.fixture
async def api(path: Path) -> AsyncIterator[ApiClient]:
    async with ApiClient([own_address("banking", path)], 0.5, KEY, lambda: NOW) as client:
        yield client


@pytest.fixture
def accounts(origin: Origin) -> Operation:
    return origin.operations[BALANCE]


async def test_an_api_that_keeps_failing_is_left_alone(
    liar: Liar, api: ApiClient, accounts: Operation
) -> None:
    """And one that answers, if only to refuse, is not."""
    for status in (404, 422, 429) * FAILURES:
        liar.answer(status, b"{}")
        with pytest.raises(Refused):
            await api.call(accounts, {}, TOKEN)
    for _ in range(FAILURES):
        liar.answer(500, b"{}")
        with pytest.raises(Refused):
            await api.call(accounts, {}, TOKEN)
    asked = len(liar.asked)
    liar.answer(200, GOOD)
    with pytest.raises(Unanswered) as refused:
        await api.call(accounts, {}, TOKEN)
    assert refused.value.sent is False
    assert len(liar.asked) == asked


async def test_one_apis_failures_are_no_others(path: Path, liar: Liar, origin: Origin) -> None:
    own = [own_address("banking", path), own_address("orders", path.with_name("nobody"))]
    orders = replace(origin.operations[BALANCE], api="orders")
    async with ApiClient(own, 0.5, KEY, lambda: NOW) as api:
        for _ in range(2 * FAILURES):
            with pytest.raises(Refused):
                await api.call(orders, {}, TOKEN)
        liar.answer(200, GOOD)
        assert await api.call(origin.operations[BALANCE], {}, TOKEN)
        assert await api.unready() == ["orders"]


async def test_a_crowd_is_turned_away_at_the_door(
    liar: Liar, api: ApiClient, accounts: Operation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ASVS 2.4.1: a slow API does not gather everybody's turns."""
    monkeypatch.setattr(api_client, "MOST_AT_ONCE", 3)
    liar.answer(200, GOOD)
    liar.hang.clear()
    calls = [asyncio.create_task(api.call(accounts, {}, TOKEN)) for _ in range(5)]
    done, _ = await asyncio.wait(calls, return_when=asyncio.FIRST_COMPLETED)
    while len(done) < 2:
        more, _ = await asyncio.wait(set(calls) - done, return_when=asyncio.FIRST_COMPLETED)
        done |= more
    assert all(isinstance(task.exception(), Unanswered) for task in done)
    liar.hang.set()
    results = await asyncio.gather(*calls, return_exceptions=True)
    assert [isinstance(each, Unanswered) for each in results].count(True) == 2
    assert await api.call(accounts, {}, TOKEN)
