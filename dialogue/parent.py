"""A process whose launcher has died stops itself."""

from __future__ import annotations

import asyncio
import os

_LOOK_SECONDS = 1.0


async def launcher_gone(look_seconds: float = _LOOK_SECONDS) -> None:
    """Return once the process that started this one is no longer its parent."""
    launcher = os.getppid()
    while os.getppid() == launcher:  # noqa: ASYNC110 - the kernel tells no event loop of this.
        await asyncio.sleep(look_seconds)
