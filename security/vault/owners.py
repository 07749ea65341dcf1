"""Whose a data key is: a tenant's, a person's (erasable or retained), or the system's."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Scope(StrEnum):
    """What a data key is for."""

    SYSTEM = "system"
    TENANT = "tenant"
    PERSON_ERASABLE = "person-erasable"
    PERSON_RETAINED = "person-retained"


class Under(StrEnum):
    """Which key a column is under, as it is declared where the column is.

    What is a person's is under their own key; before anybody has signed in under the tenant's,
    and without a tenant under the system's.
    """

    SYSTEM = "system"
    TENANT = "tenant"
    ERASABLE = "erasable"
    RETAINED = "retained"


class Owner(NamedTuple):
    """Whose one data key is; `person` is the plain id and stays in memory."""

    scope: Scope
    tenant: str | None = None
    person: str | None = None


_PERSONAL = {Under.ERASABLE: Scope.PERSON_ERASABLE, Under.RETAINED: Scope.PERSON_RETAINED}


def owner_of(under: Under, tenant: str | None, person: str | None) -> Owner:
    """Return whose key a value of such a column is sealed under."""
    scope = _PERSONAL.get(under)
    if scope is not None and person:
        return Owner(scope, tenant, person)
    if under is not Under.SYSTEM and tenant:
        return Owner(Scope.TENANT, tenant)
    return Owner(Scope.SYSTEM)
