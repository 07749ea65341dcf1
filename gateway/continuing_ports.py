"""What the gateway needs of security for links that lead to the page."""

from __future__ import annotations

from typing import Protocol

from security.continued import Continued


class ContinuingSecurity(Protocol):
    """The calls of `security.continuing_client.ContinuingClient`; each may raise `Refused`."""

    async def look_at_link(self, session_id: str, csrf_token: str, token: str) -> Continued:
        """Return what was asked for, and where."""
        ...

    async def take_link(self, session_id: str, csrf_token: str, token: str) -> None:
        """Take it over into this session's conversation, once."""
        ...
