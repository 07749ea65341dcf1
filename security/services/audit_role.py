"""Who may read an organisation's records: its auditors, at aal2, each reading on the trail.

Role and state are read anew each time. What tells of people wants a proof of late as well, like
a copy of one's own data.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from security.adapters import audit_log
from security.adapters.session_names import name_of
from security.adapters.tables import PersonRow, SessionRow
from security.audit.record import AuditEvent, Tag
from security.core import Core
from security.errors import Refused
from security.services.change_rows import Signed
from security.services.holder import held_session, live_session
from security.services.holder import record as record_session
from security.sessions import is_fresh, reaches

AUDITOR = "auditor"
PROVED_WITHIN = timedelta(minutes=15)
"""How old the last proof may be where people's records are read."""
ASKED_AFTER = timedelta(minutes=5)
"""How old it may be where a reading begins: after that the page asks for a new one (sensitive)."""


def auditor(
    core: Core,
    store: Session,
    session_id: str,
    csrf_token: str | None = None,
    *,
    proved: bool = True,
) -> Signed:
    """Return the auditor of this session; with a `csrf_token`, something is to be changed.

    Raises `Refused`: `authentication_required`, `forbidden` without the role, `sign_in_too_weak`
    below aal2, and where people's records are read (`proved`) `step_up_required`.
    """
    now = core.clock()
    if csrf_token is None:
        session, person = live_session(core, store, session_id, now)
    else:
        session, person = held_session(core, store, session_id, csrf_token, now)
    code = _against(session, person)
    if person is None or code is not None:
        record_session(core, store, Tag.SESSION_REFUSED, session, now, "not_auditor")
        raise Refused(code or "authentication_required")
    who = Signed(session, person, now)
    if proved and not is_proved(who, PROVED_WITHIN):
        record(core, store, Tag.AUDIT_REFUSED, who, reason="step_up_required")
        raise Refused("step_up_required")
    if csrf_token is not None:
        session.last_seen_at = now
    return who


def is_proved(who: Signed, within: timedelta) -> bool:
    """Tell whether this session's last proof is of late."""
    return is_fresh(who.session.proved_at, within, who.now)


def record(
    core: Core,
    store: Session,
    tag: Tag,
    who: Signed,
    *,
    person: str | None = None,
    purpose: str | None = None,
    reason: str | None = None,
    arguments: str | None = None,
    object: str | None = None,
) -> None:
    """Put what an auditor does on the trail; `person` is the trail's name of whom it is about."""
    event = AuditEvent(
        tag=tag,
        tenant=who.person.tenant_id,
        person=person,
        actor=core.keys.pseudonym(who.person.id),
        session=name_of(core.keys, who.person.tenant_id, who.session),
        purpose=purpose,
        arguments=arguments,
        object=object,
        assurance=who.session.assurance,
        reason=reason,
    )
    audit_log.append(store.connection(), event, who.now)


def _against(session: SessionRow, person: PersonRow | None) -> str | None:
    if person is None:
        return "authentication_required"
    if AUDITOR not in person.roles or session.channel != "web":
        return "forbidden"
    return None if reaches(session.assurance, "aal2") else "sign_in_too_weak"
