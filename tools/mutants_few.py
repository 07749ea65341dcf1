"""A pytest plugin for `make mutants`: of a test with many parameters, some that lie far apart.

A mutant is tried by these first. What survives them meets all of the tests afterwards, with `ALL`
in the environment. Other work on the machine must not be taken for a mutant's doing: a test's time
is what the processor spends on it, and hypothesis sets no deadlines.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Generator, Iterable, Sequence

import hypothesis
import pytest

ALL = "MUTANTS_MEET_ALL"
MOST = 6
LONGEST = 12.0
"""Seconds of the processor for one test. The slowest ones take two or three."""

_ENDLESS = 36
"""What mutmut calls a time-out."""


def pytest_configure() -> None:
    """Let hypothesis try the same examples each time, however long one takes."""
    hypothesis.settings.register_profile(
        "mutants",
        deadline=None,
        derandomize=True,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    hypothesis.settings.load_profile("mutants")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol() -> Generator[None, object, object]:
    """End the run, as a time-out, where a test takes longer than any does."""
    signal.signal(signal.SIGPROF, lambda _number, _frame: os._exit(_ENDLESS))
    signal.setitimer(signal.ITIMER_PROF, LONGEST)
    try:
        return (yield)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def some(count: int, most: int = MOST) -> frozenset[int]:
    """Return at most so many of the numbers below `count`, the first and the last among them."""
    if count <= most:
        return frozenset(range(count))
    return frozenset(round(number * (count - 1) / (most - 1)) for number in range(most))


def few(names: Iterable[tuple[str, str]]) -> list[bool]:
    """Tell of each test, named by its file and its function, whether it is among the some."""
    every = list(names)
    places: dict[tuple[str, str], list[int]] = {}
    for place, name in enumerate(every):
        places.setdefault(name, []).append(place)
    kept = {several[n] for several in places.values() for n in some(len(several))}
    return [place in kept for place in range(len(every))]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the others out."""
    if os.environ.get(ALL):
        return
    chosen = few(_names(items))
    left_out = [item for item, stays in zip(items, chosen, strict=True) if not stays]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item, stays in zip(items, chosen, strict=True) if stays]


def _names(items: Sequence[pytest.Item]) -> list[tuple[str, str]]:
    return [(str(item.path), item.nodeid.partition("[")[0]) for item in items]
