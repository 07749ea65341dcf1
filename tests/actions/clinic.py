"""The demo's clinic behind the real guard, in this process: the bot asks it as security does."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import httpx
import orjson

from apis.common.caller import Protection
from apis.common.database import database_path, read_only_engine, write_engine
from apis.common.relations import read_relations
from apis.healthcare.app import AUDIENCE, NAME, POLICIES, create_app
from apis.healthcare.calendar import Calendar
from apis.healthcare.records import Records
from apis.healthcare.setup import PREPARATION
from apis.healthcare.writer import Writer
from security.adapters.api_client import ApiClient, _Api
from security.adapters.api_replies import Reply
from security.api_addresses import ApiAddress
from security.core import Core
from security.operations.openapi import Endpoint
from security.setup import subjects
from security.tokens.verifier import DEFAULT_ISSUER, TokenVerifier
from tests.security.world import PROJECT, World
from tests.support.opened import sealing_at


class InProcess(ApiClient):
    """The real client; only the wire is a call of the application."""

    def __init__(self, core: Core, app: Any) -> None:
        super().__init__((), 5.0, core.proof_key, core.clock)
        self.down = False
        self.calls: list[tuple[str, Mapping[str, Any]]] = []
        address = ApiAddress(NAME, f"http://{NAME}")
        self._apis[NAME] = _Api(address, None)  # type: ignore[arg-type]
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(app, raise_app_exceptions=False), base_url=address.base
        )

    async def call(self, operation: Any, arguments: Any, token: str, key: Any = None) -> Any:
        self.calls.append((operation.name, dict(arguments)))
        return await super().call(operation, arguments, token, key)

    async def _send(
        self,
        api: _Api,
        endpoint: Endpoint,
        arguments: Mapping[str, Any],
        token: str,
        key: str | None,
    ) -> Reply:
        if self.down:
            raise aiohttp.ConnectionTimeoutError
        url = f"{api.address.base}{endpoint.url_path(arguments)}"
        proof = self._proof_key.prove(endpoint.method, url.partition("?")[0], token, self._clock())
        headers = {"Authorization": f"DPoP {token}", "DPoP": proof}
        body = endpoint.body(arguments)
        if body is not None:
            headers["Content-Type"] = "application/json"
        if key is not None:
            headers["Idempotency-Key"] = key
        content = orjson.dumps(body) if body is not None else None
        reply = await self.http.request(endpoint.method, url, headers=headers, content=content)
        media = reply.headers.get("content-type", "").partition(";")[0]
        return Reply(reply.status_code, media, reply.content)


def seed_clinic(world: World) -> Path:
    """Seed the clinic with the pairwise names that security has for its people."""
    named = subjects(world.core.database, world.core.keys, AUDIENCE)
    demo = PROJECT / "demo" / "healthcare.yml"
    PREPARATION.prepare(world.home, demo, json.dumps(named), world.clock.now)
    return database_path(world.home, NAME)


@asynccontextmanager
async def clinic_of(world: World) -> AsyncIterator[InProcess]:
    """Serve the clinic that was seeded in this world's home."""
    relations, database = read_relations(POLICIES), database_path(world.home, NAME)
    writer = Writer(write_engine(database, sealing_at(database)), world.clock, relations)
    calendar = Calendar(read_only_engine(database, sealing_at(database)), relations, world.clock)
    records = Records(read_only_engine(database, sealing_at(database)), relations, world.clock)
    verifier = TokenVerifier(world.core.published, AUDIENCE, DEFAULT_ISSUER)
    protection = Protection(NAME, verifier, world.clock, f"http://{NAME}")
    client = InProcess(world.core, create_app(calendar, records, writer, protection))
    async with client.http:
        yield client
    for part in (writer, calendar, records):
        part.close()
