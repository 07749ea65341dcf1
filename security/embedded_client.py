"""What the gateway may ask security about chats inside other sites."""

from __future__ import annotations

from pydantic import TypeAdapter

from security.calling import Caller
from security.model import Embedding, SessionGrant

_EMBEDDING = TypeAdapter(Embedding)
_GRANT = TypeAdapter(SessionGrant)


class EmbeddedClient(Caller):
    """The part of `security.client.GatewayClient` behind `/embed/{tenant}`."""

    async def embedding(self, tenant: str) -> Embedding:
        """Return whose pages may hold this tenant's frame. Refuses `not_found`."""
        return await self.ask("/embedded/hosts", _EMBEDDING, {"tenant": tenant})

    async def begin_embedded(self, tenant: str, address: str, label: str = "") -> SessionGrant:
        """Begin an anonymous session in a frame. Refuses `not_found`."""
        body = {"tenant": tenant, "address": address, "label": label}
        return await self.ask("/embedded/begin", _GRANT, body)
