"""What security says of chats inside other sites, in memory."""

from __future__ import annotations

from security.errors import Refused
from security.model import Embedding, SessionGrant
from tests.gateway.recorder import ANONYMOUS, CSRF, Recorder

HOST = "https://www.northwind.example"
EMBEDDED_SESSION = "embed." + "e" * 43


class FakeEmbedded(Recorder):
    """One tenant has a host."""

    def __init__(self) -> None:
        super().__init__()
        self.embeddings = {"northwind-bank": Embedding(name="Northwind & Sons", origins=[HOST])}
        self.sessions = {**self.sessions, EMBEDDED_SESSION: CSRF}

    async def embedding(self, tenant: str) -> Embedding:
        self._called("embedding", tenant)
        if tenant not in self.embeddings:
            raise Refused("not_found")
        return self.embeddings[tenant]

    async def begin_embedded(self, tenant: str, address: str, label: str = "") -> SessionGrant:
        self._called("begin_embedded", (tenant, address, label))
        await self.embedding(tenant)
        return SessionGrant(session_id=EMBEDDED_SESSION, csrf_token=CSRF, session=ANONYMOUS)
