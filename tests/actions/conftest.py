"""Security as the actions see it, played by a fake, and the SDK's webhook in process."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from actions.app import Webhook
from actions.registry import build_executor, protected_actions
from security.errors import Refused
from security.model import Resumed
from tests.actions.clinic import InProcess, clinic_of, seed_clinic
from tests.security.world import Origin, World
from tests.support.bot import Bot
from tests.support.bot import Talk as Conversation

from .bank import Bank, Talk
from .calls import call_of
from .shop import SHOWN, listed, to_cancel

ACCOUNT = {
    "name": "Current account",
    "number": "•••• 4021",
    "currency": "EUR",
    "balance": "2480.15",
    "available": "2400.15",
}


@dataclass
class FakeSecurity:
    """Answers as it is told to, and keeps what it was asked."""

    result: Any = None
    resumed: Resumed | None = None
    refusal: str | None = None
    error: Exception | None = None
    asked: list[dict[str, Any]] = field(default_factory=list)

    async def invoke(
        self,
        ticket: str,
        operation: str,
        arguments: Mapping[str, Any],
        action: str,
        purpose: str | None = None,
    ) -> Any:
        """Note the call and answer."""
        self.asked.append(
            {
                "ticket": ticket,
                "operation": operation,
                "arguments": dict(arguments),
                "action": action,
            }
        )
        return self._answer(self.result)

    async def resume(self, ticket: str) -> Resumed:
        """Note the call and answer."""
        self.asked.append({"ticket": ticket})
        return self._answer(self.resumed)

    async def cancel(self, ticket: str) -> bool:
        """Note the call and answer."""
        self.asked.append({"ticket": ticket})
        return bool(self._answer(self.result))

    def _answer(self, value: Any) -> Any:
        if self.error:
            raise self.error
        if self.refusal:
            raise Refused(self.refusal)
        return value


@dataclass
class ActionServer:
    """The webhook, called as Rasa calls it."""

    security: FakeSecurity
    http: httpx.AsyncClient

    async def call(self, action: str, **changes: Any) -> httpx.Response:
        return await self.http.post("/webhook", json={**call_of(action), **changes})

    async def says(self, action: str) -> list[dict[str, Any]]:
        """Return what the action said, without the fields that are empty."""
        reply = await self.call(action)
        assert reply.status_code == 200
        assert reply.json()["events"] == []
        return [
            {key: value for key, value in said.items() if value and key != "template"}
            for said in reply.json()["responses"]
        ]


@pytest.fixture
def bank() -> Bank:
    return Bank()


@pytest.fixture
async def talk(bank: Bank) -> AsyncIterator[Talk]:
    app = Webhook(build_executor(bank, protected_actions(bank)))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://actions") as http:
        yield Talk(bank, http)


@pytest.fixture
def security() -> FakeSecurity:
    return FakeSecurity()


@pytest.fixture
async def server(security: FakeSecurity) -> AsyncIterator[ActionServer]:
    app = Webhook(build_executor(security, protected_actions(security)))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://actions") as http:
        yield ActionServer(security, http)


@pytest.fixture(scope="session")
def clinic_seed(demo_origin: Origin, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The clinic's database as it is after the set-up; only copied."""
    home = tmp_path_factory.mktemp("clinic") / "home"
    shutil.copytree(demo_origin.home, home)
    world = World(home, demo_origin)
    try:
        return seed_clinic(world)
    finally:
        world.close()


@pytest.fixture
async def clinic(bot: Bot, clinic_seed: Path) -> AsyncIterator[InProcess]:
    """The clinic's API, asked by the bot's guard."""
    shutil.copytree(clinic_seed.parent, bot.world.home / "db" / "healthcare")
    shutil.copytree(clinic_seed.parents[2] / "api-keys", bot.world.home / "api-keys")
    async with clinic_of(bot.world) as client:
        bot.behind(client)
        yield client


@pytest.fixture
async def carl(bot: Bot) -> Conversation:
    bot.api_says("orders.list_orders", listed())
    bot.api_says("orders.show_order", SHOWN)
    bot.api_says("orders.cancel_order", to_cancel("AC-10497"))
    return await bot.signed_in("carl")


@pytest.fixture
async def sue(bot: Bot) -> Conversation:
    bot.api_says("orders.assist_list_orders", listed())
    bot.api_says("orders.assist_show_order", SHOWN)
    bot.api_says("orders.assist_cancel_order", to_cancel("AC-10497"))
    return await bot.signed_in("sue")
