"""A seeded bank in a temporary home, keys made for the tests, and a clock that stands still."""

from __future__ import annotations

import json
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from argon2 import PasswordHasher
from joserfc.jwk import OKPKey

from apis.banking.app import AUDIENCE, NAME, POLICIES, create_app
from apis.banking.ledger import Ledger
from apis.banking.pins import Pins
from apis.banking.setup import PREPARATION
from apis.banking.writer import Writer
from apis.common.caller import Protection
from apis.common.database import database_path
from apis.common.relations import read_relations
from security.tokens.dpop import ProofKey
from security.tokens.issuer import Authentication, Grant, Signer, TokenIssuer
from security.tokens.keys import PublishedKeys, generate_signing_key, public_keys
from security.tokens.verifier import DEFAULT_ISSUER, TokenVerifier
from tests.support.opened import reading, writing

from .seeded import BOOK

BASE_URL = "http://banking"
RELATIONS = read_relations(POLICIES)
PINS = Pins(b"p" * 32, PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
NOW = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)
SUBJECTS = {
    "northwind-bank": {"alice": "pw-alice", "bob": "pw-bob"},
    "globex": {"alice": "pw-globex-alice"},
}


PAYMENTS = "banking:payments:read"
WRITES = {
    "/transfers": "banking:transfers:write",
    "/bill-payments": "banking:bills:write",
    "/payees": "banking:payees:write",
    "/freezes": "banking:freezes:write",
    "/unfreezes": "banking:unfreezes:write",
    "/lost-cards": "banking:lost_cards:write",
    "/fraud-reports": "banking:fraud_reports:write",
    "/disputes": "banking:disputes:write",
}
OPERATIONS = {
    "/transfers": "make_transfer",
    "/bill-payments": "pay_bill",
    "/payees": "add_payee",
    "/freezes": "freeze_account",
    "/unfreezes": "unfreeze_account",
    "/lost-cards": "report_lost_card",
    "/fraud-reports": "report_fraud",
    "/disputes": "dispute_transaction",
}


@pytest.fixture(scope="session")
def signing_key() -> OKPKey:
    return generate_signing_key()


@pytest.fixture
def seed_file(tmp_path: Path) -> Path:
    # JSON is YAML too.
    path = tmp_path / "seed.yml"
    path.write_text(json.dumps(BOOK), "utf-8")
    return path


@pytest.fixture(scope="session")
def seeded_home(tmp_path_factory: pytest.TempPathFactory, signing_key: OKPKey) -> Path:
    """A bank that is set up once; never used itself, only copied."""
    folder = tmp_path_factory.mktemp("bank")
    (folder / "seed.yml").write_text(json.dumps(BOOK), "utf-8")
    home = folder / "home"
    PREPARATION.prepare(home, folder / "seed.yml", json.dumps(SUBJECTS), NOW)
    jwks = home / "keys" / "public" / "jwks.json"
    jwks.parent.mkdir(parents=True)
    jwks.write_bytes(public_keys(signing_key))
    return home


@pytest.fixture
def home(tmp_path: Path, seeded_home: Path) -> Path:
    return shutil.copytree(seeded_home, tmp_path / "home")


@dataclass
class Bank:
    """The API in process, with everything that a caller or an attacker may vary."""

    http: httpx.AsyncClient
    issuer: TokenIssuer
    app: Any
    home: Path
    key: ProofKey = field(default_factory=ProofKey)

    def token(
        self, scope: str, tenant: str = "northwind-bank", subject: str = "pw-alice", **more: Any
    ) -> str:
        """Return a token of this bank's holder; `more` replaces what its grant says."""
        grant = Grant(
            subject,
            tenant,
            AUDIENCE,
            scope,
            self.key.thumbprint,
            authentication=Authentication("aal2", NOW),
        )
        return self.issuer.mint(replace(grant, **more), NOW).value

    def write_token(self, path: str, body: Any, key: str | None, **whose: str) -> str:
        """Return a token for exactly this write; for a body that is no object, for none."""
        arguments = dict(body) if isinstance(body, dict) else {}
        name = OPERATIONS.get(path, "settle_key")
        if name == "settle_key":
            arguments["key"] = path.split("/")[2] if path.count("/") > 1 else ""
        detail = {"type": f"banking.{name}", "arguments": arguments}
        detail |= {} if key is None else {"identifier": key}
        scope = WRITES.get(path, "banking:payments:settle")
        try:
            return self.token(scope, details=[detail], **whose)
        except TypeError:  # What cannot be in a token is asked for with another one.
            return self.token(scope, details=[{**detail, "arguments": {}}], **whose)

    def headers(self, method: str, path: str, token: str) -> dict[str, str]:
        """Return what presents a token, with a proof of its own."""
        url = str(self.http.build_request(method, path).url).partition("?")[0]
        proof = self.key.prove(method, url, token, NOW)
        return {"Authorization": f"DPoP {token}", "DPoP": proof}

    async def get(self, path: str, token: str | None = None) -> httpx.Response:
        headers = self.headers("GET", path, token) if token else {}
        return await self.http.get(path, headers=headers)

    async def post(
        self, path: str, body: Any, key: str | None, token: str | None = None, **whose: str
    ) -> httpx.Response:
        """Write with a token of its own, unless one is given."""
        held = token or self.write_token(path, body, key, **whose)
        headers = self.headers("POST", path, held)
        if key is not None:
            headers["Idempotency-Key"] = key
        if body is not None:
            headers["Content-Type"] = "application/json"
        # Escaped, so that a test may send what is no text, such as half a surrogate pair.
        content = None if body is None else json.dumps(body)
        return await self.http.post(path, content=content, headers=headers)

    async def settle(self, key: str, **whose: str) -> Any:
        reply = await self.post(f"/idempotency-keys/{key}/settle", None, None, **whose)
        assert reply.status_code == 200
        return reply.json()

    async def options(self, **whose: str) -> Any:
        return (await self.get("/payment-options", self.token(PAYMENTS, **whose))).json()


@pytest.fixture
def make_bank(
    home: Path, signing_key: OKPKey
) -> Iterator[Callable[[Callable[[], datetime]], tuple[Bank, Ledger]]]:
    opened: list[Writer] = []

    def make(clock: Callable[[], datetime]) -> tuple[Bank, Ledger]:
        ledger = Ledger(
            reading(database_path(home, "banking")),
            RELATIONS,
        )
        writer = Writer(
            writing(database_path(home, "banking")),
            clock,
            RELATIONS,
        )
        opened.append(writer)
        keys = PublishedKeys(home / "keys" / "public" / "jwks.json")
        verifier = TokenVerifier(keys, AUDIENCE, DEFAULT_ISSUER)
        app = create_app(ledger, writer, Protection(NAME, verifier, clock, BASE_URL), PINS)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        http = httpx.AsyncClient(transport=transport, base_url=BASE_URL)
        issuer = TokenIssuer(Signer(signing_key), DEFAULT_ISSUER)
        return Bank(http, issuer, app, home), ledger

    yield make
    for writer in opened:
        writer.close()


@pytest.fixture
def writer(home: Path) -> Iterator[Writer]:
    made = Writer(
        writing(database_path(home, "banking")),
        lambda: NOW,
        RELATIONS,
    )
    yield made
    made.close()


@pytest.fixture
async def bank(make_bank: Any) -> AsyncIterator[Bank]:
    made, ledger = make_bank(lambda: NOW)
    async with made.http:
        yield made
    ledger.close()
