"""Consents on record: what, in which version, when, how, and that it was withdrawn (GDPR 7)."""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from security.adapters import audit_log
from security.adapters.personal_tables import ConsentRow
from security.audit.record import AuditEvent, Tag
from security.consents import GIVEN_BY, WITHDRAWN_BY
from security.core import Core
from security.ports import Done, Person


def note(core: Core, store: Session, person: Person, done: Done, now: datetime) -> None:
    """Write down a yes, or that it was taken back, where what was done is one."""
    consent = GIVEN_BY.get(done.operation.name)
    withdrawn = WITHDRAWN_BY.get(done.operation.name)
    if consent is not None and consent.is_given_by(done.arguments):
        # A new yes to the same thing takes the place of the one before.
        _withdraw(store, person, consent.what, now)
        row = ConsentRow(
            id=secrets.token_urlsafe(18),
            tenant_id=person.tenant,
            person_id=person.id,
            what=consent.what,
            version=consent.version,
            how="in the chat",
            given_at=now,
            ends_at=consent.ends_at(done.arguments, now),
        )
        store.add(row)
        _record(core, store, Tag.CONSENT_GIVEN, person, f"{consent.what}_{consent.version}", now)
    elif withdrawn is not None and _withdraw(store, person, withdrawn, now):
        _record(core, store, Tag.CONSENT_WITHDRAWN, person, withdrawn, now)


def of_person(store: Session, person_id: str) -> list[ConsentRow]:
    """Return a person's consents, oldest first."""
    query = select(ConsentRow).where(ConsentRow.person_id == person_id)
    return list(store.scalars(query.order_by(ConsentRow.given_at, ConsentRow.id)))


def _withdraw(store: Session, person: Person, what: str, now: datetime) -> bool:
    open_ones = [
        row
        for row in of_person(store, person.id)
        if row.what == what and row.withdrawn_at is None and not _is_over(row, now)
    ]
    for row in open_ones:
        row.withdrawn_at = now
    store.flush()
    return bool(open_ones)


def _is_over(row: ConsentRow, now: datetime) -> bool:
    return row.ends_at is not None and row.ends_at <= now


def _record(
    core: Core, store: Session, tag: Tag, person: Person, reason: str, now: datetime
) -> None:
    name = core.keys.pseudonym(person.id)
    event = AuditEvent(tag, person.tenant, name, reason=reason)
    audit_log.append(store.connection(), event, now)
