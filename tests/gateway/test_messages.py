"""The conversation's calls, and how a turn ends."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from structlog.testing import capture_logs

from gateway.cookies import NAME
from gateway.turns import Holder, Utterance
from security.errors import Refused
from security.model import BotMessage, Choice, Message, SessionGrant
from tests.gateway.conftest import HELD, Gateway
from tests.gateway.fakes import (
    ANONYMOUS,
    CSRF,
    NEW_SESSION,
    NO_ANSWER,
    SESSION,
    WRONG_ANSWER,
)


async def say(client: httpx.AsyncClient, **body: object) -> httpx.Response:
    return await client.post("/api/messages", headers=HELD, json=body)


async def test_words_go_to_rasa_and_its_words_come_back(
    gateway: Gateway, client: httpx.AsyncClient
) -> None:
    answer = await say(client, text="  what's my\nbalance? ", client_id="m-1")
    assert answer.json() == {"messages": [{"text": "Hello."}]}
    assert gateway.security.named("open_turn") == [
        (SESSION, {"text": "what's my balance?", "client_id": "m-1"})
    ]
    assert [turn.utterance.text for turn in gateway.rasa.turns] == ["what's my balance?"]
    assert gateway.security.closed == [("turn-1", gateway.rasa.says)]


@pytest.mark.parametrize(
    "typed",
    [
        '/check_balance{"account": "bob"}',
        "/restart",
        "/session_start",
        "/back",
        "\uff0frestart",
        "\u2215restart",
        "\u200b/restart",
        "EXTERNAL: resume",
        '{"intent": "resume"}',
        "[check balance](check_balance)",
    ],
)
async def test_a_typed_intent_is_plain_words(
    gateway: Gateway, client: httpx.AsyncClient, typed: str
) -> None:
    """GH-6: commands of the dialogue engine, and lookalikes, travel as text alone."""
    assert (await say(client, text=typed)).status_code == 200
    ((_, given),) = gateway.security.named("open_turn")
    assert set(given) == {"text"}
    assert gateway.rasa.turns[0].utterance.model_dump(exclude_none=True) == given


async def test_a_card_number_never_leaves_the_gateway(
    gateway: Gateway, client: httpx.AsyncClient
) -> None:
    """PCI DSS 3.4.1: masked before security and rasa see it."""
    await say(client, text="my card is 4111 1111 1111 1111")
    seen = repr(gateway.security.calls) + repr(gateway.rasa.turns)
    assert "•••• 1111" in seen
    assert "4111" not in seen


async def test_what_was_typed_is_in_no_log(
    gateway: Gateway, client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    """ASVS 16.2.5: not the words, the cookie nor the token, also where the turn fails."""
    gateway.rasa.fails = ValueError("planted-words")
    gateway.security.refuse["past_messages"] = [ValueError("planted-words")]
    with caplog.at_level("DEBUG"), capture_logs() as events:
        await say(client, text="planted-words")
        await say(client, text="planted-words" * 200)
        await client.get("/api/messages", headers=HELD)
    names = [event["event"] for event in events]
    assert {"turn_failed", "call_failed", "refused"} <= set(names)
    for secret in ("planted-words", SESSION, CSRF, "ticket-1"):
        assert secret not in caplog.text + repr(events)


async def test_a_choice_is_an_opaque_id(gateway: Gateway, client: httpx.AsyncClient) -> None:
    gateway.rasa.says = [
        BotMessage(choices=[Choice(title="My balance", intent="check_balance", entities={})])
    ]
    answer = await say(client, text="hello")
    assert answer.json()["messages"] == [{"choices": [{"id": "choice-1", "title": "My balance"}]}]
    await say(client, choice="choice-1")
    assert gateway.security.named("open_turn")[1] == (SESSION, {"choice": "choice-1"})


async def test_a_choice_that_nobody_offered_is_refused(
    gateway: Gateway, client: httpx.AsyncClient
) -> None:
    """A second browser with the first one's choice id: a clear message, nothing else."""
    answer = await say(client, choice="choice-of-another-session")
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_choice")
    assert gateway.rasa.turns == []


