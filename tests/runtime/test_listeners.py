"""Sockets that only their owner may open, gone when the process ends."""

import asyncio
import os
import signal
import stat
from pathlib import Path

import aiohttp
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from runtime.descriptors import READY_FD
from runtime.listeners import UnixListener, serve


def app(word: str) -> Starlette:
    return Starlette(routes=[Route("/", lambda _: PlainTextResponse(word))])


async def ask(path: Path) -> str:
    async with (
        aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(path))) as session,
        session.get("http://here/") as reply,
    ):
        return await reply.text()


async def test_both_sockets_are_private_answer_and_are_gone_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = tmp_path / "one.sock", tmp_path / "two.sock"
    one.write_text("left by a crash")
    reading, writing = os.pipe()
    monkeypatch.setenv(READY_FD, str(writing))
    serving = asyncio.create_task(
        serve([UnixListener(app("one"), one), UnixListener(app("two"), two)])
    )
    assert await asyncio.to_thread(os.read, reading, 16) == b"ready\n"
    os.close(reading)
    assert [stat.S_IMODE(path.stat().st_mode) for path in (one, two)] == [0o600, 0o600]
    assert [await ask(one), await ask(two)] == ["one", "two"]
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.wait_for(serving, 10)
    assert not one.exists()
    assert not two.exists()
