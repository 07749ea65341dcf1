"""A turn: opened with a ticket, closed with what was said; between them, rasa has its say."""

from __future__ import annotations

import base64
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from security.adapters import pending_store, turn_store
from security.adapters.pending_store import forget_delivered, ready_to_resume
from security.adapters.tables import SessionRow
from security.adapters.touching import touch
from security.audit.record import Tag
from security.core import Core
from security.errors import Refused
from security.model import BotMessage, Message, OpenTurn, PastMessage, TurnOpened, Utterance
from security.operations.classes import CLASSES
from security.services.asking import ask_again, attach_request, recall
from security.services.documents import attach_link
from security.services.holder import held_session, live_session, record, state_of
from security.services.needed import needed_alone
from security.services.offering import Offering
from security.services.rotation import is_due
from security.services.taking_out import TakenOut, note_hostile, taken_out
from security.services.transcript import Transcript
from security.sessions import hash_of, is_fresh, is_live

HISTORY_TURNS = 200
"""How many turns of a conversation are shown again after a reload."""

_NOT_AGAIN = (
    "What stood here is shown only shortly after you have proved who you are. Please ask for it "
    "once more."
)
# What says that a result did not reach the person, and not that there is one more question.
_LOST = frozenset({"api_unavailable", "api_invalid", "security_unavailable", "turn_over"})


@dataclass(frozen=True)
class Opening:
    """What the gateway brings: exactly one of text, an offered choice's id and a resumption."""

    text: str | None = None
    choice: str | None = None
    resume: bool | None = None
    client_id: str | None = None


def turn_name(core: Core, conversation_id: str, turn_id: str) -> str:
    """Return what a page calls a turn; its own name stays inside."""
    return core.keys.code_hash("turn", conversation_id, turn_id)[:32]


def public_name(core: Core, turn: Any) -> str:
    """Return what a page calls the turn of this row."""
    return turn_name(core, turn.conversation_id, turn.id)


