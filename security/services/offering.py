"""What the person of a session may ask for: a hint, so that the bot offers what it can do.

It decides nothing. Whoever asks for something else is answered by the guard, which looks again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache

import structlog

from security.access import Access, Facts
from security.operations.manifest import Operation
from security.policy import PolicyFailure
from security.roles import SERVED

_KEPT = 256
"""How many kinds of people are remembered: a few for each tenant."""


class Offering:
    """Finds operations by tenant and roles; each answer is worked out once."""

    def __init__(self, access: Access, operations: Mapping[str, Operation]) -> None:
        self._access = access
        self._operations = operations
        self._kept = lru_cache(_KEPT)(self._worked_out)

    def to(
        self, tenant: str | None, roles: Iterable[str] | None, apis: Iterable[str]
    ) -> tuple[str, ...]:
        """Return the names of operations, in the manifests' order.

        `roles` are the person's, None where nobody has signed in: then it is what those may ask
        for whom the tenant's `apis` serve, and without a tenant what any of them serves.
        """
        who = SERVED if roles is None else frozenset(roles)
        return self._kept(tenant or "", who, frozenset(apis))

    def _worked_out(
        self, tenant: str, roles: frozenset[str], apis: frozenset[str]
    ) -> tuple[str, ...]:
        known = [
            each
            for each in self._operations.values()
            if not tenant or each.is_own or each.api in apis
        ]
        return tuple(each.name for each in known if self._may(each, tenant, roles))

    def _may(self, operation: Operation, tenant: str, roles: frozenset[str]) -> bool:
        purposes = sorted(operation.purposes)
        facts = Facts(
            tenant=tenant,
            roles=tuple(sorted(roles)),
            session_tenant=tenant,
            channel="web",
            assurance="none",
            purpose=purposes[0] if purposes else None,
        )
        try:
            return bool(self._access.may(operation, facts))
        except PolicyFailure:
            structlog.get_logger(__name__).error("offer_not_decided", operation=operation.name)
            return False
