"""Requests to the faces as bytes, and what must hold of every answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson
import pytest

from runtime.callers import ASGIApp
from security.errors import KINDS
from tests.security.in_process import post
from tests.security.visitor import Visitor


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    body: Any

    @property
    def code(self) -> str | None:
        """The stable code, where it is a problem."""
        return self.body.get("code") if isinstance(self.body, dict) else None


async def ask(app: ASGIApp, path: str, body: bytes | Any, **headers: str) -> Answer:
    """Post and check what holds of every answer: JSON, no 5xx, and each refusal a problem."""
    raw = body if isinstance(body, bytes) else orjson.dumps(body)
    status, said = await post(app, path, raw, headers)
    answer = Answer(status, orjson.loads(said))
    if status != 200:
        assert answer.code is not None, answer
        assert answer.body["status"] == status
        assert answer.body["title"] == KINDS[answer.code].sentence
    assert status < 500, answer
    return answer


@pytest.fixture
async def at_the_code(visitor: Visitor) -> Visitor:
    """Somebody in front of the panel for a code."""
    await visitor.give_password("alice")
    return visitor


def questions(visitor: Visitor) -> dict[str, dict[str, Any]]:
    """Return a good question for every path of the gateway's listener."""
    held = {"session_id": visitor.cookie, "csrf_token": visitor.csrf}
    looked = {"session_id": visitor.cookie}
    challenge = visitor.challenge.id if visitor.challenge else "none"
    return {
        "/ready": {},
        "/tenants": {},
        "/sessions/create": {"tenant": "northwind-bank", "address": "192.0.2.1"},
        "/sessions/look": looked,
        "/sessions/extend": held,
        "/sign-in/password": {
            **held,
            "tenant": "northwind-bank",
            "username": "bob",
            "password": "wrong",
            "address": "192.0.2.1",
        },
        "/challenges/look": {**looked, "challenge_id": challenge},
        "/challenges/send": {**held, "challenge_id": challenge, "method": "totp"},
        "/challenges/answer": {**held, "challenge_id": challenge, "code": "12345"},
        "/challenges/cancel": {**held, "challenge_id": challenge},
        "/turns/open": {**held, "text": "hello", "client_id": "message-1"},
        "/turns/close": {"turn_id": "unknown", "messages": [{"text": "Well."}]},
        "/turns/past": looked,
        "/sessions/end": held,
    }


PATHS = (
    "/ready",
    "/tenants",
    "/sessions/create",
    "/sessions/look",
    "/sessions/extend",
    "/sign-in/password",
    "/challenges/look",
    "/challenges/send",
    "/challenges/answer",
    "/challenges/cancel",
    "/turns/open",
    "/turns/close",
    "/turns/past",
    "/sessions/end",
)
