"""The demo's clinic in a temporary home, keys made for the tests, a clock that is moved by hand."""

from __future__ import annotations

import json
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc.jwk import OKPKey

from apis.common.caller import Protection
from apis.common.database import database_path
from apis.common.relations import read_relations
from apis.healthcare.app import AUDIENCE, NAME, POLICIES, create_app
from apis.healthcare.calendar import Calendar
from apis.healthcare.records import Records
from apis.healthcare.setup import PREPARATION
from apis.healthcare.writer import Writer
from security.tokens.dpop import ProofKey
from security.tokens.issuer import Authentication, Grant, Signer, TokenIssuer
from security.tokens.keys import PublishedKeys, generate_signing_key, public_keys
from security.tokens.verifier import DEFAULT_ISSUER, TokenVerifier
from tests.support.opened import reading, writing

from .paths import OPERATIONS, operation_of

BASE_URL = "http://healthcare"
DEMO = Path(__file__).parents[3] / "demo" / "healthcare.yml"
RELATIONS = read_relations(POLICIES)
NOW = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)
"""A Monday, 13:00 at the clinic."""
CLINIC = "harbor-clinic"
SUBJECTS = {CLINIC: {name: f"pw-{name}" for name in ("pat", "quinn", "dana", "rob", "aud2")}}


@dataclass
class Clinic:
    """The API in process, with everything that a caller or an attacker may vary."""

    http: httpx.AsyncClient
    issuer: TokenIssuer
    app: Any
    home: Path
    now: datetime = NOW
    key: ProofKey = field(default_factory=ProofKey)

    def token(self, scope: str, who: str = "pat", tenant: str = CLINIC, **more: Any) -> str:
        """Return a token of this person; `more` replaces what its grant says."""
        proof = more.pop("authentication", Authentication("aal2", self.now))
        grant = Grant(
            f"pw-{who}",
            tenant,
            AUDIENCE,
            scope,
            self.key.thumbprint,
            authentication=proof,
            **more,
        )
        return self.issuer.mint(grant, self.now).value

    def headers(self, method: str, path: str, token: str) -> dict[str, str]:
        """Return what presents a token, with a proof of its own."""
        url = str(self.http.build_request(method, path).url).partition("?")[0]
        proof = self.key.prove(method, url, token, self.now)
        return {"Authorization": f"DPoP {token}", "DPoP": proof}

    async def get(self, path: str, who: str = "pat", **more: Any) -> httpx.Response:
        """Read as this person, with a token for just that."""
        scope = OPERATIONS[operation_of("GET", path)]
        token = self.token(scope, who, **more)
        return await self.http.get(path, headers=self.headers("GET", path, token))

    async def listed(self, path: str, who: str = "pat", **more: Any) -> list[Any]:
        """Return the resources of a bundle."""
        reply = await self.get(path, who, **more)
        assert reply.status_code == 200, reply.json()
        return [entry["resource"] for entry in reply.json().get("entry", [])]

    def write_token(self, path: str, body: Any, key: str | None, who: str = "pat") -> str:
        """Return a token for exactly this write; for a body that is no object, for none."""
        name = operation_of("POST", path)
        arguments = dict(body) if isinstance(body, dict) else {}
        parts = path.split("/")
        if len(parts) > 3:
            arguments["appointment" if parts[1] == "Appointment" else "key"] = parts[2]
        detail = {"type": f"healthcare.{name}", "arguments": arguments}
        detail |= {} if key is None else {"identifier": key}
        try:
            return self.token(OPERATIONS[name], who, details=[detail])
        except TypeError:  # What cannot be in a token is asked for with another one.
            return self.token(OPERATIONS[name], who, details=[{**detail, "arguments": {}}])

    async def post(
        self, path: str, body: Any, key: str | None, who: str = "pat", token: str | None = None
    ) -> httpx.Response:
        """Write as this person, with a token of its own unless one is given."""
        held = token or self.write_token(path, body, key, who)
        headers = self.headers("POST", path, held)
        headers |= {"Idempotency-Key": key} if key is not None else {}
        headers |= {"Content-Type": "application/json"} if body is not None else {}
        content = None if body is None else json.dumps(body)
        return await self.http.post(path, content=content, headers=headers)

    async def free(self, query: str = "", who: str = "pat") -> list[Any]:
        """Return free times."""
        return await self.listed(f"/Slot?{query}" if query else "/Slot", who)

    def later(self, **amount: float) -> None:
        """Let time go by."""
        self.now += timedelta(**amount)


@pytest.fixture(scope="session")
def clinic_key() -> OKPKey:
    return generate_signing_key()


@pytest.fixture(scope="session")
def seeded_clinic(tmp_path_factory: pytest.TempPathFactory, clinic_key: OKPKey) -> Path:
    """A clinic that is set up once; never used itself, only copied."""
    home = tmp_path_factory.mktemp("clinic") / "home"
    PREPARATION.prepare(home, DEMO, json.dumps(SUBJECTS), NOW)
    jwks = home / "keys" / "public" / "jwks.json"
    jwks.parent.mkdir(parents=True)
    jwks.write_bytes(public_keys(clinic_key))
    return home


@pytest.fixture
def home(tmp_path: Path, seeded_clinic: Path) -> Path:
    return shutil.copytree(seeded_clinic, tmp_path / "home")


@pytest.fixture
async def clinic(home: Path, clinic_key: OKPKey) -> AsyncIterator[Clinic]:
    made: Clinic

    def clock() -> datetime:
        return made.now

    database = database_path(home, "healthcare")
    writer = Writer(writing(database), clock, RELATIONS)
    calendar = Calendar(reading(database), RELATIONS, clock)
    records = Records(reading(database), RELATIONS, clock)
    keys = PublishedKeys(home / "keys" / "public" / "jwks.json")
    verifier = TokenVerifier(keys, AUDIENCE, DEFAULT_ISSUER)
    app = create_app(calendar, records, writer, Protection(NAME, verifier, clock, BASE_URL))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    issuer = TokenIssuer(Signer(clinic_key), DEFAULT_ISSUER)
    async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as http:
        made = Clinic(http, issuer, app, home)
        yield made
    for part in (writer, calendar, records):
        part.close()
