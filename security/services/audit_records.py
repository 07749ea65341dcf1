"""What auditors read of their organisation's records: a page, what is new, a file, whose name."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

import orjson
from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from runtime.limits import MovingWindow
from security.adapters import trail_pages
from security.adapters.sealed import UNREADABLE, shown_as
from security.adapters.tables import PersonRow
from security.audit.record import Tag
from security.auditing.cells import table
from security.auditing.filters import Filter, OfTenant, SessionName, shown
from security.auditing.place import read_place, written
from security.auditing_model import (
    AuditFile,
    AuditPage,
    AuditRecord,
    Form,
    KnownAs,
    Purpose,
    Wanted,
)
from security.challenges.methods import for_step_up
from security.core import Core
from security.errors import Refused
from security.model import ExportState
from security.services import audit_scan
from security.services.approved import Shown
from security.services.audit_role import ASKED_AFTER, auditor, is_proved, record
from security.services.challenges import open_challenge, view
from security.services.change_rows import Signed

MOST_A_PAGE = 200
MOST_IN_A_FILE = 20_000
MOST_FILES = 20
"""In an hour, for one auditor."""
_HOUR_SECONDS = 3_600.0
_FOLLOWED_SECONDS = 300.0
"""Whoever follows the feed is on the trail when they begin, and again each so many seconds."""
FAR_BEHIND = 1_000
"""Whoever asks for what is new since more records than this, anybody's, reads: that is on the
trail each time."""
_TYPES = {"json": "application/json", "csv": "text/csv"}


@dataclass(frozen=True)
class Asked:
    """Which page: from a place on, or what is `newer` than one; `limit` records at most."""

    wanted: Wanted
    older: str | None = None
    newer: str | None = None
    limit: int = 100


class AuditRecords:
    """The questions of an auditor's page about records."""

    def __init__(self, core: Core, sign: Callable[[], Awaitable[None]]) -> None:
        """`sign` makes a checkpoint of what is about to be taken away."""
        self._core = core
        self._sign = sign
        self._follows = MovingWindow(1, seconds=_FOLLOWED_SECONDS).allow
        self._files = MovingWindow(MOST_FILES, seconds=_HOUR_SECONDS).allow

    async def prove(self, session_id: str, csrf_token: str, address: str) -> ExportState:
        """Tell whether records can be read now; where a proof is due, open its challenge.

        Raises what `auditor` does, and `step_up_impossible`.
        """

        def work(store: Session) -> ExportState:
            who = auditor(self._core, store, session_id, csrf_token, proved=False)
            if is_proved(who, ASKED_AFTER):
                return ExportState(state="ready")
            challenge = open_challenge(
                self._core,
                store,
                who.session,
                person_id=who.person.id,
                tenant_id=who.person.tenant_id,
                purpose="step_up",
                shown=Shown("Read your organisation's records"),
                allows=for_step_up("aal2", who.session.channel),
                now=who.now,
                address=address,
            )
            if challenge is None:
                raise Refused("step_up_impossible")
            return ExportState(state="prove", challenge=view(self._core, store, challenge, who.now))

        return await self._core.database.run(work)

    async def page(self, session_id: str, asked: Asked) -> AuditPage:
        """Return a page of records; the reading is on the trail before anything is read.

        Raises what `auditor` does, `invalid_arguments` and, while the log cannot be relied on,
        `security_unavailable`.
        """
        Filter(asked.wanted, str)  # What is no filter is refused before anything is recorded.
        older = read_place(asked.older) if asked.older is not None else None
        newer = read_place(asked.newer) if asked.newer is not None else None
        if not 1 <= asked.limit <= MOST_A_PAGE or (older is not None and newer is not None):
            raise Refused("invalid_arguments", field="limit")
        tenant = await self._core.database.run(partial(self._begin, session_id, asked, newer))
        mine, database = OfTenant(tenant), self._core.database
        name_of = session_name(self._core, tenant)
        wanted = Filter(asked.wanted, name_of)
        if newer is not None:
            found, place = await audit_scan.since(database, mine, wanted, newer, asked.limit)
            listed = [shown(one, name_of) for one in reversed(found)]
            return AuditPage(records=listed, newer=written(place))
        ends = await database.run_relaxed(trail_pages.ends)
        back = await audit_scan.back(database, mine, wanted, older, asked.limit)
        until = back.searched_until
        return AuditPage(
            records=[shown(one, name_of) for one in back.records],
            older=written(back.older) if back.older else None,
            newer=written(ends),
            searched_until=until.astimezone(UTC).isoformat() if until is not None else None,
        )

    async def file(
        self, session_id: str, wanted: Wanted, form: Form, purpose: Purpose
    ) -> AuditFile:
        """Return all records that are wanted, as a file; its SHA-256 goes on the trail.

        Raises what `page` does, `too_many_records`, and `rate_limited` after some in an hour.
        """
        Filter(wanted, str)

        def allow(store: Session) -> Signed:
            self._core.trail.check()
            who = auditor(self._core, store, session_id)
            if not self._core.throttles.allow(who.person.id) or not self._files(who.person.id):
                record(self._core, store, Tag.AUDIT_REFUSED, who, reason="rate_limited")
                raise Refused("rate_limited")
            return who

        who = await self._core.database.run(allow)
        tenant = who.person.tenant_id
        await self._sign()
        listed = await self._all(tenant, wanted)
        content = _content(tenant, wanted, purpose, listed, form, who.now)

        def note(store: Session) -> None:
            self._core.trail.check()
            still = auditor(self._core, store, session_id)
            digest = hashlib.sha256(content.encode()).hexdigest()
            about = self._about(store, still, wanted)
            told = {"person": about, "purpose": purpose, "arguments": digest}
            record(self._core, store, Tag.RECORDS_SAVED, still, reason=form, **told)

        await self._core.database.run(note)  # Nothing leaves before that is on the trail.
        name = f"trail-{who.now:%Y-%m-%d}.{form}"
        return AuditFile(name=name, media_type=_TYPES[form], content=content)  # type: ignore[arg-type]

    async def known_as(self, session_id: str, person: str, purpose: Purpose) -> KnownAs:
        """Return whose name on the trail this is, for a purpose; that is on the trail as well.

        Raises what `auditor` does, and `unknown_person`: the same for nobody, for somebody of
        another organisation, and for whoever was erased.
        """

        def work(store: Session) -> KnownAs:
            self._core.trail.check()
            who = auditor(self._core, store, session_id)
            found = self._person(store, who.person.tenant_id, person)
            if found is None:
                record(self._core, store, Tag.AUDIT_REFUSED, who, reason="unknown_person")
                raise Refused("unknown_person")
            record(self._core, store, Tag.PERSON_NAMED, who, person=person, purpose=purpose)
            return KnownAs(
                person=person,
                username=found.username,
                name=shown_as(found.name, UNREADABLE),
                roles=list(found.roles),
                disabled=found.disabled_at is not None,
            )

        return await self._core.database.run(work)

    def _begin(
        self, session_id: str, asked: Asked, newer: Mapping[str, int] | None, store: Session
    ) -> str:
        """Record the reading; one that goes on with what is new is not recorded each time."""
        self._core.trail.check()
        who = auditor(self._core, store, session_id)
        begins = newer is None or _behind(store.connection(), newer) > FAR_BEHIND
        if begins or self._follows(f"{who.session.id}\x00{asked.wanted!r}"):
            tag = Tag.RECORDS_READ if begins else Tag.RECORDS_FOLLOWED
            about = self._about(store, who, asked.wanted)
            record(self._core, store, tag, who, person=about)
        return who.person.tenant_id

    def _about(self, store: Session, who: Signed, wanted: Wanted) -> str | None:
        """Return whom a reading is about: nobody but one of the organisation's own people.

        Whatever else was asked for is a word of the asker's, and has no place on the trail.
        """
        name = wanted.person
        known = name is not None and self._person(store, who.person.tenant_id, name) is not None
        return name if known else None

    async def _all(self, tenant: str, asked: Wanted) -> list[AuditRecord]:
        """Return everything that is wanted, newest first. Raises `too_many_records`."""
        name_of = session_name(self._core, tenant)
        mine, wanted = OfTenant(tenant), Filter(asked, name_of)
        place: dict[str, int] | None = None
        listed: list[AuditRecord] = []
        while True:
            room = MOST_IN_A_FILE + 1 - len(listed)
            found = await audit_scan.back(self._core.database, mine, wanted, place, room)
            listed += [shown(one, name_of) for one in found.records]
            if len(listed) > MOST_IN_A_FILE:
                raise Refused("too_many_records")
            if not found.older:
                return listed
            place = found.older

    def _person(self, store: Session, tenant: str, name: str) -> PersonRow | None:
        ids = store.scalars(select(PersonRow.id).where(PersonRow.tenant_id == tenant))
        found = next((one for one in ids if self._core.keys.pseudonym(one) == name), None)
        return store.get(PersonRow, found) if found else None


