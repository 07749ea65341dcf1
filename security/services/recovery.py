"""A forgotten password or a lost factor: a link by mail, then a recovery code or patience.

A request in the name of nobody looks, and takes as long, as one in the name of somebody. One
in another's name is stopped by that person's next complete sign-in.
"""

from __future__ import annotations

import asyncio
import math
import secrets
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Executor
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from security.adapters import audit_log
from security.adapters.account_tables import RecoveryCodeRow, RecoveryRow
from security.adapters.people import by_username
from security.adapters.tables import AuthenticatorRow, PersonRow
from security.adapters.tenancy import across_tenants, bind_tenant
from security.audit.record import AuditEvent, Tag
from security.challenges import rules
from security.core import Core
from security.enrolment import RECOVERED
from security.errors import Refused
from security.faces.account_requests import FinishRecovery
from security.services import identities, letters, messages
from security.services import recovery_rows as rows
from security.services.ending import end_sessions_of, hold
from security.services.factors import (
    factor_by_method,
    guesses_of,
    remember,
    secret_of,
    use_recovery_code,
)
from security.services.new_passwords import NewPasswords, known_of
from security.services.recovery_rows import OPEN, USED
from security.services.telling import tell
from security.sessions import hash_of

GOOD_FOR = timedelta(hours=24)
"""How long a link works, once it does."""

REQUESTS_PER_HOUR = 3
"""How many links one person gets in an hour, whoever asks for them."""

_ANSWERS_EVERY_SECONDS = 0.1
_TOKEN_BYTES = 32
_LOST = ("passkey", "totp", "push", "sms", "recovery")
_STOP = "Signing in with your password and a code stops it."
_DONE = "Your password has been changed through recovery, and all sessions have ended"
_AND_LOST = (
    "; your passkeys, authenticator app, number for codes, recovery codes and linked accounts "
    "have been removed"
)


