"""A server on a Unix socket that answers as it is told to: what a broken or lying one may do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path


class Liar:
    """Answers every request with the same bytes, or with none; keeps what it was asked."""

    def __init__(self) -> None:
        self.raw = b""
        self.asked: list[bytes] = []
        self.hang = asyncio.Event()
        self.hang.set()

    def answer(self, status: int, body: bytes, *headers: bytes) -> None:
        """Answer with this status and body."""
        length = b"Content-Length: %d" % len(body)
        kind = b"Content-Type: application/json"
        given = (
            [kind, *headers] if not any(h.startswith(b"Content-Type") for h in headers) else headers
        )
        head = [b"HTTP/1.1 %d X" % status, length, b"Connection: close", *given]
        self.raw = b"\r\n".join(head) + b"\r\n\r\n" + body

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection, and close it."""
        try:
            self.asked.append(await reader.readuntil(b"\r\n\r\n"))
            await self.hang.wait()
            writer.write(self.raw)
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def listening(path: Path) -> AsyncIterator[Liar]:
    """Serve a `Liar` at `path`."""
    liar = Liar()
    server = await asyncio.start_unix_server(liar.serve, path)
    try:
        yield liar
    finally:
        liar.hang.set()
        server.close()
        await server.wait_closed()
