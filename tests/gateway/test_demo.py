"""The demo's outbox."""

from __future__ import annotations

import httpx
import pytest

from security.errors import Refused
from tests.gateway.account_fakes import SENT
from tests.gateway.conftest import Gateway

PATH = "/demo/outbox"


async def get(client: httpx.AsyncClient, query: str) -> httpx.Response:
    url = httpx.URL("https://localhost:8443").copy_with(raw_path=(PATH + query).encode())
    return await client.get(url)


async def test_all_that_was_sent_is_listed(client: httpx.AsyncClient) -> None:
    answer = await get(client, "")
    assert answer.json() == [sent.model_dump() for sent in SENT]
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("query", "to"),
    [
        ("?to=+15550100001", "+15550100001"),
        ("?to=%2B15550100001", "+15550100001"),
        ("?to=alice@example.org", "alice@example.org"),
        ("?to=alice%40example.org&_=1", "alice@example.org"),
    ],
)
async def test_what_was_sent_to_one_number_or_address(
    client: httpx.AsyncClient, query: str, to: str
) -> None:
    assert [sent["to"] for sent in (await get(client, query)).json()] == [to]


@pytest.mark.parametrize(
    "query", ["?to=", "?to=a&to=b", "?to=%00", "?to=%ff", "?to=" + "x" * 257, "?to=a%0d%0ab"]
)
async def test_a_malformed_question_is_a_clear_422(
    gateway: Gateway, client: httpx.AsyncClient, query: str
) -> None:
    answer = await get(client, query)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert answer.json()["field"] == "to"
    assert gateway.security.calls == []


@pytest.mark.parametrize("verb", ["GET", "HEAD", "POST", "DELETE"])
@pytest.mark.parametrize("path", [PATH, f"{PATH}?to=+15550100001", "/demo"])
async def test_in_production_there_is_no_outbox(verb: str, path: str) -> None:
    """ASVS 13.4.2: the path does not exist, whatever security would say."""
    gateway = Gateway(mode="production")
    async with gateway.client() as client:
        answer = await client.request(verb, path)
        described = (await client.get("/api/openapi.json")).json()["paths"]
    assert answer.status_code == 404
    assert gateway.security.calls == []
    assert not [known for known in described if known.startswith("/demo")]


async def test_security_has_the_last_word(gateway: Gateway, client: httpx.AsyncClient) -> None:
    gateway.security.refuse["outbox"] = [Refused("not_found")]
    answer = await get(client, "")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_a_foreign_page_reads_no_code(client: httpx.AsyncClient) -> None:
    """ASVS 3.5.1: the demo's codes are no other site's business."""
    answer = await client.get(PATH, headers={"origin": "https://evil.example"})
    assert (answer.status_code, answer.json()["code"]) == (403, "foreign_origin")