class Recovery:
    """The way back into an account; it needs no session."""

    def __init__(self, core: Core, hashing: Executor, allow: Callable[[str, str], bool]) -> None:
        self._core = core
        self._passwords = NewPasswords(core, hashing)
        self._allow = allow

    async def begin(self, tenant: str, username: str, address: str) -> None:
        """Mail a link to whoever has this name; the answer is always the same (ASVS 6.3.8)."""
        async with _evenly():
            await self._core.database.run(
                lambda store: self._open(store, tenant, username, address)
            )

    async def finish(self, given: FinishRecovery) -> None:
        """Set a new password, at once with a recovery code, otherwise after the waiting time.

        Raises `Refused`: `expired` for any link that does not work, `weak_password` with
        `suggestions`, `wrong_code` with `attempts_left`, `locked` with `retry_after_seconds`,
        `recovery_waiting` with `ready_in_seconds`, `rate_limited`.
        """
        known = await self._core.database.run(lambda store: self._look(store, given))
        advice = await self._passwords.weakness(given.new_password, known)
        hashed = await self._passwords.hash(given.new_password) if advice is None else ""

        def work(store: Session) -> None:
            now = self._core.clock()
            row, person = self._find(store, given.token, now)
            if advice is not None:
                raise self._refused(store, "weak_password", person, now, suggestions=advice)
            self._check(store, row, person, given, now)
            self._apply(store, row, person, hashed, given.lost_factor, now)

        await self._core.database.run(work)

    def _open(self, store: Session, tenant: str, username: str, address: str) -> None:
        now = self._core.clock()
        bind_tenant(store, tenant)
        if not self._allow(f"recover\x00{tenant}\x00{username}", address):
            record(self._core, store, Tag.RECOVERY_REFUSED, None, now, "rate_limited")
            return
        query = select(PersonRow).where(by_username(tenant, username))
        person = store.scalars(query.with_for_update(key_share=True)).one_or_none()
        if person is None or person.disabled_at is not None:
            record(self._core, store, Tag.RECOVERY_REFUSED, person, now, "nobody")
            return
        email = factor_by_method(store, person.id, "email")
        if email is None or "email" not in self._core.channels:
            record(self._core, store, Tag.RECOVERY_REFUSED, person, now, "no_address")
            return
        if rows.requests_since(store, person.id, now - timedelta(hours=1)) >= REQUESTS_PER_HOUR:
            record(self._core, store, Tag.RECOVERY_REFUSED, person, now, "too_many")
            return
        try:
            self._send(store, person, secret_of(email), address, now)
        except Refused as refused:
            if refused.code != "too_many_codes":
                raise
            record(self._core, store, Tag.RECOVERY_REFUSED, person, now, "too_many_from_there")

    def _send(
        self, store: Session, person: PersonRow, to: str, address: str, now: datetime
    ) -> None:
        """Put the mail with a new token on its way, keep the token's hash, void the older one.

        The person's waiting goes on: a stranger who asks again and again cannot renew it.
        """
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        ready_at = rows.ready_at(store, person.id, now) or now + self._core.settings.recovery_wait
        url = self._core.settings.public_url
        messages.queue(
            self._core,
            store,
            person_id=person.id,
            tenant_id=person.tenant_id,
            letter=letters.recovery_letter(to, token, url),
            address=address,
            now=now,
            not_after=ready_at + GOOD_FOR,
        )
        void_open(self._core, store, person.id, now, "newer_request")
        row = RecoveryRow(
            id=secrets.token_urlsafe(16),
            tenant_id=person.tenant_id,
            person_id=person.id,
            token_hash=hash_of(token),
            state=OPEN,
            requested_at=now,
            ready_at=ready_at,
            expires_at=ready_at + GOOD_FOR,
        )
        store.add(row)
        store.flush()
        record(self._core, store, Tag.RECOVERY_OPENED, person, now)
        notice = letters.recovery_notice(url)
        stopping = letters.Notice(notice.subject, f"{notice.text} {_STOP}")
        tell(self._core, store, person, stopping, now, but=to)

    def _look(self, store: Session, given: FinishRecovery) -> list[str]:
        """Return what everybody knows of the link's person. Uses nothing up."""
        now = self._core.clock()
        _, person = self._find(store, given.token, now)
        if not self._allow(f"recovery\x00{person.id}", given.address):
            raise self._refused(store, "rate_limited", person, now)
        return known_of(self._core, store, person)

    def _find(self, store: Session, token: str, now: datetime) -> tuple[RecoveryRow, PersonRow]:
        """Return the request that this link belongs to, locked. Raises `expired`."""
        query = select(RecoveryRow).where(RecoveryRow.token_hash == hash_of(token))
        with across_tenants(store, "a recovery is found by what its link carries"):
            row = store.scalars(query).one_or_none()
        bind_tenant(store, row.tenant_id if row is not None else None)
        person = hold(store, row.person_id) if row is not None else None
        if row is None or person is None:
            raise self._refused(store, "expired", None, now)
        store.refresh(row, with_for_update=True)
        if row.state != OPEN or now >= row.expires_at or person.disabled_at is not None:
            raise self._refused(store, "expired", person, now)
        return row, person

    def _check(
        self,
        store: Session,
        row: RecoveryRow,
        person: PersonRow,
        given: FinishRecovery,
        now: datetime,
    ) -> None:
        """Ask for the recovery code where there is one, for patience otherwise."""
        if given.recovery_code:
            self._use_code(store, person, given.recovery_code, now)
        elif now < row.ready_at:
            wait = math.ceil((row.ready_at - now).total_seconds())
            raise self._refused(store, "recovery_waiting", person, now, ready_in_seconds=wait)

    def _use_code(self, store: Session, person: PersonRow, code: str, now: datetime) -> None:
        """Use a recovery code up; guesses count together with those at challenges."""
        factor = factor_by_method(store, person.id, "recovery", lock=True)
        if factor is None:
            raise self._refused(store, "wrong_code", person, now)
        guesses = guesses_of(factor)
        if not guesses.is_paused(now):
            if use_recovery_code(self._core, store, person.id, code, now):
                remember(factor, rules.after_right())
                return
            guesses = rules.after_wrong(guesses, now)
            remember(factor, guesses)
        if guesses.is_paused(now):
            wait = math.ceil(((guesses.paused_until or now) - now).total_seconds())
            raise self._refused(store, "locked", person, now, retry_after_seconds=wait)
        raise self._refused(store, "wrong_code", person, now, attempts_left=guesses.left())

    def _apply(
        self,
        store: Session,
        row: RecoveryRow,
        person: PersonRow,
        hashed: str,
        lost_factor: bool,
        now: datetime,
    ) -> None:
        if not rows.move(store, RecoveryRow.id == row.id, USED):
            raise self._refused(store, "expired", person, now)
        what = _DONE + (_AND_LOST if lost_factor else "")
        url = self._core.settings.public_url
        words = f"{what}. If this was not you, go to {url}/security now, or call us."
        tell(self._core, store, person, letters.Notice("Your account was recovered", words), now)
        person.password_hash, person.password_changed_at = hashed, now
        end_sessions_of(self._core, store, person, now, Tag.SESSION_REVOKED, "recovered")
        if lost_factor:
            lost = AuthenticatorRow.method.in_(_LOST)
            store.execute(
                delete(AuthenticatorRow).where(AuthenticatorRow.person_id == person.id, lost)
            )
            store.execute(delete(RecoveryCodeRow).where(RecoveryCodeRow.person_id == person.id))
            # Without any factor left, whoever came by a link could enrol their own.
            identities.forget_linked(store, person.id)
            # The mail address alone approves no change: the next sign-in may enrol (ASVS 6.4.4).
            person.may_enrol_until = now + RECOVERED
        reason = "lost_factor" if lost_factor else None
        record(self._core, store, Tag.RECOVERY_DONE, person, now, reason)

    def _refused(
        self, store: Session, code: str, person: PersonRow | None, now: datetime, **details: Any
    ) -> Refused:
        record(self._core, store, Tag.RECOVERY_REFUSED, person, now, code)
        return Refused(code, **details)


def void_open(
    core: Core, store: Session, person_id: str, now: datetime, reason: str = "person_is_back"
) -> None:
    """End an open recovery: its person has signed in completely, or it is superseded."""
    if rows.void_of(store, person_id):
        record(core, store, Tag.RECOVERY_REFUSED, store.get_one(PersonRow, person_id), now, reason)


def record(
    core: Core,
    store: Session,
    tag: Tag,
    person: PersonRow | None,
    now: datetime,
    reason: str | None = None,
) -> None:
    """Put what happened to a recovery on the trail; a typed name is never kept."""
    event = AuditEvent(
        tag=tag,
        tenant=person.tenant_id if person is not None else None,
        person=core.keys.pseudonym(person.id) if person is not None else None,
        reason=reason,
    )
    audit_log.append(store.connection(), event, now)


@asynccontextmanager
async def _evenly() -> AsyncIterator[None]:
    """Leave at a full tenth of a second: what is done in it does not show in the time taken."""
    clock = asyncio.get_running_loop().time
    began = clock()
    try:
        yield
    finally:
        taken = clock() - began
        whole = math.ceil(taken / _ANSWERS_EVERY_SECONDS) * _ANSWERS_EVERY_SECONDS
        await asyncio.sleep(whole - taken)
