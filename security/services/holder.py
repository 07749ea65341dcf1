"""Finding the live session behind a cookie; every other way in is refused and recorded."""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from security.adapters.account_tables import RetiredIdRow
from security.adapters.tables import PersonRow, SessionRow
from security.adapters.tenancy import across_tenants, bind_tenant
from security.audit.record import Tag
from security.core import Core
from security.embedding import CHANNEL as EMBEDDED
from security.errors import Refused
from security.services import messages
from security.services.ending import end_session
from security.services.session_rows import record, state_of
from security.sessions import GRACE, hash_of, is_in_grace, is_live

__all__ = ["held_session", "live_session", "record", "state_of"]

_ALARM_SUBJECT = "We have signed you out"
_ALARM_TEXT = (
    "Somebody has used an old key of your session, which may mean that it was copied. "
    "We have ended the session. Please sign in again, and look at your sign-ins: {url}/security"
)


_HELD = (
    select(SessionRow, PersonRow)
    .outerjoin(PersonRow, PersonRow.id == SessionRow.person_id)
    .where(SessionRow.id_hash == bindparam("id_hash"))
)


def live_session(
    core: Core,
    store: Session,
    session_id: str,
    now: datetime,
    grace: timedelta = GRACE,
    *,
    embedded: bool = False,
) -> tuple[SessionRow, PersonRow | None]:
    """Return the session and its person. Raises `Refused("session_expired")`.

    A session found past its limit, or whose person was disabled, is ended; each try is recorded.
    An id that a timed rotation has replaced is good for `grace`; after that it ends the session.
    A session inside another site is refused with `full_page_required`, but where what is asked for
    is open to those as well: `embedded`.
    """
    id_hash = hash_of(session_id)
    with across_tenants(store, "a session is found by its secret id"):
        found = store.execute(_HELD, {"id_hash": id_hash}).one_or_none()
    row, person = found if found is not None else (None, None)
    if row is None:
        row = _by_retired_id(core, store, id_hash, now, grace)
        person = store.get(PersonRow, row.person_id) if row.person_id else None
    bind_tenant(store, row.tenant_id)
    disabled = person is not None and person.disabled_at is not None
    if is_live(state_of(row), now) and not disabled:
        if row.channel == EMBEDDED and not embedded:
            record(core, store, Tag.SESSION_REFUSED, row, now, reason="embedded")
            raise Refused("full_page_required")
        return row, person
    reason = "ended"
    if row.ended_at is None:
        end_session(core, store, row, now)
        reason = "person_disabled" if disabled else "limit_reached"
    record(core, store, Tag.SESSION_REFUSED, row, now, reason=reason)
    raise Refused("session_expired")


def held_session(
    core: Core,
    store: Session,
    session_id: str,
    csrf_token: str,
    now: datetime,
    grace: timedelta = GRACE,
    *,
    embedded: bool = False,
) -> tuple[SessionRow, PersonRow | None]:
    """Return the session of a state-changing call. Raises `Refused`, also `csrf_failed`."""
    row, person = live_session(core, store, session_id, now, grace, embedded=embedded)
    expected = core.keys.csrf_token(row.csrf_seed)
    if not hmac.compare_digest(expected.encode(), csrf_token.encode()):
        record(core, store, Tag.SESSION_REFUSED, row, now, reason="csrf")
        raise Refused("csrf_failed")
    return row, person


def _by_retired_id(
    core: Core, store: Session, id_hash: str, now: datetime, grace: timedelta
) -> SessionRow:
    """Return the session that had this id a moment ago; later on, somebody has copied it."""
    retired = store.get(RetiredIdRow, id_hash)
    if retired is None:
        raise Refused("session_expired")
    with across_tenants(store, "a session is found by the id that it had a moment ago"):
        row = store.get_one(SessionRow, retired.session_id)
    bind_tenant(store, row.tenant_id)
    if not is_live(state_of(row), now):
        return row  # Refused like any session that is over.
    if not is_in_grace(retired.retired_at, grace, now):
        _raise_alarm(core, store, row, now)
        raise Refused("session_expired")
    proved_since = row.proved_at is not None and row.proved_at >= retired.retired_at
    if proved_since or row.rotated_at != retired.retired_at:
        # A proof has replaced the id that replaced this one: older ones are dead at once.
        record(core, store, Tag.SESSION_REFUSED, row, now, reason="replaced_by_proof")
        raise Refused("session_expired")
    return row


def _raise_alarm(core: Core, store: Session, row: SessionRow, now: datetime) -> None:
    """End a session whose id was copied, and tell its person by another channel (ASVS 7.2.4)."""
    end_session(core, store, row, now)
    record(core, store, Tag.SESSION_ALARM, row, now, reason="retired_id")
    if row.person_id is not None and row.tenant_id is not None:
        messages.notify(
            core,
            store,
            person_id=row.person_id,
            tenant_id=row.tenant_id,
            subject=_ALARM_SUBJECT,
            text=_ALARM_TEXT.format(url=core.settings.public_url),
            now=now,
        )
