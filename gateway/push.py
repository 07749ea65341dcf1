"""Calls of a device that confirms by push. It has no session: its own key is its credential.

No cookie is looked at, so there is nothing that another site could ride on; a foreign Origin is
refused all the same, as everywhere.
"""

from __future__ import annotations

from pydantic import TypeAdapter

from gateway.calls import Asked, Call, Parts, Reply
from security.model import AnswerPush, AskWaiting, DeviceAnswer, PushSettled, WaitingPush


async def waiting_pushes(parts: Parts, asked: Asked) -> Reply:
    """List what waits for this device."""
    return Reply(await parts.security.waiting_pushes(asked.body))


async def answer_push(parts: Parts, asked: Asked) -> Reply:
    """Take this device's answer."""
    body: DeviceAnswer = asked.body
    answer = AnswerPush(push_id=asked.reference, **dict(body))
    return Reply(await parts.security.answer_push(answer))


def push_calls() -> tuple[Call, ...]:
    """Return the calls of this module."""
    path = "/api/push"
    return (
        Call(
            "POST",
            f"{path}/waiting",
            "What waits for a device",
            waiting_pushes,
            TypeAdapter(list[WaitingPush]),
            body=TypeAdapter(AskWaiting),
            guard="open",
            may_refuse=frozenset({"device_refused"}),
        ),
        Call(
            "POST",
            f"{path}/{{id}}/answer",
            "Answer from a device",
            answer_push,
            TypeAdapter(PushSettled),
            body=TypeAdapter(DeviceAnswer),
            guard="open",
            unknown="unknown_push",
            may_refuse=frozenset({"device_refused", "wrong_number", "expired"}),
        ),
    )
