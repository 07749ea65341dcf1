"""Every role there is. A policy, a seed or an administrator that names another one is mistaken."""

from __future__ import annotations

from collections.abc import Iterable

ROLES = frozenset(
    {
        "admin",
        "auditor",
        "customer",
        "employee",
        "hr_admin",
        "it_agent",
        "patient",
        "physician",
        "receptionist",
        "support_agent",
        "teller",
    }
)


SERVED = frozenset({"customer", "employee", "patient"})
"""Whom the organisations serve: a visitor hears of what these may ask for."""


def unknown(roles: Iterable[str]) -> list[str]:
    """Return those of `roles` that do not exist."""
    return sorted(set(roles) - ROLES)
