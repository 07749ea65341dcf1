"""Calls about the state of the system: alive, and ready."""

from __future__ import annotations

import asyncio

from pydantic import TypeAdapter

from gateway.answers import Alive, Ready
from gateway.calls import Asked, Call, Parts, Reply
from gateway.problems import Problem


async def healthz(parts: Parts, asked: Asked) -> Reply:
    """Tell that this process answers."""
    return Reply(Alive())


async def readyz(parts: Parts, asked: Asked) -> Reply:
    """Tell whether every part is ready, and name those that are not."""
    behind, rasa = await asyncio.gather(parts.security.unready(), parts.rasa.health())
    states = {"rasa": rasa.ready, "actions": rasa.actions}
    missing = [*behind, *(name for name, ready in states.items() if not ready)]
    if missing:
        raise Problem("not_ready", parts=missing)
    return Reply(Ready())


def health_calls() -> tuple[Call, ...]:
    """Return the calls of this module."""
    ready = frozenset({"not_ready"})
    return (
        Call("GET", "/healthz", "Alive", healthz, TypeAdapter(Alive), guard="open"),
        Call(
            "GET",
            "/readyz",
            "Every part is ready",
            readyz,
            TypeAdapter(Ready),
            guard="open",
            may_refuse=ready,
        ),
    )
