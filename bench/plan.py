"""How much of everything a run does."""

from __future__ import annotations

from dataclasses import dataclass

CLIENTS = 8
BLOCK = 20
"""Turns of one side before it is the other's."""
MILESTONES = (10, 100, 400)
"""The turns of a long conversation that have a row."""


@dataclass(frozen=True)
class Plan:
    """Counts and seconds of a run."""

    trains: bool
    plain_blocks: int
    protected_blocks: int
    conversations: int
    turns: int
    together_blocks: int
    together_seconds: float
    guard_calls: int
    sign_ins: int
    rendered: int
    """Messages in a real browser."""


FULL = Plan(
    trains=True,
    plain_blocks=25,
    protected_blocks=50,
    conversations=3,
    turns=405,
    together_blocks=3,
    together_seconds=10,
    guard_calls=1_000,
    sign_ins=100,
    rendered=100,
)
"""About six minutes."""

QUICK = Plan(
    trains=False,
    plain_blocks=4,
    protected_blocks=8,
    conversations=1,
    turns=105,
    together_blocks=1,
    together_seconds=4,
    guard_calls=200,
    sign_ins=20,
    rendered=40,
)
"""About a minute, for trying out; it has no turn 400."""
