"""Payments that wait for their approval: what a test needs to ask for one."""

from __future__ import annotations

from typing import Any

import pytest

from security.errors import Refused
from security.model import BotMessage, ChallengeView, Message
from tests.security.visitor import Visitor

TRANSFER = "banking.make_transfer"
TO_ANNA: dict[str, Any] = {
    "account": "acc_AAAAAAAAAAAAAAAAAAAAAA",
    "account_number": "•••• 4021",
    "payee": "pay_BBBBBBBBBBBBBBBBBBBBBB",
    "payee_name": "Anna Berg",
    "payee_number": "•••• 7788",
    "amount": "50.00",
    "currency": "EUR",
}
RECEIPT: dict[str, Any] = {
    "account_number": "•••• 4021",
    "payee_name": "Anna Berg",
    "payee_number": "•••• 7788",
    "amount": "50.00",
    "currency": "EUR",
    "booked_on": "2026-11-23",
    "balance": "2430.15",
}


async def asked(visitor: Visitor, code: str, operation: str = TRANSFER, **changed: Any) -> Message:
    """Ask for a payment, be refused with `code`; return the last message of the answer."""
    turn = await visitor.say("send anna fifty")
    with pytest.raises(Refused, match=f"^{code}$"):
        await visitor.bot_invokes(turn, operation, {**TO_ANNA, **changed})
    *_, last = await visitor.hear(turn, BotMessage(text="Please check.", refused=code))
    return last


async def asked_to_approve(visitor: Visitor, **changed: Any) -> ChallengeView:
    """Ask for a payment; return the challenge that comes with the answer."""
    last = await asked(visitor, "confirmation_required", **changed)
    assert last.challenge is not None
    return last.challenge


def rows(visitor: Visitor) -> list[tuple[str, str]]:
    """Return kind and state of all pending operations, oldest first."""
    query = "SELECT kind, state FROM pending_operations ORDER BY rowid"
    return [(kind, state) for kind, state in visitor.world.sql(query)]


async def asking(visitor: Visitor, amount: str) -> None:
    """Ask for a payment; the refusal is raised once the turn is closed."""
    turn = await visitor.say(f"send anna {amount}")
    try:
        await visitor.bot_invokes(turn, TRANSFER, {**TO_ANNA, "amount": amount})
    finally:
        await visitor.hear(turn)


async def saying_no(visitor: Visitor) -> None:
    """Let the bot void what waits."""
    turn = await visitor.say("no")
    await visitor.world.actions.cancel(turn.ticket)
    await visitor.hear(turn)
