"""A seeded bank in a temporary home, keys made for the tests, and a clock that stands still."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc.jwk import OKPKey

from apis.banking.app import create_app
from apis.banking.caller import AUDIENCE, ISSUER
from apis.banking.database import database_path
from apis.banking.ledger import Ledger, read_only_engine
from apis.banking.setup import prepare
from security.tokens.issuer import TokenIssuer
from security.tokens.keys import generate_signing_key, public_keys
from security.tokens.verifier import TokenVerifier

NOW = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)
SUBJECTS = {
    "northwind-bank": {"alice": "pw-alice", "bob": "pw-bob"},
    "globex": {"alice": "pw-globex-alice"},
}


def _row(days_ago: int, text: str, amount: str) -> dict[str, Any]:
    return {"days_ago": days_ago, "text": text, "amount": amount}


def _account(tenant: str, username: str, number: str, **given: Any) -> dict[str, Any]:
    owner = {"tenant": tenant, "username": username}
    rows = given.pop("transactions")
    named = {"owner": owner, "name": "Current account", "number": number, "currency": "EUR"}
    return {**named, "held": "0.00", "transactions": rows, **given}


BOOK = {
    "banking": {
        "accounts": [
            _account(
                "northwind-bank",
                "alice",
                "XN14NWBK000100274021",
                balance="1480.15",
                held="80.10",
                transactions=[
                    _row(9, "Balance brought forward", "1500.14"),
                    *[_row(1, f"Kiosk {number}", "-1.00") for number in range(9)],
                    _row(0, "Spotted Goods", "-10.99"),
                ],
            ),
            _account(
                "northwind-bank",
                "alice",
                "XN00NWBK000100270007",
                name="Savings account",
                balance="-0.05",
                transactions=[_row(2, "Interest", "-0.05")],
            ),
            _account(
                "northwind-bank",
                "bob",
                "XN02NWBK000100318857",
                balance="7.00",
                transactions=[_row(3, "Balance brought forward", "7.00")],
            ),
            _account(
                "globex",
                "alice",
                "XN03GLBX000100310001",
                balance="9.00",
                transactions=[_row(3, "Balance brought forward", "9.00")],
            ),
        ]
    }
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


@pytest.fixture
def home(tmp_path: Path, seed_file: Path, signing_key: OKPKey) -> Path:
    home = tmp_path / "home"
    prepare(home, seed_file, json.dumps(SUBJECTS), NOW)
    jwks = home / "keys" / "public" / "jwks.json"
    jwks.parent.mkdir(parents=True)
    jwks.write_bytes(public_keys(signing_key))
    return home


@dataclass
class Bank:
    """The API in process, with everything that a caller or an attacker may vary."""

    http: httpx.AsyncClient
    issuer: TokenIssuer
    app: Any
    home: Path

    def token(self, scope: str, tenant: str = "northwind-bank", subject: str = "pw-alice") -> str:
        token = self.issuer.mint(
            subject=subject, tenant=tenant, audience=AUDIENCE, scope=scope, now=NOW
        )
        return token.value

    async def get(self, path: str, token: str | None = None) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return await self.http.get(path, headers=headers)


@pytest.fixture
def make_bank(
    home: Path, signing_key: OKPKey
) -> Callable[[Callable[[], datetime]], tuple[Bank, Ledger]]:
    def make(clock: Callable[[], datetime]) -> tuple[Bank, Ledger]:
        ledger = Ledger(read_only_engine(database_path(home)))
        verifier = TokenVerifier(home / "keys" / "public" / "jwks.json", AUDIENCE, ISSUER)
        app = create_app(ledger, verifier, clock)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        http = httpx.AsyncClient(transport=transport, base_url="http://banking")
        return Bank(http, TokenIssuer(signing_key), app, home), ledger

    return make


@pytest.fixture
async def bank(make_bank: Any) -> AsyncIterator[Bank]:
    made, ledger = make_bank(lambda: NOW)
    async with made.http:
        yield made
    ledger.close()
