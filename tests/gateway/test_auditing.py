"""The calls of an organisation's auditors: what they carry, and what they never take."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.gateway.auditing_fakes import ALERT, NAME, WATCHED
from tests.gateway.conftest import HELD, Gateway

R = "/api/audit"
PERIOD = "since=2026-11-01T00:00:00Z&until=2026-12-01T00:00:00Z"


async def test_filters_and_places_are_carried_as_they_are(
    gateway: Gateway, client: httpx.AsyncClient
) -> None:
    asked = f"{R}?kind=sign_in:password&person={NAME}&decision=deny&older=1.57~2.3&limit=7"
    answer = await client.get(asked, headers=HELD)
    assert answer.json()["records"][0]["id"] == "1-57"
    await client.get(R, headers=HELD)
    wanted = {"kind": "sign_in:password", "person": NAME, "decision": "deny"}
    assert gateway.security.named("audit_records") == [
        (wanted, "1.57~2.3", None, 7),
        ({}, None, None, 100),
    ]


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=201",
        "limit=-1",
        "limit=1e2",
        "limit=100000000000000000000",
        "kind=%25",
        "kind=sign_in%0a",
        "person=%27%20OR%201=1",
        "since=2026-11-20",
        "since=yesterday",
        "since=2026-11-20T10:00:00",
        "newer=" + "a" * 257,
        "newer=1%2057",
        "kind=a&kind=b",
    ],
)
async def test_attack_what_is_no_question_reaches_nobody(
    gateway: Gateway, client: httpx.AsyncClient, query: str
) -> None:
    """ASVS 2.2.1: huge pages, patterns, lines, words in the place of a moment."""
    answer = await client.get(f"{R}?{query}", headers=HELD)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert not gateway.security.named("audit_records")


async def test_no_call_names_an_organisation(gateway: Gateway, client: httpx.AsyncClient) -> None:
    """ASVS 8.4.1: there is no such parameter; one that is sent all the same is not read."""
    await client.get(f"{R}?tenant=acme-shop", headers=HELD)
    assert gateway.security.named("audit_records") == [({}, None, None, 100)]
    body = {"state": "acknowledged", "tenant": "acme-shop"}
    answer = await client.post(f"/api/alerts/{ALERT}", headers=HELD, json=body)
    assert answer.status_code == 422


@pytest.mark.parametrize(
    ("path", "name", "media_type"),
    [
        (f"{R}/file?format=csv&purpose=incident", "trail-2026-11-20.csv", "text/csv"),
        (f"{R}/report?{PERIOD}&format=html&purpose=review", "report-2026-11-20.html", "text/html"),
    ],
)
async def test_a_file_is_saved_and_never_shown(
    client: httpx.AsyncClient, path: str, name: str, media_type: str
) -> None:
    """ASVS 3.2.1: a report is a file, no page of ours; its content is of no sniffed type."""
    answer = await client.get(path, headers=HELD)
    assert answer.headers["content-disposition"] == f'attachment; filename="{name}"'
    assert answer.headers["content-type"].partition(";")[0] == media_type
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    assert (await client.head(path, headers=HELD)).status_code == 405


@pytest.mark.parametrize(
    "path",
    [
        f"{R}/file?format=csv",
        f"{R}/file?purpose=incident",
        f"{R}/file?format=xml&purpose=incident",
        f"{R}/file?format=csv&purpose=fun",
        f"{R}/report?format=html&purpose=review",
        f"{R}/figures",
        f"{R}/figures?span=year",
    ],
)
async def test_what_is_needed_has_to_be_there(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path, headers=HELD)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


ACTS: list[tuple[str, Any]] = [
    (f"{R}/prove", None),
    (f"{R}/people/{NAME}", {"purpose": "incident"}),
    (f"{R}/sessions/{WATCHED}/end", None),
    (f"{R}/actions/action-1", None),
    (f"/api/alerts/{ALERT}", {"state": "open"}),
]


@pytest.mark.parametrize(("path", "body"), ACTS)
async def test_attack_another_sites_page_does_nothing_here(
    gateway: Gateway, client: httpx.AsyncClient, path: str, body: Any
) -> None:
    """ASVS 3.5.1: without the token, or from elsewhere, nothing is asked of security."""
    for headers in (
        {key: value for key, value in HELD.items() if key.lower() != "x-csrf-token"},
        HELD | {"Origin": "https://evil.example"},
    ):
        answer = await client.post(path, headers=headers, json=body)
        assert answer.status_code == 403
    assert not [call for call, _ in gateway.security.calls if call.startswith(("audit", "move"))]


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        (f"{R}/people/nobody", {"purpose": "person"}, "unknown_person"),
        (f"{R}/people/%2e%2e", {"purpose": "person"}, "unknown_person"),
        (f"{R}/sessions/none/end", None, "unknown_session"),
        (f"{R}/actions/none", None, "unknown_action"),
        ("/api/alerts/none", {"state": "open"}, "unknown_alert"),
        ("/api/alerts/a%20b", {"state": "open"}, "unknown_alert"),
    ],
)
async def test_attack_a_guessed_reference_is_nothing(
    client: httpx.AsyncClient, path: str, body: Any, code: str
) -> None:
    """ASVS 8.2.2: malformed and unknown references are the same."""
    answer = await client.post(path, headers=HELD, json=body)
    assert (answer.status_code, answer.json()["code"]) == (404, code)
