"""Calls of whoever has lost a password or a factor. They need no session.

As at the beginning of a session, a foreign Origin is refused instead (`gateway.front`).
"""

from __future__ import annotations

from pydantic import TypeAdapter

from gateway.answers import RecoveryAccepted, RecoveryDone
from gateway.calls import Asked, Call, Parts, Reply
from gateway.shapes import Lost, Recovered


async def recover(parts: Parts, asked: Asked) -> Reply:
    """Begin a recovery; the answer is the same whether or not there is such a person."""
    body: Lost = asked.body
    await parts.security.recover(body.tenant, body.username, asked.address)
    return Reply(RecoveryAccepted())


async def finish_recovery(parts: Parts, asked: Asked) -> Reply:
    """Set a new password, with the token of the link that was sent."""
    body: Recovered = asked.body
    await parts.security.finish_recovery(
        body.token,
        body.new_password,
        asked.address,
        recovery_code=body.recovery_code or None,
        lost_factor=body.lost_factor or None,
    )
    return Reply(RecoveryDone())


def recovery_calls() -> tuple[Call, ...]:
    """Return the calls of this module."""
    return (
        Call(
            "POST",
            "/api/recover",
            "Forgotten password or lost factor",
            recover,
            TypeAdapter(RecoveryAccepted),
            status=202,
            body=TypeAdapter(Lost),
            guard="open",
            rate="sign_ins",
        ),
        Call(
            "POST",
            "/api/recover/finish",
            "Set a new password with the link that was sent",
            finish_recovery,
            TypeAdapter(RecoveryDone),
            body=TypeAdapter(Recovered),
            guard="open",
            rate="sign_ins",
            may_refuse=frozenset(
                {"recovery_waiting", "expired", "wrong_code", "weak_password", "locked"}
            ),
        ),
    )
