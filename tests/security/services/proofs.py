"""Somebody in front of the panel, and a thief who guesses."""

from __future__ import annotations

import pytest

from security.errors import Refused
from tests.security.visitor import Visitor
from tests.security.world import World


async def at_the_code(world: World, username: str = "alice") -> Visitor:
    """Return somebody who has given the right password and is asked for a code."""
    visitor = Visitor(world)
    await visitor.arrive()
    await visitor.give_password(username)
    return visitor


async def guess(visitor: Visitor, times: int, username: str = "alice") -> list[str]:
    """Guess wrongly; return how each guess was refused."""
    codes = []
    for _ in range(times):
        with pytest.raises(Refused) as refused:
            await visitor.answer(visitor.world.wrong_code_for(username))
        codes.append(refused.value.code)
    return codes


async def lock(world: World, username: str = "alice") -> Visitor:
    """Let a thief use up all guesses; return them."""
    thief = await at_the_code(world, username)
    assert (await guess(thief, 5, username))[-1] == "locked"
    return thief
