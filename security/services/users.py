"""Administration of people: each change with its record, in one transaction."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from security.adapters.account_tables import RecoveryCodeRow
from security.adapters.tables import AuthenticatorRow, PersonRow, TenantRow
from security.audit.record import Tag
from security.challenges import rules
from security.core import Core
from security.enrolment import NEWCOMER, mail_address, telephone_number
from security.model import Frozen
from security.services import messages, recovery
from security.services.ending import end_sessions_of
from security.services.factors import add_factor, guesses_of, remember
from security.services.user_rows import (
    find_person,
    new_password,
    record,
    refused,
    require_roles,
    require_tenant,
)

_RESET_SUBJECT = "Your account has been reset"
_RESET_TEXT = (
    "An administrator of {tenant} has reset your password and removed your ways of proving who "
    "you are. You get a new password from them, and enrol again at your next sign-in. "
    "If you did not ask for that, call them now."
)


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


class UserShown(Frozen):
    """A person as an administrator may see them: `methods` they have, `paused` ones of these."""

    username: str
    name: str
    roles: list[str]
    disabled: bool
    methods: list[str]
    paused: list[str]


class Users:
    """What an administrator may do; passwords are hashed off the event loop."""

    def __init__(self, core: Core, hashing: Executor) -> None:
        self._core = core
        self._hashing = hashing

    async def add(self, new: NewUser) -> dict[str, str]:
        """Add a person; return the password where one was made: it is not kept anywhere.

        Raises `Refused`: `unknown_tenant`, `name_taken`, `weak_password`, `invalid_address`, and
        `invalid_arguments` for a role that does not exist.
        """
        made = new_password() if new.password is None else None
        weak = await self._off_the_loop(_weakness, self._core, new)
        hashed = await self._off_the_loop(self._core.passwords.hash, made or new.password or "")

        def work(store: Session) -> dict[str, str]:
            now = self._core.clock()
            self._check_new(store, new, weak, now)
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
            store.add(person)
            store.flush()
            for method, secret in _factors_given(new):
                if secret is not None:
                    add_factor(
                        self._core,
                        store,
                        person_id=person.id,
                        tenant_id=person.tenant_id,
                        method=method,
                        secret=secret,
                        now=now,
                    )
            record(self._core, store, Tag.USER_ADDED, person, now)
            return {"password": made} if made is not None else {}

        return await self._core.database.run(work)

    async def people(self, tenant: str) -> list[UserShown]:
        """List the people of an organisation, by user name. Raises `unknown_tenant`."""

        def work(store: Session) -> list[UserShown]:
            now = self._core.clock()
            require_tenant(store, tenant, now)
            people = select(PersonRow).where(PersonRow.tenant_id == tenant)
            rows = store.scalars(people.order_by(PersonRow.username)).all()
            return [_shown(store, row, now) for row in rows]

        return await self._core.database.run(work)

    async def disable(self, tenant: str, username: str) -> None:
        """Keep a person out: all sessions end at once (ASVS 7.4.2). Raises `unknown_person`."""

        def change(store: Session, person: PersonRow, now: datetime) -> None:
            person.disabled_at = person.disabled_at or now
            end_sessions_of(self._core, store, person, now, Tag.SESSION_REVOKED, "person_disabled")
            recovery.void_open(self._core, store, person.id, now, "person_disabled")
            record(self._core, store, Tag.USER_DISABLED, person, now)

        await self._change(tenant, username, change)

    async def enable(self, tenant: str, username: str) -> None:
        """Let a person in again; what ended stays ended.

        Raises `unknown_person`; `tenant_disabled` where the organisation is kept out as a whole.
        """

        def change(store: Session, person: PersonRow, now: datetime) -> None:
            require_tenant(store, tenant, now, is_open=True)
            person.disabled_at = None
            record(self._core, store, Tag.USER_ENABLED, person, now)

        await self._change(tenant, username, change)

    async def change_roles(
        self, tenant: str, username: str, add: Sequence[str], remove: Sequence[str]
    ) -> list[str]:
        """Give and take roles, seen by the guard from the next operation on; return all of them.

        Raises `Refused`: `unknown_person`, and `invalid_arguments` for a role that does not exist.
        """

        def change(store: Session, person: PersonRow, now: datetime) -> list[str]:
            require_roles(store, [*add, *remove], person.tenant_id, now)
            person.roles = sorted((set(person.roles) | set(add)) - set(remove))
            record(self._core, store, Tag.USER_ROLES, person, now)
            return person.roles

        return await self._change(tenant, username, change)

    async def reset(self, tenant: str, username: str) -> str:
        """Give a person a new password and no factor: the next sign-in enrols. Return it.

        All sessions end. The numbers and addresses known until now are told first.
        """
        made = new_password()
        hashed = await self._off_the_loop(self._core.passwords.hash, made)

        def change(store: Session, person: PersonRow, now: datetime) -> str:
            self._tell_of_reset(store, person, now)
            end_sessions_of(self._core, store, person, now, Tag.SESSION_REVOKED, "person_reset")
            recovery.void_open(self._core, store, person.id, now, "person_reset")
            for table in (AuthenticatorRow, RecoveryCodeRow):
                store.execute(delete(table).where(table.person_id == person.id))
            person.password_hash, person.password_changed_at = hashed, now
            person.may_enrol_until = now + NEWCOMER
            record(self._core, store, Tag.USER_RESET, person, now)
            return made

        return await self._change(tenant, username, change)

    async def unlock(self, tenant: str, username: str, method: str | None) -> None:
        """Forget the wrong guesses at one factor, or at all. Raises `unknown_method`."""

        def change(store: Session, person: PersonRow, now: datetime) -> None:
            factors = [f for f in _factors(store, person) if method in (None, f.method)]
            if method is not None and not factors:
                raise refused(store, "unknown_method", now, person.tenant_id)
            for factor in factors:
                remember(factor, rules.after_right())
            record(self._core, store, Tag.USER_UNLOCKED, person, now, method)

        await self._change(tenant, username, change)

    async def _change[T](
        self, tenant: str, username: str, change: Callable[[Session, PersonRow, datetime], T]
    ) -> T:
        def work(store: Session) -> T:
            now = self._core.clock()
            require_tenant(store, tenant, now)
            person = find_person(store, tenant, username)
            if person is None:
                raise refused(store, "unknown_person", now, tenant)
            return change(store, person, now)

        return await self._core.database.run(work)

    async def _off_the_loop[**P, T](self, work: Callable[P, T], *given: P.args, **_: P.kwargs) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._hashing, work, *given)

    def _check_new(
        self, store: Session, new: NewUser, weak: list[str] | None, now: datetime
    ) -> None:
        """Refuse what cannot be added, before anything has changed."""
        require_tenant(store, new.tenant, now, is_open=True)
        require_roles(store, new.roles, new.tenant, now)
        if find_person(store, new.tenant, new.username) is not None:
            raise refused(store, "name_taken", now, new.tenant)
        for field_name, given, usable in (
            ("phone", new.phone, telephone_number),
            ("email", new.email, mail_address),
        ):
            if given is not None and usable(given) is None:
                raise refused(store, "invalid_address", now, new.tenant, field=field_name)
        if weak is not None:
            raise refused(store, "weak_password", now, new.tenant, suggestions=weak)

    def _tell_of_reset(self, store: Session, person: PersonRow, now: datetime) -> None:
        tenant = store.get_one(TenantRow, person.tenant_id)
        messages.notify(
            self._core,
            store,
            person_id=person.id,
            tenant_id=person.tenant_id,
            subject=_RESET_SUBJECT,
            text=_RESET_TEXT.format(tenant=tenant.name),
            now=now,
        )


def _weakness(core: Core, new: NewUser) -> list[str] | None:
    """Return what to do about a password that was given and is too weak (ASVS 6.2.1)."""
    if new.password is None:
        return None
    return core.passwords.weakness(
        new.password, [new.username, new.name, new.tenant, new.email or ""]
    )


def _factors_given(new: NewUser) -> list[tuple[str, str | None]]:
    return [
        ("sms", telephone_number(new.phone) if new.phone else None),
        ("email", mail_address(new.email) if new.email else None),
    ]


def _factors(store: Session, person: PersonRow) -> Sequence[AuthenticatorRow]:
    query = select(AuthenticatorRow).where(AuthenticatorRow.person_id == person.id)
    return store.scalars(query.order_by(AuthenticatorRow.method)).all()


def _shown(store: Session, person: PersonRow, now: datetime) -> UserShown:
    factors = _factors(store, person)
    return UserShown(
        username=person.username,
        name=person.name,
        roles=list(person.roles),
        disabled=person.disabled_at is not None,
        methods=[factor.method for factor in factors],
        paused=[factor.method for factor in factors if guesses_of(factor).is_paused(now)],
    )
