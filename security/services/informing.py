"""Telling others of what somebody did: whom it is about, and those who watch over it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from security.adapters import audit_log
from security.adapters.tables import PersonRow
from security.audit.record import AuditEvent, Tag
from security.core import Core
from security.pending import canonical
from security.ports import Done, Person
from security.services.letters import informed_notice
from security.services.messages import NEWS_PER_HOUR
from security.services.telling import tell


def inform(core: Core, store: Session, person: Person, done: Done, now: datetime) -> None:
    """Send a notice to whom it is about and to each holder of the roles; put both on the trail.

    `about` is a pairwise name, which can be recomputed but not read: everybody of the tenant is
    tried. That is for what seldom happens. That nobody is called so is on the trail as well.
    """
    operation, arguments = done.operation, done.arguments
    said = operation.telling.inform if operation.telling else None
    if said is None:
        return
    by = store.execute(select(PersonRow.name).where(PersonRow.id == person.id)).scalar_one()
    found = False
    # Not their names: those are sealed, and are needed of the few who are told.
    query = select(PersonRow.id, PersonRow.roles, PersonRow.disabled_at)
    for row in store.execute(query.where(PersonRow.tenant_id == person.tenant)).all():
        if core.keys.pairwise_subject(row.id, operation.audience) == done.about:
            words, found = said.to_whom(arguments, by), True
        elif row.disabled_at is None and set(row.roles) & said.roles:
            words = said.to_others(arguments, by)
        else:
            continue
        notice = informed_notice(words, core.settings.public_url)
        told = store.get_one(PersonRow, row.id)
        tell(core, store, told, notice, now, most=NEWS_PER_HOUR)
        _record(core, store, person, done, now, row.id)
    if not found:
        _record(core, store, person, done, now, None)


def _record(
    core: Core, store: Session, by: Person, done: Done, now: datetime, told: str | None
) -> None:
    """Put on the trail who was told; without anybody, that whom it is about was not found."""
    name = done.operation.name
    event = AuditEvent(
        tag=Tag.PERSON_INFORMED,
        tenant=by.tenant,
        person=core.keys.pseudonym(told) if told else None,
        actor=core.keys.pseudonym(by.id),
        operation=name,
        arguments=core.keys.arguments_digest(canonical(name, done.arguments, done.purpose)),
        reason=None if told else "nobody_found",
    )
    audit_log.append(store.connection(), event, now)
