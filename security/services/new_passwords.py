"""New passwords: weighed and hashed in threads of their own, never on the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import Executor

from sqlalchemy.orm import Session

from security.adapters.tables import PersonRow, TenantRow
from security.core import Core
from security.services.factors import factor_by_method, secret_of


class NewPasswords:
    """Weighs and hashes what is to become a password."""

    def __init__(self, core: Core, hashing: Executor) -> None:
        self._core = core
        self._hashing = hashing

    async def weakness(self, password: str, known: Sequence[str]) -> list[str] | None:
        """Return what to do about a password that is too weak; see `Passwords.weakness`."""
        loop = asyncio.get_running_loop()
        weigh = self._core.passwords.weakness
        return await loop.run_in_executor(self._hashing, weigh, password, known)

    async def hash(self, password: str) -> str:
        """Return the hash to store."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._hashing, self._core.passwords.hash, password)


def known_of(core: Core, store: Session, person: PersonRow) -> list[str]:
    """Return what everybody can know of a person: no password is made of that alone."""
    tenant = store.get(TenantRow, person.tenant_id)
    email = factor_by_method(store, person.id, "email")
    return [
        person.name,
        person.username,
        person.tenant_id,
        *([tenant.name] if tenant is not None else []),
        *([secret_of(email)] if email is not None else []),
    ]
