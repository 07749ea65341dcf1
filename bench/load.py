"""The loads: single turns, long conversations, many clients. One side works at a time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.processes import Families, cpu_seconds
from bench.questions import Client, Question, Questions, ask

Samples = dict[str, list[float]]
"""Milliseconds, or turns per second, by the name of the side."""

_TURNS_OF_A_CONVERSATION = 5


async def timed(client: Client, question: Question) -> float:
    """Ask once and return the milliseconds until the answer was there."""
    began = time.perf_counter()
    await ask(client, question)
    return (time.perf_counter() - began) * 1_000


async def single_turns(
    clients: Mapping[str, Client], asked: Questions, question: Question, blocks: int, block: int
) -> Samples:
    """Ask `question` in blocks, one side after the other, in conversations of five turns.

    What opens a conversation is a plain turn that is not timed.
    """
    samples: Samples = {name: [] for name in clients}
    for _ in range(blocks):
        for name, client in clients.items():
            for turn in range(block):
                if turn % _TURNS_OF_A_CONVERSATION == 0:
                    await client.start_over()
                    await ask(client, asked.plain)
                samples[name].append(await timed(client, question))
    return samples


async def long_conversation(
    clients: Mapping[str, Client], asked: Questions, turns: int
) -> dict[str, dict[int, float]]:
    """Go through one conversation on each side, turn by turn; time the protected turns.

    Odd turns are plain, even ones protected; returns milliseconds by the number of the turn.
    """
    samples: dict[str, dict[int, float]] = {name: {} for name in clients}
    for turn in range(1, turns + 1):
        for name, client in clients.items():
            if turn % 2:
                await ask(client, asked.plain)
            else:
                samples[name][turn] = await timed(client, asked.protected)
    return samples


@dataclass(frozen=True)
class Throughput:
    """What many clients got in one stretch of time, and what it cost."""

    turns: int
    seconds: float
    cpu_seconds: dict[str, float]
    """Processor time by part."""

    @property
    def rate(self) -> float:
        """Turns a second."""
        return self.turns / self.seconds

    def cpu_ms(self) -> dict[str, float]:
        """Return the processor time of each part a turn, in ms."""
        return {name: used * 1_000 / self.turns for name, used in self.cpu_seconds.items()}


async def together(
    clients: Sequence[Client], families: Families, question: Question, seconds: float
) -> Throughput:
    """Let all clients ask as fast as they are answered, each in conversations of five turns."""
    used = cpu_seconds(families)
    began = time.monotonic()
    until = began + seconds
    counts = await asyncio.gather(*(_go_on(each, question, until) for each in clients))
    took = time.monotonic() - began
    after = cpu_seconds(families)
    return Throughput(sum(counts), took, {name: after[name] - used[name] for name in used})


async def _go_on(client: Client, question: Question, until: float) -> int:
    turns = 0
    while time.monotonic() < until:
        if turns % _TURNS_OF_A_CONVERSATION == 0:
            await client.start_over()
        await ask(client, question)
        turns += 1
    return turns