async def test_what_security_answers_itself_does_not_reach_rasa(
    gateway: Gateway, client: httpx.AsyncClient
) -> None:
    """A code typed into the chat, or a repeated message, is not for the dialogue engine."""
    gateway.security.answered = [Message(text="Thank you.")]
    assert (await say(client, text="287082")).json() == {"messages": [{"text": "Thank you."}]}
    assert gateway.rasa.turns == []


async def test_a_rotated_id_reaches_the_browser(
    gateway: Gateway, client: httpx.AsyncClient
) -> None:
    """ASVS 7.2.4: timed rotation."""
    gateway.security.rotated = SessionGrant(
        session_id=NEW_SESSION, csrf_token=CSRF, session=ANONYMOUS
    )
    answer = await say(client, text="hello")
    assert answer.headers["set-cookie"].startswith(f"{NAME}={NEW_SESSION};")


async def test_a_rotated_id_reaches_the_browser_also_when_the_turn_fails(
    gateway: Gateway, client: httpx.AsyncClient
) -> None:
    """ASVS 7.2.4: otherwise the old id would soon end the session."""
    gateway.security.rotated = SessionGrant(
        session_id=NEW_SESSION, csrf_token=CSRF, session=ANONYMOUS
    )
    gateway.security.refuse["close_turn"] = [Refused("security_unavailable")]
    answer = await say(client, text="hello")
    assert (answer.status_code, answer.json()["code"]) == (503, "security_unavailable")
    assert answer.headers["set-cookie"].startswith(f"{NAME}={NEW_SESSION};")


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (NO_ANSWER, "api_unavailable"),
        (WRONG_ANSWER, "api_invalid"),
        (RuntimeError("bug"), "api_unavailable"),
    ],
)
async def test_a_silent_or_lying_rasa_leaves_no_turn_open(
    gateway: Gateway, client: httpx.AsyncClient, failure: Exception, code: str
) -> None:
    """The ticket dies with the turn, whatever rasa does; the person is told."""
    gateway.rasa.fails = failure
    answer = await say(client, text="hello")
    assert answer.status_code == 200
    (message,) = answer.json()["messages"]
    assert message["refused"] == code
    assert message["text"]
    assert [turn for turn, _ in gateway.security.closed] == ["turn-1"]


async def test_messages_that_security_will_not_keep_still_end_the_turn(
    gateway: Gateway, client: httpx.AsyncClient
) -> None:
    gateway.security.refuse["close_turn"] = [Refused("invalid_request")]
    answer = await say(client, text="hello")
    assert answer.json()["messages"][0]["refused"] == "api_invalid"
    assert len(gateway.security.closed) == 1


async def test_a_browser_that_goes_away_leaves_no_turn_open(gateway: Gateway) -> None:
    """A cancelled request does not cancel its turn: the ticket dies as always."""
    gateway.rasa.gate = asyncio.Event()
    request = asyncio.create_task(gateway.turns.run(Holder(SESSION, CSRF), Utterance(text="hello")))
    await gateway.rasa.asked.wait()
    request.cancel()
    with pytest.raises(asyncio.CancelledError):
        await request
    assert gateway.security.closed == []
    gateway.rasa.gate.set()
    async with asyncio.timeout(2):
        while not gateway.security.closed:
            await asyncio.sleep(0)


async def test_a_gateway_that_stops_leaves_no_turn_open(gateway: Gateway) -> None:
    gateway.rasa.gate = asyncio.Event()
    request = asyncio.create_task(gateway.turns.run(Holder(SESSION, CSRF), Utterance(text="hello")))
    await gateway.rasa.asked.wait()
    await gateway.turns.stop()
    assert [turn for turn, _ in gateway.security.closed] == ["turn-1"]
    with pytest.raises(asyncio.CancelledError):
        await request


async def test_the_conversation_so_far(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/messages", headers=HELD)
    assert answer.json() == {
        "messages": [{"text": "hello", "sender": "person", "at": "2026-11-20T10:00:00Z"}]
    }
