"""Coming back: the class that asked renders, and only what security released."""

from __future__ import annotations

from typing import Any

import pytest

from security.model import Resumed

from .conftest import ACCOUNT


def released(action: str, operation: str, result: Any) -> Resumed:
    return Resumed(action=action, operation=operation, arguments={}, result=result)


async def test_the_class_that_asked_renders_the_answer(server: Any) -> None:
    result = {"accounts": [ACCOUNT]}
    server.security.resumed = released("action_check_balance", "banking.list_accounts", result)
    [said] = await server.says("action_resume")
    assert (said["response"], said["balance"]) == ("utter_balance", "2,480.15")
    assert said["custom"]["card"]["kind"] == "balances"
    assert server.security.asked == [{"ticket": "ticket-1"}]


@pytest.mark.parametrize(
    ("action", "operation", "result"),
    [
        ("action_unknown", "banking.list_accounts", {"accounts": [ACCOUNT]}),
        ("action_resume", "banking.list_accounts", {"accounts": [ACCOUNT]}),
        ("action_list_transactions", "banking.list_accounts", {"accounts": [ACCOUNT]}),
        ("action_check_balance", "banking.transfer", {"accounts": [ACCOUNT]}),
        ("action_check_balance", "banking.list_accounts", {"transactions": []}),
        ("__class__", "banking.list_accounts", {"accounts": [ACCOUNT]}),
    ],
)
async def test_an_answer_that_nobody_here_asked_for_is_refused(
    server: Any, action: str, operation: str, result: Any
) -> None:
    server.security.resumed = released(action, operation, result)
    [said] = await server.says("action_resume")
    assert said == {"response": "utter_refused_api_invalid", "refused": "api_invalid"}


async def test_a_typed_resume_with_nothing_pending_says_so(server: Any) -> None:
    """An external intent can also be typed: what is pending is asked of security alone."""
    server.security.refusal = "nothing_pending"
    [said] = await server.says("action_resume")
    assert said == {"response": "utter_refused_nothing_pending", "refused": "nothing_pending"}
