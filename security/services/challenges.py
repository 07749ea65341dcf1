"""Challenges on the server: opened for one session, answered once, limited in guesses."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from security.adapters import audit_log
from security.adapters.tables import AuthenticatorRow, ChallengeRow, SessionRow
from security.audit.record import AuditEvent, Tag
from security.challenges import rules, totp
from security.core import Core
from security.errors import Refused
from security.model import ChallengePassed, ChallengeView, Method, Purpose
from security.services import arrive
from security.services.factors import factor_of, methods_of, remember, secret_place, use_step
from security.services.holder import held_session, live_session

OPEN, PASSED, VOID, LOCKED = "open", "passed", "void", "locked"


class Challenges:
    """What a browser may do with a challenge of its session."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def look(self, session_id: str, challenge_id: str) -> ChallengeView:
        """Describe a challenge. Raises `Refused`: `unknown_challenge`, `expired`."""

        def work(store: Session) -> ChallengeView:
            now = self._core.clock()
            session, _ = live_session(self._core, store, session_id, now)
            return view(store, self._find(store, session, challenge_id, now), now)

        return await self._core.database.run(work)

    async def send(
        self, session_id: str, csrf_token: str, challenge_id: str, method: Method
    ) -> ChallengeView:
        """Choose a method. A TOTP code is made by the person's own device: nothing is sent."""

        def work(store: Session) -> ChallengeView:
            now = self._core.clock()
            session, _ = held_session(self._core, store, session_id, csrf_token, now)
            row = self._find(store, session, challenge_id, now)
            if method not in methods_of(store, row.person_id):
                self._record(store, Tag.CHALLENGE_REFUSED, row, now, "unknown_method")
                raise Refused("unknown_method")
            row.method = method
            return view(store, row, now)

        return await self._core.database.run(work)

    async def cancel(self, session_id: str, csrf_token: str, challenge_id: str) -> None:
        """Not me, or not now: the challenge and what waits for it are void."""

        def work(store: Session) -> None:
            now = self._core.clock()
            session, _ = held_session(self._core, store, session_id, csrf_token, now)
            row = self._find(store, session, challenge_id, now)
            row.state = VOID
            arrive.void_waiting(self._core, store, session, now)
            self._record(store, Tag.CHALLENGE_CANCELLED, row, now)

        await self._core.database.run(work)

    async def answer(
        self, session_id: str, csrf_token: str, challenge_id: str, code: str
    ) -> ChallengePassed:
        """Answer with a code: at most one answer ever passes, whatever arrives at once.

        Raises `Refused`: `wrong_code` with `attempts_left`, `expired`, `unknown_challenge`,
        `locked` with `retry_after_seconds`.
        """

        def work(store: Session) -> ChallengePassed:
            now = self._core.clock()
            session, _ = held_session(self._core, store, session_id, csrf_token, now)
            row = self._find(store, session, challenge_id, now)
            factor = factor_of(store, row)
            guesses = rules.Guesses(factor.failures, factor.pauses, factor.paused_until)
            if guesses.is_paused(now):
                self._record(store, Tag.CHALLENGE_FAILED, row, now, "factor_paused")
                raise locked(guesses, now)
            step = self._matching_step(factor, code, now)
            if step is None or not use_step(store, factor, step) or not _pass(store, row):
                raise self._wrong(store, row, factor, guesses, now)
            remember(factor, rules.after_right())
            self._record(store, Tag.CHALLENGE_PASSED, row, now)
            return arrive.after_proof(self._core, store, session, row, now)

        return await self._core.database.run(work)

    def _find(
        self, store: Session, session: SessionRow, challenge_id: str, now: datetime
    ) -> ChallengeRow:
        row = store.get(ChallengeRow, challenge_id)
        if row is None:
            raise Refused("unknown_challenge")
        if row.session_id != session.id:
            # ASVS 6.6.2: a challenge is worth nothing outside the session that opened it.
            event = AuditEvent(
                tag=Tag.CHALLENGE_REFUSED,
                tenant=row.tenant_id,
                person=self._core.keys.pseudonym(row.person_id),
                session=session.id,
                reason="foreign_session",
            )
            audit_log.append(store.connection(), event, now)
            raise Refused("unknown_challenge")
        if row.state == LOCKED and now < row.expires_at:
            factor = factor_of(store, row)
            guesses = rules.Guesses(factor.failures, factor.pauses, factor.paused_until)
            if guesses.is_paused(now):
                self._record(store, Tag.CHALLENGE_REFUSED, row, now, "factor_paused")
                raise locked(guesses, now)
        if row.state != OPEN or now >= row.expires_at:
            self._record(store, Tag.CHALLENGE_REFUSED, row, now, "not_open")
            raise Refused("expired")
        return row

    def _matching_step(self, factor: AuthenticatorRow, code: str, now: datetime) -> int | None:
        secret = self._core.vault.open(factor.secret_sealed, secret_place(factor)).decode()
        return totp.matching_step(secret, code, factor.last_step, now)

    def _wrong(
        self,
        store: Session,
        row: ChallengeRow,
        factor: AuthenticatorRow,
        guesses: rules.Guesses,
        now: datetime,
    ) -> Refused:
        after = rules.after_wrong(guesses, now)
        remember(factor, after)
        row.attempts_left = max(0, row.attempts_left - 1)
        if after.is_paused(now) or row.attempts_left == 0:
            row.state = LOCKED
            paused = after if after.is_paused(now) else replace(after, paused_until=row.expires_at)
            self._record(store, Tag.CHALLENGE_LOCKED, row, now, "too_many_guesses")
            return locked(paused, now)
        self._record(store, Tag.CHALLENGE_FAILED, row, now, "wrong_code")
        return Refused("wrong_code", attempts_left=min(row.attempts_left, after.left()))

    def _record(
        self, store: Session, tag: Tag, row: ChallengeRow, now: datetime, reason: str | None = None
    ) -> None:
        event = AuditEvent(
            tag=tag,
            tenant=row.tenant_id,
            person=self._core.keys.pseudonym(row.person_id),
            session=row.session_id,
            purpose=row.purpose,
            arguments=row.digest,
            reason=reason,
        )
        audit_log.append(store.connection(), event, now)


