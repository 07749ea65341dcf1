"""The authorization server in process, and clients that prove themselves by hand."""

from __future__ import annotations

import json
import secrets
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from security.guard_parts import build_guard
from security.server import build_oauth
from security.tokens.dpop import ProofKey
from security.tokens.keys import PublicKey, PublishedKeys, generate_signing_key
from security.tokens.verifier import DEFAULT_ISSUER, AccessClaims, TokenVerifier
from tests.security.conftest import MakeWorld
from tests.security.decisions import signed_in
from tests.security.tokens.conftest import Forge, b64
from tests.security.visitor import Visitor
from tests.security.world import World

BANKING = "urn:gatehouse:api:banking"
ACCOUNTS = "banking:accounts:read"
TRANSACTIONS = "banking:transactions:read"
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
TICKET = "urn:gatehouse:params:oauth:token-type:ticket"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class ClientKey(Forge):
    """A client's key, which signs assertions of any header and claims."""

    def __init__(self, client_id: str) -> None:
        super().__init__(generate_signing_key())
        self.client_id = client_id

    @property
    def header(self) -> dict[str, Any]:
        return {"alg": "Ed25519", "kid": self.kid}

    def assertion(self, now: int, header: Any = None, **changed: Any) -> str:
        """Return an assertion; `changed` claims replace those of a good one, None leaves out."""
        claims = {
            "iss": self.client_id,
            "sub": self.client_id,
            "aud": DEFAULT_ISSUER,
            "jti": secrets.token_urlsafe(12),
            "iat": now,
            "exp": now + 60,
            **changed,
        }
        said = {name: value for name, value in claims.items() if value is not None}
        return self.sign(
            b64(json.dumps(header or self.header).encode()), b64(json.dumps(said).encode())
        )


def register(folder: Path, key: ClientKey, **said: Any) -> None:
    """Write a client's file, as an administrator does."""
    folder.mkdir(exist_ok=True)
    form = {
        "client_id": key.client_id,
        "tenant": "northwind-bank",
        "jwks": {"keys": [PublicKey(key.key).as_jwk()]},
        **said,
    }
    (folder / f"{key.client_id}.yml").write_text(json.dumps(form))


@dataclass
class Server:
    """The face, and everybody who talks to it."""

    world: World
    http: httpx.AsyncClient
    gateway: ClientKey
    api: ClientKey
    stranger: ClientKey
    key: ProofKey = field(default_factory=ProofKey)

    def register(self, key: ClientKey, **said: Any) -> ClientKey:
        """Register one more client, which a start of the process would read."""
        register(self.world.home / "keys" / "clients", key, **said)
        self.http._transport.app = _face(self.world)  # type: ignore[attr-defined]
        return key

    @property
    def seconds(self) -> int:
        return int(self.world.clock.now.timestamp())

    async def post(
        self, path: str, who: ClientKey, proof: str | None = None, **form: Any
    ) -> httpx.Response:
        """Post a form with an assertion of `who`, unless the form brings its own."""
        given = {
            "client_assertion_type": ASSERTION,
            "client_assertion": who.assertion(self.seconds),
            **form,
        }
        headers = {} if proof is None else {"DPoP": proof}
        data = {name: value for name, value in given.items() if value is not None}
        return await self.http.post(path, data=data, headers=headers)

    def proof(self, key: ProofKey | None = None) -> str:
        """Return a proof for the token endpoint."""
        url = f"{DEFAULT_ISSUER}/token"
        return (key or self.key).prove("POST", url, None, self.world.clock.now)

    async def token(self, who: ClientKey | None = None, **form: Any) -> httpx.Response:
        """Ask for a token with a good proof."""
        given = {"grant_type": "client_credentials", "scope": ACCOUNTS, **form}
        return await self.post("/token", who or self.gateway, self.proof(), **given)

    async def exchange(
        self, ticket: str, who: ClientKey | None = None, **form: Any
    ) -> httpx.Response:
        """Exchange a turn's ticket."""
        given = {
            "grant_type": EXCHANGE,
            "subject_token": ticket,
            "subject_token_type": TICKET,
            "audience": BANKING,
            **form,
        }
        return await self.token(who, **given)

    async def introspect(self, token: str, who: ClientKey | None = None) -> Any:
        reply = await self.post("/introspect", who or self.api, token=token)
        assert reply.status_code == 200
        return reply.json()

    def claims(self, token: str) -> AccessClaims:
        """Return what an API reads in a token."""
        keys = PublishedKeys(self.world.home / "keys" / "public" / "jwks.json")
        verifier = TokenVerifier(keys, BANKING, DEFAULT_ISSUER)
        return verifier.claims_of(token, self.world.clock.now)


def _face(world: World) -> Any:
    return build_oauth(world.core, build_guard(world.core, world.api, world.access))


MakeServer = Callable[..., Server]


@pytest.fixture
async def make_server(make_world: MakeWorld) -> AsyncIterator[MakeServer]:
    opened: list[httpx.AsyncClient] = []

    def make(**settings: Any) -> Server:
        world = make_world(**settings)
        folder = world.home / "keys" / "clients"
        gateway, api, stranger = map(ClientKey, ("api-gateway", "banking-api", "stranger"))
        both = ["client_credentials", "token_exchange"]
        register(folder, gateway, grants=both, access={BANKING: [ACCOUNTS, TRANSACTIONS]})
        register(folder, api, resource_server=BANKING)
        transport = httpx.ASGITransport(_face(world))
        http = httpx.AsyncClient(transport=transport, base_url=DEFAULT_ISSUER)
        opened.append(http)
        return Server(world, http, gateway, api, stranger)

    yield make
    for http in opened:
        await http.aclose()


@pytest.fixture
def server(make_server: MakeServer) -> Server:
    return make_server()


@pytest.fixture
async def alice(server: Server) -> Visitor:
    return await signed_in(server.world, "alice")


def refused(reply: httpx.Response) -> tuple[int, str]:
    """Return how a request was refused; nothing of it is repeated."""
    said = reply.json()
    assert set(said) >= {"error", "error_description"}
    assert reply.headers["cache-control"] == "no-store"
    return reply.status_code, said["error"]
