"""A person's own sessions and sign-ins: seen, limited in number, and ended by them."""

from __future__ import annotations

import hmac
import secrets
from datetime import UTC, datetime
from typing import Any, Literal, cast

from sqlalchemy import Table, bindparam, delete, insert, select
from sqlalchemy.orm import Session

from security.adapters.account_tables import SignInRow
from security.adapters.sealed import closed
from security.adapters.tables import PersonRow, SessionRow
from security.audit.record import Tag
from security.core import Core
from security.errors import Refused
from security.model import LiveSession, Method, PastSignIn, SessionGrant
from security.services.ending import (
    end_session,
    live_sessions_of,
    too_many_beside,
    void_links_of,
)
from security.services.holder import held_session, live_session
from security.services.rotation import rotate_where_due
from security.services.session_rows import record
from security.services.sessions import grant
from security.sessions import GRACE

OTHERS = "others"
"""In place of a reference: every session of the person but the one that asks."""

_SHOWN = 10
_KEPT = 50
"""How many failed sign-ins of a person are remembered: whoever guesses fills no disk."""

Outcome = Literal["passed", "failed"]

_SIGN_INS = cast("Table", SignInRow.__table__)
_OLDER = (
    select(_SIGN_INS.c.id)
    .where(_SIGN_INS.c.person_id == bindparam("person"), _SIGN_INS.c.outcome == "failed")
    .order_by(_SIGN_INS.c.at.desc(), _SIGN_INS.c.id)
    .offset(_KEPT)
)
_NOTE = insert(_SIGN_INS)
_FORGET = delete(_SIGN_INS).where(_SIGN_INS.c.id.in_(_OLDER))


class OwnSessions:
    """What a browser may ask about its person's sessions."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def rotate(self, session_id: str, csrf_token: str) -> SessionGrant:
        """Give the session a new id where one is due (ASVS 7.2.4); the CSRF token stays.

        Asked when a turn is over, with the id that opened it. Another turn at the same time may
        have replaced that id while this one lasted, so it is no alarm for as long as a turn
        takes: it gets no new id either way.
        """
        grace = GRACE + self._core.settings.ticket_life

        def work(store: Session) -> SessionGrant:
            now = self._core.clock()
            held = (session_id, csrf_token, now, grace)
            row, person = held_session(self._core, store, *held, embedded=True)
            fresh = rotate_where_due(self._core, store, row, now)
            return grant(self._core, row, person, now, fresh)

        return await self._core.database.run(work)

    async def live(self, session_id: str) -> list[LiveSession]:
        """List the person's live sessions, the one used last at the top."""

        def work(store: Session) -> list[LiveSession]:
            now = self._core.clock()
            row, person = live_session(self._core, store, session_id, now)
            mine = live_sessions_of(store, self._known(store, row, person, now).id, now)
            return [self._shown(one, row) for one in mine]

        return await self._core.database.run(work)

    async def end(self, session_id: str, csrf_token: str, ref: str) -> None:
        """End one of the person's sessions, or all `others`. Raises `unknown_session`."""

        def work(store: Session) -> None:
            now = self._core.clock()
            row, person = held_session(self._core, store, session_id, csrf_token, now)
            mine = live_sessions_of(store, self._known(store, row, person, now).id, now)
            if ref == OTHERS:
                wanted = [one for one in mine if one.id != row.id]
                void_links_of(self._core, store, row.person_id or "", now)
            else:
                wanted = [one for one in mine if _same(reference(self._core, one), ref)]
                if not wanted:
                    record(self._core, store, Tag.SESSION_REFUSED, row, now, "unknown_session")
                    raise Refused("unknown_session")
            for one in wanted:
                end_session(self._core, store, one, now)
                record(self._core, store, Tag.SESSION_REVOKED, one, now, "by_person")

        await self._core.database.run(work)

    async def sign_ins(self, session_id: str) -> list[PastSignIn]:
        """List the person's latest ten sign-ins, newest first."""

        def work(store: Session) -> list[PastSignIn]:
            now = self._core.clock()
            row, person = live_session(self._core, store, session_id, now)
            query = (
                select(SignInRow)
                .where(SignInRow.person_id == self._known(store, row, person, now).id)
                .order_by(SignInRow.at.desc(), SignInRow.id)
                .limit(_SHOWN)
            )
            return [_past(sign_in) for sign_in in store.scalars(query)]

        return await self._core.database.run(work)

    def _known(
        self, store: Session, row: SessionRow, person: PersonRow | None, now: datetime
    ) -> PersonRow:
        if person is None:
            record(self._core, store, Tag.SESSION_REFUSED, row, now, "anonymous")
            raise Refused("authentication_required")
        return person

    def _shown(self, row: SessionRow, current: SessionRow) -> LiveSession:
        return LiveSession(
            ref=reference(self._core, row),
            current=row.id == current.id,
            device=row.device,
            signed_in_at=_utc(row.signed_in_at or row.created_at),
            last_seen_at=_utc(row.last_seen_at),
        )


def reference(core: Core, row: SessionRow) -> str:
    """Return what a session's person calls it; the trail's name for it stays inside."""
    return core.keys.code_hash("session-reference", row.id)[:32]


def keep_within_limit(core: Core, store: Session, now: datetime, keep: SessionRow) -> None:
    """End what a person has too many of, the sessions used least recently; never `keep`.

    Each kind by itself: neither a site nor whoever forges a number uses up the browsers.
    """
    for row in too_many_beside(store, keep, core.settings.sessions_per_person - 1, now):
        end_session(core, store, row, now)
        record(core, store, Tag.SESSION_REVOKED, row, now, "too_many")


def note_sign_in(
    core: Core,
    store: Session,
    session: SessionRow,
    person_id: str,
    outcome: Outcome,
    method: str | None,
    now: datetime,
) -> None:
    """Remember a sign-in for its person to see; of those that failed, the latest fifty are kept.

    Whoever fails often fills no disk and hides no sign-in that passed. Those go with their time
    (`retention.yml`).
    """
    tenant_id = store.get_one(PersonRow, person_id).tenant_id
    row: dict[str, Any] = {
        "id": secrets.token_urlsafe(16),
        "tenant_id": tenant_id,
        "person_id": person_id,
        "at": now,
        "outcome": outcome,
        "method": method,
    }
    row["device_sealed"] = closed(core.vault, _SIGN_INS.c.device_sealed, session.device, row)
    store.flush()
    store.connection().execute(_NOTE, row)
    if outcome == "failed":
        store.connection().execute(_FORGET, {"person": person_id})


def _past(row: SignInRow) -> PastSignIn:
    return PastSignIn(
        at=_utc(row.at),
        device=row.device,
        outcome=cast("Outcome", row.outcome),
        method=cast("Method | None", row.method),
    )


def _same(known: str, given: str) -> bool:
    return hmac.compare_digest(known.encode(), given.encode())


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")
