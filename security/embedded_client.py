"""What the gateway may ask security about chats inside other sites."""

from __future__ import annotations

from pydantic import TypeAdapter

from security.calling import Caller, holder
from security.model import Embedding, Nonce, SessionGrant

_EMBEDDING = TypeAdapter(Embedding)
_NONCE = TypeAdapter(Nonce)
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

    async def host_nonce(self, session_id: str, csrf_token: str) -> Nonce:
        """Return what a host's word for this session has to repeat."""
        return await self.ask("/embedded/nonce", _NONCE, holder(session_id, csrf_token))

    async def vouch(self, session_id: str, csrf_token: str, token: str) -> SessionGrant:
        """Bring a host's word for who this is. Refuses `vouching_refused`, the same for all."""
        body = {**holder(session_id, csrf_token), "token": token}
        return await self.ask("/embedded/vouch", _GRANT, body)
