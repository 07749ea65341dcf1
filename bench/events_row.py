"""Open streams of events: what a gateway takes that 200 windows look on at."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import aiohttp

from bench.ours import Gatehouse, GatehouseClient
from bench.processes import memory_mb
from bench.rows import Row
from cli.problems import Problem

STREAMS = 200
_AT_ONCE = 10
_TOLD_SECONDS = 30.0


async def measure(side: Gatehouse) -> list[Row]:
    """Return the gateway's memory before, and with each of 200 sessions looked on at.

    Every stream has told what it tells first, and once more after something has happened.
    """
    before = _gateway_mb(side)
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(side.client()) for _ in range(STREAMS)]
        turn = asyncio.Semaphore(_AT_ONCE)

        async def look_on(client: GatehouseClient) -> aiohttp.ClientResponse:
            async with turn:
                await client.arrive()
                stream = await stack.enter_async_context(client.events())
                await _told(stream, b"event: session")
                return stream

        streams = await asyncio.gather(*map(look_on, clients))
        for client, stream in zip(clients, streams, strict=True):
            await client.extend()
            await _told(stream, b"event: session")
        taken = _gateway_mb(side)
    return [
        Row(f"events_{STREAMS}_memory", "MB", None, taken),
        Row(f"events_{STREAMS}_growth", "MB", None, taken - before),
    ]


async def _told(stream: aiohttp.ClientResponse, line: bytes) -> None:
    if stream.status != 200:
        raise Problem(f"a stream was refused ({stream.status})", "see that `make run` works")
    async with asyncio.timeout(_TOLD_SECONDS):
        async for each in stream.content:
            if each.rstrip() == line:
                return
    raise Problem("a stream has ended", "see that `make run` works, then try again")


def _gateway_mb(side: Gatehouse) -> float:
    return memory_mb({"gateway": side.families()["gateway"]})["gateway"]
