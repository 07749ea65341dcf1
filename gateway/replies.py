"""Reading what rasa says. Rasa parses what strangers type, so its answers are input too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson
from pydantic import ValidationError

from gateway.ports import RasaFailed
from security.errors import KINDS
from security.model import BotMessage

MAX_REPLY_BYTES = 256 * 1024
_MAX_MESSAGES = 20


@dataclass(frozen=True)
class Reply:
    """The usable messages of one reply, and how many were dropped."""

    messages: list[BotMessage]
    dropped: int


def read_reply(raw: bytes) -> Reply:
    """Return the valid messages of `{"messages": […]}`.

    Raises `RasaFailed` for anything else, and where messages came but none is valid.
    """
    said = _listed(raw)
    messages = [message for one in said[:_MAX_MESSAGES] if (message := _message(one)) is not None]
    if said and not messages:
        raise RasaFailed(invalid=True)
    return Reply(messages, len(said) - len(messages))


def _listed(raw: bytes) -> list[Any]:
    try:
        document = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise RasaFailed(invalid=True) from None
    if not isinstance(document, dict) or not isinstance(document.get("messages"), list):
        raise RasaFailed(invalid=True)
    return list(document["messages"])


def _message(one: object) -> BotMessage | None:
    try:
        message = BotMessage.model_validate(one)
    except ValidationError:
        return None
    known = message.refused is None or message.refused in KINDS
    says = any(value is not None for _, value in message)
    return message if known and says else None
