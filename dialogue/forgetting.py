"""Conversations that fell silent are forgotten here, whole, when their time is over.

This process is not told who is erased, and knows nobody: by then their keys are destroyed, so what
is left of them can be read by nobody, and goes by its age as the rest does.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Protocol

import structlog
import yaml

from dialogue.event_table import StoreDown
from dialogue.settings import NotConfigured

PERIODS = Path("security/retention.yml")
"""The one table of periods, from the project's folder; of that room this process sees no more."""
EVERY_SECONDS = 3_600.0

log = structlog.get_logger("dialogue.forgetting")


class Forgetful(Protocol):
    """What can forget: the tracker store."""

    async def forget_silent(self, days: int) -> int:
        """Forget conversations whose last turn is more than `days` days ago; return their rows."""


def days_kept(file: Path = PERIODS) -> int:
    """Return how long a conversation is kept after its last turn. Raises `NotConfigured`."""
    try:
        days = yaml.safe_load(file.read_text("utf-8"))["trackers"]["days"]
    except (OSError, ValueError, KeyError, TypeError, yaml.YAMLError):
        days = None
    if type(days) is not int or days < 1:
        raise NotConfigured(f"{file} must say in `trackers` how many `days` conversations are kept")
    return days


async def forget_by_the_hour(
    store: Forgetful, days: int, every_seconds: float = EVERY_SECONDS
) -> None:
    """Forget at once, then every hour, until cancelled; what fails is tried again."""
    while True:
        try:
            if count := await store.forget_silent(days):
                log.info("conversations_forgotten", count=count)
        except StoreDown as error:
            log.error("forgetting_failed", error=type(error).__name__)
        await asyncio.sleep(every_seconds)
