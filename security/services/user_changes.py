"""What can be done to a person, each within the caller's transaction and with its record.

The command line and the administrators of an organisation come here: one set of rules, two
actors. Everything is checked before anything is changed, because a refusal is kept like any other
outcome. The person is told over the channels that they had before.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from security.adapters.account_tables import RecoveryCodeRow
from security.adapters.people import names_of
from security.adapters.tables import AuthenticatorRow, PersonRow, SessionRow, TenantRow
from security.audit.record import Tag
from security.challenges import rules
from security.core import Core
from security.enrolment import NEWCOMER, mail_address, telephone_number
from security.errors import Refused
from security.services import (
    admin_voiding,
    erasure,
    identities,
    invitations,
    recovery,
    user_letters,
)
from security.services.ending import end_session, end_sessions_of
from security.services.factors import add_factor, remember
from security.services.letters import Notice
from security.services.messages import NEWS_PER_HOUR, NOTICES_PER_HOUR
from security.services.session_rows import record as record_session
from security.services.telling import tell
from security.services.user_rows import ACTOR, find_person, record
from security.user_names import mistakable


@dataclass(frozen=True)
class NewUser:
    """A person to be added; without a `password`, one is made."""

    tenant: str
    username: str
    name: str
    roles: Sequence[str]
    password: str | None = field(default=None, repr=False)
    phone: str | None = field(default=None, repr=False)
    email: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class By:
    """Who does it, as the trail calls them, and how a refusal of theirs gets there."""

    refuse: Callable[..., Refused]
    actor: str = ACTOR


def check_new(store: Session, new: NewUser, by: By) -> None:
    """Raise what speaks against this person: `name_taken`, `name_mistakable`, `invalid_address`."""
    if find_person(store, new.tenant, new.username) is not None:
        raise by.refuse("name_taken")
    there = names_of(store, new.tenant)
    if (other := mistakable(new.username, (one.username for one in there))) is not None:
        raise by.refuse("name_mistakable", other=other)
    for field_name, given, usable in (
        ("phone", new.phone, telephone_number),
        ("email", new.email, mail_address),
    ):
        if given is not None and usable(given) is None:
            raise by.refuse("invalid_address", field=field_name)


def reachable(core: Core, new: NewUser, send: invitations.Channel, by: By) -> str:
    """Return where a link for this new person goes. Raises `invalid_address`."""
    to = new.email if send == "email" else new.phone
    if to is None or send not in core.channels:
        raise by.refuse("invalid_address", field="send")
    return (mail_address(to) if send == "email" else telephone_number(to)) or to


def add(core: Core, store: Session, new: NewUser, hashed: str, by: By, now: datetime) -> PersonRow:
    """Add a person who has been checked (`check_new`); their number and address are factors."""
    person = PersonRow(
        id=secrets.token_urlsafe(16),
        tenant_id=new.tenant,
        username=new.username,
        name=new.name,
        roles=sorted(set(new.roles)),
        password_hash=hashed,
        password_changed_at=now,
        may_enrol_until=now + NEWCOMER,
    )
    record(core, store, Tag.USER_ADDED, person, now, actor=by.actor)
    store.add(person)
    store.flush()
    given = {
        "sms": telephone_number(new.phone) if new.phone else None,
        "email": mail_address(new.email) if new.email else None,
    }
    for method, secret in given.items():
        if secret is not None:
            add_factor(
                core,
                store,
                person_id=person.id,
                tenant_id=person.tenant_id,
                method=method,
                secret=secret,
                now=now,
            )
    return person


def disable(core: Core, store: Session, person: PersonRow, by: By, now: datetime) -> None:
    """Keep a person out: all sessions end at once (ASVS 7.4.2)."""
    record(core, store, Tag.USER_DISABLED, person, now, actor=by.actor)
    _tell(core, store, person, user_letters.disabled_notice, now, NOTICES_PER_HOUR)
    tenant = store.get_one(TenantRow, person.tenant_id)
    # Of somebody who is out with the organisation alone, it is the later moment that lasts.
    if person.disabled_at is None or person.disabled_at == tenant.disabled_at:
        person.disabled_at = now
    _end_everything(core, store, person, now, "person_disabled")


def enable(core: Core, store: Session, person: PersonRow, by: By, now: datetime) -> None:
    """Let a person in again; what ended stays ended. Not somebody who is being erased."""
    if erasure.is_under_way(store, person.id):
        raise by.refuse("unknown_person")
    record(core, store, Tag.USER_ENABLED, person, now, actor=by.actor)
    _tell(core, store, person, user_letters.enabled_notice, now)
    person.disabled_at = None


def change_roles(
    core: Core, store: Session, person: PersonRow, roles: Sequence[str], by: By, now: datetime
) -> None:
    """Let these be a person's roles: the guard sees it from the next operation on."""
    was, person.roles = set(person.roles), sorted(set(roles))
    record(core, store, Tag.USER_ROLES, person, now, actor=by.actor)
    given, taken = set(person.roles) - was, was - set(person.roles)
    if "admin" in taken:
        admin_voiding.void_of(store, person.id)
    if given or taken:
        words = user_letters.roles_words(sorted(given), sorted(taken))
        _tell(core, store, person, lambda tenant: user_letters.roles_notice(tenant, words), now)


