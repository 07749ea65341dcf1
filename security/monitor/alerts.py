"""What the watch says: which rule, about whom, on what evidence, and what is done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from security.monitor.rules import Level, Response


@dataclass(frozen=True)
class Alert:
    """One alert. `who` is the pseudonym of whoever did it, where it is one person.

    `evidence` are ids of events, oldest first; `sessions` those that they happened in; `origin`
    the keyed digest of the network they came from, where all came from one, and `origins` all.
    """

    rule: str
    title: str
    level: Level
    at: datetime
    tenant: str | None
    who: str | None
    origin: str | None
    sessions: tuple[str, ...]
    evidence: tuple[str, ...]
    responses: tuple[Response, ...]
    group: Mapping[str, Any]
    quiet_seconds: float
    origins: tuple[str, ...] = ()