def _behind(connection: Connection, place: Mapping[str, int]) -> int:
    """Return how many records of the trail come after a place."""
    ends = trail_pages.ends(connection)
    return sum(max(0, end - place.get(writer, 0)) for writer, end in ends.items())


def session_name(core: Core, tenant: str) -> SessionName:
    """Return what gives a session of this organisation the name that the trail has for it."""
    return partial(core.keys.session_reference, tenant)


def evidence_of(connection: Connection, ids: Sequence[str]) -> list[bytes]:
    """Return the records of these events that are kept, in their order."""
    found = []
    for one in ids:
        writer, _, number = one.rpartition("-")
        if number.isdecimal() and (kept := trail_pages.one(connection, writer, int(number))):
            found.append(kept)
    return found


def _content(
    tenant: str,
    wanted: Wanted,
    purpose: str,
    listed: Sequence[AuditRecord],
    form: Form,
    now: datetime,
) -> str:
    if form == "csv":
        return table(listed)
    whole = {
        "version": 1,
        "organisation": tenant,
        "made_at": now.astimezone(UTC).isoformat(timespec="seconds"),
        "purpose": purpose,
        "wanted": wanted.model_dump(exclude_none=True),
        "records": [one.model_dump(exclude_none=True) for one in listed],
    }
    return orjson.dumps(whole, option=orjson.OPT_INDENT_2).decode()