def reset(
    core: Core, store: Session, person: PersonRow, hashed: str, by: By, now: datetime
) -> None:
    """Give a person another password and no factor: the next sign-in enrols. All sessions end.

    Accounts elsewhere that they have linked go as well.
    """
    record(core, store, Tag.USER_RESET, person, now, actor=by.actor)
    _tell(core, store, person, user_letters.reset_notice, now, NOTICES_PER_HOUR)
    _end_everything(core, store, person, now, "person_reset")
    for table in (AuthenticatorRow, RecoveryCodeRow):
        store.execute(delete(table).where(table.person_id == person.id))
    identities.forget_linked(store, person.id)
    person.password_hash, person.password_changed_at = hashed, now
    person.may_enrol_until = now + NEWCOMER


def unlock(
    core: Core, store: Session, person: PersonRow, method: str | None, by: By, now: datetime
) -> None:
    """Forget the wrong guesses at one factor, or at all. Raises `unknown_method`."""
    factors = [one for one in factors_of(store, person) if method in (None, one.method)]
    if method is not None and not factors:
        raise by.refuse("unknown_method")
    record(core, store, Tag.USER_UNLOCKED, person, now, method, actor=by.actor)
    _tell(core, store, person, user_letters.unlocked_notice, now)
    for factor in factors:
        remember(factor, rules.after_right())


def end_sessions(
    core: Core,
    store: Session,
    person: PersonRow,
    rows: Sequence[SessionRow],
    by: By,
    now: datetime,
) -> None:
    """End these live sessions of a person."""
    record(core, store, Tag.USER_SIGNED_OUT, person, now, actor=by.actor)
    _tell(core, store, person, user_letters.signed_out_notice, now)
    for row in rows:
        end_session(core, store, row, now)
        record_session(core, store, Tag.SESSION_REVOKED, row, now, "by_administrator")


def factors_of(store: Session, person: PersonRow) -> Sequence[AuthenticatorRow]:
    """Return a person's factors, by method."""
    query = select(AuthenticatorRow).where(AuthenticatorRow.person_id == person.id)
    return store.scalars(query.order_by(AuthenticatorRow.method)).all()


def _end_everything(
    core: Core, store: Session, person: PersonRow, now: datetime, reason: str
) -> None:
    end_sessions_of(core, store, person, now, Tag.SESSION_REVOKED, reason)
    recovery.void_open(core, store, person.id, now, reason)
    invitations.void_open(store, person.id)
    admin_voiding.void_of(store, person.id)


def _tell(
    core: Core,
    store: Session,
    person: PersonRow,
    notice: Callable[[str], Notice],
    now: datetime,
    most: int = NEWS_PER_HOUR,
) -> None:
    """Tell a person; by default so that no flood of it keeps a later warning from them."""
    tenant = store.get_one(TenantRow, person.tenant_id)
    tell(core, store, person, notice(tenant.name), now, most=most)
