"""The stock side: `rasa run` with its REST channel, the SDK's action server, the banking API."""

from __future__ import annotations

import asyncio
import json
import sys
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import aiohttp
import orjson

from bench import stock_actions
from bench.customers import TENANT, Customer
from bench.processes import Families, with_children
from bench.work import Running, Work, free_port, plain_environ
from cli.launching import command
from cli.settings import load_settings
from runtime.sockets import RUN_DIR, api_socket
from security.tokens.keys import generate_signing_key, public_keys, write_private

_QUIET = {
    "RASA_TELEMETRY_ENABLED": "false",
    "LOG_LEVEL": "ERROR",
    "LOG_LEVEL_LIBRARIES": "ERROR",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "SANIC_HOST": "127.0.0.1",
}


class StockClient:
    """A client of the REST channel, which lets it name its conversation itself."""

    def __init__(self, url: str) -> None:
        self._http = aiohttp.ClientSession(base_url=url)
        self._sender = uuid.uuid4().hex

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.close()

    async def start_over(self) -> None:
        """Begin a new conversation: the cost of a turn grows with its length."""
        self._sender = uuid.uuid4().hex

    async def say(self, words: str) -> str:
        """Say something; return the first message's text."""
        body = {"sender": self._sender, "message": words}
        async with self._http.post("/webhooks/rest/webhook", json=body) as answer:
            messages = orjson.loads(await answer.read())
        return str(messages[0].get("text")) if messages else ""


@dataclass(frozen=True)
class StockPlan:
    """What the stock side is started from; one folder holds its keys, database and settings."""

    home: Path
    model: Path
    subjects: dict[str, str] = field(repr=False)

    @property
    def key(self) -> Path:
        """The key that its tokens are signed with."""
        return self.home / "keys" / "signing.jwk"


async def prepare(work: Work, model: Path, seed: Path, customers: list[Customer]) -> StockPlan:
    """Give the banking API of this side a signing key and the same accounts."""
    subjects = {each.username: uuid.uuid4().hex for each in customers}
    plan = StockPlan(work.folder / "stock", model, subjects)
    public = plan.home / "keys" / "public"
    public.mkdir(mode=0o700, parents=True)
    key = generate_signing_key()
    write_private(plan.key, json.dumps(key.as_dict(private=True)).encode())
    (public / "jwks.json").write_bytes(public_keys(key))
    seeding = ("--home", str(plan.home), "--seed", str(seed))
    given = json.dumps({TENANT: subjects}).encode()
    await work.run("apis.banking.setup", *seeding, environ=plain_environ(), given=given)
    return plan


class Stock:
    """The running stock side."""

    name = "stock"

    def __init__(self, url: str, parts: dict[str, Running], start_seconds: float) -> None:
        self._url = url
        self._parts = parts
        self.start_seconds = start_seconds

    def families(self) -> Families:
        """Return its processes by part."""
        return {name: with_children(part.process.pid) for name, part in self._parts.items()}

    def client(self) -> StockClient:
        """Return somebody new."""
        return StockClient(self._url)


@asynccontextmanager
async def running(work: Work, plan: StockPlan) -> AsyncIterator[Stock]:
    """Start the three processes at once and wait until all of them answer."""
    rasa_port, actions_port = free_port(), free_port()
    began = time.monotonic()
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(aiohttp.ClientSession())
        banking = await stack.enter_async_context(_banking(work, plan))
        actions = await stack.enter_async_context(_actions(work, plan, actions_port))
        rasa = await stack.enter_async_context(_rasa(work, plan, rasa_port, actions_port))
        url = f"http://127.0.0.1:{rasa_port}"
        await asyncio.gather(
            banking.until(lambda: _has_socket(work.sockets / api_socket("banking"))),
            actions.until(lambda: _answers(http, f"http://127.0.0.1:{actions_port}/health")),
            rasa.until(lambda: _answers(http, f"{url}/")),
        )
        parts = {"rasa": rasa, "actions": actions, "banking": banking}
        yield Stock(url, parts, time.monotonic() - began)


def _banking(work: Work, plan: StockPlan) -> Any:
    environ = plain_environ() | {"GATEHOUSE_HOME": str(plan.home), RUN_DIR: str(work.sockets)}
    words = command(Path(sys.executable), "apis.banking.serve")
    return work.running("stock-banking", words, environ)


def _actions(work: Work, plan: StockPlan, port: int) -> Any:
    environ = {
        stock_actions.SOCKET: str(work.sockets / api_socket("banking")),
        stock_actions.KEY: str(plan.key),
        stock_actions.TENANT: TENANT,
        stock_actions.SUBJECT: next(iter(plan.subjects.values())),
    }
    module = ("--actions", "bench.stock_actions", "--port", str(port), "--quiet")
    words = command(Path(sys.executable), "rasa_sdk", *module)
    return work.running("stock-actions", words, plain_environ() | _QUIET | environ)


def _rasa(work: Work, plan: StockPlan, port: int, actions_port: int) -> Any:
    endpoints, credentials = plan.home / "endpoints.yml", plan.home / "credentials.yml"
    webhook = f"http://127.0.0.1:{actions_port}/webhook"
    endpoints.write_text(json.dumps({"action_endpoint": {"url": webhook}}))
    credentials.write_text(json.dumps({"rest": {}}))
    options = ("--model", str(plan.model), "--port", str(port), "--interface", "127.0.0.1")
    files = ("--endpoints", str(endpoints), "--credentials", str(credentials))
    words = command(load_settings().rasa_executable, "rasa", "run", *options, *files)
    return work.running("stock-rasa", words, plain_environ() | _QUIET)


async def _has_socket(path: Path) -> bool:
    try:
        _, writer = await asyncio.open_unix_connection(str(path))
    except OSError:
        return False
    writer.close()
    return True


async def _answers(http: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with http.get(url) as answer:
            return answer.status == 200
    except aiohttp.ClientError:
        return False
