"""A shop in process, with everything that a caller or an attacker may vary."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc.jwk import OKPKey

from apis.common.caller import Protection
from apis.common.database import database_path
from apis.common.relations import read_relations
from apis.orders.app import AUDIENCE, NAME, POLICIES, create_app
from apis.orders.setup import PREPARATION
from apis.orders.shop import Shop
from apis.orders.writer import Writer
from security.tokens.dpop import ProofKey
from security.tokens.issuer import Authentication, Grant, Signer, TokenIssuer
from security.tokens.verifier import DEFAULT_ISSUER
from tests.apis.support import set_up, verifier_of
from tests.support.opened import connect, reading, writing

BASE_URL = "http://orders"
RELATIONS = read_relations(POLICIES)
NOW = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)
SUBJECTS = {
    "acme-shop": {"carl": "pw-carl", "cora": "pw-cora"},
    "globex": {"carl": "pw-carl"},
}
SUE = "pw-sue"
ORDERS, ACCOUNT, ADDRESS = (f"orders:{name}:read" for name in ("orders", "account", "address"))
ASSIST = "orders:assist:read"
WRITES = {
    "/cancellations": ("orders:cancellations:write", "cancel_order"),
    "/returns": ("orders:returns:write", "return_item"),
    "/account/address": ("orders:address:write", "change_address"),
    "/support-consents": ("orders:consents:write", "allow_support"),
    "/support-withdrawals": ("orders:withdrawals:write", "withdraw_support"),
    "/assist/cancellations": ("orders:assist_cancellations:write", "assist_cancel_order"),
    "/assist/returns": ("orders:assist_returns:write", "assist_return_item"),
}


def _customer(tenant: str, username: str) -> dict[str, Any]:
    address = {"street": "1 Elm Street", "postcode": "10115", "city": "Elmtown", "country": "DE"}
    owner = {"tenant": tenant, "username": username}
    return {"owner": owner, "name": f"{username} Tester", "since_days_ago": 9, "address": address}


def order(number: str, state: str, *events: tuple[int, str], **given: Any) -> dict[str, Any]:
    """Return an order of carl's for the seed: its events as days ago and what."""
    return {
        "owner": {"tenant": "acme-shop", "username": "carl"},
        "number": number,
        "state": state,
        "items": [{"name": "Lamp", "price": "10.00"}, {"name": "Bulb", "price": "2.50"}],
        "events": [{"days_ago": days, "at": "10:00", "what": what} for days, what in events],
        **given,
    }


SHOP = {
    "orders": {
        "customers": [
            _customer("acme-shop", "carl"),
            _customer("acme-shop", "cora"),
            _customer("globex", "carl"),
        ],
        "orders": [
            order("AC-10001", "placed", (0, "placed"), expected_in_days=3),
            order("AC-10002", "packed", (1, "placed"), (0, "packed")),
            order("AC-10003", "shipped", (2, "placed"), (1, "handed_over")),
            order("AC-10004", "delivered", (40, "placed"), (30, "delivered")),
            order("AC-10005", "delivered", (40, "placed"), (31, "delivered")),
            order("AC-10006", "delivered", (40, "placed"), (29, "delivered")),
            order("AC-10007", "cancelled", (5, "placed"), (4, "cancelled")),
            order(
                "AC-20001",
                "placed",
                (0, "placed"),
                owner={"tenant": "acme-shop", "username": "cora"},
            ),
            order(
                "AC-10001", "placed", (0, "placed"), owner={"tenant": "globex", "username": "carl"}
            ),
        ],
    }
}


@pytest.fixture(scope="session")
def seeded_home(tmp_path_factory: pytest.TempPathFactory, signing_key: OKPKey) -> Path:
    """A shop that is set up once; never used itself, only copied."""
    return set_up(tmp_path_factory.mktemp("shop"), PREPARATION, SHOP, SUBJECTS, NOW, signing_key)


