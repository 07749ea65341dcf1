"""A process whose launcher has died stops itself."""

from __future__ import annotations

import asyncio
import os

_LOOK_SECONDS = 1.0


async def launcher_gone(launcher: int, look_seconds: float = _LOOK_SECONDS) -> None:
    """Return once the process `launcher` is no longer this one's parent.

    The caller notes its parent when it starts: loading a model leaves time enough to lose it.
    """
    while os.getppid() == launcher:  # noqa: ASYNC110 - the kernel tells no event loop of this.
        await asyncio.sleep(look_seconds)
