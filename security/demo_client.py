"""What the gateway asks security for the demo. In production all of it is `not_found`."""

from __future__ import annotations

from pydantic import TypeAdapter

from security.calling import Caller
from security.demo_model import Persona, SignedText, Trace
from security.model import SessionGrant

_PEOPLE = TypeAdapter(list[Persona])
_SIGNED = TypeAdapter(SignedText)
_TRAIL = TypeAdapter(list[Trace])
_GRANT = TypeAdapter(SessionGrant)


class DemoClient(Caller):
    """The demo's questions."""

    async def demo_people(self) -> list[Persona]:
        """List the made-up people, each with a code that is good now."""
        return await self.ask("/demo/people", _PEOPLE, {})

    async def demo_session(
        self, tenant: str | None, label: str = "", device: str | None = None
    ) -> SessionGrant:
        """Begin an anonymous session that ends soon. Refuses `unknown_tenant`."""
        body = {"tenant": tenant, "label": label, "device": device}
        return await self.ask("/demo/session", _GRANT, body)

    async def demo_text(self, tenant: str, username: str, text: str) -> SignedText:
        """Sign a text of one of these people. Refuses `not_found` where there is no such phone."""
        body = {"tenant": tenant, "username": username, "text": text}
        return await self.ask("/demo/text", _SIGNED, body)

    async def demo_trail(self, after: int) -> list[Trace]:
        """List the latest events after a sequence number, oldest first."""
        return await self.ask("/demo/trail", _TRAIL, {"after": after})
