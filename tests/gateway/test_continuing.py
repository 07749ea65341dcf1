"""Going on at the page with what was asked for by text: what the page calls."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from security.errors import Refused
from tests.gateway.conftest import HELD, Gateway
from tests.gateway.continuing_fakes import LINK_TOKEN
from tests.gateway.fakes import NO_ANSWER, SESSION

LOOK, GO_ON = "/api/continue/look", "/api/continue"


async def post(client: httpx.AsyncClient, path: str, **body: Any) -> httpx.Response:
    return await client.post(path, headers=HELD, json=body)


async def test_what_was_asked_for_is_told_and_stays(
    gateway: Gateway, client: httpx.AsyncClient
) -> None:
    for _ in range(2):
        answer = await post(client, LOOK, token=LINK_TOKEN)
        assert answer.json() == {
            "asked": "Pay 50.00 EUR to Anna Berg",
            "asked_by": "text",
            "changes": True,
            "expires_in": 540,
        }
    assert gateway.security.named("take_link") == []


async def test_it_goes_on_in_a_turn_of_its_own(gateway: Gateway, client: httpx.AsyncClient) -> None:
    answer = await post(client, GO_ON, token=LINK_TOKEN)
    assert answer.json()["messages"] == [{"text": "Hello."}]
    assert gateway.security.named("take_link") == [LINK_TOKEN]
    assert gateway.security.named("open_turn") == [(SESSION, {"resume": True})]
    again = await post(client, GO_ON, token=LINK_TOKEN)
    assert (again.status_code, again.json()["code"]) == (410, "link_expired")
    assert len(gateway.security.named("open_turn")) == 1


async def test_a_result_that_got_lost_is_asked_for_once_more(
    gateway: Gateway, client: httpx.AsyncClient
) -> None:
    """The link is used up by then: security keeps the result, as after any proof."""
    gateway.rasa.fails_once = NO_ANSWER
    answer = await post(client, GO_ON, token=LINK_TOKEN)
    assert answer.json()["messages"] == [{"text": "Hello."}]
    assert gateway.security.named("take_link") == [LINK_TOKEN]
    assert gateway.security.named("open_turn") == [(SESSION, {"resume": True})] * 2


@pytest.mark.parametrize("path", [LOOK, GO_ON])
@pytest.mark.parametrize("code", ["authentication_required", "link_expired", "session_expired"])
async def test_a_refusal_of_security_is_told_and_nothing_runs(
    gateway: Gateway, client: httpx.AsyncClient, path: str, code: str
) -> None:
    name = "look_at_link" if path == LOOK else "take_link"
    gateway.security.refuse[name] = [Refused(code)]
    answer = await post(client, path, token=LINK_TOKEN)
    assert answer.json()["code"] == code
    assert gateway.rasa.turns == []


@pytest.mark.parametrize("path", [LOOK, GO_ON])
@pytest.mark.parametrize(
    "body", [{}, {"token": ""}, {"token": 5}, {"token": "x" * 200}, {"t": "x"}]
)
async def test_a_malformed_link_is_a_problem(
    gateway: Gateway, client: httpx.AsyncClient, path: str, body: dict[str, Any]
) -> None:
    answer = await post(client, path, **body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert gateway.security.calls == []


@pytest.mark.parametrize("path", [LOOK, GO_ON])
async def test_attack_a_link_is_followed_by_another_site(
    gateway: Gateway, client: httpx.AsyncClient, path: str
) -> None:
    """ASVS 3.5.1: no GET uses it up, and no foreign page takes it over."""
    assert (await client.get(path, headers=HELD)).status_code == 405
    foreign = {**HELD, "origin": "https://evil.example"}
    answer = await client.post(path, headers=foreign, json={"token": LINK_TOKEN})
    assert (answer.status_code, answer.json()["code"]) == (403, "foreign_origin")
    without = {name: value for name, value in HELD.items() if name != "x-csrf-token"}
    answer = await client.post(path, headers=without, json={"token": LINK_TOKEN})
    assert answer.status_code == 403
    assert gateway.security.named("take_link") == []


async def test_the_token_is_in_no_log_and_no_answer(client: httpx.AsyncClient) -> None:
    """ASVS 16.2.5."""
    with capture_logs() as told:
        answers = [await post(client, path, token=LINK_TOKEN) for path in (LOOK, GO_ON, GO_ON)]
    assert LINK_TOKEN not in repr(told)
    assert all(LINK_TOKEN not in answer.text for answer in answers)
