"""Timed rotation of a session's id."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from starlette.requests import Request
from structlog.testing import capture_logs
from uvicorn.server import ServerState

from gateway.calls import Reply
from gateway.cookies import NAME
from gateway.rotation import held_now, latest, renewed
from gateway.turns import ROTATE_WITHIN_SECONDS, Holder, Turns, Utterance
from security.errors import Refused
from security.model import Message, SessionGrant
from tests.gateway.conftest import HELD, Gateway
from tests.gateway.fakes import (
    ANONYMOUS,
    CHALLENGE,
    CODE,
    CSRF,
    DUE_SESSION,
    NEW_CSRF,
    NEW_SESSION,
    NO_ANSWER,
    SESSION,
    SIGNED_IN,
    FakeSecurity,
)
from tests.gateway.test_protocol import Wire, connect


def grant(session_id: str | None = None, device: str | None = None) -> SessionGrant:
    return SessionGrant(session_id=session_id, device=device, csrf_token=CSRF, session=ANONYMOUS)


async def say(client: httpx.AsyncClient) -> httpx.Response:
    return await client.post("/api/messages", headers=HELD, json={"text": "hello"})


async def test_an_id_that_is_due_is_changed_when_the_turn_is_over(
    gateway: Gateway, client: httpx.AsyncClient
) -> None:
    """ASVS 7.2.4: after the turn, so that the turn's own calls hold the id they began with."""
    gateway.security.due = True
    answer = await say(client)
    assert answer.json() == {"messages": [{"text": "Hello."}]}
    assert answer.headers.get_list("set-cookie") == [
        f"{NAME}={DUE_SESSION}; Path=/; Secure; HttpOnly; SameSite=Strict"
    ]
    assert [name for name, _ in gateway.security.calls] == [
        "open_turn",
        "close_turn",
        "rotate_session",
    ]
    assert gateway.security.named("rotate_session") == [(SESSION, CSRF)]


async def test_an_id_that_is_not_due_stays(gateway: Gateway, client: httpx.AsyncClient) -> None:
    answer = await say(client)
    assert "set-cookie" not in answer.headers
    assert gateway.security.named("rotate_session") == []


@pytest.mark.parametrize("failing", ["close_turn", "rasa"])
async def test_an_id_that_is_due_is_changed_also_when_the_turn_fails(
    gateway: Gateway, client: httpx.AsyncClient, failing: str
) -> None:
    """ASVS 7.2.4: a broken dialogue engine does not keep an old id alive."""
    gateway.security.due = True
    if failing == "rasa":
        gateway.rasa.fails = NO_ANSWER
    else:
        gateway.security.refuse["close_turn"] = [Refused("security_unavailable")]
    answer = await say(client)
    assert answer.status_code == (200 if failing == "rasa" else 503)
    assert answer.headers["set-cookie"].startswith(f"{NAME}={DUE_SESSION};")


async def test_an_id_that_is_due_is_changed_also_where_rasa_is_not_asked(
    gateway: Gateway, client: httpx.AsyncClient
) -> None:
    gateway.security.due = True
    gateway.security.answered = [Message(text="Thank you.")]
    assert (await say(client)).headers["set-cookie"].startswith(f"{NAME}={DUE_SESSION};")


async def test_a_turn_that_is_refused_changes_no_id(
    gateway: Gateway, client: httpx.AsyncClient
) -> None:
    gateway.security.due = True
    answer = await client.post("/api/messages", headers=HELD, json={"choice": "nobody-offered"})
    assert answer.status_code == 422
    assert gateway.security.named("rotate_session") == []


@pytest.mark.parametrize(
    "failure", [Refused("security_unavailable"), Refused("session_expired"), ValueError("planted")]
)
async def test_a_failure_to_rotate_is_logged_and_changes_nothing_else(
    gateway: Gateway, client: httpx.AsyncClient, failure: Exception
) -> None:
    """ASVS 16.2.5: the person keeps the answer and the cookie; the log has no words."""
    gateway.security.due = True
    gateway.security.refuse["rotate_session"] = [failure]
    with capture_logs() as events:
        answer = await say(client)
    assert answer.json() == {"messages": [{"text": "Hello."}]}
    assert "set-cookie" not in answer.headers
    assert "not_rotated" in [event["event"] for event in events]
    assert "planted" not in repr(events)


