"""Questions that wait for a proof, and what becomes of them."""

from __future__ import annotations

import pytest

from security.errors import Refused
from security.model import BotMessage, ChallengeView
from tests.security.visitor import BALANCE, Visitor
from tests.security.world import World

FIFTEEN_MINUTES = 900


def states(world: World) -> list[str]:
    """Return the states of all pending operations, oldest first."""
    return [state for (state,) in world.sql("SELECT state FROM pending_operations ORDER BY rowid")]


async def grow_old(visitor: Visitor, seconds: int) -> None:
    """Let the proof grow old while the session is used."""
    while seconds > 0:
        step = min(seconds, 240)
        visitor.world.clock.advance(seconds=step)
        await visitor.extend()
        seconds -= step


async def asked_before_sign_in(visitor: Visitor, operation: str = BALANCE) -> None:
    await visitor.is_refused("authentication_required", operation)


async def asked_for_a_proof(visitor: Visitor, operation: str = BALANCE) -> ChallengeView:
    """Ask when the proof is too old; return the challenge that comes with the answer."""
    turn = await visitor.say()
    with pytest.raises(Refused, match="step_up_required"):
        await visitor.bot_invokes(turn, operation)
    *_, last = await visitor.hear(turn, BotMessage(text="one"), BotMessage(text="two"))
    assert last.text == "two"
    assert last.challenge is not None
    return last.challenge
