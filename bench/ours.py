"""The Gatehouse side: `gatehouse run` as people start it, used over HTTPS by signed-in people."""

from __future__ import annotations

import json
import ssl
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import aiohttp
import orjson
import psutil

from bench.customers import TENANT, Customer
from bench.processes import Families
from bench.work import Work, free_port, plain_environ
from cli.apis import api_names, audience
from cli.home import prepare_home
from cli.launching import command
from cli.problems import Problem

_NO_TIMEOUT = aiohttp.ClientTimeout(total=None)
_COOKIE = "__Host-gatehouse"
_PROVE_AGAIN_SECONDS = 300.0
_LIMITS = ("SESSIONS", "SIGN_INS", "MESSAGES", "REQUESTS", "OPERATIONS", "PASSWORDS")


class GatehouseClient:
    """A signed-in customer on one kept TLS 1.3 connection."""

    def __init__(self, url: str, authority: Path) -> None:
        context = ssl.create_default_context(cafile=str(authority))
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        connector = aiohttp.TCPConnector(ssl=context, keepalive_timeout=300)
        jar = aiohttp.DummyCookieJar()  # The one cookie is kept here: its jar costs more.
        self._http = aiohttp.ClientSession(base_url=url, connector=connector, cookie_jar=jar)
        self._headers: dict[str, str] = {}
        self._customer: Customer | None = None
        self._proved_at = 0.0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.close()

    async def sign_in(self, customer: Customer) -> None:
        """Password and TOTP code; raises `Problem` where they are refused."""
        await self.arrive()
        names = {"tenant": TENANT, "username": customer.username}
        passed = await self._post("/api/session/password", {**names, "password": customer.password})
        path = f"/api/challenges/{passed['challenge']['id']}/answer"
        await self._post(path, {"code": customer.code()})
        self._customer, self._proved_at = customer, time.monotonic()

    async def arrive(self) -> None:
        """Begin an anonymous session."""
        await self._post("/api/session", {})

    async def extend(self) -> None:
        """Reset the idle limit."""
        await self._post("/api/session/extend", {})

    def events(self) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
        """Open the stream of this session's events, on a connection of its own."""
        return self._http.get("/api/events", headers=self._headers, timeout=_NO_TIMEOUT)

    async def start_over(self) -> None:
        """Go on: a turn costs the same wherever it is in a conversation (see `turn_400_p50`).

        A proof is good for a quarter of an hour, which a run on a slow machine may outlast.
        """
        if self._customer and time.monotonic() - self._proved_at > _PROVE_AGAIN_SECONDS:
            await self.sign_in(self._customer)

    async def say(self, words: str) -> str:
        """Say something; return the first message's text."""
        answer = await self._post("/api/messages", {"text": words})
        return str(answer["messages"][0].get("text"))

    async def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        async with self._http.post(path, json=body, headers=self._headers) as answer:
            content: dict[str, Any] = orjson.loads(await answer.read())
            if not answer.ok:
                what = f"Gatehouse refused {path.split('/')[2]}: {content.get('code')}"
                raise Problem(what, "see that `make run` works, then try again")
        if _COOKIE in answer.cookies:
            self._headers["Cookie"] = f"{_COOKIE}={answer.cookies[_COOKIE].value}"
        if "csrf_token" in content:
            self._headers["X-CSRF-Token"] = content["csrf_token"]
        return content


@dataclass(frozen=True)
class GatehousePlan:
    """Where Gatehouse keeps its state during the run."""

    home: Path
    port: int

    @property
    def environ(self) -> dict[str, str]:
        """The environment of `gatehouse`; the limits are out of the way of one busy address.

        So are the watch's responses: what is asked here in a minute, nobody asks in a day. It
        watches and alerts as ever.
        """
        limits = {f"GATEHOUSE_LIMIT_{name}_PER_MINUTE": "1000000" for name in _LIMITS}
        ours = {"GATEHOUSE_HOME": str(self.home), "GATEHOUSE_PORT": str(self.port)}
        ours["GATEHOUSE_WATCH_RESPONSES"] = "notify"
        return plain_environ() | limits | ours


async def prepare(work: Work, seed: Path) -> GatehousePlan:
    """Set up a home with the customers of this run; the start adds the people of the demo."""
    plan = GatehousePlan(work.folder / "home", free_port())
    await set_up_people(work, plan.home, seed)
    return plan


async def set_up_people(work: Work, home: Path, seed: Path) -> None:
    """Make keys and databases, with the people and accounts of `seed`; other APIs stay empty."""
    prepare_home(home, "demo")
    place, seeding = ("--home", str(home)), ("--seed", str(seed))
    bank, environ = audience("banking"), plain_environ()
    asked = (*place, *seeding, "--subjects", bank)
    said = await work.run("security.setup", *asked, environ=environ)
    subjects = json.dumps(json.loads(said)[bank]).encode()
    await work.run("apis.banking.setup", *place, *seeding, environ=environ, given=subjects)
    for name in api_names():
        await work.run(f"apis.{name}.setup", *place, environ=environ)


async def train(work: Work, plan: GatehousePlan) -> float:
    """Train the project's model in an empty home; return the seconds that it took."""
    began = time.monotonic()
    await work.run("bench.launcher", "train", environ=plan.environ)
    return time.monotonic() - began


def _part(module: str) -> str:
    """Return what the process of `module` is called."""
    name = module.removesuffix(".serve").removeprefix("apis.")
    return "rasa" if name == "dialogue" else name


class Gatehouse:
    """The running Gatehouse side."""

    name = "gatehouse"

    def __init__(self, plan: GatehousePlan, launcher: int, start_seconds: float) -> None:
        self._plan = plan
        self._launcher = launcher
        self.start_seconds = start_seconds

    def families(self) -> Families:
        """Return its processes by part; every one is a child of the launcher."""
        launcher = psutil.Process(self._launcher)
        parts = {_part(each.cmdline()[3]): [each] for each in launcher.children()}
        return {**parts, "launcher": [launcher]}

    @property
    def url(self) -> str:
        """Where its page is."""
        return f"https://localhost:{self._plan.port}"

    def client(self) -> GatehouseClient:
        """Return somebody who has not signed in yet."""
        return GatehouseClient(self.url, self._plan.home / "tls" / "ca.pem")


@asynccontextmanager
async def running(work: Work, plan: GatehousePlan) -> AsyncIterator[Gatehouse]:
    """Start `gatehouse run` and wait for its `ready`."""
    began = time.monotonic()
    words = command(Path(sys.executable), "bench.launcher", "run")
    async with work.running("gatehouse", words, plan.environ) as process:
        ready = f"ready https://localhost:{plan.port}\n"

        async def says_ready() -> bool:
            return process.log.read_text().endswith(ready)

        await process.until(says_ready)
        yield Gatehouse(plan, process.process.pid, time.monotonic() - began)
