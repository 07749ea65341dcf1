"""What the guard decided, as a token and as a record, and for whom."""

from __future__ import annotations

import json
from typing import Any

from tests.security.tokens.conftest import unb64
from tests.security.visitor import Visitor
from tests.security.world import World


def claims_of(token: str) -> dict[str, Any]:
    claims: dict[str, Any] = json.loads(unb64(token.split(".")[1]))
    return claims


def denied(world: World) -> list[tuple[str, str]]:
    """Return decision and reason of every denial on the trail."""
    return [(r["decision"], r["reason"]) for r in world.trail("operation:guard:deny")]


async def signed_in(world: World, username: str) -> Visitor:
    visitor = Visitor(world)
    await visitor.arrive()
    await visitor.sign_in(username)
    return visitor
