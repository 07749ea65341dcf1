"""What security says of links that lead to the page, in memory."""

from __future__ import annotations

from security.continued import Continued
from security.errors import Refused
from tests.gateway.recorder import Recorder

LINK_TOKEN = "L" * 22


class FakeLinks(Recorder):
    """One link is good, once."""

    def __init__(self) -> None:
        super().__init__()
        self.links = {LINK_TOKEN}

    async def look_at_link(self, session_id: str, csrf_token: str, token: str) -> Continued:
        self._called("look_at_link", token)
        self._held(session_id, csrf_token)
        if token not in self.links:
            raise Refused("link_expired")
        asked = "Pay 50.00 EUR to Anna Berg"
        return Continued(asked=asked, asked_by="text", changes=True, expires_in=540)

    async def take_link(self, session_id: str, csrf_token: str, token: str) -> None:
        self._called("take_link", token)
        self._held(session_id, csrf_token)
        if token not in self.links:
            raise Refused("link_expired")
        self.links.remove(token)
