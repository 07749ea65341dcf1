"""Documents on the person's own page: the link that a turn leaves, and what opening it gives."""

from __future__ import annotations

from datetime import datetime

import structlog
from pydantic import ValidationError
from sqlalchemy import Connection

from security.adapters import link_store
from security.core import Core
from security.document_model import Document, OwnFile
from security.errors import Refused
from security.links import LINK_LIFE, LinkOpener
from security.model import Message
from security.services.whose import session_held

PATH = "/api/documents/"
_log = structlog.get_logger(__name__)


def attach_link(
    core: Core, connection: Connection, turn_id: str, messages: list[Message], now: datetime
) -> list[Message]:
    """Put the link that a turn has left on its last message, for the page alone.

    Neither rasa nor the actions see it, and no transcript keeps it.
    """
    found = link_store.told(connection, turn_id, now, LINK_LIFE)
    if found is None:
        return messages
    link, name = found
    operation = core.operations.get(name)
    card = {
        "kind": "document",
        "title": operation.title if operation else "",
        "href": f"{PATH}{link}",
        "expires_in": int(LINK_LIFE.total_seconds()),
    }
    *before, last = messages or [Message()]
    if last.card is None:
        return [*before, last.model_copy(update={"card": card})]
    return [*messages, Message(card=card)]


class Documents:
    """Opens links; looking at a document does not extend the session."""

    def __init__(self, core: Core, opener: LinkOpener) -> None:
        self._core = core
        self._opener = opener

    async def open(self, session_id: str, link: str) -> Document | OwnFile:
        """Return the document of a link that this session was given.

        Raises `Refused`: `session_expired`, `link_expired`, or what the guard refuses.
        """
        session = await session_held(self._core, session_id)
        found, is_own = await self._opener.open(session, link)
        # What a browser would run comes from security alone, and from no API (ASVS 3.2.1).
        kind: type[Document | OwnFile] = OwnFile if is_own else Document
        try:
            return kind.model_validate(found)
        except ValidationError:
            _log.error("document_invalid")
            raise Refused("api_invalid") from None
