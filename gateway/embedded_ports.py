"""What the gateway needs of security for chats inside other sites."""

from __future__ import annotations

from typing import Protocol

from security.model import Embedding, Nonce, SessionGrant


class EmbeddedSecurity(Protocol):
    """The calls of `security.embedded_client.EmbeddedClient`; each may raise `Refused`."""

    async def embedding(self, tenant: str) -> Embedding:
        """Return whose pages may hold this tenant's frame."""
        ...

    async def begin_embedded(self, tenant: str, address: str, label: str = "") -> SessionGrant:
        """Begin an anonymous session in a frame."""
        ...

    async def host_nonce(self, session_id: str, csrf_token: str) -> Nonce:
        """Return what a host's word for this session has to repeat."""
        ...

    async def vouch(self, session_id: str, csrf_token: str, token: str) -> SessionGrant:
        """Take a host's word for who this is."""
        ...
