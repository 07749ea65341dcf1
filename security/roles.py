"""Every role there is. A policy, a seed or an administrator that names another one is mistaken."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

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


_OF_API: Mapping[str, frozenset[str]] = {
    "banking": frozenset({"customer", "teller"}),
    "healthcare": frozenset({"patient", "physician", "receptionist"}),
    "hr": frozenset({"employee", "hr_admin"}),
    "it": frozenset({"it_agent"}),
    "orders": frozenset({"customer", "support_agent"}),
}
"""Which roles each API is for: an organisation's administrators give these, where it is used."""
_EVERYWHERE = frozenset({"admin", "auditor"})


def known_at(apis: Iterable[str]) -> frozenset[str]:
    """Return the roles that an organisation with these APIs can give.

    An API that is not listed here serves whom organisations serve.
    """
    return _EVERYWHERE.union(*(_OF_API.get(api, SERVED) for api in apis))


def unknown(roles: Iterable[str]) -> list[str]:
    """Return those of `roles` that do not exist."""
    return sorted(set(roles) - ROLES)
