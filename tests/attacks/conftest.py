"""Attacks meet a whole, running Gatehouse: the same fixtures as the end-to-end tests."""

from __future__ import annotations

from tests.e2e.conftest import (
    gatehouse,
    make_installation,
    model_cache,
    new_installation,
    persons,
    seeded_home,
    visitor,
)

__all__ = [
    "gatehouse",
    "make_installation",
    "model_cache",
    "new_installation",
    "persons",
    "seeded_home",
    "visitor",
]
