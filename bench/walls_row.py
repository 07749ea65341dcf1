"""What the walls around a process cost: calls of one inside and one outside, taking turns.

Both serve a Unix socket and write each call to a database of their own. A figure is the median of
the medians of rounds, and the spread is between the quarters of the rounds' ratios: where it
reaches across 1, no difference was measured. Starts take turns as well, from the command to the
first answer. Alone: `python -m bench.walls_row`.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from bench.rows import Row
from bench.work import Work, plain_environ
from cli.launching import command
from cli.settings import ROOT
from sandbox.profile import Profile
from sandbox.told import PROFILE, written

ROUNDS = 20
STARTS = 5
_BODY = b'{"session_id": "' + b"a" * 200 + b'"}'
_KINDS = ("open", "walled")


async def measure(work: Work, count: int, starts: int = STARTS) -> list[Row]:
    """Return the rows of `count` calls of each kind, and of so many starts of each."""
    took: dict[str, list[float]] = {kind: [] for kind in _KINDS}
    for number in range(starts):
        for kind in _KINDS:
            begun = time.perf_counter()
            async with _serving(work, kind, f"{kind}-{number}") as client:
                await _ask(client)
                took[kind].append(time.perf_counter() - begun)
    async with _serving(work, "open", "o") as one, _serving(work, "walled", "w") as other:
        rounds = [await _round(one, other, count // ROUNDS) for _ in range(ROUNDS + 1)][1:]
    quarters = statistics.quantiles((inside / outside for outside, inside in rounds), n=4)
    outside, inside = (statistics.median(each) for each in zip(*rounds, strict=True))
    start = {kind: statistics.median(seconds) for kind, seconds in took.items()}
    return [
        Row("walls_call_open", "us", None, outside * 1e6),
        Row("walls_call_walled", "us", None, inside * 1e6),
        Row("walls_call_ratio_lower_quarter", "x", None, quarters[0]),
        Row("walls_call_ratio_upper_quarter", "x", None, quarters[2]),
        Row("walls_start_open", "ms", None, start["open"] * 1e3),
        Row("walls_start_walled", "ms", None, start["walled"] * 1e3),
    ]


async def _round(
    one: aiohttp.ClientSession, other: aiohttp.ClientSession, calls: int
) -> tuple[float, float]:
    """Return the medians of one round, in which each call of one is followed by the other's."""
    took: tuple[list[float], list[float]] = ([], [])
    for _ in range(max(2, calls)):
        for client, into in zip((one, other), took, strict=True):
            into.append(await _ask(client))
    return statistics.median(took[0]), statistics.median(took[1])


async def _ask(client: aiohttp.ClientSession) -> float:
    begun = time.perf_counter()
    async with client.post("http://walled/", data=_BODY) as reply:
        if await reply.read() != _BODY:
            raise OSError("another answer than what was said")
    return time.perf_counter() - begun


@asynccontextmanager
async def _serving(work: Work, kind: str, name: str) -> AsyncIterator[aiohttp.ClientSession]:
    own, place = work.folder / f"walls-{name}", work.sockets / name
    own.mkdir()
    place.mkdir(mode=0o700)
    path = place / "sock"
    environ = plain_environ()
    if kind == "walled":
        code = (ROOT, Path(sys.prefix), Path(sys.base_prefix))
        environ[PROFILE] = written(Profile(name, code=code, writes=(own,), serves=(place,)))
    words = command(Path(sys.executable), "bench.walled", str(path), str(own / "db"))
    async with work.running(f"walls-{name}", words, environ) as running:
        connector = aiohttp.UnixConnector(str(path))
        async with aiohttp.ClientSession(connector=connector) as client:

            async def is_ready() -> bool:
                if not path.exists():
                    return False
                try:
                    await _ask(client)
                except aiohttp.ClientError:
                    return False
                return True

            await running.until(is_ready)
            yield client


def main() -> None:
    """Measure it alone and print it."""
    from rich.console import Console  # noqa: PLC0415

    from bench import rows  # noqa: PLC0415
    from bench.running import measured  # noqa: PLC0415

    rows.show(Console(), measured(lambda work: measure(work, 4_000)))


if __name__ == "__main__":
    main()
