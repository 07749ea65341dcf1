"""The mock API that docs/extending.md builds, held against what every API of ours keeps."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from apis.library.app import API

from apis.common.caller import Protection
from apis.common.database import database_path, read_only_engine, write_engine
from apis.common.openapi import as_text
from apis.common.records import Records, RecordWriter
from apis.common.relations import read_relations
from apis.common.sealing.files import read_sealing
from tests.apis.support import Doorkeeper

NOW = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)
SUBJECTS = {"acme-shop": {"carl": "pw-carl", "cora": "pw-cora"}}
KEY = "K" * 22


class Library:
    """The API in this process, and tokens for it."""

    def __init__(self, http: httpx.AsyncClient, door: Doorkeeper) -> None:
        self.http = http
        self.door = door

    async def loans(self, subject: str, tenant: str = "acme-shop") -> httpx.Response:
        headers = self.door.headers("GET", "/loans", subject, tenant, "library:loans:read")
        return await self.http.get("/loans", headers=headers)

    async def renew(
        self, subject: str, order: dict[str, Any], approved: dict[str, Any], key: str = KEY
    ) -> httpx.Response:
        headers = self.door.headers(
            "POST", "/renew_loan", subject, "acme-shop", "library:renew_loan:write",
            operation="library.renew_loan", arguments=approved, key=key,
        )  # fmt: skip
        return await self.http.post("/renew_loan", json=order, headers=headers)


@pytest.fixture
async def library(tmp_path: Path) -> AsyncIterator[Library]:
    seed = Path(__file__).parents[3] / "demo" / "library.yml"
    API.preparation().prepare(tmp_path, seed, json.dumps(SUBJECTS), NOW)
    relations, database = (
        read_relations(API.folder / "policies"),
        database_path(tmp_path, "library"),
    )
    sealing = read_sealing(tmp_path, "library")
    records = Records(read_only_engine(database, sealing), relations)
    writer = RecordWriter(write_engine(database, sealing), lambda: NOW, relations)
    door = Doorkeeper(tmp_path, API.audience, "http://library", NOW)
    protection = Protection("library", door.verifier, lambda: NOW, "http://library")
    transport = httpx.ASGITransport(API.create_app(records, writer, protection))
    async with httpx.AsyncClient(transport=transport, base_url="http://library") as http:
        yield Library(http, door)
    records.close()
    writer.close()


async def test_everybody_sees_their_own(library: Library) -> None:
    """ASVS 8.2.2."""
    carl = (await library.loans("pw-carl")).json()["loans"]
    cora = (await library.loans("pw-cora")).json()["loans"]
    assert [len(carl), len(cora)] == [2, 1]
    assert {one["id"] for one in carl}.isdisjoint(one["id"] for one in cora)


@pytest.mark.parametrize(("subject", "tenant"), [("pw-carl", "globex"), ("pw-eve", "acme-shop")])
async def test_attack_another_tenant_or_person_sees_nothing(
    library: Library, subject: str, tenant: str
) -> None:
    """ASVS 8.4.1."""
    assert (await library.loans(subject, tenant)).json() == {"loans": []}


async def test_a_renewal_is_done_once_for_its_key(library: Library) -> None:
    """ASVS 15.4.2."""
    [one, _] = (await library.loans("pw-carl")).json()["loans"]
    order = {"loan": one["id"], "title": one["title"]}
    first = await library.renew("pw-carl", order, order)
    again = await library.renew("pw-carl", order, order)
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json() == {"title": one["title"], "done_on": "2026-11-23"}


async def test_attack_a_token_for_one_loan_renews_no_other(library: Library) -> None:
    """RFC 9396: what was approved is in the token."""
    [one, two] = (await library.loans("pw-carl")).json()["loans"]
    approved = {"loan": one["id"], "title": one["title"]}
    other = {"loan": two["id"], "title": two["title"]}
    reply = await library.renew("pw-carl", other, approved)
    assert (reply.status_code, reply.json()["code"]) == (403, "invalid_authorization_details")


async def test_attack_somebody_elses_loan(library: Library) -> None:
    """ASVS 8.2.2: it reads like one that does not exist."""
    [theirs] = (await library.loans("pw-cora")).json()["loans"]
    order = {"loan": theirs["id"], "title": theirs["title"]}
    reply = await library.renew("pw-carl", order, order)
    assert (reply.status_code, reply.json()["code"]) == (404, "not_found")


async def test_what_was_shown_has_to_be_what_is_there(library: Library) -> None:
    [one, _] = (await library.loans("pw-carl")).json()["loans"]
    order = {"loan": one["id"], "title": "Another title"}
    reply = await library.renew("pw-carl", order, order)
    assert (reply.status_code, reply.json()["code"]) == (409, "details_changed")


async def test_nothing_without_a_token(library: Library) -> None:
    assert (await library.http.get("/loans")).status_code == 401


def test_the_document_is_what_the_routes_say() -> None:
    assert (API.folder / "openapi.json").read_text("utf-8") == as_text(API.document())
