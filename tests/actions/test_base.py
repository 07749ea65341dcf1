"""The base: tickets, refusals, and results that make no sense."""

from __future__ import annotations

from typing import Any

import pytest

from actions.base import EXPLAINED, ProtectedAction
from actions.speech import Say
from security.errors import KINDS, Refused

from .calls import call_of
from .conftest import ACCOUNT, FakeSecurity


def refusal(code: str) -> list[dict[str, str]]:
    return [{"response": f"utter_refused_{code}", "refused": code}]


@pytest.mark.parametrize("code", sorted(EXPLAINED))
async def test_each_refusal_is_said_with_its_code(server: Any, code: str) -> None:
    server.security.refusal = code
    assert await server.says("action_check_balance") == refusal(code)
    assert await server.says("action_resume") == refusal(code)


@pytest.mark.parametrize("code", sorted(set(KINDS) - EXPLAINED))
async def test_a_refusal_without_words_of_its_own_is_not_silence(server: Any, code: str) -> None:
    server.security.refusal = code
    assert await server.says("action_check_balance") == refusal("security_unavailable")


def test_every_explained_refusal_is_a_declared_one() -> None:
    assert set(KINDS) >= EXPLAINED


@pytest.mark.parametrize(
    "metadata",
    [
        None,
        {},
        [],
        "ticket-1",
        {"ticket": None},
        {"ticket": ""},
        {"ticket": 1},
        {"ticket": ["ticket-1"]},
        {"ticket": "t" * 129},
    ],
)
@pytest.mark.parametrize("action", ["action_check_balance", "action_resume"])
async def test_a_turn_without_a_ticket_asks_for_nothing(
    server: Any, action: str, metadata: Any
) -> None:
    """ASVS 8.3.1: without this turn's ticket nothing is asked of security at all."""
    call = call_of(action)
    call["tracker"]["latest_message"]["metadata"] = metadata
    reply = await server.http.post("/webhook", json=call)
    assert [said["refused"] for said in reply.json()["responses"]] == ["turn_over"]
    assert server.security.asked == []


@pytest.mark.parametrize("latest", [None, {}])
async def test_a_turn_without_a_message_asks_for_nothing(server: Any, latest: Any) -> None:
    call = call_of("action_check_balance")
    call["tracker"]["latest_message"] = latest
    reply = await server.http.post("/webhook", json=call)
    assert reply.json()["responses"][0]["refused"] == "turn_over"
    assert server.security.asked == []


async def test_a_ticket_in_a_slot_or_an_entity_is_not_looked_at(server: Any) -> None:
    """A typed `/intent{…}` can set slots and entities, never the turn's ticket."""
    call = call_of("action_check_balance", ticket=None)
    call["tracker"]["slots"] = {"ticket": "stolen", "metadata": {"ticket": "stolen"}}
    call["tracker"]["latest_message"]["entities"] = [{"entity": "ticket", "value": "stolen"}]
    call["ticket"] = "stolen"
    reply = await server.http.post("/webhook", json=call)
    assert reply.json()["responses"][0]["refused"] == "turn_over"
    assert server.security.asked == []


@pytest.mark.parametrize(
    "result",
    [
        None,
        {},
        [],
        "accounts",
        7,
        {"accounts": None},
        {"accounts": 3},
        {"accounts": ["x"]},
        {"accounts": [{}]},
        {"accounts": [{**ACCOUNT, "balance": None}]},
        {"accounts": [{**ACCOUNT, "balance": "much"}]},
        {"accounts": [{**ACCOUNT, "balance": "NaN"}]},
        {"accounts": [{**ACCOUNT, "balance": "Infinity"}]},
        {"accounts": [ACCOUNT, {"name": "x"}]},
    ],
)
async def test_a_result_that_makes_no_sense_is_refused_whole(server: Any, result: Any) -> None:
    server.security.result = result
    assert await server.says("action_check_balance") == refusal("api_invalid")


async def test_half_an_answer_is_never_said(server: Any) -> None:
    """The first account's rows are good, the second's are not: neither is said."""
    good = {
        "account": {"name": "One", "number": "•••• 0001"},
        "date": "2026-11-20",
        "text": "Kiosk",
        "amount": "-1.00",
        "currency": "EUR",
    }
    server.security.result = {"transactions": [good, {**good, "account": {"name": "Two"}}]}
    assert await server.says("action_list_transactions") == refusal("api_invalid")


class Counts(ProtectedAction):
    """A renderer whose error repeats the value that it stumbled over."""

    name = "action_counts"
    operation = "banking.counts"

    def render(self, result: Any, say: Say) -> None:
        say("utter_count", count=str(int(result)))


def test_no_result_is_in_a_log(capfd: pytest.CaptureFixture[str]) -> None:
    """ASVS 16.2.5."""
    with pytest.raises(Refused):
        Counts(FakeSecurity()).rendered("secret-amount")
    written = capfd.readouterr()
    assert "result_not_rendered" in written.out + written.err
    assert "secret-amount" not in written.out + written.err
