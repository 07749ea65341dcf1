"""A turn: opened with a ticket, closed with what was said; between them, rasa has its say."""

from __future__ import annotations

import base64
import re
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from security.adapters.pending_store import forget_delivered, ready_to_resume
from security.adapters.tables import ChoiceRow, ConversationRow, SessionRow, TurnRow
from security.audit.record import Tag
from security.core import Core
from security.errors import Refused
from security.model import (
    BotMessage,
    Choice,
    Message,
    OfferedChoice,
    OpenTurn,
    PastMessage,
    TurnOpened,
    Utterance,
)
from security.services.asking import attach_request
from security.services.challenges import is_open
from security.services.holder import held_session, live_session, record
from security.services.sessions import key_place
from security.sessions import hash_of
from security.vault.envelope import Place

HISTORY_TURNS = 200
"""How many turns of a conversation are shown again after a reload."""

_CODE = re.compile(r"(?<!\d)\d{3}[ -]?\d{3,5}(?!\d)")
_HIDDEN = "••••••"
_CODE_TAKEN_OUT = (
    "That looked like a code, so I took it out without reading it. "
    "Please type codes into the panel only, never into the chat."
)


class Turns:
    """Opens and closes the turns of a session's conversation, and remembers them sealed."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def open(
        self,
        session_id: str,
        csrf_token: str,
        *,
        text: str | None,
        choice: str | None,
        resume: bool | None,
        client_id: str | None,
    ) -> TurnOpened:
        """Begin a turn and issue its ticket. Raises `Refused`.

        `unknown_choice`, `nothing_pending`, `in_progress`, or what `held_session` refuses.
        """

        def work(store: Session) -> TurnOpened:
            now = self._core.clock()
            session, _ = held_session(self._core, store, session_id, csrf_token, now)
            repeated = self._answered_before(store, session, client_id)
            if repeated is not None:
                return TurnOpened(answered=repeated)
            session.last_seen_at = now
            if text is not None and _CODE.search(text) and is_open(store, session, now):
                return self._take_code_out(store, session, text, client_id, now)
            utterance = self._utterance(store, session, text, choice, resume, now)
            return TurnOpened(turn=self._issue(store, session, utterance, client_id, now))

        return await self._core.database.run(work)

    async def close(self, turn_id: str, messages: Sequence[BotMessage]) -> list[Message]:
        """End a turn: its ticket dies and its words are kept. Raises `turn_over` if it ended."""

        def work(store: Session) -> list[Message]:
            now = self._core.clock()
            turn = store.get(TurnRow, turn_id)
            if turn is None or turn.closed_at is not None:
                raise Refused("turn_over")
            said = [self._public(store, turn, message) for message in messages]
            turn.closed_at = now
            turn.answered_sealed = self._seal(turn, "answered", [_plain(m) for m in said])
            if turn.resume:
                forget_delivered(store, turn.conversation_id, now)
            return attach_request(self._core, store, turn, said, now)

        return await self._core.database.run(work)

    async def past(self, session_id: str) -> list[PastMessage]:
        """Return this conversation so far, oldest first; looking does not extend the session."""

        def work(store: Session) -> list[PastMessage]:
            session, _ = live_session(self._core, store, session_id, self._core.clock())
            query = (
                select(TurnRow)
                .where(
                    TurnRow.conversation_id == session.conversation_id,
                    TurnRow.closed_at.is_not(None),
                )
                .order_by(TurnRow.opened_at.desc())
                .limit(HISTORY_TURNS)
            )
            turns = reversed(store.scalars(query).all())
            return [message for turn in turns for message in self._remembered(turn)]

        return await self._core.database.run(work)

    def _answered_before(
        self, store: Session, session: SessionRow, client_id: str | None
    ) -> list[Message] | None:
        if client_id is None:
            return None
        turn = store.scalars(
            select(TurnRow).where(
                TurnRow.conversation_id == session.conversation_id,
                TurnRow.client_id == client_id,
            )
        ).first()
        if turn is None:
            return None
        if turn.closed_at is None:
            raise Refused("in_progress")
        return [Message(**said) for said in self._opened(turn, "answered", turn.answered_sealed)]

    def _take_code_out(
        self, store: Session, session: SessionRow, text: str, client_id: str | None, now: datetime
    ) -> TurnOpened:
        """Answer without rasa: a code must not enter the conversation (ASVS 16.2.5)."""
        utterance = Utterance(text=_CODE.sub(_HIDDEN, text))
        turn = store.get_one(
            TurnRow, self._issue(store, session, utterance, client_id, now).turn_id
        )
        answer = [Message(text=_CODE_TAKEN_OUT)]
        turn.closed_at = now
        turn.answered_sealed = self._seal(turn, "answered", [_plain(m) for m in answer])
        record(self._core, store, Tag.CODE_IN_CHAT, session, now)
        return TurnOpened(answered=answer)

    def _utterance(
        self,
        store: Session,
        session: SessionRow,
        text: str | None,
        choice: str | None,
        resume: bool | None,
        now: datetime,
    ) -> Utterance:
        if text is not None:
            return Utterance(text=text)
        if resume:
            if not ready_to_resume(store, session.conversation_id, now):
                raise Refused("nothing_pending")
            return Utterance(resume=True)
        row = store.get(ChoiceRow, choice)
        if row is None or row.conversation_id != session.conversation_id:
            record(self._core, store, Tag.CHOICE_REFUSED, session, now)
            raise Refused("unknown_choice")
        plain = self._core.vault.open(row.meaning_sealed, _choice_place(row.id, row.tenant_id))
        meaning = Choice.model_validate_json(plain)
        return Utterance(intent=meaning.intent, entities=meaning.entities, title=meaning.title)

    def _issue(
        self,
        store: Session,
        session: SessionRow,
        utterance: Utterance,
        client_id: str | None,
        now: datetime,
    ) -> OpenTurn:
        ticket = secrets.token_urlsafe(32)
        conversation = store.get_one(ConversationRow, session.conversation_id)
        key = self._core.vault.open(conversation.key_sealed, key_place(conversation.id))
        turn = TurnRow(
            id=secrets.token_urlsafe(16),
            ticket_hash=hash_of(ticket),
            conversation_id=session.conversation_id,
            session_id=session.id,
            opened_at=now,
            expires_at=now + self._core.settings.ticket_life,
            operations_left=self._core.settings.ticket_operations,
            resume=bool(utterance.resume),
            tenant_id=session.tenant_id,
            client_id=client_id,
        )
        words = utterance.text or utterance.title
        if words is not None:
            turn.said_sealed = self._seal(turn, "said", words)
        store.add(turn)
        store.flush()
        return OpenTurn(
            turn_id=turn.id,
            conversation_id=turn.conversation_id,
            ticket=ticket,
            conversation_key=base64.urlsafe_b64encode(key).decode(),
            utterance=utterance,
        )

    def _public(self, store: Session, turn: TurnRow, message: BotMessage) -> Message:
        """Replace what a choice means by an opaque id: the meaning stays here."""
        offered = None
        if message.choices:
            offered = [self._offer(store, turn, choice) for choice in message.choices]
        return Message(
            text=message.text,
            choices=offered,
            card=message.card,
            refused=message.refused,
            sign_in=message.sign_in,
        )

    def _offer(self, store: Session, turn: TurnRow, choice: Choice) -> OfferedChoice:
        choice_id = secrets.token_urlsafe(16)
        place = _choice_place(choice_id, turn.tenant_id)
        row = ChoiceRow(
            id=choice_id,
            conversation_id=turn.conversation_id,
            tenant_id=turn.tenant_id,
            meaning_sealed=self._core.vault.seal(choice.model_dump_json().encode(), place),
        )
        store.add(row)
        return OfferedChoice(id=choice_id, title=choice.title)

    def _remembered(self, turn: TurnRow) -> list[PastMessage]:
        at = turn.opened_at.isoformat(timespec="milliseconds")
        past: list[PastMessage] = []
        if turn.said_sealed is not None:
            words = self._opened(turn, "said", turn.said_sealed)
            past.append(PastMessage(sender="person", text=words, at=at))
        answered = self._opened(turn, "answered", turn.answered_sealed)
        past.extend(PastMessage(sender="bot", at=at, **Message(**m).model_dump()) for m in answered)
        return past

    def _seal(self, turn: TurnRow, column: str, value: Any) -> bytes:
        place = Place("turns", column, turn.id, turn.tenant_id)
        return self._core.vault.seal(orjson.dumps(value), place)

    def _opened(self, turn: TurnRow, column: str, sealed: bytes | None) -> Any:
        if sealed is None:
            return []
        place = Place("turns", column, turn.id, turn.tenant_id)
        return orjson.loads(self._core.vault.open(sealed, place))


def _plain(message: Message) -> dict[str, Any]:
    """Return what is kept of a message: a request for a proof is of its moment only."""
    return message.model_dump(exclude_none=True, exclude={"challenge", "sign_in"})


def _choice_place(choice_id: str, tenant: str | None) -> Place:
    return Place("choices", "meaning", choice_id, tenant)
