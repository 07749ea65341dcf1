"""What the gateway may ask: sessions, proofs and turns. It cannot mint a token."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from security.faces import requests as ask
from security.faces.account import Account, account_answers
from security.faces.administration import Administrators, administration_answers
from security.faces.auditing import Auditors, auditing_answers
from security.faces.demo import demo_answers
from security.faces.embedding import embedded_answers
from security.faces.http import Answering, Face
from security.faces.texts import Texts, text_answers
from security.proof import plain
from security.services.demo import Demo
from security.services.documents import Documents
from security.services.embedding import Embedded
from security.services.events import Events, Known
from security.services.proving import Challenges
from security.services.sessions import Sessions
from security.services.sign_in import Credentials, SignIn
from security.services.turns import Opening, Turns


def gateway_face(
    sessions: Sessions,
    sign_in: SignIn,
    challenges: Challenges,
    turns: Turns,
    account: Account,
    documents: Documents,
    texts: Texts,
    embedded: Embedded,
    administrators: Administrators,
    auditors: Auditors,
    events: Events,
    unready: Callable[[], Awaitable[list[str]]],
    demo: Demo | None = None,
) -> Face:
    """Return the application of the gateway's listener; its calls are `GatewayClient`'s."""

    async def readiness(_: ask.Nothing) -> dict[str, Any]:
        return {"unready": await unready()}

    return Face(
        {
            "/ready": Answering(ask.Nothing, readiness),
            **_sessions(sessions),
            **_proofs(sign_in, challenges),
            **_turns(turns),
            "/documents/open": Answering(
                ask.OpenDocument, lambda q: documents.open(q.session_id, q.link)
            ),
            "/events/read": Answering(
                ask.ReadEvents,
                lambda q: events.read(q.session_id, Known(q.name, q.position, q.mark)),
            ),
            "/events/wait": Answering(ask.AwaitEvents, lambda q: events.wait(q.after)),
            **account_answers(account),
            **text_answers(texts),
            **embedded_answers(embedded),
            **administration_answers(administrators),
            **auditing_answers(auditors),
            **demo_answers(demo),
        }
    )


def _sessions(sessions: Sessions) -> dict[str, Answering[Any]]:
    return {
        "/tenants": Answering(ask.Nothing, lambda _: sessions.tenants()),
        "/sessions/create": Answering(
            ask.CreateSession, lambda q: sessions.create(q.tenant, q.label, q.device)
        ),
        "/sessions/look": Answering(ask.LookAt, lambda q: sessions.look(q.session_id)),
        "/sessions/extend": Answering(
            ask.Held, lambda q: sessions.extend(q.session_id, q.csrf_token)
        ),
        "/sessions/end": Answering(ask.Held, lambda q: sessions.end(q.session_id, q.csrf_token)),
    }


def _proofs(sign_in: SignIn, challenges: Challenges) -> dict[str, Answering[Any]]:
    return {
        "/sign-in/password": Answering(
            ask.Password,
            lambda q: sign_in.password(
                q.session_id,
                q.csrf_token,
                Credentials(q.tenant, q.username, q.password, q.address),
            ),
        ),
        "/challenges/look": Answering(
            ask.LookAtChallenge, lambda q: challenges.look(q.session_id, q.challenge_id)
        ),
        "/challenges/send": Answering(
            ask.SendChallenge,
            lambda q: challenges.send(
                q.session_id, q.csrf_token, q.challenge_id, q.method, q.address
            ),
        ),
        "/challenges/answer": Answering(
            ask.AnswerChallenge,
            lambda q: challenges.answer(
                q.session_id, q.csrf_token, q.challenge_id, plain(q.proof), q.panel
            ),
        ),
        "/challenges/cancel": Answering(
            ask.HeldChallenge,
            lambda q: challenges.cancel(q.session_id, q.csrf_token, q.challenge_id),
        ),
    }


def _turns(turns: Turns) -> dict[str, Answering[Any]]:
    return {
        "/turns/open": Answering(
            ask.BeginTurn,
            lambda q: turns.open(
                q.session_id,
                q.csrf_token,
                Opening(q.text, q.choice, q.resume, q.client_id),
            ),
        ),
        "/turns/close": Answering(ask.EndTurn, lambda q: turns.close(q.turn_id, q.messages)),
        "/turns/past": Answering(ask.LookAt, lambda q: turns.past(q.session_id)),
    }
