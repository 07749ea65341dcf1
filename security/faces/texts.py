"""What the gateway may ask about messages by SMS: webhooks come as they arrived, byte for byte."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field

from security.errors import Refused
from security.faces.http import Answering
from security.faces.requests import EndTurn, Held
from security.model import Frozen
from security.services.continuing import Continuing
from security.services.text_statuses import TextStatuses
from security.services.texting import Texting


class Webhook(Frozen):
    """A webhook: its body in base64, and the signature that came with it."""

    body: Annotated[str, Field(max_length=65_536, repr=False)]
    signature: Annotated[str, Field(max_length=256, repr=False)]

    def raw(self) -> bytes:
        """Return the body. Raises `invalid_request`."""
        try:
            return base64.b64decode(self.body, validate=True)
        except binascii.Error:
            raise Refused("invalid_request") from None


class EndText(EndTurn):
    """End a turn by SMS; a `late` answer is sent by itself."""

    late: bool = False


class Link(Held):
    """A link that leads to the page, with the session that it is opened in."""

    token: Annotated[str, Field(min_length=1, max_length=64, repr=False)]


@dataclass(frozen=True)
class Texts:
    """The services behind webhooks."""

    texting: Texting
    statuses: TextStatuses
    continuing: Continuing


def text_answers(texts: Texts) -> dict[str, Answering[Any]]:
    """Return the calls of this module by path."""
    return {
        "/texts/receive": Answering(Webhook, lambda q: texts.texting.receive(q.raw(), q.signature)),
        "/texts/answer": Answering(
            EndText, lambda q: texts.texting.answer(q.turn_id, q.messages, q.late)
        ),
        "/texts/status": Answering(Webhook, lambda q: texts.statuses.note(q.raw(), q.signature)),
        "/links/look": Answering(
            Link, lambda q: texts.continuing.look(q.session_id, q.csrf_token, q.token)
        ),
        "/links/take": Answering(
            Link, lambda q: texts.continuing.take(q.session_id, q.csrf_token, q.token)
        ),
    }
