"""What a turn left pending: the challenge or sign-in that its last message asks for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection
from sqlalchemy.orm import Session

from security.adapters import pending_store
from security.adapters.sealed import readable
from security.adapters.tables import ChallengeRow, SessionRow, TenantRow
from security.challenges.methods import for_approval, for_step_up
from security.core import Core
from security.model import ChallengeView, Detail, Message, Method, Purpose
from security.operations.confirmation import Telling, limit_of
from security.operations.manifest import Operation
from security.pending import State, is_open
from security.services.approved import Shown
from security.services.challenges import OPEN, open_challenge, view
from security.services.continuing import attach_onward
from security.services.spending import sms_limit_left
from security.unlocking import CHANNEL, UNLOCKS, may_be_unlocked

_DROPPED = "I have dropped the earlier request: {what}. Nothing was done."
_ENDED = {
    State.DONE: "done",
    State.FAILED: "closed",
    State.VOID: "cancelled",
    State.WAITING: "expired",
}
"""What the card of an approval says of a request that can be approved no longer."""

_MEANWHILE = {
    State.DONE: "For your information: {done}. It was done once.",
    State.FAILED: "For your information: {what} – this was not done, and nothing was changed.",
    State.VOID: "For your information: {what} – this was not done, and nothing was changed.",
}


def attach_request(
    core: Core,
    connection: Connection,
    turn: Any,
    messages: list[Message],
    now: datetime,
    tell: bool = True,
) -> list[Message]:
    """Put the pending sign-in or challenge on the last message, or a link: rasa sees none of them.

    What became of an earlier write in the meantime is said first, where this is a turn to `tell`.
    """
    messages = attach_onward(core, connection, turn.id, messages, now)
    left = pending_store.left_by(connection, turn.id, turn.conversation_id)
    if not left:
        return _with_panels(messages)
    news = [row for row in left if row.tell and tell]
    waiting = next((row for row in reversed(left) if row.state == State.WAITING), None)
    said = [*_news(core, connection, news), *messages]
    if waiting is None:
        return _with_panels(said)
    *before, last = said or [Message()]
    if waiting.reason == "authentication_required":
        return [*before, last.model_copy(update={"sign_in": True})]
    with Session(connection) as store:
        if waiting.replaces is not None:
            before.append(_dropped(core, connection, waiting.replaces))
        challenge = _ask(core, store, turn, waiting, now)
        store.flush()
    return [*before, _asking(last, challenge)]


def ask_again(
    core: Core, connection: Connection, turn: Any, messages: list[Message], now: datetime
) -> list[Message]:
    """Put what a closed turn asked for on its repeated answer, as long as it still waits."""
    messages = attach_onward(core, connection, turn.id, messages, now)
    left = pending_store.left_by(connection, turn.id, turn.conversation_id)
    waiting = next((row for row in reversed(left) if row.state == State.WAITING), None)
    if waiting is None or not messages:
        return _with_panels(messages)
    with Session(connection) as store:
        return _still_asking(core, store, waiting, messages, now) or messages


def recall(
    core: Core, store: Session, asked: Any, messages: list[Message], now: datetime
) -> list[Message]:
    """Put what a turn asked for on its answer of then: it still waits, or how it ended."""
    if not messages:
        return messages
    if asked.state == State.WAITING and is_open(asked.state, asked.expires_at, now):
        again = _still_asking(core, store, asked, messages, now)
        if again is not None:
            return again
    operation, ended = core.operations.get(asked.operation), _ENDED.get(asked.state)
    confirmation = operation.confirmation if operation else None
    if confirmation is None or asked.challenge_id is None or ended is None:
        return messages
    arguments = _arguments(core, asked)
    rows = confirmation.rows(arguments)
    card = _card(confirmation.binding(arguments), list(rows), ended)
    *before, last = messages
    return [*before, last.model_copy(update={"card": card})]


def _still_asking(
    core: Core, store: Session, waiting: Any, messages: list[Message], now: datetime
) -> list[Message] | None:
    """Return the messages with what they ask for; None where it can be answered no longer."""
    *before, last = messages
    if waiting.reason == "authentication_required":
        return [*before, last.model_copy(update={"sign_in": True})]
    row = store.get(ChallengeRow, waiting.challenge_id) if waiting.challenge_id else None
    if row is None or row.state != OPEN or now >= row.expires_at:
        return None
    return [*before, _asking(last, view(core, store, row, now))]


def _with_panels(messages: list[Message]) -> list[Message]:
    """Show the panel that a refusal asks for even where nothing was left waiting."""
    if not messages:
        return messages
    *before, last = messages
    panels = {"authentication_required": "sign_in", "step_up_impossible": "enrol"}
    for message in messages:
        if message.refused in panels:
            return [*before, last.model_copy(update={panels[message.refused]: True})]
    return messages


def _asking(last: Message, challenge: ChallengeView | None) -> Message:
    """Return the last message with its challenge; what is to be approved stands on a card."""
    if challenge is None:
        return last
    asked: dict[str, Any] = {"challenge": challenge}
    if challenge.purpose == "confirm":
        asked["card"] = _card(challenge.binding, challenge.details or [], "waiting")
    return last.model_copy(update=asked)


def _card(title: str, details: Sequence[Detail], state: str) -> dict[str, Any]:
    rows = [detail.model_dump() for detail in details]
    return {"kind": "confirmation", "title": title, "rows": rows, "state": state}


def _ask(
    core: Core, store: Session, turn: Any, waiting: Any, now: datetime
) -> ChallengeView | None:
    session = store.get_one(SessionRow, turn.session_id)
    operation = core.operations.get(waiting.operation)
    if session.person_id is None or session.tenant_id is None or operation is None:
        return None
    if waiting.person_id != session.person_id:
        return None  # Somebody else has signed in since the turn began.
    purpose, shown, allows = _demand(core, store, session, operation, waiting, now)
    challenge = open_challenge(
        core,
        store,
        session,
        person_id=session.person_id,
        tenant_id=session.tenant_id,
        purpose=purpose,
        shown=shown,
        allows=allows,
        now=now,
        pending_id=waiting.id,
        digest=waiting.digest,
    )
    if challenge is None:
        return None
    pending_store.asked_by(store.connection(), waiting.id, challenge.id)
    return view(core, store, challenge, now)


def _demand(
    core: Core,
    store: Session,
    session: SessionRow,
    operation: Operation,
    waiting: Any,
    now: datetime,
) -> tuple[Purpose, Shown, list[Method]]:
    """Return what is asked: a proof of who it is, or the approval of exactly these arguments."""
    if operation.confirmation is None:
        assurance = operation.demand.assurance
        allows = for_step_up(assurance, session.channel, operation.email_code)
        if session.channel == CHANNEL:
            allows = list(UNLOCKS) if may_be_unlocked(operation) else []
        return "step_up", Shown(operation.title), allows
    arguments = _arguments(core, waiting)
    confirmation, tenant = operation.confirmation, store.get_one(TenantRow, session.tenant_id)
    limit = limit_of(tenant.sms_limit, tenant.sms_currency)
    left = sms_limit_left(core, store.connection(), waiting.person_id, limit, now)
    allows = for_approval(confirmation.is_small(arguments, left), session.channel)
    if session.channel == CHANNEL:
        allows = []  # What binds is approved at the page, whoever asks for it by text.
    shown = Shown(confirmation.binding(arguments), confirmation.rows(arguments))
    return "confirm", shown, allows


def _dropped(core: Core, connection: Connection, pending_id: str) -> Message:
    row = pending_store.find(connection, pending_id)
    telling = _telling(core, row)
    what = telling.binding(_arguments(core, row)) if telling else "your last one"
    return Message(text=_DROPPED.format(what=what))


def _news(core: Core, connection: Connection, rows: list[Any]) -> list[Message]:
    said = []
    for row in rows:
        telling = _telling(core, row)
        if telling is not None and row.state in _MEANWHILE:
            arguments = _arguments(core, row)
            what, done = telling.binding(arguments), telling.outcome(arguments)
            said.append(Message(text=_MEANWHILE[row.state].format(what=what, done=done)))
    if rows:
        pending_store.told(connection, [row.id for row in rows])
    return said


def _telling(core: Core, row: Any) -> Telling | None:
    operation = core.operations.get(row.operation)
    return operation.telling if operation else None


def _arguments(core: Core, row: Any) -> dict[str, Any]:
    arguments: dict[str, Any] = orjson.loads(readable(row.arguments_sealed))[1]
    return arguments
