"""What the demo's calls need from security, as the gateway sees it; tests put fakes here."""

from __future__ import annotations

from typing import Protocol

from security.demo_model import Persona, SignedText, Trace
from security.model import SessionGrant


class DemoSecurity(Protocol):
    """The demo's questions of `security.client.GatewayClient`; outside it all are `not_found`."""

    async def demo_people(self) -> list[Persona]:
        """List the made-up people."""
        ...

    async def demo_session(
        self, tenant: str | None, label: str = "", device: str | None = None
    ) -> SessionGrant:
        """Begin an anonymous session that ends soon."""
        ...

    async def demo_text(self, tenant: str, username: str, text: str) -> SignedText:
        """Sign a text of one of these people."""
        ...

    async def demo_trail(self, after: int) -> list[Trace]:
        """List the latest events after a sequence number, oldest first."""
        ...
