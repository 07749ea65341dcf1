"""What the processes of one side take: memory, and time of the processors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import psutil

Families = Mapping[str, Sequence[psutil.Process]]
"""Processes by the name of the part that they make up."""

_MEGABYTE = 1_000_000


def with_children(pid: int) -> list[psutil.Process]:
    """Return a process and all that it has started."""
    root = psutil.Process(pid)
    return [root, *root.children(recursive=True)]


def memory_mb(families: Families) -> dict[str, float]:
    """Return the resident memory of each part, in MB; shared pages count in every process."""
    return {
        name: sum(each.memory_info().rss for each in members) / _MEGABYTE
        for name, members in families.items()
    }


def cpu_seconds(families: Families) -> dict[str, float]:
    """Return the processor time that each part has used until now, in seconds."""
    return {
        name: sum(sum(each.cpu_times()[:2]) for each in members)
        for name, members in families.items()
    }
