"""A person's list of all who accessed their data, as a file (HIPAA 164.528, GDPR 15)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from sqlalchemy.orm import Session

from runtime.limits import MovingWindow
from security.accesses import YEARS
from security.accounting_page import accounting_page
from security.adapters import audit_log
from security.adapters.session_names import name_of
from security.adapters.tables import PersonRow, TenantRow
from security.adapters.tenancy import bind_tenant
from security.audit.record import AuditEvent, Tag
from security.core import Core
from security.errors import Refused
from security.model import Export
from security.services.accesses import Accesses
from security.services.exporting import FRESH, MOST_COPIES, is_proved
from security.services.user_rows import ACTOR, find_person
from security.services.whose import refuse_slowed, session_held, whose

SCHEMA = "/assets/schemas/accounting-1.json"
"""Below the public address."""
_WHAT = "accesses"
_HOUR_SECONDS = 3_600.0


class Accounting:
    """Makes the list, for its person or by order of an administrator."""

    def __init__(self, core: Core, accesses: Accesses) -> None:
        self._core = core
        self.accesses = accesses
        self._allow = MovingWindow(MOST_COPIES, seconds=_HOUR_SECONDS).allow

    async def own(self, session_id: str, form: str) -> Export:
        """Return the list of who holds this session. See `of_session`."""
        return await self.of_session(await session_held(self._core, session_id), form)

    async def of_session(self, session: str, form: str) -> Export:
        """Return the list of a live session's person; `session` is its name, and no secret.

        Raises `Refused`: `authentication_required`, `step_up_required` where the last proof is not
        of the last 15 minutes, `rate_limited` after some in an hour, or while the watch slows this
        person or this session down.
        """

        def begin(store: Session) -> tuple[str, dict[str, str]]:
            now = self._core.clock()
            row, person = whose(self._core, store, session)
            if not is_proved(row, FRESH, now):
                raise Refused("step_up_required")
            refuse_slowed(self._core, store, row, now)
            if not self._allow(person.id):
                raise Refused("rate_limited")
            name = self._core.keys.pseudonym(person.id)
            where = name_of(self._core.keys, person.tenant_id, row)
            event = AuditEvent(
                Tag.DATA_EXPORTED, person.tenant_id, name, session=where, reason=_WHAT
            )
            audit_log.append(store.connection(), event, now)
            return person.id, _of(store, person)

        return await self._made(*await self._core.database.run(begin), form)

    async def of_person(self, tenant: str, username: str, form: str) -> Export:
        """Return the list of a person. Raises `Refused("unknown_person")`."""

        def begin(store: Session) -> tuple[str, dict[str, str]]:
            bind_tenant(store, tenant)
            person = find_person(store, tenant, username)
            if person is None:
                raise Refused("unknown_person")
            name = self._core.keys.pseudonym(person.id)
            event = AuditEvent(Tag.DATA_EXPORTED, tenant, name, actor=ACTOR, reason=_WHAT)
            audit_log.append(store.connection(), event, self._core.clock())
            return person.id, _of(store, person)

        return await self._made(*await self._core.database.run(begin), form)

    async def _made(self, person_id: str, whose_it_is: Mapping[str, str], form: str) -> Export:
        now = self._core.clock()
        whole: dict[str, Any] = {
            "$schema": f"{self._core.settings.public_url}{SCHEMA}",
            "version": 1,
            "made_at": _moment(now),
            "period": {"from": _moment(now - timedelta(days=366 * YEARS)), "to": _moment(now)},
            **whose_it_is,
            "accesses": await self.accesses.all_of(person_id),
        }
        name = f"my-accesses-{now:%Y-%m-%d}"
        if form == "html":
            page = accounting_page(whole)
            return Export(name=f"{name}.html", media_type="text/html", content=page)
        content = orjson.dumps(whole, option=orjson.OPT_INDENT_2).decode()
        return Export(name=f"{name}.json", media_type="application/json", content=content)


def _of(store: Session, person: PersonRow) -> dict[str, str]:
    organisation = store.get_one(TenantRow, person.tenant_id).name
    return {"organisation": organisation, "name": person.name}


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")
