"""What a breach was about: whose data, which, and since when, from the trail (GDPR 33, HIPAA)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Annotated, Any, Literal

import orjson
from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from security.adapters import audit_log, checkpoint_store
from security.adapters.sealed import UNREADABLE, shown_as
from security.adapters.tables import PersonRow, TenantRow
from security.adapters.trail_reader import TrailReader
from security.audit.checkpoint import Last
from security.audit.disclosures import Disclosure, Disclosures, TooMany, narrowed
from security.audit.record import AuditEvent, Tag
from security.breach_page import page
from security.core import Core
from security.errors import Refused
from security.model import Frozen
from security.monitor.ports import Position
from security.services.accesses import names_of
from security.services.user_rows import ACTOR, require_tenant

SCHEMA = "/assets/schemas/breach-report-1.json"
"""Below the public address."""
_AT_ONCE = 1_000
"""So many records are looked through at once: no turn waits for more."""
_START: Position = MappingProxyType({})
_WHY = "a report of what was disclosed, of whichever organisation"

Names = dict[str, tuple[str, str]]
"""User name and name by pseudonym."""


class Report(Frozen):
    """A report, as a file."""

    name: str
    media_type: Literal["application/json", "text/html"]
    content: Annotated[str, Field(repr=False)]


class Breaches:
    """Reads the trail for a report, and puts on it that it did."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def report(
        self,
        since: datetime,
        until: datetime,
        tenant: str | None = None,
        by: str | None = None,
        *,
        suspect: bool = False,
        form: Literal["json", "html"] = "json",
    ) -> Report:
        """Return what was disclosed at `since` or later and before `until`.

        `by` is a pseudonym, a client or a session, as a report or the trail calls it. Raises
        `Refused`: `unknown_tenant`; `invalid_arguments` where the period is none, or has more in
        it than can be told apart.
        """
        if since >= until:
            raise Refused("invalid_arguments", field="to")
        made_at = self._core.clock()
        await self._core.database.run(lambda store: self._note(store, tenant, made_at))
        taking = Disclosures(since, until, tenant)
        try:
            log = await self._read(taking)
            found = narrowed(taking.found(), by, suspect)
        except TooMany:
            raise Refused("invalid_arguments", field="from") from None
        whole = await self._core.database.run(lambda store: self._told(store, found), across=_WHY)
        asked = {"tenant": tenant, "by": by, "suspect_alone": suspect or None}
        said = {
            "$schema": f"{self._core.settings.public_url}{SCHEMA}",
            "version": 1,
            "made_at": _moment(made_at),
            "from": _moment(since),
            "to": _moment(until),
            "narrowed_to": {name: value for name, value in asked.items() if value is not None},
            "log": log,
            "organisations": whole,
        }
        name = f"breach-{since:%Y-%m-%d}-{until:%Y-%m-%d}"
        if form == "html":
            return Report(name=f"{name}.html", media_type="text/html", content=page(said))
        content = orjson.dumps(said, option=orjson.OPT_INDENT_2).decode()
        return Report(name=f"{name}.json", media_type="application/json", content=content)

    def _note(self, store: Session, tenant: str | None, now: datetime) -> None:
        """Put on the trail, before anything is read, that somebody reads it."""
        if tenant is not None:
            require_tenant(store, tenant, now)
        event = AuditEvent(Tag.REPORTED, tenant, actor=ACTOR, reason="breach")
        audit_log.append(store.connection(), event, now)

    async def _read(self, taking: Disclosures) -> dict[str, Any]:
        """Give it every record; return how far the log goes that was read."""
        reader = TrailReader(self._core.database)
        first: datetime | None = None
        count, position = 0, _START
        while (batch := await reader.after(position, _AT_ONCE)).records or batch.skipped:
            if batch.skipped:  # A report that leaves something out would say too little.
                raise ValueError("something on the trail is no record")
            first = first or batch.records[0].moment
            for one in batch.records:
                taking.take(one.fields, one.reference)
            count, position = count + len(batch.records), batch.position
        last = await self._core.database.run(_newest)
        said = {"records": count, "checkpoint": last.number, "begins_at": _moment(first)}
        return {name: value for name, value in said.items() if value is not None}

    def _told(self, store: Session, found: Sequence[Disclosure]) -> list[dict[str, Any]]:
        by_tenant: dict[str | None, list[Disclosure]] = {}
        for one in found:
            by_tenant.setdefault(one.key.tenant, []).append(one)
        told = []
        for tenant, of_theirs in sorted(by_tenant.items(), key=lambda one: one[0] or ""):
            theirs = self._by_pseudonym(store, tenant, of_theirs)
            names = self._names(store, tenant, theirs)
            row = store.get(TenantRow, tenant) if tenant else None
            whose: dict[str | None, list[dict[str, Any]]] = {}
            for one in theirs:
                whose.setdefault(one.key.person, []).append(self._one(one, names))
            told.append(
                {
                    "organisation": tenant or "none",
                    "name": row.name if row else "none",
                    "people": len([name for name in whose if name]),
                    "disclosures": sum(one.times for one in theirs),
                    "since": _moment(min(one.first for one in theirs)),
                    "whose": [
                        {**_called(name, names), "data": data} for name, data in whose.items()
                    ],
                }
            )
        return told

    def _by_pseudonym(
        self, store: Session, tenant: str | None, found: list[Disclosure]
    ) -> list[Disclosure]:
        """Return them with the pseudonym of whom an API calls by another name."""
        ids = store.scalars(select(PersonRow.id).where(PersonRow.tenant_id == tenant))
        also: dict[str | None, str] = {}
        for person_id in ids:
            pseudonym, *others = names_of(self._core, person_id)
            also.update(dict.fromkeys(others, pseudonym))
        return [
            replace(one, key=replace(one.key, person=also.get(one.key.person, one.key.person)))
            for one in found
        ]

    def _names(self, store: Session, tenant: str | None, found: Iterable[Disclosure]) -> Names:
        """Return what people are called who are there still."""
        wanted = {one.key.person for one in found} | {one.key.who for one in found}
        ids = store.scalars(select(PersonRow.id).where(PersonRow.tenant_id == tenant))
        known = {one: self._core.keys.pseudonym(one) for one in ids}
        names: Names = {}
        for person_id, pseudonym in known.items():
            if pseudonym in wanted:
                row = store.get_one(PersonRow, person_id)
                said = (row.username, row.name)
                names[pseudonym] = (shown_as(said[0], UNREADABLE), shown_as(said[1], UNREADABLE))
        return names

    def _one(self, one: Disclosure, names: Names) -> dict[str, Any]:
        operation = self._core.operations.get(one.key.operation)
        said = {
            "what": one.key.operation,
            "title": operation.title if operation else None,
            "api": operation.api if operation else None,
            "fields": sorted(operation.fields) if operation else None,
            "changed": one.changed,
            "since": _moment(one.first),
            "until": _moment(one.last),
            "times": one.times,
            "uncertain": one.uncertain or None,
            "by": "themselves" if one.is_own else _called(one.key.who, names),
            "roles": list(one.roles) or None,
            "purpose": one.key.purpose,
            "session": one.key.session,
            "suspect": list(one.suspect) or None,
        }
        return {name: value for name, value in said.items() if value is not None}


def _newest(store: Session) -> Last:
    return checkpoint_store.newest(store.connection())


def _called(name: str | None, names: Names) -> dict[str, Any]:
    if name is None:
        return {"person": "nobody in particular"}
    username, full = names.get(name, (None, None))
    known = {"user_name": username, "name": full}
    return {"person": name, **{key: value for key, value in known.items() if value is not None}}


def _moment(value: datetime | None) -> str | None:
    return value.astimezone(UTC).isoformat(timespec="milliseconds") if value is not None else None