async def test_a_turn_that_has_given_a_new_id_rotates_that_one(
    gateway: Gateway, client: httpx.AsyncClient
) -> None:
    gateway.security.due = True
    gateway.security.rotated = SessionGrant(
        session_id=NEW_SESSION, csrf_token=NEW_CSRF, session=SIGNED_IN
    )
    answer = await say(client)
    assert gateway.security.named("rotate_session") == [(NEW_SESSION, NEW_CSRF)]
    assert answer.headers["set-cookie"].startswith(f"{NAME}={DUE_SESSION};")


async def test_a_second_turn_at_once_gets_no_second_id(
    gateway: Gateway, client: httpx.AsyncClient
) -> None:
    """Of two turns that both find the id due, security renews it for the first alone."""
    gateway.security.due = True
    gateway.security.renewed = grant()
    assert "set-cookie" not in (await say(client)).headers


async def test_a_resumed_turn_holds_a_fresh_id_and_rotates_nothing(
    gateway: Gateway, client: httpx.AsyncClient
) -> None:
    gateway.security.resume = True
    gateway.security.due = True
    path = f"/api/challenges/{CHALLENGE}/answer"
    answer = await client.post(path, headers=HELD, json={"code": CODE})
    assert answer.headers["set-cookie"].startswith(f"{NAME}={NEW_SESSION};")
    assert gateway.security.named("rotate_session") == []


@pytest.mark.parametrize(
    ("more", "rotates"), [(-1, True), (-0.001, True), (0, False), (1, False), (60, False)]
)
async def test_a_slow_turn_leaves_the_change_to_the_next_one(
    gateway: Gateway, more: float, rotates: bool
) -> None:
    """Of two turns at once the quick one may have retired this id: later use is the alarm."""
    times = iter([100.0, 100.0 + ROTATE_WITHIN_SECONDS + more])
    gateway.security.due = True
    turns = Turns(gateway.security, gateway.rasa, lambda: next(times))
    result = await turns.run(Holder(SESSION, CSRF), Utterance(text="hello"))
    assert result.due is rotates


def request_from(*, connected: bool) -> Request:
    async def receive() -> dict[str, Any]:
        kind = "http.request" if connected else "http.disconnect"
        return {"type": kind, "body": b"", "more_body": False}

    return Request({"type": "http", "method": "POST", "headers": []}, receive)


@pytest.mark.parametrize("connected", [True, False])
async def test_a_browser_that_has_gone_away_keeps_the_id_it_knows(connected: bool) -> None:
    """Otherwise a page that is reloaded during a turn would raise the alarm of a stolen id."""
    security = FakeSecurity()
    reply = Reply("said", due=Holder(SESSION, CSRF))
    after = await renewed(security, reply, request_from(connected=connected))
    assert (after.grant is not None) is connected
    assert bool(security.named("rotate_session")) is connected
    assert after.value == "said"


@pytest.mark.parametrize("gone", [False, True])
async def test_a_connection_that_is_lost_during_a_turn_rotates_nothing(
    gateway: Gateway, gone: bool
) -> None:
    """The same through the protocol that serves; the turn itself goes on to its end."""
    gateway.security.due = True
    gateway.rasa.gate = asyncio.Event()
    body = b'{"text":"hello"}'
    fields = {
        **HELD,
        "host": "localhost:8443",
        "content-type": "application/json",
        "content-length": str(len(body)),
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    wire, state = Wire(), ServerState()
    connection = connect(wire, state, gateway.app)
    connection.data_received(f"POST /api/messages HTTP/1.1\r\n{head}\r\n".encode() + body)
    await gateway.rasa.asked.wait()
    if gone:
        connection.connection_lost(None)
    gateway.rasa.gate.set()
    await asyncio.wait(state.tasks, timeout=5)
    assert len(gateway.security.closed) == 1
    assert bool(gateway.security.named("rotate_session")) is not gone
    assert (DUE_SESSION.encode() in wire.written) is not gone
    if not gone:
        connection.connection_lost(None)


def test_the_newer_grant_keeps_what_only_the_older_one_carries() -> None:
    assert latest(None, None) is None
    assert latest(grant("a" * 43), None) == grant("a" * 43)
    assert latest(None, grant("b" * 43)) == grant("b" * 43)
    assert latest(grant("a" * 43, "d" * 43), grant()) == grant("a" * 43, "d" * 43)
    assert latest(grant("a" * 43, "d" * 43), grant("b" * 43, "e" * 43)) == grant("b" * 43, "e" * 43)


def test_what_the_browser_holds_follows_the_grant() -> None:
    held = Holder(SESSION, CSRF)
    assert held_now(held, None) == held
    newer = SessionGrant(csrf_token=NEW_CSRF, session=ANONYMOUS)
    assert held_now(held, newer) == Holder(SESSION, NEW_CSRF)
