"""A document by its link: saved, never shown as a page; and no way to use it up unseen."""

from __future__ import annotations

import httpx
import pytest

from gateway.cookies import NAME
from security.errors import Refused
from tests.gateway.conftest import Gateway
from tests.gateway.fakes import SESSION

COOKIE = {"cookie": f"{NAME}={SESSION}"}
LINK = "l" * 43
PATH = f"/api/documents/{LINK}"


async def test_a_document_is_saved_under_its_name(
    gateway: Gateway, client: httpx.AsyncClient
) -> None:
    answer = await client.get(PATH, headers=COOKIE)
    assert (answer.status_code, answer.content) == (200, b"%PDF")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"] == 'attachment; filename="payslip-2026-10.pdf"'
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert gateway.security.named("open_document")[0][1] == LINK


@pytest.mark.parametrize("method", ["HEAD", "POST", "DELETE"])
async def test_no_other_method_uses_a_link_up(
    gateway: Gateway, client: httpx.AsyncClient, method: str
) -> None:
    answer = await client.request(method, PATH, headers=COOKIE)
    assert answer.status_code == 405
    assert gateway.security.named("open_document") == []


async def test_without_a_session_there_is_no_document(
    gateway: Gateway, client: httpx.AsyncClient
) -> None:
    answer = await client.get(PATH)
    assert (answer.status_code, answer.json()["code"]) == (401, "session_expired")
    assert gateway.security.named("open_document") == []


async def test_another_site_cannot_use_a_link_up(
    gateway: Gateway, client: httpx.AsyncClient
) -> None:
    """ASVS 3.5.1."""
    answer = await client.get(PATH, headers={**COOKIE, "origin": "https://evil.example"})
    assert (answer.status_code, answer.json()["code"]) == (403, "foreign_origin")
    assert gateway.security.calls == []


@pytest.mark.parametrize("odd", ["a.b", "a%20b", "x" * 129, "%22"])
async def test_what_is_no_link_is_not_found(
    gateway: Gateway, client: httpx.AsyncClient, odd: str
) -> None:
    answer = await client.get(f"/api/documents/{odd}", headers=COOKIE)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert gateway.security.named("open_document") == []


async def test_a_used_link_says_what_to_do_next(
    gateway: Gateway, client: httpx.AsyncClient
) -> None:
    gateway.security.refuse["open_document"] = [Refused("link_expired")]
    answer = await client.get(PATH, headers=COOKIE)
    assert (answer.status_code, answer.json()["code"]) == (410, "link_expired")
    assert "ask for it again" in answer.json()["title"]
