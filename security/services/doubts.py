"""Writes of which nobody knows whether they were done: their APIs are asked until they say."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import orjson
import structlog
from sqlalchemy import Connection

from security.adapters import audit_log, pending_store
from security.adapters.sealed import readable
from security.adapters.session_names import name_by_id
from security.adapters.tenancy import across_tenants, bind_tenant
from security.audit.record import AuditEvent, Tag
from security.core import Core
from security.errors import Refused
from security.execution import Execution, parted, tell_done
from security.guard_records import on_trail
from security.operations.manifest import Operation
from security.pending import APPROVAL_LIFE, State
from security.ports import Done, GuardStore, Person, Settled, Somebody, Waiting

SOON_SECONDS, LATER_SECONDS = 2.0, 15.0
_GRACE = timedelta(seconds=15)
ABANDONED = timedelta(minutes=3)
"""A write that has been executing for so long is executed by nobody any more: an approval waits
for a minute, and the call and the question after it take half a minute each at most."""
_log = structlog.get_logger(__name__)

StoreOf = Callable[[Connection], GuardStore]
_ALL = "writes are settled whoever they are of"


class Doubts:
    """Settles doubtful writes: at start, and as long as there are any."""

    def __init__(self, core: Core, execution: Execution, store_of: StoreOf) -> None:
        self._core = core
        self._execution = execution
        self._store_of = store_of

    async def run(self) -> None:
        """Ask again and again, soon after a doubt and seldom otherwise, until cancelled."""
        while True:
            left = 1
            try:
                await self._core.database.run_core(self.doubt_abandoned)
                left = await self.settle_all()
                await self._core.database.run_core(self.void_unused)
                self._core.entries.forget_old(self._core.clock())
            except Refused as refused:
                _log.warning("doubts_remain", code=refused.code)
            except Exception as error:
                # Whoever waits for an answer is owed one, whatever else does not hold.
                _log.error("doubts_remain", kind=type(error).__name__)
            await asyncio.sleep(SOON_SECONDS if left else LATER_SECONDS)

    async def settle_all(self) -> int:
        """Ask after every doubtful write once; return how many remain in doubt."""
        rows = await self._core.database.run_core(pending_store.all_in_doubt, across=_ALL)
        settled = [await self._settle(row) for row in rows]
        return settled.count(False)

    async def _settle(self, row: Any) -> bool:
        operation = self._core.operations.get(row.operation)
        if operation is None or row.tenant_id is None:
            _log.error("doubt_without_operation", operation=row.operation)
            return False
        # The person may have lost every role since; what was done is asked in their name.
        person = Person(row.person_id, row.tenant_id, (), False) if row.person_id else None
        try:
            asked = self._arguments(row)
            person = await self._acted_for(operation, person, asked)
            holder = Somebody(person, row.tenant_id)
            settled = await self._execution.ask_after(operation, row.id, holder, asked)
            await self._core.database.run_core(
                lambda connection: self._record(connection, row, operation, person, settled)
            )
        except Exception as error:
            # One that cannot be settled keeps no other from it.
            why = error.code if isinstance(error, Refused) else type(error).__name__
            _log.warning("still_in_doubt", operation=row.operation, why=why)
            return False
        return True

    async def _acted_for(
        self, operation: Operation, person: Person | None, arguments: dict[str, Any]
    ) -> Person | None:
        """Return the person whose key it is at the API: the one for whom it was done.

        Raises `Refused` where they are not there any more: then it stays in doubt.
        """
        if operation.on_behalf_of is None or person is None:
            return person
        called = str(arguments[operation.on_behalf_of])
        tenant = person.tenant

        def find(connection: Connection) -> Person | None:
            bind_tenant(connection, tenant)
            return self._store_of(connection).person_named(tenant, called)

        found = await self._core.database.run_core(find)
        if found is None:
            raise Refused("unknown_person")
        return found

    def _record(
        self,
        connection: Connection,
        row: Any,
        operation: Operation,
        person: Person | None,
        settled: Settled,
    ) -> None:
        now = self._core.clock()
        bind_tenant(connection, row.tenant_id)
        store = self._store_of(connection)
        parts = parted(operation, settled.result)
        event = _event(self._core, connection, Tag.PENDING_SETTLED, row, _end(settled))
        store.audit(replace(event, about=on_trail(parts.about)), now)
        waiting = Waiting(row.id, row.operation, {}, row.action)
        store.settle_pending(waiting, person, _end(settled), parts.result, now)
        if settled.done and person is not None:
            arguments, purpose = self._opened(row)
            tell_done(store, person, Done(operation, arguments, parts.whom, purpose), now)

    def _arguments(self, row: Any) -> dict[str, Any]:
        arguments, _purpose = self._opened(row)
        return arguments

    def _opened(self, row: Any) -> tuple[dict[str, Any], str | None]:
        _name, arguments, *purpose = orjson.loads(readable(row.arguments_sealed))
        return arguments, purpose[0] if purpose else None

    def doubt_abandoned(self, connection: Connection) -> None:
        """Doubt the writes whose outcome could not be recorded while this process lives on."""
        now = self._core.clock()
        with across_tenants(connection, _ALL):
            doubted = pending_store.doubt(connection, now - ABANDONED)
        _doubt(self._core, connection, doubted, now)

    def void_unused(self, connection: Connection) -> None:
        """End approvals that nobody came to use, and let their people know."""
        now = self._core.clock()
        before: datetime = now - APPROVAL_LIFE - _GRACE
        with across_tenants(connection, _ALL):
            voided = pending_store.void_unused(connection, before)
        for row in voided:
            event = _event(self._core, connection, Tag.PENDING_VOIDED, row, State.VOID)
            audit_log.append(connection, event, now)


def doubt_interrupted(core: Core, connection: Connection) -> None:
    """At start: a write that was executing when the process died is in doubt, on the trail."""
    now = core.clock()
    _doubt(core, connection, pending_store.doubt(connection), now)


def _doubt(core: Core, connection: Connection, rows: list[Any], now: datetime) -> None:
    for row in rows:
        event = _event(core, connection, Tag.PENDING_DOUBTED, row, State.IN_DOUBT)
        audit_log.append(connection, event, now)


def _end(settled: Settled) -> State:
    return State.DONE if settled.done else State.FAILED


def _event(core: Core, connection: Connection, tag: Tag, row: Any, state: State) -> AuditEvent:
    return AuditEvent(
        tag=tag,
        tenant=row.tenant_id,
        person=core.keys.pseudonym(row.person_id) if row.person_id else None,
        session=name_by_id(connection, core.keys, row.tenant_id, row.session_id),
        turn=row.turn_id,
        operation=row.operation,
        arguments=row.digest,
        reason=str(state),
    )