def open_challenge(
    core: Core,
    store: Session,
    session: SessionRow,
    *,
    person_id: str,
    tenant_id: str,
    purpose: Purpose,
    binding: str,
    now: datetime,
    pending_id: str | None = None,
    digest: str | None = None,
) -> ChallengeRow | None:
    """Open a challenge for this session; any other that is open there is void.

    Returns None where the person has no factor to be asked for.
    """
    methods = methods_of(store, person_id)
    if not methods:
        return None
    _void_open(store, session.id)
    row = ChallengeRow(
        id=secrets.token_urlsafe(24),
        session_id=session.id,
        tenant_id=tenant_id,
        person_id=person_id,
        purpose=purpose,
        method=methods[0],
        binding=binding,
        state=OPEN,
        attempts_left=rules.GUESSES,
        created_at=now,
        expires_at=now + timedelta(seconds=core.settings.challenge_seconds),
        pending_id=pending_id,
        digest=digest,
    )
    store.add(row)
    store.flush()
    event = AuditEvent(
        tag=Tag.CHALLENGE_OPENED,
        tenant=tenant_id,
        person=core.keys.pseudonym(person_id),
        session=session.id,
        purpose=purpose,
        arguments=digest,
    )
    audit_log.append(store.connection(), event, now)
    return row


def _void_open(store: Session, session_id: str) -> None:
    store.execute(
        update(ChallengeRow)
        .where(ChallengeRow.session_id == session_id, ChallengeRow.state == OPEN)
        .values(state=VOID)
    )


def is_open(store: Session, session_id: str, now: datetime) -> bool:
    """Tell whether this session has a challenge that waits for its answer."""
    query = select(ChallengeRow.id).where(
        ChallengeRow.session_id == session_id,
        ChallengeRow.state == OPEN,
        ChallengeRow.expires_at > now,
    )
    return store.scalars(query.limit(1)).one_or_none() is not None


def view(store: Session, row: ChallengeRow, now: datetime) -> ChallengeView:
    """Return what the person may see of a challenge."""
    factor = factor_of(store, row)
    left = rules.Guesses(factor.failures, factor.pauses, factor.paused_until)
    guesses = 0 if left.is_paused(now) else min(row.attempts_left, left.left())
    return ChallengeView(
        id=row.id,
        purpose=cast("Purpose", row.purpose),
        method=cast("Method", row.method),
        methods=methods_of(store, row.person_id),
        binding=row.binding,
        expires_in=max(0, int((row.expires_at - now).total_seconds())),
        attempts_left=guesses,
    )


def locked(guesses: rules.Guesses, now: datetime) -> Refused:
    """Return the refusal of a paused factor, with the whole seconds until it may be tried again."""
    until = guesses.paused_until or now
    return Refused("locked", retry_after_seconds=max(1, int((until - now).total_seconds())))


def _pass(store: Session, row: ChallengeRow) -> bool:
    """Close an open challenge by compare-and-set: it passes once."""
    done = store.execute(
        update(ChallengeRow)
        .where(ChallengeRow.id == row.id, ChallengeRow.state == OPEN)
        .values(state=PASSED)
        .execution_options(synchronize_session="fetch")
    )
    return cast("CursorResult[Any]", done).rowcount == 1
