"""What the actions may ask: `invoke`, `resume` and `cancel`, with a ticket, and nothing else."""

from __future__ import annotations

from typing import Any

from security.faces import requests as ask
from security.faces.http import Answering, Face
from security.guard import Guard
from security.guard_records import Ask


def actions_face(guard: Guard) -> Face:
    """Return the application of the actions' listener; its calls are `ActionsClient`'s."""

    async def invoke(asked: ask.Invoke) -> dict[str, Any]:
        wanted = Ask(asked.operation, asked.arguments, asked.action, purpose=asked.purpose)
        done = await guard.invoke(asked.ticket, wanted)
        marked = {"sensitive": done.sensitive} if done.sensitive else {}
        return {"result": done.result, **marked}

    async def cancel(asked: ask.Cancel) -> dict[str, Any]:
        return {"cancelled": await guard.cancel(asked.ticket)}

    return Face(
        {
            "/cancel": Answering(ask.Cancel, cancel),
            "/invoke": Answering(ask.Invoke, invoke),
            "/resume": Answering(ask.Resume, lambda q: guard.resume(q.ticket)),
        }
    )
