"""What the gateway may ask: sessions, proofs and turns. It cannot mint a token."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from security.faces import requests as ask
from security.faces.http import post
from security.services.challenges import Challenges
from security.services.sessions import Sessions
from security.services.sign_in import Credentials, SignIn
from security.services.turns import Opening, Turns


def gateway_face(
    sessions: Sessions,
    sign_in: SignIn,
    challenges: Challenges,
    turns: Turns,
    ready: Callable[[], Awaitable[bool]],
) -> Starlette:
    """Return the application of the gateway's listener; its calls are `GatewayClient`'s."""

    async def readiness(_: ask.Nothing) -> dict[str, Any]:
        return {"ready": await ready()}

    routes = [
        Route("/healthz", lambda _: PlainTextResponse("ok")),
        post("/ready", ask.Nothing, readiness),
        post("/tenants", ask.Nothing, lambda _: sessions.tenants()),
        post("/sessions/create", ask.CreateSession, lambda q: sessions.create(q.tenant)),
        post("/sessions/look", ask.LookAt, lambda q: sessions.look(q.session_id)),
        post("/sessions/extend", ask.Held, lambda q: sessions.extend(q.session_id, q.csrf_token)),
        post("/sessions/end", ask.Held, lambda q: sessions.end(q.session_id, q.csrf_token)),
        post(
            "/sign-in/password",
            ask.Password,
            lambda q: sign_in.password(
                q.session_id,
                q.csrf_token,
                Credentials(q.tenant, q.username, q.password, q.address),
            ),
        ),
        *_challenge_routes(challenges),
        *_turn_routes(turns),
    ]
    return Starlette(routes=routes)


def _challenge_routes(challenges: Challenges) -> list[Route]:
    return [
        post(
            "/challenges/look",
            ask.LookAtChallenge,
            lambda q: challenges.look(q.session_id, q.challenge_id),
        ),
        post(
            "/challenges/send",
            ask.SendChallenge,
            lambda q: challenges.send(q.session_id, q.csrf_token, q.challenge_id, q.method),
        ),
        post(
            "/challenges/answer",
            ask.AnswerChallenge,
            lambda q: challenges.answer(q.session_id, q.csrf_token, q.challenge_id, q.code),
        ),
        post(
            "/challenges/cancel",
            ask.HeldChallenge,
            lambda q: challenges.cancel(q.session_id, q.csrf_token, q.challenge_id),
        ),
    ]


def _turn_routes(turns: Turns) -> list[Route]:
    return [
        post(
            "/turns/open",
            ask.BeginTurn,
            lambda q: turns.open(
                q.session_id,
                q.csrf_token,
                Opening(q.text, q.choice, q.resume, q.client_id),
            ),
        ),
        post("/turns/close", ask.EndTurn, lambda q: turns.close(q.turn_id, q.messages)),
        post("/turns/past", ask.LookAt, lambda q: turns.past(q.session_id)),
    ]
