"""What the actions may ask: `invoke` and `resume`, with a ticket, and nothing else."""

from __future__ import annotations

from typing import Any

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from security.faces import requests as ask
from security.faces.http import post
from security.guard import Ask, Guard


def actions_face(guard: Guard) -> Starlette:
    """Return the application of the actions' listener; its calls are `ActionsClient`'s."""

    async def invoke(asked: ask.Invoke) -> dict[str, Any]:
        wanted = Ask(asked.operation, asked.arguments, asked.action)
        return {"result": await guard.invoke(asked.ticket, wanted)}

    async def ready(_: ask.Nothing) -> dict[str, Any]:
        return {"ready": True}

    routes = [
        Route("/healthz", lambda _: PlainTextResponse("ok")),
        post("/ready", ask.Nothing, ready),
        post("/invoke", ask.Invoke, invoke),
        post("/resume", ask.Resume, lambda q: guard.resume(q.ticket)),
    ]
    return Starlette(routes=routes)
