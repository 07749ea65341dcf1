"""The APIs of a home in this process, called as security calls them: a token and a proof each."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
from fastapi import FastAPI

from apis.banking import app as banking
from apis.banking.ledger import Ledger
from apis.banking.pins import Pins
from apis.banking.writer import Writer as BankWriter
from apis.common.caller import Protection
from apis.common.engines import engine_to_read, engine_to_write
from apis.common.model import Owner
from apis.common.relations import read_relations
from apis.common.sealing.files import read_sealing
from apis.healthcare import app as healthcare
from apis.healthcare.calendar import Calendar
from apis.healthcare.records import Records
from apis.healthcare.writer import Writer as ClinicWriter
from apis.hr import app as hr
from apis.hr.staff import Staff
from apis.hr.writer import Writer as StaffWriter
from apis.it import app as it
from apis.it.desk import Desk
from apis.it.writer import Writer as DeskWriter
from apis.orders import app as orders
from apis.orders.shop import Shop
from apis.orders.writer import Writer as ShopWriter
from security.tokens.dpop import ProofKey
from security.tokens.issuer import Authentication, Grant, Signer, TokenIssuer
from security.tokens.keys import PublishedKeys, generate_signing_key, public_keys
from security.tokens.verifier import DEFAULT_ISSUER, TokenVerifier

Make = Callable[[Path, ExitStack, Protection], FastAPI]


def now() -> datetime:
    """Return the present moment."""
    return datetime.now(UTC)


def _banking(home: Path, opened: ExitStack, door: Protection) -> FastAPI:
    relations = read_relations(banking.POLICIES)
    sealing = read_sealing(home, banking.NAME)
    ledger = Ledger(engine_to_read(home, banking.NAME, sealing), relations)
    writer = BankWriter(engine_to_write(home, banking.NAME, sealing), now, relations)
    opened.callback(ledger.close), opened.callback(writer.close)
    pins = Pins(secrets.token_bytes(32))  # Reads need none.
    return banking.create_app(ledger, writer, door, pins)


def _healthcare(home: Path, opened: ExitStack, door: Protection) -> FastAPI:
    relations = read_relations(healthcare.POLICIES)
    sealing = read_sealing(home, healthcare.NAME)
    calendar = Calendar(engine_to_read(home, healthcare.NAME, sealing), relations, now)
    records = Records(engine_to_read(home, healthcare.NAME, sealing), relations, now)
    writer = ClinicWriter(engine_to_write(home, healthcare.NAME, sealing), now, relations)
    for one in (calendar, records, writer):
        opened.callback(one.close)
    return healthcare.create_app(calendar, records, writer, door)


def _orders(home: Path, opened: ExitStack, door: Protection) -> FastAPI:
    relations = read_relations(orders.POLICIES)
    sealing = read_sealing(home, orders.NAME)
    shop = Shop(engine_to_read(home, orders.NAME, sealing), relations, now)
    writer = ShopWriter(engine_to_write(home, orders.NAME, sealing), now, relations)
    opened.callback(shop.close), opened.callback(writer.close)
    return orders.create_app(shop, writer, door)


def _hr(home: Path, opened: ExitStack, door: Protection) -> FastAPI:
    relations = read_relations(hr.POLICIES)
    sealing = read_sealing(home, hr.NAME)
    staff = Staff(engine_to_read(home, hr.NAME, sealing), relations)
    writer = StaffWriter(engine_to_write(home, hr.NAME, sealing), now, relations)
    opened.callback(staff.close), opened.callback(writer.close)
    return hr.create_app(staff, writer, door)


def _it(home: Path, opened: ExitStack, door: Protection) -> FastAPI:
    relations = read_relations(it.POLICIES)
    sealing = read_sealing(home, it.NAME)
    desk = Desk(engine_to_read(home, it.NAME, sealing), relations)
    writer = DeskWriter(engine_to_write(home, it.NAME, sealing), now, relations)
    opened.callback(desk.close), opened.callback(writer.close)
    return it.create_app(desk, writer, door)


_MAKERS: dict[str, Make] = {
    "banking": _banking,
    "healthcare": _healthcare,
    "hr": _hr,
    "it": _it,
    "orders": _orders,
}


@dataclass(frozen=True)
class Door:
    """One API, and what lets in: a key of this process, and tokens that it signs itself."""

    name: str
    http: httpx.AsyncClient
    issuer: TokenIssuer
    proofs: ProofKey

    async def get(self, owner: Owner, scope: str, path: str, agent: str | None = None) -> int:
        """Read as `owner`; return the answer's status."""
        return (await self.read(owner, scope, path, agent)).status_code

    async def read(
        self, owner: Owner, scope: str, path: str, agent: str | None = None
    ) -> httpx.Response:
        """Read as `owner`; return the answer."""
        return await self.http.send(self.ask(owner, scope, path, agent))

    def ask(self, owner: Owner, scope: str, path: str, agent: str | None = None) -> httpx.Request:
        """Return a request to read as `owner`, with a token and a proof of its own."""
        moment = now()
        grant = Grant(
            owner.subject,
            owner.tenant,
            f"urn:gatehouse:api:{self.name}",
            scope,
            self.proofs.thumbprint,
            authentication=Authentication("aal2", moment),
            agent=agent,
        )
        token = self.issuer.mint(grant, moment).value
        url = f"http://{self.name}{path}".partition("?")[0]
        proof = self.proofs.prove("GET", url, token, moment)
        headers = {"Authorization": f"DPoP {token}", "DPoP": proof}
        return self.http.build_request("GET", path, headers=headers)


def open_door(home: Path, folder: Path, name: str, opened: ExitStack) -> Door:
    """Open an API of this home; `folder` is for the key that its verifier knows."""
    signing = generate_signing_key()
    jwks = folder / f"{name}.json"
    jwks.write_bytes(public_keys(signing))
    verifier = TokenVerifier(PublishedKeys(jwks), f"urn:gatehouse:api:{name}", DEFAULT_ISSUER)
    app = _MAKERS[name](home, opened, Protection(name, verifier, now, f"http://{name}"))
    http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=f"http://{name}")
    return Door(name, http, TokenIssuer(Signer(signing), DEFAULT_ISSUER), ProofKey())
