"""What is known when an action asks: its turn, session, person and tenant, in two statements."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, or_, select

from security.adapters.tables import (
    NAME,
    USERNAME,
    PersonRow,
    SessionRow,
    TenantRow,
    TurnRow,
    UtcTime,
    called,
)
from security.adapters.tenancy import across_tenants, bind_tenant
from security.operations.confirmation import NO_LIMIT, limit_of
from security.ports import Case, Person
from security.sessions import Limits, SessionState
from security.vault.keys import KeyRing

_turns, _sessions = TurnRow.__table__.c, SessionRow.__table__.c
_people, _tenants = PersonRow.__table__.c, TenantRow.__table__.c

# One statement counts the operation, so that no two callers count as one.
_TAKE = (
    TurnRow.__table__.update()  # type: ignore[attr-defined]
    .where(
        _turns.ticket_hash == bindparam("ticket"),
        _turns.closed_at.is_(None),
        _turns.expires_at > bindparam("now", type_=UtcTime),
        _turns.operations_left > 0,
    )
    .values(operations_left=_turns.operations_left - 1)
    .returning(_turns.id)
)
_OF_TICKET = select(_turns.id).where(_turns.ticket_hash == bindparam("ticket"))
_CASE = (
    select(
        _turns.id,
        _turns.resume,
        _turns.conversation_id,
        _sessions.id.label("session_id"),
        _sessions.created_at,
        _sessions.last_seen_at,
        _sessions.ended_at,
        _sessions.idle_seconds,
        _sessions.absolute_seconds,
        _sessions.assurance,
        _sessions.proved_at,
        _sessions.email_proved_at,
        _people.id.label("person_id"),
        _people.tenant_id,
        _people.roles,
        _people.disabled_at,
        _tenants.apis,
        _tenants.sms_limit,
        _tenants.sms_currency,
        _sessions.channel,
        _sessions.tenant_id.label("session_tenant"),
    )
    .select_from(TurnRow.__table__)
    .join(SessionRow.__table__, _sessions.id == _turns.session_id)
    .outerjoin(PersonRow.__table__, _people.id == _sessions.person_id)
    .outerjoin(
        TenantRow.__table__, _tenants.id == func.coalesce(_people.tenant_id, _sessions.tenant_id)
    )
    .where(_turns.id == bindparam("turn"))
)

_NAMED = select(_people.id, _people.roles, _people.disabled_at).where(
    _people.tenant_id == bindparam("tenant"),
    or_(_people.username_hash == bindparam("username"), _people.name_hash == bindparam("name")),
)


def take(connection: Connection, ticket_hash: str, now: datetime) -> Case | None:
    """Count one operation of an open turn and return what is known of it, or None."""
    with across_tenants(connection, "a turn is found by its ticket"):
        taken = connection.execute(_TAKE, {"ticket": ticket_hash, "now": now})
        turn_id = taken.scalar_one_or_none()
        if turn_id is None:
            return None
        case = _case(connection.execute(_CASE, {"turn": turn_id}).one())
    bind_tenant(connection, case.tenant)
    return case


def of_ticket(connection: Connection, ticket_hash: str) -> Case | None:
    """Return what is known of the turn that a ticket was for, or None where there was none."""
    with across_tenants(connection, "a turn is found by its ticket"):
        turn_id = connection.execute(_OF_TICKET, {"ticket": ticket_hash}).scalar_one_or_none()
    return None if turn_id is None else of_turn(connection, turn_id)


def of_turn(connection: Connection, turn_id: str) -> Case:
    """Return what is known of a turn that may be over: its session, as it is now."""
    with across_tenants(connection, "what became of the session of a turn"):
        case = _case(connection.execute(_CASE, {"turn": turn_id}).one())
    bind_tenant(connection, case.tenant)
    return case


def person_named(connection: Connection, keys: KeyRing, tenant: str, words: str) -> Person | None:
    """Return the one person of this tenant with this user name or full name, whatever the case."""
    wanted = {
        "tenant": tenant,
        "username": keys.lookup(USERNAME, tenant, called(words)),
        "name": keys.lookup(NAME, tenant, called(words)),
    }
    found = connection.execute(_NAMED, wanted).all()
    if len(found) != 1:
        return None
    return Person(found[0].id, tenant, tuple(found[0].roles), found[0].disabled_at is not None)


def _case(row: Any) -> Case:
    person = None
    if row.person_id is not None:
        disabled = row.disabled_at is not None
        person = Person(row.person_id, row.tenant_id, tuple(row.roles), disabled)
    limits = Limits(row.idle_seconds, row.absolute_seconds)
    return Case(
        turn_id=row.id,
        resume=row.resume,
        conversation_id=row.conversation_id,
        session_id=row.session_id,
        session=SessionState(row.created_at, row.last_seen_at, row.ended_at, limits),
        assurance=row.assurance,
        proved_at=row.proved_at,
        email_proved_at=row.email_proved_at,
        person=person,
        tenant_apis=frozenset(row.apis or ()),
        session_tenant=row.session_tenant,
        channel=row.channel,
        sms_limit=limit_of(row.sms_limit, row.sms_currency) if row.sms_limit else NO_LIMIT,
    )
