"""What security says of chats inside other sites, in memory."""

from __future__ import annotations

from security.errors import Refused
from security.model import Embedding, Nonce, SessionGrant
from tests.gateway.recorder import ANONYMOUS, CSRF, NEW_CSRF, SIGNED_IN, Recorder

HOST = "https://www.northwind.example"
EMBEDDED_SESSION = "embed." + "e" * 43
VOUCHED_SESSION = "embed." + "f" * 43
NONCE = "0" * 64
WORD = "a.host.word"


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

    async def host_nonce(self, session_id: str, csrf_token: str) -> Nonce:
        self._called("host_nonce", session_id)
        self._held(session_id, csrf_token)
        return Nonce(nonce=NONCE)

    async def vouch(self, session_id: str, csrf_token: str, token: str) -> SessionGrant:
        self._called("vouch", (session_id, token))
        self._held(session_id, csrf_token)
        if token != WORD:
            raise Refused("vouching_refused")
        view = SIGNED_IN.model_copy(update={"assurance": "aal1"})
        return SessionGrant(session_id=VOUCHED_SESSION, csrf_token=NEW_CSRF, session=view)
