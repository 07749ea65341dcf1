"""What the gateway may ask for: exactly one of words, an offered choice, and a resumption.

The body is untrusted: it carries what a stranger typed. Whatever is not in the wire format is
refused as a whole, so there is no place for a sender, a channel or metadata of one's own.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, Union

MAX_BODY = 64 * 1024
MAX_TEXT = 1_000
MAX_TITLE = 200
MAX_NAME = 64
MAX_VALUE = 200
MAX_ENTITIES = 20
MAX_OFFERED = 200

_REFERENCE = re.compile(r"[A-Za-z0-9._~-]{1,128}")
_NAME = re.compile(r"[A-Za-z0-9_]{1,64}")
_ONE = r"[a-z0-9_]{1,64}\.[a-z0-9_]{1,64}"
_OPERATIONS = re.compile(rf"{_ONE}(?:\n{_ONE})*")


class Malformed(ValueError):
    """A body that is not in the wire format. The message names the field, never its value."""


@dataclass(frozen=True)
class Words:
    """What the person typed; plain words, whatever they start with."""

    text: str


@dataclass(frozen=True)
class OfferedChoice:
    """A choice that the bot offered before and the person took."""

    intent: str
    entities: dict[str, str]
    title: str


@dataclass(frozen=True)
class Resume:
    """A proof has been given: what waited for it may run."""


Utterance = Union[Words, OfferedChoice, Resume]


@dataclass(frozen=True)
class Turn:
    """One turn of one conversation, with the ticket that its action may use.

    `offered` are the operations that the person may ask for: for the bot's words alone.
    """

    conversation_id: str
    ticket: str
    utterance: Utterance
    offered: frozenset[str] = frozenset()


def read_turn(body: bytes) -> Turn:
    """Return the turn in a request body. Raises `Malformed`."""
    try:
        given = json.loads(body)
    except (ValueError, RecursionError):
        raise Malformed("body") from None
    fields = _object(given, "body", {"conversation_id", "ticket", "utterance", "offered"})
    return Turn(
        conversation_id=_matching(fields.get("conversation_id"), "conversation_id", _REFERENCE),
        ticket=_matching(fields.get("ticket"), "ticket", _REFERENCE),
        utterance=_utterance(fields.get("utterance")),
        offered=_offered(fields.get("offered", [])),
    )


def _utterance(given: Any) -> Utterance:
    fields = _object(given, "utterance", {"text", "intent", "entities", "title", "resume"})
    names = set(fields)
    if names == {"text"}:
        text = _text(fields["text"], "text", MAX_TEXT).strip()
        return Words(text)
    if names == {"resume"} and fields["resume"] is True:
        return Resume()
    if "intent" in names and names <= {"intent", "entities", "title"}:
        return OfferedChoice(
            intent=_matching(fields["intent"], "intent", _NAME),
            entities=_entities(fields.get("entities", {})),
            title=_text(fields["title"], "title", MAX_TITLE) if "title" in names else "",
        )
    raise Malformed("utterance")


def _offered(given: Any) -> frozenset[str]:
    if not isinstance(given, list) or len(given) > MAX_OFFERED:
        raise Malformed("offered")
    if not given:
        return frozenset()
    try:
        names = "\n".join(given)
    except TypeError:
        raise Malformed("offered") from None
    # All at once: this is done in every turn, for some fifty names.
    if not _OPERATIONS.fullmatch(names):
        raise Malformed("offered")
    return frozenset(names.split("\n"))


def _entities(given: Any) -> dict[str, str]:
    if not isinstance(given, dict) or len(given) > MAX_ENTITIES:
        raise Malformed("entities")
    return {
        _matching(name, "entities", _NAME): _text(value, "entities", MAX_VALUE)
        for name, value in given.items()
    }


def _object(given: Any, field: str, known: set[str]) -> dict[str, Any]:
    if not isinstance(given, dict) or not set(given) <= known:
        raise Malformed(field)
    return given


def _matching(given: Any, field: str, pattern: re.Pattern[str]) -> str:
    if not isinstance(given, str) or not pattern.fullmatch(given):
        raise Malformed(field)
    return given


def _text(given: Any, field: str, longest: int) -> str:
    if not isinstance(given, str) or not 1 <= len(given) <= longest:
        raise Malformed(field)
    try:
        given.encode("utf-8")
    except UnicodeEncodeError:  # Half of a surrogate pair is not a character.
        raise Malformed(field) from None
    return given
