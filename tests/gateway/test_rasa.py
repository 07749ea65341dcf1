"""The client of the dialogue engine, on a Unix socket."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from aiohttp import web

from gateway.ports import RasaFailed, RasaHealth
from gateway.rasa import RasaClient
from gateway.replies import MAX_REPLY_BYTES
from security.model import OpenTurn, Utterance

CREDENTIAL = "r" * 43
TURN = OpenTurn(
    turn_id="turn-1",
    conversation_id="conversation-1",
    ticket="ticket-1",
    conversation_key="k" * 43,
    utterance=Utterance(text="/restart"),
)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Engine:
    """A dialogue engine that does what a test tells it."""

    def __init__(self) -> None:
        self.seen: list[tuple[dict[str, str], object]] = []
        self.answer: Handler = self.polite
        self.health = web.json_response

    async def polite(self, request: web.Request) -> web.StreamResponse:
        self.seen.append((dict(request.headers), await request.json()))
        return web.json_response({"messages": [{"text": "Hello."}]})

    async def turn(self, request: web.Request) -> web.StreamResponse:
        return await self.answer(request)


@pytest.fixture
async def engine() -> AsyncIterator[tuple[Engine, Path]]:
    engine = Engine()
    app = web.Application()
    app.router.add_post("/webhooks/gatehouse/turn", engine.turn)

    async def healthz(_: web.Request) -> web.StreamResponse:
        return web.json_response({"ready": True, "actions": False})

    app.router.add_get("/healthz", healthz)
    runner = web.AppRunner(app)
    await runner.setup()
    with tempfile.TemporaryDirectory(prefix="gh") as folder:
        path = Path(folder) / "rasa.sock"
        await web.UnixSite(runner, str(path)).start()
        yield engine, path
        await runner.cleanup()


async def test_a_turn_is_asked_as_the_seam_says(engine: tuple[Engine, Path]) -> None:
    served, path = engine
    async with RasaClient(path, CREDENTIAL, 5) as rasa:
        said = await rasa.turn(TURN)
    assert [message.text for message in said] == ["Hello."]
    ((headers, body),) = served.seen
    assert headers["Authorization"] == f"Bearer {CREDENTIAL}"
    assert headers["X-Conversation-Key"] == "k" * 43
    assert body == {
        "conversation_id": "conversation-1",
        "ticket": "ticket-1",
        "utterance": {"text": "/restart"},
    }


async def test_what_may_be_offered_goes_along(engine: tuple[Engine, Path]) -> None:
    served, path = engine
    turn = TURN.model_copy(update={"offered": ["banking.list_accounts"]})
    async with RasaClient(path, CREDENTIAL, 5) as rasa:
        await rasa.turn(turn)
    ((_, body),) = served.seen
    assert isinstance(body, dict)
    assert body["offered"] == ["banking.list_accounts"]


async def slow(request: web.Request) -> web.StreamResponse:
    transport = request.transport
    while transport is not None and not transport.is_closing():
        await asyncio.sleep(0.01)
    return web.Response()


async def broken(_: web.Request) -> web.StreamResponse:
    return web.Response(status=500)


async def elsewhere(_: web.Request) -> web.StreamResponse:
    return web.Response(status=307, headers={"Location": "http://evil.example/"})


async def endless(request: web.Request) -> web.StreamResponse:
    answer = web.StreamResponse()
    await answer.prepare(request)
    await answer.write(b'{"messages": [{"text": "Hello."}]}')
    for _ in range(MAX_REPLY_BYTES // 65_536):
        await answer.write(b" " * 65_536)
    return answer


async def garbage(_: web.Request) -> web.StreamResponse:
    return web.Response(body=b"\xff\xfe")


@pytest.mark.parametrize(
    ("answer", "invalid"),
    [(slow, False), (broken, False), (elsewhere, False), (endless, True), (garbage, True)],
)
async def test_a_late_broken_or_endless_rasa_is_a_failure(
    engine: tuple[Engine, Path], answer: Handler, invalid: bool
) -> None:
    """Rasa is not trusted: bounded in time and size, and it redirects nobody."""
    served, path = engine
    served.answer = answer
    async with RasaClient(path, CREDENTIAL, 0.3) as rasa:
        with pytest.raises(RasaFailed) as failed:
            await rasa.turn(TURN)
    assert failed.value.invalid is invalid


async def test_a_rasa_that_is_not_there(tmp_path: Path) -> None:
    async with RasaClient(tmp_path / "none.sock", CREDENTIAL, 1) as rasa:
        assert await rasa.health() == RasaHealth(ready=False, actions=False)
        with pytest.raises(RasaFailed) as failed:
            await rasa.turn(TURN)
    assert not failed.value.invalid


async def test_health_is_what_rasa_says(engine: tuple[Engine, Path]) -> None:
    async with RasaClient(engine[1], CREDENTIAL, 1) as rasa:
        assert await rasa.health() == RasaHealth(ready=True, actions=False)
