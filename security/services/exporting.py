"""A person's copy of their data: what security holds, and what each API says to their own token."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy.orm import Session

from runtime.limits import MovingWindow
from security.adapters import audit_log
from security.adapters.session_names import name_of
from security.adapters.tables import SessionRow
from security.adapters.tenancy import bind_tenant
from security.audit.record import AuditEvent, Tag
from security.challenges.methods import for_step_up
from security.core import Core
from security.errors import Refused
from security.execution import Execution
from security.export_plan import FOLLOWED, OWN_PURPOSE, exported, largest, more_of
from security.guard_records import Ask, Intent
from security.model import Export, ExportState
from security.operations.operation import Operation
from security.personal_page import page
from security.ports import GuardStore, Transactions
from security.services import letters, own_data
from security.services.approved import Shown
from security.services.challenges import open_challenge, view
from security.services.holder import held_session
from security.services.retention_words import periods
from security.services.telling import tell
from security.services.user_rows import ACTOR, find_person
from security.services.whose import refuse_slowed, session_held, whose
from security.sessions import is_fresh, reaches

if TYPE_CHECKING:
    from security.guard import Guard

FRESH = timedelta(minutes=15)
"""Class personal: how old the last proof may be (the contract's table)."""
_SENSITIVE = timedelta(minutes=5)
SCHEMA = "/assets/schemas/personal-data-1.json"
"""Below the public address."""
_MOST_PAGES = 2_000
MOST_COPIES = 10
"""In an hour, for one person."""
_HOUR_SECONDS = 3_600.0


class Exporting:
    """Gathers a person's data, for themselves or by order of an administrator."""

    def __init__(
        self, core: Core, guard: Guard, execution: Execution, transactions: Transactions
    ) -> None:
        self._core = core
        # What a copy asks for is bounded by how many copies there may be, not by the turns' pace.
        self._guard = guard.paced(lambda who, operation: True)
        self._execution = execution
        self._transact = transactions
        self._allow = MovingWindow(MOST_COPIES, seconds=_HOUR_SECONDS).allow
        self._under_way: set[str] = set()

    async def ask(self, session_id: str, csrf_token: str, address: str) -> ExportState:
        """Tell whether the copy can be fetched; where a proof is missing, open its challenge.

        What is sensitive takes a proof of the last five minutes, so one is asked for after that.
        Raises `Refused`: `authentication_required`, `step_up_impossible`.
        """

        def work(store: Session) -> ExportState:
            now = self._core.clock()
            session, person = held_session(self._core, store, session_id, csrf_token, now)
            if person is None:
                raise Refused("authentication_required")
            if is_proved(session, _SENSITIVE, now):
                return ExportState(state="ready")
            challenge = open_challenge(
                self._core,
                store,
                session,
                person_id=person.id,
                tenant_id=person.tenant_id,
                purpose="step_up",
                shown=Shown("Get a copy of your data"),
                allows=for_step_up("aal2", session.channel),
                now=now,
                address=address,
            )
            if challenge is None:
                raise Refused("step_up_impossible")
            shown = view(self._core, store, challenge, now)
            return ExportState(state="prove", challenge=shown)

        return await self._core.database.run(work)

    async def own(self, session_id: str, form: str) -> Export:
        """Return the copy of who holds this session. See `of_session`."""
        return await self.of_session(await session_held(self._core, session_id), form)

    async def of_session(self, session: str, form: str) -> Export:
        """Return the copy of a live session's person; `session` is its name, and no secret.

        Raises `Refused`: `authentication_required`, `step_up_required` where the last proof is not
        of the last 15 minutes, `rate_limited` while one is being made, after some in an hour, or
        while the watch slows this person or this session down.
        """

        mine: list[str] = []

        def begin(store: Session) -> tuple[dict[str, Any], str]:
            now = self._core.clock()
            row, person = whose(self._core, store, session)
            if not is_proved(row, FRESH, now):
                raise Refused("step_up_required")
            refuse_slowed(self._core, store, row, now)
            if person.id in self._under_way or not self._allow(person.id):
                raise Refused("rate_limited")
            # Whoever holds a stolen session gets no copy in silence.
            notice = letters.copy_notice(self._core.settings.public_url)
            tell(self._core, store, person, notice, now)
            name = self._core.keys.pseudonym(person.id)
            where = name_of(self._core.keys, person.tenant_id, row)
            event = AuditEvent(Tag.DATA_EXPORTED, person.tenant_id, name, session=where)
            audit_log.append(store.connection(), event, now)
            self._under_way.add(person.id)
            mine.append(person.id)
            return own_data.gather(self._core, store, person), name

        try:
            held, name = await self._core.database.run(begin)
            held["accesses"] = await self._accesses(name)
            held["apis"] = {api: found async for api, found in self._apis(session)}
        finally:
            self._under_way.difference_update(mine)
        return self._made(held, form)

    async def of_person(self, tenant: str, username: str) -> Export:
        """Return what security holds of a person: no API gives anything without their token.

        Raises `Refused("unknown_person")`.
        """

        def begin(store: Session) -> tuple[dict[str, Any], str]:
            bind_tenant(store, tenant)
            person = find_person(store, tenant, username)
            if person is None:
                raise Refused("unknown_person")
            name = self._core.keys.pseudonym(person.id)
            event = AuditEvent(Tag.DATA_EXPORTED, tenant, name, actor=ACTOR)
            audit_log.append(store.connection(), event, self._core.clock())
            return own_data.gather(self._core, store, person), name

        held, name = await self._core.database.run(begin)
        held["accesses"] = await self._accesses(name)
        held["apis"] = {}
        return self._made(held, "json")

    def _made(self, held: Mapping[str, Any], form: str) -> Export:
        now = self._core.clock()
        whole = {
            "$schema": f"{self._core.settings.public_url}{SCHEMA}",
            "version": 1,
            "made_at": now.astimezone(UTC).isoformat(timespec="seconds"),
            **held,
            "kept_for": periods(self._core.retention),
        }
        plain = _without_nothing(whole)
        name = f"my-data-{now:%Y-%m-%d}"
        if form == "html":
            return Export(name=f"{name}.html", media_type="text/html", content=page(plain))
        content = orjson.dumps(plain, option=orjson.OPT_INDENT_2).decode()
        return Export(name=f"{name}.json", media_type="application/json", content=content)

    async def _accesses(self, name: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        position = dict[str, int]()
        while True:
            read = partial(own_data.trail_batch, position=position)
            batch, position = await self._core.database.run(read)
            if not batch:
                return sorted(found, key=lambda one: one["at"])
            found += own_data.accesses(batch, name)

    async def _apis(self, session: str) -> AsyncIterator[tuple[str, dict[str, Any]]]:
        """Yield for each API of the person's organisation what its declared reads tell them."""
        apis = await self._transact(lambda store: self._case(store, session).tenant_apis)
        for api in sorted(apis):
            told: dict[str, Any] = {}
            for operation in self._core.operations.values():
                if operation.api == api and exported(operation):
                    found = await self._pages(session, operation, {})
                    if found is not None:
                        told[operation.name] = found
                        told.update(await self._followed(session, operation, found))
            if told:
                yield api, told

    async def _followed(self, session: str, listed: Operation, found: Any) -> dict[str, Any]:
        """Return the details of each thing that a list has named."""
        told: dict[str, list[Any]] = {}
        for follow in FOLLOWED.get(listed.name, ()):
            operation = self._core.operations.get(follow.operation)
            if operation is None:
                continue
            for name in follow.names(found):
                detail = await self._pages(session, operation, {follow.argument: name})
                if detail is not None:
                    told.setdefault(operation.name, []).append(detail)
        return dict(told)

    async def _pages(self, session: str, operation: Operation, given: Mapping[str, Any]) -> Any:
        """Return one page, or the list of all of them; None where the person may not see it."""
        pages: list[Any] = []
        given = {**largest(operation), **given}
        arguments = dict(given)
        while True:
            if len(pages) == _MOST_PAGES:
                pages.append({"not_told": "too_many"})
                break
            try:
                found = await self._read(session, operation, arguments)
            except Refused as refused:
                if refused.code in ("forbidden", "not_found"):
                    break
                pages.append({**given, "not_told": refused.code})
                break
            pages.append(found)
            following = more_of(operation, found)
            if following is None:
                break
            arguments = {**given, **following}
        return pages[0] if len(pages) == 1 else pages or None

    async def _read(self, session: str, operation: Operation, arguments: Mapping[str, Any]) -> Any:
        purpose = OWN_PURPOSE if operation.purposes else None
        ask = Ask(operation.name, arguments, "export", None, purpose)

        def decide(store: GuardStore) -> Intent:
            case = self._case(store, session)
            self._guard.checked(store, case, ask, keep=False)
            return self._guard.intend(store, case, operation, ask, None)

        return await self._execution.carry_out(await self._transact(decide), None)

    def _case(self, store: GuardStore, session: str) -> Any:
        case = store.case_of_session(session)
        if case is None:
            raise Refused("session_expired")
        return replace(case, turn_id="")


def is_proved(session: SessionRow, within: timedelta, now: datetime) -> bool:
    """Tell whether the last proof is strong enough, and not older than `within`."""
    return reaches(session.assurance, "aal2") and is_fresh(session.proved_at, within, now)


def _without_nothing(value: Any) -> Any:
    """Leave out what is not there: absent fields are left out, never null."""
    if isinstance(value, dict):
        return {key: _without_nothing(one) for key, one in value.items() if one is not None}
    if isinstance(value, list):
        return [_without_nothing(one) for one in value]
    return value
