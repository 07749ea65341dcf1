"""Ending a session: what was open in it, and what waited in it, is void with it.

The tickets of its open turns need no hand laid on them: the guard's second check finds the
session over and says so, on the trail as well.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Exists, bindparam, exists, select, update
from sqlalchemy.orm import Session

from security.adapters import audit_log
from security.adapters.account_tables import ChangeRow
from security.adapters.admin_tables import AdminActionRow
from security.adapters.prepared import by_key, move_all
from security.adapters.session_names import name_by_id, name_of
from security.adapters.tables import Base, ChallengeRow, PendingRow, PersonRow, SessionRow
from security.adapters.tenancy import wherever
from security.audit.pending import voided
from security.audit.record import Tag
from security.core import Core
from security.pending import State
from security.services import admin_voiding
from security.services.session_rows import record, state_of
from security.sessions import LONGEST, is_live

_VOID = "void"
_OPEN_CHALLENGE = ("open", "locked")
_OPEN_CHANGE = ("prove", "confirm")
_OPEN_PENDING = (State.WAITING, State.APPROVED)

_NOT_ENDED = (
    select(SessionRow)
    .where(
        SessionRow.person_id == bindparam("person"),
        SessionRow.ended_at.is_(None),
        SessionRow.created_at > bindparam("since"),
    )
    .order_by(SessionRow.last_seen_at.desc(), SessionRow.id)
)

_SESSIONS = SessionRow.__table__.c
_BESIDES = (
    select(
        _SESSIONS.id,
        _SESSIONS.created_at,
        _SESSIONS.last_seen_at,
        _SESSIONS.ended_at,
        _SESSIONS.idle_seconds,
        _SESSIONS.absolute_seconds,
    )
    .where(
        _SESSIONS.person_id == bindparam("person"),
        _SESSIONS.channel == bindparam("channel"),
        _SESSIONS.id != bindparam("keep"),
        _SESSIONS.ended_at.is_(None),
        _SESSIONS.created_at > bindparam("since"),
    )
    .order_by(_SESSIONS.last_seen_at.desc(), _SESSIONS.id)
)


def _is_open(table: type[Base], states: tuple[str, ...]) -> Exists:
    row = table.__table__.c
    return exists().where(row.session_id == bindparam("id"), row.state.in_(states))


_OPEN_IN = select(
    _is_open(ChallengeRow, _OPEN_CHALLENGE),
    _is_open(ChangeRow, _OPEN_CHANGE),
    _is_open(AdminActionRow, (admin_voiding.PROVE,)),
    _is_open(PendingRow, _OPEN_PENDING),
)


def end_session(core: Core, store: Session, row: SessionRow, now: datetime) -> None:
    """End a session for good, and all that was open in it (ASVS 7.4.1)."""
    # A proof locks its challenge before it touches the session: so does this, in that order, and
    # whichever of the two comes second sees what the first has done.
    void_all(core, store, row, now)
    row.ended_at = now
    store.flush()


def end_sessions_of(
    core: Core, store: Session, person: PersonRow, now: datetime, tag: Tag, reason: str
) -> int:
    """End every live session of a person, each on the trail; return how many there were.

    A sign-in of theirs that waits for its code in an anonymous session is void as well, and
    before the sessions are looked for: one that passes at this moment is among them then. The
    caller holds the person's row (`hold`), so that no other sign-in begins meanwhile.
    """
    store.execute(
        update(ChallengeRow)
        .where(ChallengeRow.person_id == person.id, ChallengeRow.state.in_(_OPEN_CHALLENGE))
        .values(state=_VOID)
    )
    rows = live_sessions_of(store, person.id, now)
    for row in rows:
        end_session(core, store, row, now)
        record(core, store, tag, row, now, reason)
    void_links_of(core, store, person.id, now)
    return len(rows)


def void_links_of(core: Core, store: Session, person_id: str, now: datetime) -> None:
    """Void what a person was to go on with at the page, by a link in a text.

    A conversation by text that has fallen asleep is over before its link is, and no live session
    names it.
    """
    voids = (
        update(PendingRow)
        .where(
            PendingRow.person_id == person_id,
            PendingRow.state == State.WAITING,
            PendingRow.continue_hash.is_not(None),
        )
        .values(state=State.VOID)
        .returning(
            PendingRow.turn_id,
            PendingRow.operation,
            PendingRow.digest,
            PendingRow.session_id,
            PendingRow.tenant_id,
        )
    )
    for each in store.execute(voids).all():
        person, connection = core.keys.pseudonym(person_id), store.connection()
        name = name_by_id(connection, core.keys, each.tenant_id, each.session_id)
        event = voided(each, name, "session_over", each.tenant_id, person)
        audit_log.append(connection, event, now)


def hold(store: Session, person_id: str) -> PersonRow | None:
    """Return a person's row, read anew, and keep it until this transaction ends.

    Whoever gives or takes away a way in holds it, one after the other. It does not stand in the
    way of rows that only refer to the person.
    """
    return store.get(PersonRow, person_id, with_for_update={"key_share": True})


def live_sessions_of(store: Session, person_id: str, now: datetime) -> list[SessionRow]:
    """Return a person's live sessions, the one used last at the top."""
    # Those that ran out were never ended, and become more and more: not even read.
    found = store.scalars(_NOT_ENDED, {"person": person_id, "since": now - LONGEST})
    return [row for row in found if is_live(state_of(row), now)]


def too_many_beside(store: Session, keep: SessionRow, most: int, now: datetime) -> list[SessionRow]:
    """Return its person's other live sessions of the same kind, without the `most` used last.

    Every sign-in asks this, and hardly ever is there one: what each row holds stays sealed.
    """
    store.flush()
    wanted = {"person": keep.person_id, "channel": keep.channel, "keep": keep.id}
    found = store.connection().execute(_BESIDES, {**wanted, "since": now - LONGEST}).all()
    live = [row.id for row in found if is_live(state_of(row), now)]
    return [by_key(store, SessionRow, key) for key in live[most:]]


def void_all(core: Core, store: Session, row: SessionRow, now: datetime) -> None:
    """Void a session's challenges, its changes and actions, and the operations that wait in it."""
    store.flush()
    # Most sessions end with nothing open: one look, instead of a try at each table.
    with wherever(store):
        found = store.connection().execute(_OPEN_IN, {"id": row.id}).one()
        challenge, change, action, pending = found
        if challenge:
            move_all(store, ChallengeRow, _OPEN_CHALLENGE, _VOID, session_id=row.id)
    if change:
        move_all(store, ChangeRow, _OPEN_CHANGE, _VOID, session_id=row.id)
    if action:
        admin_voiding.void_in(store, row.id)
    if pending:
        _void_pending(core, store, row, now)


def _void_pending(core: Core, store: Session, row: SessionRow, now: datetime) -> None:
    """Void what waits; what is being executed is done already, or it is settled by itself."""
    waiting = store.execute(
        update(PendingRow)
        .where(PendingRow.session_id == row.id, PendingRow.state.in_(_OPEN_PENDING))
        .values(state=State.VOID)
        .returning(PendingRow.turn_id, PendingRow.operation, PendingRow.digest)
    )
    person = core.keys.pseudonym(row.person_id) if row.person_id else None
    for each in waiting.all():
        name = name_of(core.keys, row.tenant_id, row)
        event = voided(each, name, "session_over", row.tenant_id, person)
        audit_log.append(store.connection(), event, now)
