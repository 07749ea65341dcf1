"""The calls of whoever has lost a password or a factor."""

from __future__ import annotations

import httpx
import pytest
from structlog.testing import capture_logs

from gateway.rates import RateLimits
from security.errors import Refused
from tests.gateway.conftest import ORIGIN, Gateway

LOST = {"tenant": "northwind-bank", "username": "alice"}
TOKEN = "t" * 43
BEGIN, FINISH = "/api/recover", "/api/recover/finish"
NEW = {"token": TOKEN, "new_password": "a new long password"}
HERE = "127.0.0.1"


async def test_a_recovery_needs_no_session_and_says_nothing(
    gateway: Gateway, client: httpx.AsyncClient
) -> None:
    """ASVS 6.3.8: whoever is named, the answer is the same."""
    answers = [
        await client.post(BEGIN, headers={"origin": ORIGIN}, json={**LOST, "username": name})
        for name in ("alice", "nobody", "' OR 1=1 --", "ａｌｉｃｅ")
    ]
    assert {(answer.status_code, answer.text) for answer in answers} == {
        (202, '{"status":"accepted"}')
    }
    assert gateway.security.named("recover")[0] == ("northwind-bank", "alice", HERE)
    assert all("set-cookie" not in answer.headers for answer in answers)


@pytest.mark.parametrize(
    ("more", "asked"),
    [
        ({}, (None, None)),
        ({"recovery_code": "abcd-efgh-ijkl"}, ("abcd-efgh-ijkl", None)),
        ({"lost_factor": True}, (None, True)),
        ({"lost_factor": False}, (None, None)),
    ],
)
async def test_a_recovery_is_finished_with_the_link(
    gateway: Gateway, client: httpx.AsyncClient, more: dict[str, object], asked: object
) -> None:
    answer = await client.post(FINISH, json={**NEW, **more})
    assert (answer.status_code, answer.json()) == (200, {"status": "done"})
    assert "set-cookie" not in answer.headers
    ((token, password, address, *rest),) = gateway.security.named("finish_recovery")
    assert (token, password, address) == (TOKEN, NEW["new_password"], HERE)
    assert tuple(rest) == asked


async def test_waiting_says_how_long(gateway: Gateway, client: httpx.AsyncClient) -> None:
    gateway.security.refuse["finish_recovery"] = [Refused("recovery_waiting", ready_in_seconds=60)]
    answer = await client.post(FINISH, json={**NEW, "lost_factor": True})
    assert (answer.status_code, answer.json()["code"]) == (409, "recovery_waiting")
    assert answer.json()["ready_in_seconds"] == 60


@pytest.mark.parametrize("path", [BEGIN, FINISH])
@pytest.mark.parametrize(
    "foreign",
    [{"origin": "https://evil.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}],
)
async def test_a_page_of_another_site_recovers_nothing(
    gateway: Gateway, client: httpx.AsyncClient, path: str, foreign: dict[str, str]
) -> None:
    """ASVS 3.5.1: without a session there is no token, so the Origin decides."""
    answer = await client.post(path, headers=foreign, json={**LOST, **NEW})
    assert (answer.status_code, answer.json()["code"]) == (403, "foreign_origin")
    assert gateway.security.calls == []


@pytest.mark.parametrize("path", [BEGIN, FINISH])
async def test_asking_for_recovery_counts_as_signing_in(path: str) -> None:
    """ASVS 6.3.1: nobody's mailbox is flooded, and no token guessed, from one address."""
    gateway = Gateway(limits=RateLimits({"sign_ins": 2, "requests": 100}))
    async with gateway.client() as client:
        statuses = [
            (await client.post(path, json=LOST if path == BEGIN else NEW)).status_code
            for _ in range(4)
        ]
    assert statuses[2:] == [429, 429]
    assert len(gateway.security.calls) == 2


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (BEGIN, {}),
        (BEGIN, {"tenant": "northwind-bank"}),
        (BEGIN, {**LOST, "username": None}),
        (BEGIN, {**LOST, "username": "a\nb"}),
        (BEGIN, {**LOST, "username": "x" * 129}),
        (BEGIN, {**LOST, "email": "me@evil.example"}),
        (FINISH, {}),
        (FINISH, {**NEW, "token": ""}),
        (FINISH, {**NEW, "token": "../" + TOKEN}),
        (FINISH, {**NEW, "token": "t" * 129}),
        (FINISH, {**NEW, "token": ["t"]}),
        (FINISH, {**NEW, "new_password": "x" * 257}),
        (FINISH, {**NEW, "recovery_code": ""}),
        (FINISH, {**NEW, "recovery_code": None}),
        (FINISH, {**NEW, "recovery_code": 1}),
        (FINISH, {**NEW, "recovery_code": "x" * 65}),
        (FINISH, {**NEW, "lost_factor": "true"}),
        (FINISH, {**NEW, "lost_factor": 1}),
        (FINISH, {**NEW, "lost_factor": None}),
        (FINISH, {**NEW, "person": "bob"}),
    ],
    ids=lambda value: repr(value)[:60],
)
async def test_a_malformed_recovery_reaches_nobody(
    gateway: Gateway, client: httpx.AsyncClient, path: str, body: object
) -> None:
    answer = await client.post(path, json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert gateway.security.calls == []


async def test_the_token_and_the_password_come_back_nowhere(
    gateway: Gateway, client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    """ASVS 16.2.5: not in a refusal, not in a log, whatever goes wrong."""
    gateway.security.refuse["finish_recovery"] = [
        ValueError(f"{TOKEN} {NEW['new_password']}"),
        Refused("expired"),
    ]
    with caplog.at_level("DEBUG"), capture_logs() as events:
        answers = [await client.post(FINISH, json=NEW) for _ in range(2)]
        answers.append(await client.post(FINISH, json={**NEW, "lost_factor": TOKEN}))
    assert [answer.status_code for answer in answers] == [503, 410, 422]
    seen = caplog.text + repr(events) + "".join(answer.text for answer in answers)
    assert TOKEN not in seen
    assert NEW["new_password"] not in seen
