"""A strict client of other people's making, over TLS: oauth4webapi, and the bank behind it."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import trustme
import uvicorn

from apis.banking.app import NAME, POLICIES, create_app
from apis.banking.ledger import Ledger
from apis.banking.pins import Pins
from apis.banking.setup import PREPARATION
from apis.banking.writer import Writer
from apis.common.caller import Protection
from apis.common.database import database_path, read_only_engine, write_engine
from apis.common.relations import read_relations
from apis.common.sealing.files import read_sealing
from apis.common.sealing.ring import PINS
from apis.common.serve import utc_now
from security.guard_parts import build_guard
from security.server import build_oauth
from security.tokens.verifier import PublishedKeys, TokenVerifier
from tests.security.conftest import MakeWorld
from tests.security.decisions import signed_in
from tests.security.oauth.conftest import ACCOUNTS, BANKING, ClientKey, register
from tests.security.world import World
from tests.support.node import FOLDER, find_node, is_installed
from tests.support.opened import sealing_at

pytestmark = pytest.mark.sockets


@pytest.fixture
def node() -> str:
    found = find_node()
    if found is None or not is_installed():
        missing = "Node 20 with the clients of tests/foreign is not there: make test installs them"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    return found


@pytest.fixture
def authority(tmp_path: Path) -> tuple[ssl.SSLContext, Path]:
    """A TLS context for localhost, and the certificate that the client trusts."""
    ca = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    ca.issue_cert("localhost").configure_cert(context)
    ca.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    return context, tmp_path / "ca.pem"


def _bound() -> tuple[socket.socket, str]:
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    return listening, f"https://localhost:{listening.getsockname()[1]}"


@asynccontextmanager
async def _served(app: Any, listening: socket.socket, tls: ssl.SSLContext) -> AsyncIterator[None]:
    config = uvicorn.Config(app, lifespan="off", log_config=None, access_log=False)
    config.load()
    config.ssl = tls
    server = uvicorn.Server(config)
    server.capture_signals = nullcontext  # type: ignore[method-assign]
    running = asyncio.create_task(server.serve([listening]))
    try:
        yield
    finally:
        server.should_exit = True
        await running


@asynccontextmanager
async def _bank(world: World, home: Path, address: str, issuer: str) -> AsyncIterator[Any]:
    """The banking API with one account of alice, behind its own door."""
    [(person,)] = world.sql(
        "SELECT id FROM people WHERE username_hash = hashed(tenant_id, 'alice')"
    )
    subject = world.core.keys.pairwise_subject(person, BANKING)
    account = {
        "owner": {"tenant": "northwind-bank", "username": "alice"},
        "name": "Current account",
        "number": "XN14NWBK000100274021",
        "currency": "EUR",
        "balance": "10.00",
        "transactions": [{"days_ago": 1, "text": "Brought forward", "amount": "10.00"}],
    }
    (home / "seed.yml").write_text(json.dumps({"banking": {"accounts": [account]}}))
    subjects = json.dumps({"northwind-bank": {"alice": subject}})
    PREPARATION.prepare(home, home / "seed.yml", subjects, datetime.now(UTC))
    path = database_path(home, NAME)
    relations = read_relations(POLICIES)
    ledger = Ledger(read_only_engine(path, sealing_at(path)), relations)
    writer = Writer(write_engine(path, sealing_at(path)), utc_now, relations)
    keys = PublishedKeys(world.home / "keys" / "public" / "jwks.json")
    verifier = TokenVerifier(keys, BANKING, issuer)
    try:
        pins = Pins(read_sealing(home, NAME).ring.secret(PINS))
        yield create_app(ledger, writer, Protection(NAME, verifier, utc_now, address), pins)
    finally:
        ledger.close()
        writer.close()


async def test_a_strict_client_of_other_peoples_making_finds_nothing_to_object_to(
    node: str, authority: tuple[ssl.SSLContext, Path], make_world: MakeWorld, tmp_path: Path
) -> None:
    """RFC 8414, 7523, 6749, 8693, 9449, 9068, 7662, 7009 ★: each answer is checked by its rules."""
    (as_socket, issuer), (api_socket, address) = _bound(), _bound()
    world = make_world(oauth_issuer=issuer)
    world.clock.now = datetime.now(UTC)
    client, resource_server = ClientKey("api-gateway"), ClientKey("banking-api")
    folder = world.home / "keys" / "clients"
    grants = ["client_credentials", "token_exchange"]
    register(folder, client, grants=grants, access={BANKING: [ACCOUNTS]})
    register(folder, resource_server, resource_server=BANKING)
    alice = await signed_in(world, "alice")
    ticket = (await alice.say()).ticket
    live = replace(world.core, clock=utc_now)
    face = build_oauth(live, build_guard(live, world.api))
    async with (
        _bank(world, tmp_path, address, issuer) as bank,
        _served(face, as_socket, authority[0]),
        _served(bank, api_socket, authority[0]),
    ):
        seen = await _run(
            node,
            authority[1],
            issuer=issuer,
            api=address,
            audience=BANKING,
            scope=ACCOUNTS,
            ticket=ticket,
            client={"id": client.client_id, "jwk": client.key.as_dict(private=True)},
            resourceServer={
                "id": resource_server.client_id,
                "jwk": resource_server.key.as_dict(private=True),
            },
        )
    assert seen["ownToken"]["token_type"] == seen["token"]["token_type"] == "dpop"
    assert seen["active"]["active"] is True
    assert seen["active"]["cnf"] == {"jkt": seen["thumbprint"]}
    assert (seen["claims"]["client_id"], seen["claims"]["scope"]) == ("api-gateway", ACCOUNTS)
    assert seen["accounts"]["accounts"][0]["balance"] == "10.00"
    assert seen["stolen"] == 401
    assert seen["after"] == {"active": False}


async def _run(node: str, authority: Path, **given: Any) -> Any:
    """Run the client; return what it saw. It fails with its own words where it objects."""
    environ = {"PATH": os.environ["PATH"], "NODE_EXTRA_CA_CERTS": str(authority)}
    running = await asyncio.create_subprocess_exec(
        node,
        "--no-warnings",
        str(FOLDER / "oauth_client.mjs"),
        env=environ,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    said, complained = await running.communicate(json.dumps(given).encode())
    assert running.returncode == 0, complained.decode()
    return json.loads(said)
