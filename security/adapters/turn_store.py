"""Turns on the security database: prepared statements, because every turn runs them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, update

from security.adapters import touching
from security.adapters.tables import (
    ChoiceRow,
    ConversationRow,
    PersonRow,
    SessionRow,
    TenantRow,
    TurnRow,
    UtcTime,
)
from security.adapters.tenancy import across_tenants, bind_tenant

_LONGEST_TURN = timedelta(minutes=10)
_turns, _sessions = TurnRow.__table__.c, SessionRow.__table__.c
_people, _tenants = PersonRow.__table__.c, TenantRow.__table__.c
_SESSION = (
    select(
        # Not the browser's name: it is sealed, and no turn needs it.
        *(column for column in _sessions if column.name != "device_sealed"),
        _people.disabled_at,
        _people.roles,
        _tenants.apis,
        ConversationRow.__table__.c.key_sealed,
    )
    .join(ConversationRow.__table__, ConversationRow.__table__.c.id == _sessions.conversation_id)
    .outerjoin(PersonRow.__table__, _people.id == _sessions.person_id)
    .outerjoin(
        TenantRow.__table__, _tenants.id == func.coalesce(_people.tenant_id, _sessions.tenant_id)
    )
    .where(_sessions.id_hash == bindparam("hash"))
)
_TOUCH = (
    update(SessionRow)
    .where(_sessions.id == bindparam("session"))
    .values(last_seen_at=bindparam("now", type_=UtcTime))
)
_ADD = insert(TurnRow)
_FIND = select(TurnRow.__table__).where(_turns.id == bindparam("turn"))
_TENANT_OF = select(_sessions.tenant_id).where(_sessions.id == bindparam("session"))
_REPEATED = select(TurnRow.__table__).where(
    _turns.conversation_id == bindparam("conversation"), _turns.client_id == bindparam("client")
)
_CLOSE = (
    update(TurnRow)
    .where(_turns.id == bindparam("turn"), _turns.closed_at.is_(None))
    .values(closed_at=bindparam("now", type_=UtcTime), answered_sealed=bindparam("answered"))
)
_END_TICKETS = (
    update(TurnRow)
    .where(_turns.session_id == bindparam("session"), _turns.closed_at.is_(None))
    .values(operations_left=0)
)
_NEWER = (
    select(TurnRow.__table__)
    .where(
        _turns.conversation_id == bindparam("conversation"),
        _turns.opened_at >= bindparam("opened", type_=UtcTime),
        _turns.closed_at >= bindparam("closed", type_=UtcTime),
    )
    .order_by(_turns.closed_at, _turns.id)
    .limit(bindparam("most"))
)
_LATEST = (
    select(TurnRow.__table__)
    .where(_turns.conversation_id == bindparam("conversation"), _turns.closed_at.is_not(None))
    .order_by(_turns.closed_at.desc(), _turns.id.desc())
    .limit(1)
)
_PAST = (
    select(TurnRow.__table__)
    .where(_turns.conversation_id == bindparam("conversation"), _turns.closed_at.is_not(None))
    .order_by(_turns.opened_at.desc())
    .limit(bindparam("most"))
)


def session_of(connection: Connection, id_hash: str) -> Any:
    """Return the session with that hash, its person, tenant and conversation's key, or None.

    The transaction is its tenant's from here on.
    """
    with across_tenants(connection, "a session is found by its secret id"):
        row = connection.execute(_SESSION, {"hash": id_hash}).one_or_none()
    if row is not None:
        bind_tenant(connection, row.tenant_id)
    return row


def touch(connection: Connection, session_id: str, now: datetime) -> None:
    """Reset the idle limit: the session was used."""
    touching.touch(connection, session_id)
    connection.execute(_TOUCH, {"session": session_id, "now": now})


def add(connection: Connection, turn: Mapping[str, Any]) -> None:
    """Insert a turn by column name."""
    connection.execute(_ADD, turn)


def find(connection: Connection, turn_id: str) -> Any:
    """Return a turn's row, or None."""
    return connection.execute(_FIND, {"turn": turn_id}).one_or_none()


def find_open(connection: Connection, turn_id: str) -> Any:
    """Return the turn that its opener names, or None; the transaction is its session's tenant's."""
    with across_tenants(connection, "a turn is found by the random name that its opener has"):
        turn = connection.execute(_FIND, {"turn": turn_id}).one_or_none()
        if turn is None:
            return None
        tenant = connection.execute(_TENANT_OF, {"session": turn.session_id}).scalar_one()
    bind_tenant(connection, tenant)
    return turn


def repeated(connection: Connection, conversation_id: str, client_id: str) -> Any:
    """Return the turn that already carries this client id in this conversation, or None."""
    wanted = {"conversation": conversation_id, "client": client_id}
    return connection.execute(_REPEATED, wanted).one_or_none()


def free_client_id(connection: Connection, turn_id: str) -> None:
    """Let a message be sent again whose turn was never closed."""
    connection.execute(update(TurnRow).where(_turns.id == turn_id).values(client_id=None))


def close(connection: Connection, turn_id: str, answered: bytes, now: datetime) -> bool:
    """End a turn once; False where it has ended already. Its ticket is dead from here on."""
    values = {"turn": turn_id, "answered": answered, "now": now}
    return connection.execute(_CLOSE, values).rowcount == 1


def mark_sensitive(connection: Connection, turn_id: str) -> None:
    """Remember that what a turn answers may tell of something sensitive."""
    connection.execute(update(TurnRow).where(_turns.id == turn_id).values(sensitive=True))


def end_tickets(connection: Connection, session_id: str) -> None:
    """Make the tickets of this session's open turns worthless."""
    connection.execute(_END_TICKETS, {"session": session_id})


def past(connection: Connection, conversation_id: str, most: int) -> list[Any]:
    """Return the last `most` closed turns of a conversation, oldest first."""
    wanted = {"conversation": conversation_id, "most": most}
    return list(reversed(connection.execute(_PAST, wanted).all()))


def closed_since(
    connection: Connection, conversation_id: str, moment: datetime, most: int
) -> list[Any]:
    """Return the turns that were closed at `moment` or later, the first `most` of them."""
    wanted = {
        "conversation": conversation_id,
        # The index is by the opening: no turn lasts that long.
        "opened": moment - _LONGEST_TURN,
        "closed": moment,
        "most": most,
    }
    return list(connection.execute(_NEWER, wanted).all())


def latest(connection: Connection, conversation_id: str) -> Any:
    """Return the turn that was closed last, or None."""
    return connection.execute(_LATEST, {"conversation": conversation_id}).one_or_none()


def add_choices(connection: Connection, choices: Sequence[Mapping[str, Any]]) -> None:
    """Insert offered choices by column name."""
    if choices:
        connection.execute(insert(ChoiceRow), list(choices))


def choice(connection: Connection, choice_id: str, conversation_id: str) -> Any:
    """Return a choice that was offered in this conversation, or None."""
    row = ChoiceRow.__table__.c
    query = select(ChoiceRow.__table__).where(
        row.id == choice_id, row.conversation_id == conversation_id
    )
    return connection.execute(query).one_or_none()
