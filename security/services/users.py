"""Administration of people by the command line: each change with its record, in one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from security.adapters.sealed import UNREADABLE, shown_as
from security.adapters.tables import PersonRow
from security.core import Core
from security.model import Frozen
from security.retention import KeptUntil
from security.services import erasure, invitations
from security.services import user_changes as changes
from security.services.factors import guesses_of
from security.services.invitations import Channel
from security.services.user_changes import By, NewUser
from security.services.user_rows import (
    find_person,
    new_password,
    refused,
    require_roles,
    require_tenant,
)

__all__ = ["NewUser", "UserShown", "Users"]


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

    async def add(self, new: NewUser, send: Channel | None = None) -> dict[str, Any]:
        """Add a person; return the password where one was made: it is not kept anywhere.

        `send`: they get a link to set it by themselves, and `sent` tells whether it has left.

        Raises `Refused`: `unknown_tenant`, `tenant_disabled`, `name_taken`, `name_mistakable`,
        `weak_password`, `invalid_address`, and `invalid_arguments` for a role that does not exist.
        """
        made = new_password() if new.password is None else None
        weak = await self._off_the_loop(_weakness, self._core, new)
        hashed = await self._off_the_loop(self._core.passwords.hash, made or new.password or "")

        def work(store: Session) -> dict[str, Any]:
            now = self._core.clock()
            require_tenant(store, new.tenant, now, is_open=True)
            require_roles(store, new.roles, new.tenant, now)
            by = _by(store, new.tenant, now)
            changes.check_new(store, new, by)
            if weak is not None:
                raise by.refuse("weak_password", suggestions=weak)
            to = None if send is None else changes.reachable(self._core, new, send, by)
            person = changes.add(self._core, store, new, hashed, by, now)
            if send is not None and to is not None:
                return {"sent": invitations.send(self._core, store, person, send, to, "", now)}
            return {"password": made} if made is not None else {}

        return await self._core.database.run(work)

    async def people(self, tenant: str) -> list[UserShown]:
        """List the people of an organisation, by user name. Raises `unknown_tenant`."""

        def work(store: Session) -> list[UserShown]:
            now = self._core.clock()
            require_tenant(store, tenant, now)
            self._core.vault.warm(tenant)
            rows = store.scalars(select(PersonRow).where(PersonRow.tenant_id == tenant)).all()
            by_name = sorted(rows, key=lambda row: shown_as(row.username, ""))
            return [_shown(store, row, now) for row in by_name]

        return await self._core.database.run(work)

    async def disable(self, tenant: str, username: str) -> None:
        """Keep a person out: all sessions end at once (ASVS 7.4.2). Raises `unknown_person`."""
        await self._change(tenant, username, partial(changes.disable, self._core))

    async def enable(self, tenant: str, username: str) -> None:
        """Let a person in again; what ended stays ended.

        Raises `unknown_person`; `tenant_disabled` where the organisation is kept out as a whole.
        """

        def change(store: Session, person: PersonRow, by: By, now: datetime) -> None:
            require_tenant(store, tenant, now, is_open=True)
            changes.enable(self._core, store, person, by, now)

        await self._change(tenant, username, change)

    async def change_roles(
        self, tenant: str, username: str, add: Sequence[str], remove: Sequence[str]
    ) -> list[str]:
        """Give and take roles, seen by the guard from the next operation on; return all of them.

        Raises `Refused`: `unknown_person`, and `invalid_arguments` for a role that does not exist.
        """

        def change(store: Session, person: PersonRow, by: By, now: datetime) -> list[str]:
            require_roles(store, [*add, *remove], person.tenant_id, now)
            roles = sorted((set(person.roles) | set(add)) - set(remove))
            changes.change_roles(self._core, store, person, roles, by, now)
            return roles

        return await self._change(tenant, username, change)

    async def reset(self, tenant: str, username: str) -> str:
        """Give a person a new password and no factor: the next sign-in enrols. Return it.

        All sessions end. The numbers and addresses known until now are told first.
        """
        made = new_password()
        hashed = await self._off_the_loop(self._core.passwords.hash, made)

        def change(store: Session, person: PersonRow, by: By, now: datetime) -> str:
            changes.reset(self._core, store, person, hashed, by, now)
            return made

        return await self._change(tenant, username, change)

    async def unlock(self, tenant: str, username: str, method: str | None) -> None:
        """Forget the wrong guesses at one factor, or at all. Raises `unknown_method`."""

        def change(store: Session, person: PersonRow, by: By, now: datetime) -> None:
            changes.unlock(self._core, store, person, method, by, now)

        await self._change(tenant, username, change)

    async def kept(self, tenant: str, username: str) -> list[KeptUntil]:
        """Return what has to be kept of a person who is erased today, why and until when."""

        def look(store: Session, person: PersonRow, by: By, now: datetime) -> list[KeptUntil]:
            return erasure.kept_of(self._core, store, person, now)

        return await self._change(tenant, username, look)

    async def erase(self, tenant: str, username: str, again: str) -> list[KeptUntil]:
        """Erase a person for good; `again` is the user name once more, against a slip.

        Returns what has to be kept. Raises `unknown_person`; `invalid_arguments` where the two
        names differ.
        """

        def change(store: Session, person: PersonRow, by: By, now: datetime) -> list[KeptUntil]:
            if again != person.username:
                raise by.refuse("invalid_arguments", field="again")
            erasure.begin(self._core, store, person, erasure.BY_ADMINISTRATOR, now)
            return erasure.kept_of(self._core, store, person, now)

        return await self._change(tenant, username, change)

    async def _change[T](
        self, tenant: str, username: str, change: Callable[[Session, PersonRow, By, datetime], T]
    ) -> T:
        def work(store: Session) -> T:
            now = self._core.clock()
            require_tenant(store, tenant, now)
            person = find_person(store, tenant, username)
            if person is None:
                raise refused(store, "unknown_person", now, tenant)
            return change(store, person, _by(store, tenant, now), now)

        return await self._core.database.run(work)

    async def _off_the_loop[**P, T](self, work: Callable[P, T], *given: P.args, **_: P.kwargs) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._hashing, work, *given)


def _by(store: Session, tenant: str, now: datetime) -> By:
    return By(lambda code, **details: refused(store, code, now, tenant, **details))


def _weakness(core: Core, new: NewUser) -> list[str] | None:
    """Return what to do about a password that was given and is too weak (ASVS 6.2.1)."""
    if new.password is None:
        return None
    return core.passwords.weakness(
        new.password, [new.username, new.name, new.tenant, new.email or ""]
    )


def _shown(store: Session, person: PersonRow, now: datetime) -> UserShown:
    factors = changes.factors_of(store, person)
    return UserShown(
        username=shown_as(person.username, UNREADABLE),
        name=shown_as(person.name, UNREADABLE),
        roles=list(person.roles),
        disabled=person.disabled_at is not None,
        methods=[factor.method for factor in factors],
        paused=[factor.method for factor in factors if guesses_of(factor).is_paused(now)],
    )
