"""Turn what Rasa says into the typed messages of the wire format; drop everything else."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

MAX_TEXT = 8_000
MAX_CHOICES = 20
MAX_TITLE = 200
_PAYLOAD = re.compile(r"/([A-Za-z0-9_]{1,64})(\{.*\})?", re.DOTALL)
_CODE = re.compile(r"[a-z_]{1,64}")


def typed_message(said: dict[str, Any]) -> dict[str, Any] | None:
    """Return the one typed message of a Rasa response, or nothing where it has no content.

    `said` is the dictionary that an output channel gets: `text`, `buttons`, `custom`, and the
    keywords of the action that said it. The keys `card`, `refused` and `sign_in` are taken from
    `custom` first, then from the keywords.
    """
    custom = said.get("custom")
    extra = {**said, **custom} if isinstance(custom, dict) else said
    message: dict[str, Any] = {}
    if isinstance(said.get("text"), str) and said["text"].strip():
        message["text"] = said["text"].strip()[:MAX_TEXT]
    choices = typed_choices(said.get("buttons") or [])
    if choices:
        message["choices"] = choices
    if isinstance(extra.get("card"), dict) and isinstance(extra["card"].get("kind"), str):
        message["card"] = extra["card"]
    if isinstance(extra.get("refused"), str) and _CODE.fullmatch(extra["refused"]):
        message["refused"] = extra["refused"]
    if extra.get("sign_in") is True:
        message["sign_in"] = True
    return message or None


def typed_choices(buttons: Iterable[Any]) -> list[dict[str, Any]]:
    """Return the choices of Rasa's buttons; one that cannot be understood is left out."""
    choices = [typed_choice(button) for button in buttons if isinstance(button, dict)]
    return [choice for choice in choices if choice is not None][:MAX_CHOICES]


def typed_choice(button: dict[str, Any]) -> dict[str, Any] | None:
    """Return `{title, intent, entities}` of a button; its payload is `/intent{"name": "value"}`."""
    title, payload = button.get("title"), button.get("payload")
    if not isinstance(title, str) or not 1 <= len(title) <= MAX_TITLE:
        return None
    match = _PAYLOAD.fullmatch(payload) if isinstance(payload, str) else None
    if match is None:
        return None
    try:
        entities = json.loads(match.group(2) or "{}")
    except (ValueError, RecursionError):
        return None
    if not all(isinstance(value, str) for value in entities.values()):
        return None
    return {"title": title, "intent": match.group(1), "entities": entities}
