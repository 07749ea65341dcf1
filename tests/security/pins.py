"""A change of PIN that waits for its code, and what is typed beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from security.errors import Refused
from security.model import BotMessage, ChallengePassed, ChallengeView
from tests.security.visitor import Visitor

CHANGE_PIN = "banking.change_pin"
PIN = "482613"
CARD: Mapping[str, Any] = {"card": f"crd_{'D' * 22}", "kind": "debit", "last_four": "4417"}
OTHER = {**CARD, "card": f"crd_{'E' * 22}", "kind": "credit", "last_four": "8203"}
CHANGED = {"kind": "debit", "last_four": "4417", "pin_changed_on": "2026-11-23"}


async def asked(visitor: Visitor, **changed: Any) -> ChallengeView:
    """Ask for another PIN; return what the panel is told."""
    visitor.world.api.answer = CHANGED
    turn = await visitor.say("change my pin")
    with pytest.raises(Refused, match=r"^confirmation_required$"):
        await visitor.bot_invokes(turn, CHANGE_PIN, {**CARD, **changed})
    code = "confirmation_required"
    *_, last = await visitor.hear(turn, BotMessage(text="Please check.", refused=code))
    assert last.challenge is not None
    return last.challenge


def next_code(visitor: Visitor) -> str:
    """Return a code that has not been used."""
    visitor.world.clock.advance(seconds=30)
    return visitor.world.code_of("alice")


async def typed(
    visitor: Visitor, code: str, panel: Mapping[str, str] | None, challenge: str | None = None
) -> ChallengePassed:
    """Answer with a code and what is typed beside it."""
    world, which = visitor.world, challenge or visitor.challenge_id
    passed = await world.gateway.answer_challenge(visitor.cookie, visitor.csrf, which, code, panel)
    visitor.cookie = passed.grant.session_id or visitor.cookie
    visitor.csrf = passed.grant.csrf_token
    return passed


async def changed(visitor: Visitor, pin: str = PIN) -> None:
    """Approve it with a PIN, and let it run."""
    await typed(visitor, next_code(visitor), {"new_pin": pin})
    await visitor.resume()
