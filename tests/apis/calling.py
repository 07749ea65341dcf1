"""An API in this process, called as security calls it: a token for exactly this, and a proof."""

from __future__ import annotations

import json
import secrets
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from apis.common.caller import Caller
from apis.common.model import Owner
from security.tokens.dpop import ProofKey
from security.tokens.issuer import Authentication, Grant, TokenIssuer
from tests.support.api_server import pull, push
from tests.support.opened import connect, keep

NOW = datetime(2026, 11, 25, 12, 0, 0, tzinfo=UTC)
"""A Wednesday."""


@dataclass(frozen=True)
class Endpoint:
    """One operation of an API: how it is reached, and what opens it."""

    method: str
    path: str
    scope: str
    operation: str = ""


@dataclass
class Api:
    """The application, with everything that a caller or an attacker may vary."""

    name: str
    http: httpx.AsyncClient
    issuer: TokenIssuer
    database: Path
    key: ProofKey = field(default_factory=ProofKey)

    def token(
        self, scope: str, subject: str, tenant: str = "globex", aal: str = "aal2", **more: Any
    ) -> str:
        """Return a token of this person; `more` replaces what its grant says."""
        audience = f"urn:gatehouse:api:{self.name}"
        proved = Authentication(aal, NOW)
        grant = Grant(subject, tenant, audience, scope, self.key.thumbprint, authentication=proved)
        return self.issuer.mint(replace(grant, **more), NOW).value

    async def get(self, to: Endpoint, subject: str, path: str = "", **more: Any) -> httpx.Response:
        """Read; `path` takes the place of the endpoint's own."""
        where = path or to.path
        token = self.token(to.scope, subject, **more)
        return await self.http.get(where, headers=self._headers("GET", where, token))

    async def post(
        self, to: Endpoint, subject: str, body: Any, key: str | None = None, **more: Any
    ) -> httpx.Response:
        """Write, with a token and a key of its own unless a key is given."""
        key = key or secrets.token_urlsafe(16)
        detail = {"type": f"{self.name}.{to.operation}", "arguments": body, "identifier": key}
        given = {"details": [detail], **more}
        token = self.token(to.scope, subject, **given)
        headers = self._headers("POST", to.path, token) | {"Idempotency-Key": key}
        headers["Content-Type"] = "application/json"
        return await self.http.post(to.path, content=json.dumps(body), headers=headers)

    def rows(self, query: str, *values: Any) -> list[Any]:
        """Read past the API."""
        with closing(connect(self.database)) as connection:
            return connection.execute(query, values).fetchall()

    def change(self, statement: str, *values: Any) -> None:
        """Change something that is not sealed past the API."""
        pull(self.database)
        with closing(sqlite3.connect(self.database)) as connection:
            connection.execute(statement, values)
            connection.commit()
        push(self.database)

    def keep(self, table: type[Any], *rows: dict[str, Any]) -> None:
        """Insert rows past the API."""
        keep(self.database, table, *rows)

    def _headers(self, method: str, path: str, token: str) -> dict[str, str]:
        url = f"http://{self.name}{path}".partition("?")[0]
        proof = self.key.prove(method, url, token, NOW)
        return {"Authorization": f"DPoP {token}", "DPoP": proof}


def code_of(reply: httpx.Response) -> str:
    """Return the code of a refusal, `ok` where there is none."""
    return "ok" if reply.status_code == 200 else str(reply.json()["code"])


def caller(subject: str, api: str, tenant: str = "globex") -> Caller:
    """Return a caller with a token that nobody has used."""
    ends = NOW + timedelta(seconds=30)
    return Caller(Owner(tenant, subject), secrets.token_urlsafe(16), ends, api)
