"""A seeded IT in a temporary home, keys made for the tests, and a clock that stands still."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc.jwk import OKPKey

from apis.common.caller import Protection
from apis.common.database import database_path
from apis.common.relations import read_relations
from apis.it.app import AUDIENCE, NAME, POLICIES, create_app
from apis.it.desk import Desk
from apis.it.setup import PREPARATION
from apis.it.writer import Writer
from security.tokens.issuer import Signer, TokenIssuer
from security.tokens.verifier import DEFAULT_ISSUER
from tests.apis.calling import NOW, Api, Endpoint
from tests.apis.support import set_up, verifier_of
from tests.support.opened import reading, writing

RELATIONS = read_relations(POLICIES)
SUBJECTS = {
    "globex": {name: f"pw-{name}" for name in ("erin", "mark", "ivan")},
    "acme-shop": {"ivan": "pw-ivan"},
}

TICKETS = Endpoint("GET", "/tickets", "it:tickets:read")
QUEUE = Endpoint("GET", "/queue", "it:queue:read")
RESET = Endpoint("GET", "/help/reset-password", "it:help:read")
UNLOCK = Endpoint("GET", "/help/unlock-account", "it:help:read")
DESK = Endpoint("GET", "/help/person", "it:help:read")
OPTIONS = Endpoint("GET", "/person", "it:person:read")
ASK = Endpoint("POST", "/person/requests", "it:person:write", "request_person")
CREATE = Endpoint("POST", "/new-tickets", "it:tickets:write", "create_ticket")


def ticket(number: int, title: str, **given: Any) -> dict[str, Any]:
    return {"number": number, "title": title, "opened_days_ago": 3, "changed_days_ago": 1, **given}


def member(tenant: str, username: str, *tickets: Any, desk: str | None = None) -> dict[str, Any]:
    named = {"tenant": tenant, "username": username, "name": username.capitalize(), "desk": desk}
    return {**named, "tickets": list(tickets)}


def _desk(tenant: str, phone: str) -> dict[str, str]:
    return {"tenant": tenant, "name": f"{tenant} IT", "phone": phone, "hours": "Weekdays, 8 to 6"}


BOOK = {
    "it": {
        "desks": [_desk("globex", "+12025550130"), _desk("acme-shop", "+12025550131")],
        "members": [
            member(
                "globex",
                "erin",
                ticket(1001, "Old screen", state="solved"),
                ticket(1004, "Laptop is hot", priority="high"),
            ),
            member("globex", "mark", ticket(1002, "Folder")),
            member("globex", "ivan", ticket(1003, "Door"), desk="it"),
            member("acme-shop", "ivan", ticket(1001, "Till"), desk="it"),
        ],
    }
}


@pytest.fixture(scope="session")
def seeded_home(tmp_path_factory: pytest.TempPathFactory, signing_key: OKPKey) -> Path:
    """An IT that is set up once; never used itself, only copied."""
    return set_up(tmp_path_factory.mktemp("it"), PREPARATION, BOOK, SUBJECTS, NOW, signing_key)


@pytest.fixture
def writer(home: Path) -> Iterator[Writer]:
    made = Writer(
        writing(database_path(home, NAME)),
        lambda: NOW,
        RELATIONS,
    )
    yield made
    made.close()


@pytest.fixture
async def it(home: Path, writer: Writer, signing_key: OKPKey) -> AsyncIterator[Api]:
    desk = Desk(
        reading(database_path(home, NAME)),
        RELATIONS,
    )
    verifier = verifier_of(home, AUDIENCE)
    app = create_app(desk, writer, Protection(NAME, verifier, lambda: NOW, "http://it"))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://it") as http:
        issuer = TokenIssuer(Signer(signing_key), DEFAULT_ISSUER)
        yield Api(NAME, http, issuer, database_path(home, NAME))
    desk.close()


def erins_ticket(number: int, **more: Any) -> dict[str, Any]:
    """Return a ticket of erin's, as a row."""
    whose = {"id": f"tkt_{number}", "tenant": "globex", "subject": "pw-erin", "number": number}
    said = {"title": "Slow", "priority": "normal", "state": "open", "kind": "it"}
    return {**whose, **said, "opened_on": date(2026, 1, 1), "changed_on": date(2026, 1, 1), **more}
