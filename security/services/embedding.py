"""Chats inside other sites: which sites, and sessions of their own that begin there."""

from __future__ import annotations

from sqlalchemy.orm import Session

from security.adapters import audit_log
from security.adapters.tables import TenantRow
from security.audit.record import AuditEvent, Tag
from security.core import Core
from security.embedding import CHANNEL
from security.errors import Refused
from security.model import Embedding, SessionGrant
from security.services.sessions import begin


class Embedded:
    """What the gateway may do for a frame."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def hosts(self, tenant: str) -> Embedding:
        """Return whose pages may hold this tenant's frame. Raises `not_found` where nobody's."""
        origins = self._core.hosts.origins_of(tenant)

        def work(store: Session) -> Embedding:
            row = store.get(TenantRow, tenant) if origins else None
            if row is None:
                raise Refused("not_found")
            return Embedding(name=row.name, origins=origins)

        return await self._core.database.run(work)

    async def begin(self, tenant: str, label: str = "") -> SessionGrant:
        """Begin an anonymous session in a frame: of this tenant, and never of another.

        Raises `not_found` where the tenant has no host, or is none.
        """

        def work(store: Session) -> SessionGrant:
            now = self._core.clock()
            known = store.get(TenantRow, tenant) is not None
            if not known or not self._core.hosts.origins_of(tenant):
                # The name is the caller's own text, so it is not kept.
                audit_log.append(store.connection(), AuditEvent(tag=Tag.TENANT_UNKNOWN), now)
                raise Refused("not_found")
            return begin(self._core, store, tenant, label, now, channel=CHANNEL)

        return await self._core.database.run(work)
