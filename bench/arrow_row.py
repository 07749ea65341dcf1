"""What an arrow between hosts costs: one call over its Unix socket, and over two relays as well.

The relays are processes of their own, as they are in an installation, and everything is on this
machine: no cable is measured. Calls of both kinds take turns. Alone: `python -m bench.arrow_row`.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import os
import socket
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import uvicorn

from bench.figures import percentile
from bench.rows import Row
from bench.work import Work
from cli import authority
from cli.certificates import write
from cli.settings import ROOT
from relay.contexts import AUTHORITIES, IDENTITY
from relay.ends import ENDS, RELAY_FOLDER, End, written
from runtime.callers import Receive, Scope, Send
from runtime.descriptors import READY_FD

_WARM_UP = 100
_BODY = b'{"session_id": "' + b"a" * 200 + b'"}'


async def measure(work: Work, count: int) -> list[Row]:
    """Return the rows of `count` calls of each kind."""
    folder = work.folder / "arrow"
    folder.mkdir()
    plain, far = work.sockets / "plain" / "sock", work.sockets / "far" / "sock"
    for path in (plain, far):
        path.parent.mkdir(mode=0o700)
    async with _callee(plain), _relays(folder, plain, far):
        took: dict[Path, list[float]] = {plain: [], far: []}
        async with _client(plain) as near, _client(far) as other:
            for _ in range(_WARM_UP + count):
                for path, client in ((plain, near), (far, other)):
                    took[path].append(await _ask(client))
    unix, tls = (percentile(took[path][_WARM_UP:], 50) for path in (plain, far))
    return [
        Row("arrow_unix_p50", "us", None, unix * 1e6),
        Row("arrow_mutual_tls_p50", "us", None, tls * 1e6),
    ]


async def _ask(client: aiohttp.ClientSession) -> float:
    begun = time.perf_counter()
    async with client.post("http://security/sessions/look", data=_BODY) as reply:
        await reply.read()
    return time.perf_counter() - begun


def _client(path: Path) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(path)))


async def _echo(scope: Scope, receive: Receive, send: Send) -> None:
    body = (await receive()).get("body", b"")
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


@asynccontextmanager
async def _callee(path: Path) -> AsyncIterator[None]:
    config = uvicorn.Config(_echo, uds=str(path), log_config=None, access_log=False, lifespan="off")
    server = uvicorn.Server(config)
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign,assignment]
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn tells nobody.
        await asyncio.sleep(0.01)
    try:
        yield
    finally:
        server.should_exit = True
        await task


@asynccontextmanager
async def _relays(folder: Path, plain: Path, far: Path) -> AsyncIterator[None]:
    now = dt.datetime.now(dt.UTC)
    authority.make(folder / "ca", now)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    ends = {
        "security": End("gateway-to-security", "callee", plain, "127.0.0.1", port, "gateway"),
        "gateway": End("gateway-to-security", "caller", far, "127.0.0.1", port, "security"),
    }
    started = []
    try:
        for process, end in ends.items():
            issued = authority.issue(folder / "ca", process, ["127.0.0.1"], now)
            place = folder / process
            place.mkdir()
            write(place / AUTHORITIES, issued.authorities.encode())
            write(place / IDENTITY, issued.identity.encode())
            started.append(await _relay(place, end))
        yield
    finally:
        for child in started:
            child.terminate()
            await child.wait()


async def _relay(place: Path, end: End) -> asyncio.subprocess.Process:
    reading, writing = os.pipe()
    told = {ENDS: written([end]), RELAY_FOLDER: str(place), READY_FD: str(writing)}
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "relay.serve", cwd=ROOT, env={**os.environ, **told},
        pass_fds=(writing,),
    )  # fmt: skip
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        if await asyncio.to_thread(pipe.read, 6) != b"ready\n":
            raise OSError("a relay did not start")
    return child


def main() -> None:
    """Measure it alone and print it."""
    from rich.console import Console  # noqa: PLC0415

    from bench import rows  # noqa: PLC0415
    from bench.running import measured  # noqa: PLC0415

    rows.show(Console(), measured(lambda work: measure(work, 3_000)))


if __name__ == "__main__":
    main()
