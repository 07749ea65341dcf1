"""Who accessed somebody's data: followed on the trail, found by person, told with name or role.

The table is a copy of what the trail says, for as long as people may ask: records go into archives
earlier. It can lag behind by a moment, so whoever asks catches it up first.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import structlog
from sqlalchemy import ColumnElement, Connection, and_, bindparam, delete, func, or_, select
from sqlalchemy.orm import Session

from security.accesses import MARKS, YEARS, Access, Words, accesses_of
from security.adapters import audit_log
from security.adapters.access_tables import AccessRow
from security.adapters.alert_tables import WatchRow
from security.adapters.audit_tables import AuditRow
from security.adapters.sealed import shown_as
from security.adapters.tables import PersonRow, TenantRow
from security.adapters.tenancy import across_tenants
from security.core import Core
from security.errors import Refused
from security.guard_records import on_trail
from security.operations.confirmation import LONGEST_VALUE
from security.services.user_rows import ACTOR

LOOKS_EVERY_SECONDS = 1.0
BATCH = 1_000
"""So many records of each writer in one transaction: no turn waits for longer than that takes."""
_NAME = "accesses"
_PERIOD = timedelta(days=366 * YEARS)
_TRAIL = AuditRow.__table__.c
_AFTER = (
    select(_TRAIL.sequence, _TRAIL.record)
    .where(_TRAIL.writer == bindparam("of"), _TRAIL.sequence > bindparam("after"))
    .order_by(_TRAIL.sequence)
    .limit(BATCH)
)
_ONE = select(_TRAIL.record).where(
    _TRAIL.writer == bindparam("of"), _TRAIL.sequence == bindparam("number")
)
_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Told:
    """A page of what somebody is told; `after` is where the next one begins, if there is one."""

    accesses: list[dict[str, str]]
    total: int
    after: str | None


class Following:
    """Copies accesses from the trail; every process may, and none is copied twice."""

    def __init__(
        self, core: Core, sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    ) -> None:
        self._core = core
        self._sleep = sleep

    async def run(self) -> None:
        """Work until cancelled; what fails is tried again."""
        while True:
            try:
                await self.catch_up()
            except Exception as error:
                _log.error("accesses_not_followed", kind=type(error).__name__)
            await self._sleep(LOOKS_EVERY_SECONDS)

    async def catch_up(self) -> None:
        """Copy all that the trail has by now."""
        while await self._core.database.run_relaxed_mapped(copy_next):
            pass


def copy_next(store: Session) -> bool:
    """Copy the next records, and where they end; tell whether there may be more."""
    with across_tenants(store, "the trail is everybody's"):
        where = store.get(WatchRow, _NAME, with_for_update=True)
        position: dict[str, Any] = dict(where.position) if where else {}
        connection, full = store.connection(), False
        for writer in list(audit_log.writers(connection)):
            given = {"of": writer, "after": position.get(writer, 0)}
            rows = connection.execute(_AFTER, given).all()
            for row in rows:
                if any(mark in row.record for mark in MARKS):
                    store.add_all(map(_row_of(connection), accesses_of(orjson.loads(row.record))))
            if rows:
                position[writer] = rows[-1].sequence
            full = full or len(rows) == BATCH
        store.merge(WatchRow(name=_NAME, position=position))
        store.flush()
    return full


def _row_of(connection: Connection) -> Callable[[Access], AccessRow]:
    def row(one: Access) -> AccessRow:
        allowed = _record(connection, one.intent)
        by_admin = one.intent is None and one.actor != ACTOR and ":" in one.what
        return AccessRow(
            id=one.event,
            tenant_id=one.tenant,
            subject=one.subject,
            actor=one.actor,
            at=datetime.fromisoformat(one.at),
            what=one.what,
            roles=["admin"] if by_admin else list(allowed.get("roles", ())),
            purpose=allowed.get("purpose"),
        )

    return row


def _record(connection: Connection, event: str | None) -> Mapping[str, Any]:
    """Return the record that allowed an access; nothing where there is none."""
    writer, _, number = (event or "").rpartition("-")
    if not number.isdecimal():
        return {}
    found = connection.execute(_ONE, {"of": writer, "number": int(number)}).scalar_one_or_none()
    said = orjson.loads(found) if found is not None else {}
    return said if isinstance(said, dict) else {}


class Accesses:
    """Tells people who accessed their data."""

    def __init__(self, core: Core, following: Following, words: Words) -> None:
        self._core = core
        self._following = following
        self._words = words

    async def of(self, person_id: str, after: str | None, limit: int) -> Told:
        """Return a page, the newest first. Raises `Refused`: `invalid_arguments` for an `after`
        that is not of this person's list."""
        await self._following.catch_up()

        def work(store: Session) -> Told:
            person = self._person(store, person_id)
            mine = self._mine(person)
            total = store.scalar(select(func.count()).select_from(AccessRow).where(mine)) or 0
            query = select(AccessRow).where(mine, *_later(store, mine, after))
            newest = (AccessRow.at.desc(), AccessRow.id.desc())
            rows = list(store.scalars(query.order_by(*newest).limit(limit + 1)))
            shown = rows[:limit]
            told = self._told(store, person, shown)
            return Told(told, total, shown[-1].id if len(rows) > limit else None)

        return await self._core.database.run(work, across="who it is about is found by their id")

    async def all_of(self, person_id: str) -> list[dict[str, str]]:
        """Return all of them, the newest first, read in pages: no turn waits for the whole."""
        found, after = list[dict[str, str]](), None
        while True:
            page = await self.of(person_id, after, BATCH)
            found += page.accesses
            after = page.after
            if after is None:
                return found

    def _person(self, store: Session, person_id: str) -> PersonRow:
        person = store.get(PersonRow, person_id)
        if person is None:
            raise Refused("session_expired")
        return person

    def _mine(self, person: PersonRow) -> ColumnElement[bool]:
        since = self._core.clock() - _PERIOD
        mine = AccessRow.subject.in_(names_of(self._core, person.id))
        own = AccessRow.actor != self._core.keys.pseudonym(person.id)
        return and_(AccessRow.tenant_id == person.tenant_id, mine, own, AccessRow.at >= since)

    def _told(
        self, store: Session, person: PersonRow, rows: Sequence[AccessRow]
    ) -> list[dict[str, str]]:
        named = store.get_one(TenantRow, person.tenant_id).names_staff
        actors = {row.actor for row in rows}
        names = self._names(store, person.tenant_id, actors) if named and actors else {}
        return [self._line(row, names.get(row.actor)) for row in rows]

    def _line(self, row: AccessRow, name: str | None) -> dict[str, str]:
        words = self._words
        role = ", ".join(words.roles.get(one, one) for one in row.roles)
        if row.actor == ACTOR:
            name = "The administrator of this installation"
        line = {
            "at": row.at.astimezone(UTC).isoformat(timespec="seconds"),
            "who": name or (role[:1].upper() + role[1:] if role else "Somebody who works here"),
            "role": role if name else "",
            "what": words.operations.get(row.what) or words.tags.get(row.what) or "Used your data",
            "purpose": words.purposes.get(row.purpose or "", ""),
        }
        return {key: value[:LONGEST_VALUE] for key, value in line.items() if value}

    def _names(self, store: Session, tenant: str, actors: Iterable[str]) -> dict[str, str]:
        """Return who they are: everybody of the tenant is tried, as a pseudonym cannot be read.

        Whose name does not open is told by their role, like somebody who is not there any more.
        """
        wanted, found = set(actors), {}
        ids = store.scalars(select(PersonRow.id).where(PersonRow.tenant_id == tenant))
        for one in ids.all():
            pseudonym = self._core.keys.pseudonym(one)
            if pseudonym in wanted:
                found[pseudonym] = shown_as(store.get_one(PersonRow, one).name, "")
        return found


def _later(
    store: Session, mine: ColumnElement[bool], after: str | None
) -> tuple[ColumnElement[bool], ...]:
    """Return what comes after a row of this list."""
    if after is None:
        return ()
    last = store.scalars(select(AccessRow).where(mine, AccessRow.id == after)).one_or_none()
    if last is None:
        raise Refused("invalid_arguments", field="after")
    older = and_(AccessRow.at == last.at, AccessRow.id < last.id)
    return (or_(AccessRow.at < last.at, older),)


def names_of(core: Core, person_id: str) -> list[str]:
    """Return every name by which the trail may know a person: its own, and those of APIs."""
    audiences = sorted({operation.audience for operation in core.operations.values()})
    known = (core.keys.pairwise_subject(person_id, audience) for audience in audiences)
    return [core.keys.pseudonym(person_id), *on_trail(known)]


def forget(core: Core, store: Session, person_id: str) -> None:
    """Delete what is told to somebody who is erased; that they saw others' data stays.

    What the table has not yet of the trail is copied first, or it would come afterwards.
    """
    while copy_next(store):
        pass
    store.execute(delete(AccessRow).where(AccessRow.subject.in_(names_of(core, person_id))))