class Turns:
    """Opens and closes the turns of a session's conversation, and remembers them sealed."""

    def __init__(self, core: Core, offering: Offering | None = None) -> None:
        """`offering` tells what the person may ask for; without it nothing is offered."""
        self._core = core
        self._offering = offering
        self._transcript = Transcript(core.vault)

    async def open(self, session_id: str, csrf_token: str, opening: Opening) -> TurnOpened:
        """Begin a turn and issue its ticket.

        Raises `Refused`: `unknown_choice`, `nothing_pending`, `in_progress`, or what
        `held_session` refuses.
        """

        def work(connection: Connection) -> TurnOpened:
            now = self._core.clock()
            session = self._session(connection, session_id, csrf_token, now)
            due: Literal[True] | None = True if is_due(self._core, session, now) else None
            opened = self._begin(connection, session, opening, now)
            return opened.model_copy(update={"rotate": due}) if due else opened

        return await self._core.database.run_relaxed(work)

    def begin(
        self, connection: Connection, id_hash: str, opening: Opening, now: datetime
    ) -> TurnOpened:
        """Begin a turn of a session that no browser holds, in the caller's transaction."""
        session = turn_store.session_of(connection, id_hash)
        if (
            session is None
            or session.disabled_at is not None
            or not is_live(state_of(session), now)
        ):
            raise Refused("session_expired")
        return self._begin(connection, session, opening, now)

    def _begin(
        self, connection: Connection, session: Any, opening: Opening, now: datetime
    ) -> TurnOpened:
        repeated = self._answered_before(connection, session, opening.client_id, now)
        if repeated is not None:
            return repeated
        turn_store.touch(connection, session.id, now)
        note_hostile(self._core, connection, session, opening.text, now)
        taken = taken_out(self._core, connection, session, opening.text, now)
        if taken is not None:
            return self._without_secret(connection, session, opening, taken, now)
        utterance = self._utterance(connection, session, opening, now)
        turn = self._issue(connection, session, utterance, opening.client_id, now)
        return TurnOpened(turn=turn, name=self._name(turn))

    async def close(self, turn_id: str, messages: Sequence[BotMessage]) -> list[Message]:
        """End a turn: its ticket dies and its words are kept. Raises `turn_over` if it ended."""

        return await self._core.database.run_relaxed(
            lambda connection: self.finish(connection, turn_id, messages, self._core.clock())
        )

    def finish(
        self, connection: Connection, turn_id: str, messages: Sequence[BotMessage], now: datetime
    ) -> list[Message]:
        """End a turn like `close`, in the caller's transaction."""
        turn = turn_store.find_open(connection, turn_id)
        if turn is None:
            raise Refused("turn_over")
        kept = [self._transcript.keep(turn, message) for message in messages]
        said = [one.message for one in kept]
        answered = self._transcript.answered(turn._mapping, said)
        if not turn_store.close(connection, turn_id, answered, now):
            raise Refused("turn_over")
        touch(connection, turn.session_id)
        turn_store.add_choices(connection, [row for one in kept for row in one.choices])
        ran = turn.operations_left < self._core.settings.ticket_operations
        lost = any(message.refused in _LOST for message in messages)
        if ran and not lost:
            # What did not reach the person is kept, so that a failure of rasa loses nothing.
            forget_delivered(connection, turn.id, now)
        # The gateway asks for a lost resumption once more, and drops what this one said.
        tell = not (turn.resume and lost)
        answer = attach_request(self._core, connection, turn, said, now, tell)
        return attach_link(self._core, connection, turn.id, answer, now) if ran else answer

    async def past(self, session_id: str) -> list[PastMessage]:
        """Return this conversation so far, oldest first; looking does not extend the session."""

        def work(store: Session) -> list[PastMessage]:
            now = self._core.clock()
            session, _ = live_session(self._core, store, session_id, now, embedded=True)
            past = turn_store.past(store.connection(), session.conversation_id, HISTORY_TURNS)
            return self.remembered(store, session, past, now)

        return await self._core.database.run(work)

    def remembered(
        self, store: Session, session: SessionRow, turns: Sequence[Any], now: datetime
    ) -> list[PastMessage]:
        """Return what was said in closed turns of this session's conversation, as it stands now."""
        if not turns:
            return []
        asked = pending_store.asked_in(store.connection(), session.conversation_id)
        past: list[PastMessage] = []
        for turn in turns:
            answer = self._answer(turn, session.proved_at, now)
            if turn.id in asked:
                answer = recall(self._core, store, asked[turn.id], answer, now)
            past.extend(self._transcript.remembered(turn, answer, public_name(self._core, turn)))
        return past

    def _session(
        self, connection: Connection, session_id: str, csrf_token: str, now: datetime
    ) -> Any:
        """Return the session's row; whoever may not use it is refused by `held_session`."""
        row = turn_store.session_of(connection, hash_of(session_id))
        if row is not None and row.disabled_at is None and is_live(state_of(row), now):
            expected = self._core.keys.csrf_token(row.csrf_seed)
            if hmac.compare_digest(expected.encode(), csrf_token.encode()):
                return row
        with Session(connection) as store:
            try:
                asking = (session_id, csrf_token, now)
                held, _ = held_session(self._core, store, *asking, embedded=True)
                present = held.id_hash
            finally:
                store.flush()
        # The id has just been replaced, and the browser did not know it yet (ASVS 7.2.4).
        return turn_store.session_of(connection, present)

    def _answered_before(
        self, connection: Connection, session: Any, client_id: str | None, now: datetime
    ) -> TurnOpened | None:
        if client_id is None:
            return None
        turn = turn_store.repeated(connection, session.conversation_id, client_id)
        if turn is None:
            return None
        if turn.closed_at is None and now < turn.expires_at:
            raise Refused("in_progress")
        if turn.closed_at is None:
            # Whoever was answering has died: the message is asked again under its id.
            turn_store.free_client_id(connection, turn.id)
            return None
        answer = self._answer(turn, session.proved_at, now)
        again = ask_again(self._core, connection, turn, answer, now)
        return TurnOpened(answered=again, name=public_name(self._core, turn))

    def _answer(self, turn: Any, proved_at: datetime | None, now: datetime) -> list[Message]:
        """Return what a closed turn answered; what was sensitive wants a fresh proof again."""
        if turn.sensitive and not is_fresh(proved_at, CLASSES["sensitive"].freshness, now):
            return [Message(text=_NOT_AGAIN)]
        return self._transcript.answer(turn)

    def _without_secret(
        self,
        connection: Connection,
        session: Any,
        opening: Opening,
        taken: TakenOut,
        now: datetime,
    ) -> TurnOpened:
        """Answer without rasa: a code or a PIN must not enter the conversation (ASVS 16.2.5)."""
        utterance = Utterance(text=taken.rest)
        turn = self._issue(connection, session, utterance, opening.client_id, now)
        answer = [Message(text=taken.answer)]
        mine = {"id": turn.turn_id, "tenant_id": session.tenant_id, "person_id": session.person_id}
        sealed = self._transcript.answered(mine, answer)
        turn_store.close(connection, turn.turn_id, sealed, now)
        with Session(connection) as store:
            record(self._core, store, Tag.CODE_IN_CHAT, session, now)
        return TurnOpened(answered=answer, name=self._name(turn))

    def _name(self, turn: OpenTurn) -> str:
        return turn_name(self._core, turn.conversation_id, turn.turn_id)

    def _utterance(
        self, connection: Connection, session: Any, opening: Opening, now: datetime
    ) -> Utterance:
        if opening.text is not None:
            text = needed_alone(self._core, connection, session.tenant_id, opening.text)
            return Utterance(text=text)
        if opening.resume:
            if not ready_to_resume(connection, session.conversation_id, now):
                raise Refused("nothing_pending")
            return Utterance(resume=True)
        choice_id = opening.choice or ""
        row = turn_store.choice(connection, choice_id, session.conversation_id)
        if row is None:
            with Session(connection) as store:
                record(self._core, store, Tag.CHOICE_REFUSED, session, now)
            raise Refused("unknown_choice")
        meaning = self._transcript.meaning(row)
        return Utterance(intent=meaning.intent, entities=meaning.entities, title=meaning.title)

    def _issue(
        self,
        connection: Connection,
        session: Any,
        utterance: Utterance,
        client_id: str | None,
        now: datetime,
    ) -> OpenTurn:
        ticket, turn_id = secrets.token_urlsafe(32), secrets.token_urlsafe(16)
        words = utterance.text or utterance.title
        turn = {
            "id": turn_id,
            "ticket_hash": hash_of(ticket),
            "conversation_id": session.conversation_id,
            "session_id": session.id,
            "opened_at": now,
            "expires_at": now + self._core.settings.ticket_life,
            "operations_left": self._core.settings.ticket_operations,
            "resume": bool(utterance.resume),
            "tenant_id": session.tenant_id,
            "person_id": session.person_id,
            "client_id": client_id,
        }
        turn["said_sealed"] = None if words is None else self._transcript.said(turn, words)
        turn_store.add(connection, turn)
        return OpenTurn(
            turn_id=turn_id,
            conversation_id=session.conversation_id,
            ticket=ticket,
            conversation_key=base64.urlsafe_b64encode(session.key_sealed).decode(),
            utterance=utterance,
            offered=self._offered(session),
        )

    def _offered(self, session: Any) -> list[str] | None:
        if self._offering is None:
            return None
        roles = session.roles if session.person_id is not None else None
        return list(self._offering.to(session.tenant_id, roles, session.apis or ()))
