"""What the gateway may ask security about links that lead to the page."""

from __future__ import annotations

from pydantic import TypeAdapter

from security.calling import OBJECT, Caller, holder
from security.continued import Continued

_CONTINUED = TypeAdapter(Continued)


class ContinuingClient(Caller):
    """The part of `security.client.GatewayClient` behind `/api/continue`."""

    async def look_at_link(self, session_id: str, csrf_token: str, token: str) -> Continued:
        """Return what was asked for, and where.

        Refuses `authentication_required` and `link_expired`, the same for all that is wrong.
        """
        body = {**holder(session_id, csrf_token), "token": token}
        return await self.ask("/links/look", _CONTINUED, body)

    async def take_link(self, session_id: str, csrf_token: str, token: str) -> None:
        """Take it over into this session's conversation, once. Refuses like `look_at_link`."""
        body = {**holder(session_id, csrf_token), "token": token}
        await self.ask("/links/take", OBJECT, body)
