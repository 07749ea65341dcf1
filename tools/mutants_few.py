"""A pytest plugin for `make mutants`: of a test with many parameters, some that lie far apart.

A mutant is tried by these first. What survives them meets all of the tests afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pytest

MOST = 6


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
    chosen = few(_names(items))
    left_out = [item for item, stays in zip(items, chosen, strict=True) if not stays]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item, stays in zip(items, chosen, strict=True) if stays]


def _names(items: Sequence[pytest.Item]) -> list[tuple[str, str]]:
    return [(str(item.path), item.nodeid.partition("[")[0]) for item in items]
