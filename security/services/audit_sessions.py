"""An organisation's live sessions, for auditors: seen without names, and ended by an approval.

Ending one is the action that an administrator has as well: a code or a passkey, bound to exactly
that session, and its person is told. It is all that an auditor can do to anybody.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from security.adapters.admin_tables import AdminActionRow
from security.adapters.alert_tables import AlertRow
from security.adapters.sealed import UNREADABLE, shown_as
from security.adapters.tables import PersonRow, SessionRow
from security.administration_model import ActionValues, AdminAction
from security.audit.record import Tag
from security.auditing.filters import moment
from security.auditing_model import WatchedSession, WatchedSessions
from security.core import Core
from security.errors import Refused
from security.services import admin_cases as cases
from security.services import admin_steps as steps
from security.services.admin_rows import Asked, refused
from security.services.admin_steps import Made
from security.services.audit_role import auditor, record
from security.services.change_rows import Signed
from security.services.session_rows import state_of
from security.sessions import LONGEST, is_live

PAGE = 50
_READ_AT_ONCE = 200
_MOST_READ = 5_000
_LONGEST_COUNT = 9
END = "end_sessions"


@dataclass(frozen=True)
class Place:
    """Where a page begins: at a moment, after so many sessions that were last used then."""

    at: datetime
    passed: int


class AuditSessions:
    """The questions of an auditor's page about sessions."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def page(self, session_id: str, after: str | None) -> WatchedSessions:
        """Return live sessions, the one used last at the top; the reading is on the trail."""

        def work(store: Session) -> WatchedSessions:
            who = auditor(self._core, store, session_id)
            record(self._core, store, Tag.SESSIONS_READ, who)
            begin = _read_place(after) if after is not None else None
            rows, more = self._live(store, who, begin)
            alerts = _alerts_of(store, who)
            shown = [self._shown(row, person, who, alerts) for row, person in rows]
            return WatchedSessions(sessions=shown, next=_place(rows, begin) if more else None)

        return await self._core.database.run(work)

    async def end(self, session_id: str, csrf_token: str, ref: str, address: str) -> AdminAction:
        """Ask for a session to be ended; a challenge comes with it that is bound to exactly that.

        Raises what `auditor` does, `unknown_session`: the same for another organisation's and for
        none; `own_account` for one's own, `no_way_to_confirm`.
        """

        def work(store: Session) -> AdminAction:
            who = auditor(self._core, store, session_id, csrf_token)
            row = self._find(store, who, ref)
            if row is None or row.person_id is None:
                raise refused(self._core, store, who, "unknown_session")
            asked = Asked(END, row.person_id, ActionValues(session=row.id))
            cases.check(self._core, store, who, asked)
            return steps.begin(self._core, store, who, asked, address)

        return await self._core.database.run(work)

    async def go_on(self, session_id: str, csrf_token: str, ref: str, address: str) -> AdminAction:
        """End what has been proved. Raises `unknown_action`, `expired`, and what `end` does.

        Nothing else than the end of a session is ever done by this.
        """

        def work(store: Session) -> AdminAction:
            # The proof that has just been given is what counts; it made the session fresh as well.
            who = auditor(self._core, store, session_id, csrf_token)
            row = store.get(AdminActionRow, ref)
            if row is None or row.kind != END:
                raise refused(self._core, store, who, "unknown_action", why="foreign")
            return steps.go_on(self._core, store, who, ref, Made(), address)

        return await self._core.database.run(work)

    def _live(
        self, store: Session, who: Signed, begin: Place | None
    ) -> tuple[list[tuple[SessionRow, PersonRow | None]], bool]:
        """Return a page of live sessions; some that have run out are passed over."""
        query = (
            select(SessionRow, PersonRow)
            .outerjoin(PersonRow, PersonRow.id == SessionRow.person_id)
            .where(*_not_ended(who), SessionRow.person_id.is_not(None))
            .order_by(SessionRow.last_seen_at.desc(), SessionRow.id)
        )
        if begin is not None:
            query = query.where(SessionRow.last_seen_at <= begin.at)
        found: list[tuple[SessionRow, PersonRow | None]] = []
        passed = 0
        for row, person in store.execute(query.limit(_MOST_READ)).yield_per(_READ_AT_ONCE):
            if not is_live(state_of(row), who.now):
                continue
            if begin is not None and row.last_seen_at == begin.at and passed < begin.passed:
                passed += 1
                continue
            found.append((row, person))
            if len(found) > PAGE:
                return found[:PAGE], True
        return found, False

    def _find(self, store: Session, who: Signed, ref: str) -> SessionRow | None:
        found = self._core.keys.session_of(who.person.tenant_id, ref)
        query = select(SessionRow).where(*_not_ended(who), SessionRow.id == found)
        row = store.scalars(query).one_or_none() if found is not None else None
        return row if row is not None and is_live(state_of(row), who.now) else None

    def _shown(
        self,
        row: SessionRow,
        person: PersonRow | None,
        who: Signed,
        alerts: Counter[str],
    ) -> WatchedSession:
        name = self._core.keys.pseudonym(row.person_id) if row.person_id else None
        return WatchedSession(
            ref=self._core.keys.session_reference(who.person.tenant_id, row.id),
            person=name,
            roles=list(person.roles) if person is not None else [],
            device=shown_as(row.device, UNREADABLE),
            channel=row.channel,  # type: ignore[arg-type]  # validated by the model
            assurance=row.assurance,  # type: ignore[arg-type]
            began_at=_utc(row.signed_in_at or row.created_at),
            last_seen_at=_utc(row.last_seen_at),
            me=row.id == who.session.id,
            alerts=alerts[name] if name else 0,
        )


def _alerts_of(store: Session, who: Signed) -> Counter[str]:
    """Return how many open alerts there are about whom."""
    query = select(AlertRow.person_hash).where(
        AlertRow.tenant_id == who.person.tenant_id,
        AlertRow.state != "closed",
        AlertRow.person_hash.is_not(None),
    )
    return Counter(one for one in store.scalars(query) if one)


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")


def _not_ended(who: Signed) -> tuple[ColumnElement[bool], ...]:
    return (
        SessionRow.tenant_id == who.person.tenant_id,
        SessionRow.ended_at.is_(None),
        SessionRow.created_at > who.now - LONGEST,
    )


def _place(rows: Sequence[tuple[SessionRow, PersonRow | None]], begin: Place | None) -> str:
    """Return where the next page begins: a moment, and how many of it have been shown."""
    last = rows[-1][0].last_seen_at
    count = sum(row.last_seen_at == last for row, _ in rows)
    count += begin.passed if begin is not None and begin.at == last else 0
    at = last.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    return f"{at}~{count}"


def _read_place(word: str) -> Place:
    at, _, count = word.partition("~")
    moved = moment(at, "after")
    if moved is None or not count.isdecimal() or len(count) > _LONGEST_COUNT:
        raise Refused("invalid_arguments", field="after")
    return Place(moved, int(count))
