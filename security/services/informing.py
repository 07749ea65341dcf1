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
from security.services.telling import tell


def inform(core: Core, store: Session, person: Person, done: Done, now: datetime) -> None:
    """Send a notice to whom it is about and to each holder of the roles; put both on the trail.

    `about` is a pairwise name, which can be recomputed but not read: everybody of the tenant is
    tried. That is for what seldom happens.
    """
    operation, arguments = done.operation, done.arguments
    said = operation.telling.inform if operation.telling else None
    if said is None:
        return
    by = store.execute(select(PersonRow.name).where(PersonRow.id == person.id)).scalar_one()
    query = select(PersonRow).where(PersonRow.tenant_id == person.tenant)
    for row in store.scalars(query):
        if core.keys.pairwise_subject(row.id, operation.audience) == done.about:
            words = said.to_whom(arguments, by)
        elif set(row.roles) & said.roles:
            words = said.to_others(arguments, by)
        else:
            continue
        tell(core, store, row, informed_notice(words, core.settings.public_url), now)
        told = AuditEvent(
            tag=Tag.PERSON_INFORMED,
            tenant=person.tenant,
            person=core.keys.pseudonym(row.id),
            actor=core.keys.pseudonym(person.id),
            operation=operation.name,
            arguments=core.keys.arguments_digest(canonical(operation.name, arguments, None)),
        )
        audit_log.append(store.connection(), told, now)
