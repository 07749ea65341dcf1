"""A seeded HR in a temporary home, keys made for the tests, and a clock that stands still."""

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
from apis.hr.app import AUDIENCE, NAME, POLICIES, create_app
from apis.hr.setup import PREPARATION
from apis.hr.staff import Staff
from apis.hr.writer import Writer
from security.tokens.issuer import Signer, TokenIssuer
from security.tokens.verifier import DEFAULT_ISSUER
from tests.apis.calling import NOW, Api, Endpoint
from tests.apis.support import set_up, verifier_of
from tests.support.opened import reading, writing

RELATIONS = read_relations(POLICIES)
SUBJECTS = {
    "globex": {name: f"pw-{name}" for name in ("erin", "mark", "hana", "ivan")},
    "acme-shop": {"mark": "pw-mark", "zoe": "pw-zoe"},
}

BALANCE = Endpoint("GET", "/leave/balance", "hr:leave:read")
REQUESTS = Endpoint("GET", "/leave", "hr:leave:read")
OPTIONS = Endpoint("GET", "/leave/options", "hr:leave:prepare")
TEAM = Endpoint("GET", "/team/leave", "hr:team:read")
PAYDAY = Endpoint("GET", "/payday", "hr:pay:read")
DOCUMENTS = Endpoint("GET", "/documents", "hr:documents:read")
PAPER = Endpoint("GET", "/documents/", "hr:papers:read")
DEPOSIT = Endpoint("GET", "/deposit", "hr:deposit:read")
ASK = Endpoint("POST", "/leave-requests", "hr:leave:write", "request_leave")
DECIDE = Endpoint("POST", "/leave-decisions", "hr:team:write", "decide_leave")
CHANGE = Endpoint("POST", "/deposit-changes", "hr:deposit:write", "change_deposit")


def employee(tenant: str, username: str, **given: Any) -> dict[str, Any]:
    return {
        "tenant": tenant,
        "username": username,
        "name": username.capitalize(),
        "deposit": "XN39GLBX000400227714",
        "entitled": 10,
        "salary": {"gross": "3000.00", "tax": "600.00", "insurance": "500.00", "months": 2},
        **given,
    }


WAITING = {"starts_in": 20, "working_days": 1, "state": "waiting", "asked_days_ago": 2}
BOOK = {
    "hr": {
        "employees": [
            employee("globex", "mark", leave=[WAITING]),
            employee("globex", "erin", manager="mark", carried=0.5, leave=[WAITING]),
            employee("globex", "hana", manager="mark", desk="hr", leave=[WAITING]),
            employee("globex", "ivan", manager="mark"),
            employee("acme-shop", "mark"),
            employee("acme-shop", "zoe", manager="mark", leave=[WAITING]),
        ]
    }
}


@pytest.fixture(scope="session")
def seeded_home(tmp_path_factory: pytest.TempPathFactory, signing_key: OKPKey) -> Path:
    """An HR that is set up once; never used itself, only copied."""
    return set_up(tmp_path_factory.mktemp("hr"), PREPARATION, BOOK, SUBJECTS, NOW, signing_key)


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
async def hr(home: Path, writer: Writer, signing_key: OKPKey) -> AsyncIterator[Api]:
    staff = Staff(
        reading(database_path(home, NAME)),
        RELATIONS,
    )
    verifier = verifier_of(home, AUDIENCE)
    app = create_app(staff, writer, Protection(NAME, verifier, lambda: NOW, "http://hr"))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://hr") as http:
        issuer = TokenIssuer(Signer(signing_key), DEFAULT_ISSUER)
        yield Api(NAME, http, issuer, database_path(home, NAME))
    staff.close()


def leave(first: str, last: str = "", days: str = "1", part: str = "whole") -> dict[str, str]:
    """Return the body of a request for leave."""
    return {"first": first, "last": last or first, "part": part, "days": days}


def erins_leave(leave: str, on: str, **more: Any) -> dict[str, Any]:
    """Return a day of erin's leave that waits, as a row."""
    whose = {"id": leave, "tenant": "globex", "subject": "pw-erin", "state": "waiting"}
    day = date.fromisoformat(on)
    when = {"first_on": day, "last_on": day, "part": "whole", "half_days": 2}
    return {**whose, **when, "asked_on": date(2026, 11, 1), **more}
