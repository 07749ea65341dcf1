"""A process whose launcher has died stops itself."""

from __future__ import annotations

import asyncio
import os

import pytest

from dialogue.parent import launcher_gone


async def test_it_waits_while_the_launcher_lives() -> None:
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(launcher_gone(os.getppid(), look_seconds=0.001), 0.02)


async def test_it_returns_once_the_launcher_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    parents = iter([7, 7, 1])
    monkeypatch.setattr(os, "getppid", lambda: next(parents))
    await asyncio.wait_for(launcher_gone(7, look_seconds=0), 1)


async def test_a_launcher_that_died_during_the_start_is_noticed() -> None:
    await asyncio.wait_for(launcher_gone(os.getppid() + 1), 1)
