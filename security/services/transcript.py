"""What was said in a turn, sealed: people's words are readable in security's memory only."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from security.adapters.sealed import closed, readable
from security.adapters.tables import ChoiceRow, TurnRow
from security.model import BotMessage, Choice, Message, OfferedChoice, PastMessage
from security.positions import Position, moment_of
from security.vault.vault import Vault

_turns, _meaning = TurnRow.__table__.c, ChoiceRow.__table__.c.meaning_sealed


@dataclass(frozen=True)
class Kept:
    """A message as the browser gets it, and the rows of the choices that it offers."""

    message: Message
    choices: list[dict[str, Any]]


class Transcript:
    """Seals and opens the words of turns and the meanings of choices."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def said(self, turn: Mapping[str, Any], words: str) -> bytes:
        """Seal what its person said in a turn, whose row is given by column name."""
        return closed(self._vault, _turns.said_sealed, orjson.dumps(words), turn)

    def answered(self, turn: Mapping[str, Any], messages: list[Message]) -> bytes:
        """Seal the bot's messages; a request for a proof is of its moment only."""
        hidden = {"challenge", "sign_in", "onward"}
        kept = [message.model_dump(exclude_none=True, exclude=hidden) for message in messages]
        return closed(self._vault, _turns.answered_sealed, orjson.dumps(kept), turn)

    def answer(self, turn: Any) -> list[Message]:
        """Return the bot's messages of a closed turn."""
        sealed = readable(turn.answered_sealed)
        return [] if sealed is None else [Message(**said) for said in orjson.loads(sealed)]

    def remembered(self, turn: Any, answer: list[Message], name: str) -> list[PastMessage]:
        """Return all that was said in a closed turn of this name, with the bot's `answer`."""
        at = turn.opened_at.isoformat(timespec="milliseconds")
        said: list[dict[str, Any]] = []
        if turn.said_sealed is not None:
            words = orjson.loads(readable(turn.said_sealed))
            said.append({"sender": "person", "text": words, "client_id": turn.client_id})
        said.extend({"sender": "bot", **dict(message)} for message in answer)
        place = moment_of(turn.closed_at)
        return [
            PastMessage(at=at, turn=name, id=str(Position(place, name, number)), **message)
            for number, message in enumerate(said)
        ]

    def keep(self, turn: Any, message: BotMessage) -> Kept:
        """Replace what each choice means by an opaque id: the meaning stays here."""
        rows = [self._choice_row(turn, choice) for choice in message.choices or []]
        titles = [choice.title for choice in message.choices or []]
        offered = [
            OfferedChoice(id=row["id"], title=title)
            for row, title in zip(rows, titles, strict=True)
        ]
        public = Message(
            text=message.text,
            choices=offered or None,
            card=None if _is_ours(message.card) else message.card,
            refused=message.refused,
            sign_in=message.sign_in,
        )
        return Kept(public, rows)

    def meaning(self, row: Any) -> Choice:
        """Return what an offered choice means."""
        return Choice.model_validate_json(readable(row.meaning_sealed))

    def _choice_row(self, turn: Any, choice: Choice) -> dict[str, Any]:
        row = {
            "id": secrets.token_urlsafe(16),
            "conversation_id": turn.conversation_id,
            "tenant_id": turn.tenant_id,
            "person_id": turn.person_id,
        }
        meaning = choice.model_dump_json().encode()
        return {**row, "meaning_sealed": closed(self._vault, _meaning, meaning, row)}


def _is_ours(card: dict[str, Any] | None) -> bool:
    """Tell whether a card shows what is to be approved, or a link: security alone draws those."""
    return card is not None and card.get("kind") in {"confirmation", "document"}
