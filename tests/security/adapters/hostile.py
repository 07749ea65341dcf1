"""What a hostile API says, and a server that says it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

ACCOUNT = (
    b'{"id":"acc_AAAAAAAAAAAAAAAAAAAAAA","name":"Current","number":"\xe2\x80\xa2\xe2\x80\xa2'
    b'\xe2\x80\xa2\xe2\x80\xa2 4021","currency":"EUR","balance":"1.00","available":"1.00"}'
)
GOOD = b'{"accounts":[' + ACCOUNT + b"]}"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
Say = Callable[[asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def saying(path: Path, say: Say) -> AsyncIterator[None]:
    """Serve whatever `say` writes, to everybody."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            await say(writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_unix_server(serve, path)
    try:
        yield
    finally:
        server.close()


async def endless_body(writer: asyncio.StreamWriter) -> None:
    writer.write(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"10000\r\n" + b" " * 65_536 + b"\r\n")
        await writer.drain()


async def endless_head(writer: asyncio.StreamWriter) -> None:
    writer.write(HEAD)
    while True:
        writer.write(b"X-More: " + b"a" * 4_000 + b"\r\n")
        await writer.drain()


async def endless_line(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 ")
    while True:
        writer.write(b"O" * 65_536)
        await writer.drain()


async def slow_drip(writer: asyncio.StreamWriter) -> None:
    writer.write(HEAD + b"Content-Length: 1000\r\n\r\n")
    while True:
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.01)


async def slow_head(writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"H")
        await writer.drain()
        await asyncio.sleep(0.01)


ENDLESS: dict[str, tuple[Say, str]] = {
    "a body without end": (endless_body, "api_invalid"),
    "headers without end": (endless_head, "api_unavailable"),
    "a line without end": (endless_line, "api_unavailable"),
    "a slow drip": (slow_drip, "api_unavailable"),
    "a slow head": (slow_head, "api_unavailable"),
}
