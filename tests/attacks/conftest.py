"""Attacks meet a whole, running Gatehouse: the same fixtures as the end-to-end tests."""

from __future__ import annotations

from tests.e2e.conftest import gatehouse, model_cache, new_installation, persons, visitor

__all__ = ["gatehouse", "model_cache", "new_installation", "persons", "visitor"]
