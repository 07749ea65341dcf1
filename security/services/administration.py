"""What the administrators of an organisation may do with its people, at the page `/admin`.

Each action is an approval of its own, by an authenticator app or a passkey, even in a fresh
session; what makes administrators, or makes one powerless, needs two of them.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import Executor
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from security.adapters.admin_tables import AdminActionRow
from security.adapters.sealed import UNREADABLE, shown_as
from security.adapters.tables import PersonRow
from security.administration_model import (
    ActionKind,
    ActionValues,
    AdminAction,
    AdminPeople,
    AdminSession,
    WaitingAction,
)
from security.audit.record import Tag
from security.core import Core
from security.services import admin_cases as cases
from security.services import admin_people
from security.services import admin_rows as rows
from security.services import admin_steps as steps
from security.services.admin_rows import WAITING, administrator, refused
from security.services.admin_steps import Made
from security.services.change_rows import Signed
from security.services.user_rows import find_person, new_password
from security.user_names import username_of


class Administration:
    """The questions of an administrator's page; each looks at their role and state anew."""

    def __init__(self, core: Core, hashing: Executor) -> None:
        self._core = core
        self._hashing = hashing

    async def people(
        self, session_id: str, find: str | None = None, after: str | None = None
    ) -> AdminPeople:
        """List people by user name, a page at a time; reading them is on the trail."""

        def work(store: Session) -> AdminPeople:
            who = administrator(self._core, store, session_id)
            rows.record(self._core, store, Tag.PEOPLE_READ, who)
            return admin_people.page(store, who, find, after)

        return await self._core.database.run(work)

    async def sessions(self, session_id: str, ref: str) -> list[AdminSession]:
        """List somebody's live sessions. Raises `unknown_person`."""

        def work(store: Session) -> list[AdminSession]:
            who = administrator(self._core, store, session_id)
            username = username_of(ref)
            tenant = who.person.tenant_id
            person = find_person(store, tenant, username) if username else None
            if person is None:
                raise refused(self._core, store, who, "unknown_person")
            rows.record(self._core, store, Tag.SESSIONS_READ, who, person_id=person.id)
            return admin_people.sessions(self._core, store, person, who.now)

        return await self._core.database.run(work)

    async def begin(
        self,
        session_id: str,
        csrf_token: str,
        kind: ActionKind,
        ref: str | None,
        values: ActionValues,
        address: str,
    ) -> AdminAction:
        """Ask for something to be done; the answer is the challenge that is bound to it.

        Raises what `administrator`, `cases.asked_for` and `cases.check` do, and
        `no_way_to_confirm`.
        """

        def work(store: Session) -> AdminAction:
            who = administrator(self._core, store, session_id, csrf_token)
            asked = cases.asked_for(self._core, store, who, kind, ref, values)
            cases.check(self._core, store, who, asked)
            return steps.begin(self._core, store, who, asked, address)

        return await self._core.database.run(work)

    async def go_on(self, session_id: str, csrf_token: str, ref: str, address: str) -> AdminAction:
        """Do what has been proved, or let it wait for a second administrator.

        Raises `unknown_action`, `expired`, and everything that `begin` does.
        """

        def look(store: Session) -> bool:
            who = administrator(self._core, store, session_id, csrf_token)
            return steps.needs_password(self._core, store, who, ref)

        made = await self._made() if await self._core.database.run(look) else Made()

        def work(store: Session) -> AdminAction:
            who = administrator(self._core, store, session_id, csrf_token)
            return steps.go_on(self._core, store, who, ref, made, address)

        return await self._core.database.run(work)

    async def waiting(self, session_id: str) -> list[WaitingAction]:
        """List what waits for a second administrator, but what is about whoever looks."""

        def work(store: Session) -> list[WaitingAction]:
            who = administrator(self._core, store, session_id)
            query = select(AdminActionRow).where(
                AdminActionRow.tenant_id == who.person.tenant_id,
                AdminActionRow.state == WAITING,
                AdminActionRow.expires_at > who.now,
            )
            found = store.scalars(query.order_by(AdminActionRow.created_at)).all()
            shown = [self._shown(store, who, row) for row in found]
            return [one for one in shown if one is not None]

        return await self._core.database.run(work)

    async def approve(
        self, session_id: str, csrf_token: str, ref: str, address: str
    ) -> AdminAction:
        """Say yes as the second administrator; the challenge shows exactly what, and for whom.

        Raises `unknown_action`, and `own_account` to whoever asked or is concerned.
        """

        def work(store: Session) -> AdminAction:
            who = administrator(self._core, store, session_id, csrf_token)
            asked = steps.asked_to_approve(self._core, store, who, ref)
            return steps.begin(self._core, store, who, asked, address)

        return await self._core.database.run(work)

    async def withdraw(self, session_id: str, csrf_token: str, ref: str) -> None:
        """Void what waits. Raises `unknown_action`, `own_account`."""

        def work(store: Session) -> None:
            who = administrator(self._core, store, session_id, csrf_token)
            steps.withdraw(self._core, store, who, ref)

        await self._core.database.run(work)

    async def _made(self) -> Made:
        loop, password = asyncio.get_running_loop(), new_password()
        hashed = await loop.run_in_executor(self._hashing, self._core.passwords.hash, password)
        return Made(password, hashed)

    def _shown(self, store: Session, who: Signed, row: AdminActionRow) -> WaitingAction | None:
        words = steps.waiting_words(self._core, store, who, row)
        if words is None:
            return None
        return WaitingAction(
            ref=row.id,
            words=words.binding,
            details=list(words.details),
            asked_by=shown_as(store.get_one(PersonRow, row.asker_id).name, UNREADABLE),
            asked_at=_utc(row.created_at),
            expires_at=_utc(row.expires_at),
            mine=row.asker_id == who.person.id,
        )


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")