@dataclass
class Api:
    """The API in process, and what its database says past it."""

    http: httpx.AsyncClient
    issuer: TokenIssuer
    path: Path
    key: ProofKey = field(default_factory=ProofKey)
    now: datetime = NOW

    def token(self, scope: str, subject: str = "pw-carl", **more: Any) -> str:
        """Return a token of a customer of the shop; `more` replaces what its grant says."""
        proved = Authentication("aal2", self.now)
        bound = self.key.thumbprint
        grant = Grant(subject, "acme-shop", AUDIENCE, scope, bound, authentication=proved)
        return self.issuer.mint(replace(grant, **more), self.now).value

    async def get(
        self, path: str, scope: str = ORDERS, subject: str = "pw-carl", **more: Any
    ) -> httpx.Response:
        """Read with a token of its own."""
        headers = self._headers("GET", path, self.token(scope, subject, **more))
        return await self.http.get(path, headers=headers)

    async def post(
        self,
        path: str,
        body: dict[str, Any],
        key: str | None = None,
        subject: str = "pw-carl",
        **more: Any,
    ) -> httpx.Response:
        """Write with a token for exactly this; assisted paths are sue's, for the subject."""
        key = key or new_key()
        scope, name = WRITES[path]
        if path.startswith("/assist/"):
            more = {"agent": SUE, **more}
        detail = {"type": f"orders.{name}", "arguments": body, "identifier": key}
        token = self.token(scope, subject, **{"details": [detail], **more})
        headers = {**self._headers("POST", path, token), "Idempotency-Key": key}
        return await self.http.post(path, json=body, headers=headers)

    async def settle(self, key: str, subject: str = "pw-carl") -> Any:
        """Ask what came of a key."""
        detail = {"type": "orders.settle_key", "arguments": {"key": key}}
        token = self.token("orders:writes:settle", subject, details=[detail], authentication=None)
        path = f"/idempotency-keys/{key}/settle"
        reply = await self.http.post(path, headers=self._headers("POST", path, token))
        assert reply.status_code == 200, reply.text
        return reply.json()

    async def assisted(self, path: str = "/assist/orders", **more: Any) -> httpx.Response:
        """Read as sue, for carl."""
        return await self.get(path, ASSIST, **{"agent": SUE, **more})

    async def item_of(self, number: str, name: str = "Lamp", subject: str = "pw-carl") -> Any:
        """Return the body that sends an item of an order back."""
        shown = (await self.get("/orders", subject=subject)).json()["orders"]
        items = next(one["items"] for one in shown if one["number"] == number)
        item = next(one["id"] for one in items if one["name"] == name)
        return {"number": number, "item": item, "item_name": name}

    def rows(self, query: str, *values: Any) -> list[Any]:
        """Read past the API."""
        with closing(connect(self.path)) as connection:
            return connection.execute(query, values).fetchall()

    def state(self, number: str, tenant: str = "acme-shop") -> str:
        """Return the state of an order."""
        query = "SELECT state FROM orders WHERE tenant = ? AND number = ?"
        [[found]] = self.rows(query, tenant, number)
        return str(found)

    def _headers(self, method: str, path: str, token: str) -> dict[str, str]:
        url = f"{BASE_URL}{path}".partition("?")[0]
        proof = self.key.prove(method, url, token, self.now)
        return {"Authorization": f"DPoP {token}", "DPoP": proof}


def new_key() -> str:
    """Return an idempotency key that nobody has used."""
    return secrets.token_urlsafe(16)


@pytest.fixture
def make_api(home: Path, signing_key: OKPKey) -> Iterator[Callable[..., Api]]:
    opened: list[Shop | Writer] = []

    def make() -> Api:
        api: list[Api] = []

        def clock() -> datetime:
            return api[0].now

        path = database_path(home, NAME)
        shop = Shop(reading(path), RELATIONS, clock)
        writer = Writer(writing(path), clock, RELATIONS)
        opened.extend([shop, writer])
        verifier = verifier_of(home, AUDIENCE)
        app = create_app(shop, writer, Protection(NAME, verifier, clock, BASE_URL))
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        http = httpx.AsyncClient(transport=transport, base_url=BASE_URL)
        api.append(Api(http, TokenIssuer(Signer(signing_key), DEFAULT_ISSUER), path))
        return api[0]

    yield make
    for each in opened:
        each.close()


@pytest.fixture
async def api(make_api: Callable[..., Api]) -> AsyncIterator[Api]:
    made = make_api()
    async with made.http:
        yield made


def days(count: int) -> date:
    """Return the day so many days after today."""
    return (NOW + timedelta(days=count)).date()
