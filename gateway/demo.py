"""The demo's own call: what was sent by SMS and email. In production it does not exist."""

from __future__ import annotations

from pydantic import TypeAdapter

from gateway.calls import Asked, Call, Parts, Reply
from security.model import Sent


async def outbox(parts: Parts, asked: Asked) -> Reply:
    """List what was sent to one number or address, or to all, newest first."""
    return Reply(await parts.security.outbox(asked.query))


def demo_calls() -> tuple[Call, ...]:
    """Return the calls of this module."""
    return (
        Call(
            "GET",
            "/demo/outbox",
            "What the demo has sent (demo mode only)",
            outbox,
            TypeAdapter(list[Sent]),
            query="to",
            guard="open",
            may_refuse=frozenset({"not_found"}),
        ),
    )
