"""Asks each process of this host for its numbers and spans, over the socket it has for that."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import aiohttp

from runtime.callers import bearer
from runtime.observing import METRICS, SPANS, credential_of
from runtime.sockets import observed_socket

MOST_BYTES = 4 << 20
_SECONDS = aiohttp.ClientTimeout(total=2)
_FAILED = (aiohttp.ClientError, TimeoutError, OSError, ValueError)


class Processes:
    """The processes that are asked; enter it before using it."""

    def __init__(self, run_dir: Path, secrets: Mapping[str, str]) -> None:
        """Know each process by the credential that was passed for it."""
        prefix = credential_of("")
        self._run_dir = run_dir
        self._headers = {
            name.removeprefix(prefix): bearer(value)
            for name, value in secrets.items()
            if name.startswith(prefix)
        }
        self._open: dict[str, aiohttp.ClientSession] = {}

    async def __aenter__(self) -> Self:
        for name, headers in self._headers.items():
            connector = aiohttp.UnixConnector(str(self._run_dir / observed_socket(name)))
            # nosemgrep: one-way-out - one arrow a process, by a socket of this host.
            self._open[name] = aiohttp.ClientSession(
                connector=connector,
                headers=headers,
                timeout=_SECONDS,
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
            )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for each in self._open.values():
            await each.close()

    async def metrics(self) -> dict[str, bytes | None]:
        """Return what each process tells; None of one that does not answer."""
        return await self._each("GET", METRICS)

    async def spans(self) -> dict[str, bytes | None]:
        """Take away the spans of each process; None of one that does not answer."""
        return await self._each("POST", SPANS)

    async def _each(self, method: str, path: str) -> dict[str, bytes | None]:
        names = sorted(self._open)
        answers = await asyncio.gather(*(self._ask(name, method, path) for name in names))
        return dict(zip(names, answers, strict=True))

    async def _ask(self, name: str, method: str, path: str) -> bytes | None:
        try:
            async with self._open[name].request(
                method, f"http://{name}{path}", allow_redirects=False
            ) as reply:
                body = bytearray()
                async for chunk in reply.content.iter_any():
                    body += chunk
                    if len(body) > MOST_BYTES:
                        return None
                return bytes(body) if reply.status == 200 else None
        except _FAILED:
            return None
