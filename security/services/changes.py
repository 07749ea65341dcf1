"""Changes of factors and of the password: the password again, a proof, a code, and done.

Even in a fresh session each change asks for both (ASVS 7.5.1). Only who has no factor, or came
in by a recovery code, may add one without, for some minutes: see `security.enrolment`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from datetime import UTC, datetime
from typing import cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from security.adapters.sso_tables import IdentityRow
from security.adapters.tables import AuthenticatorRow, PersonRow, SessionRow
from security.audit.record import Tag
from security.core import Core
from security.errors import Refused
from security.model import Authenticator, Authenticators, Change, ChangeKind, Method, SessionGrant
from security.services import change_rows as rows
from security.services import change_steps as steps
from security.services import identities, linking
from security.services.change_kinds import SHOWN_METHODS, hint
from security.services.change_rows import Signed, refused
from security.services.factors import guesses_of, recovery_codes_left
from security.services.holder import held_session, live_session, record
from security.services.new_passwords import NewPasswords, known_of
from security.services.passkeys import Proof
from security.services.sessions import grant
from security.sessions import hash_of, new_session_id, reaches


class Changes:
    """What a signed-in person may change about how they prove who they are."""

    def __init__(self, core: Core, hashing: Executor, allow: Callable[[str, str], bool]) -> None:
        self._core = core
        self._hashing = hashing
        self._allow = allow
        self._passwords = NewPasswords(core, hashing)

    async def reauthenticate(
        self, session_id: str, csrf_token: str, password: str, address: str
    ) -> SessionGrant:
        """Check the password again: one change may follow within five minutes.

        The session gets a new id (ASVS 7.2.4). Raises `Refused`: `invalid_credentials`,
        `rate_limited`, `authentication_required`.
        """

        def look(store: Session) -> tuple[str, str]:
            who = self._held(store, session_id, csrf_token)
            if not self._allow(f"{who.person.tenant_id}\x00{who.person.username}", address):
                rows.record(
                    self._core, store, Tag.REAUTHENTICATION_FAILED, who, reason="rate_limited"
                )
                raise Refused("rate_limited")
            return who.person.id, who.person.password_hash

        person_id, stored = await self._core.database.run(look)
        loop = asyncio.get_running_loop()
        right = await loop.run_in_executor(
            self._hashing, self._core.passwords.matches, stored, password
        )

        def work(store: Session) -> SessionGrant:
            who = self._held(store, session_id, csrf_token)
            if not right or (who.person.id, who.person.password_hash) != (person_id, stored):
                rows.record(self._core, store, Tag.REAUTHENTICATION_FAILED, who)
                raise Refused("invalid_credentials")
            fresh = new_session_id()
            who.session.id_hash, who.session.rotated_at = hash_of(fresh), who.now
            who.session.password_proved_at = who.session.last_seen_at = who.now
            rows.record(self._core, store, Tag.REAUTHENTICATED, who)
            return grant(self._core, who.session, who.person, who.now, fresh)

        return await self._core.database.run(work)

    async def present(self, session_id: str) -> Authenticators:
        """List the person's own factors, each number and address masked."""

        def work(store: Session) -> Authenticators:
            now = self._core.clock()
            session, person = live_session(self._core, store, session_id, now)
            who = self._signed(store, session, person, now)
            query = (
                select(AuthenticatorRow)
                .where(
                    AuthenticatorRow.person_id == who.person.id,
                    AuthenticatorRow.method.in_(SHOWN_METHODS),
                )
                .order_by(AuthenticatorRow.method.desc())
            )
            shown = [self._shown(factor, now) for factor in store.scalars(query)]
            linked = linking.identities_of(store, who.person.id)
            without = identities.has_no_password(who.person)
            return Authenticators(
                authenticators=[*shown, *(self._linked(row) for row in linked)],
                recovery_codes_left=recovery_codes_left(store, who.person.id),
                enrol=steps.enrolment_of(store, who).is_open(now),
                no_password=without or None,
            )

        return await self._core.database.run(work)

    async def begin(
        self, session_id: str, csrf_token: str, kind: ChangeKind, value: str | None, address: str
    ) -> Change:
        """Begin a change; `value` is the number, the address, the new password, or the ref.

        Raises `Refused`: `reauthentication_required`, `no_way_to_confirm`,
        `unknown_authenticator`, `last_authenticator`, `weak_password` with `suggestions`,
        `invalid_address` with `field`, `too_many_codes`, `invalid_arguments`.
        """
        if kind == "password" and value is not None:
            value = await self._new_password(session_id, csrf_token, value, address)

        def work(store: Session) -> Change:
            who = self._held(store, session_id, csrf_token)
            return steps.begin(self._core, store, who, kind, value, address)

        return await self._core.database.run(work)

    async def go_on(self, session_id: str, csrf_token: str, ref: str, address: str) -> Change:
        """Take the next step of a proved change.

        Raises `Refused`: `unknown_change`, `expired`, `too_many_codes`, `last_authenticator`,
        `unknown_authenticator`.
        """

        def work(store: Session) -> Change:
            who = self._held(store, session_id, csrf_token)
            return steps.go_on(self._core, store, who, ref, address)

        return await self._core.database.run(work)

    async def confirm(self, session_id: str, csrf_token: str, ref: str, proof: Proof) -> Change:
        """Let the new factor show a code, or what was made; at most one answer ever passes.

        Raises `Refused`: `unknown_change`, `expired`, `unknown_method`, `wrong_code` or
        `passkey_refused` with `attempts_left`, and
        `locked` at the fifth wrong code, which ends the change.
        """

        def work(store: Session) -> Change:
            who = self._held(store, session_id, csrf_token)
            return steps.confirm(self._core, store, who, ref, proof)

        return await self._core.database.run(work)

    async def _new_password(
        self, session_id: str, csrf_token: str, password: str, address: str
    ) -> str:
        """Return the hash of a new password. Raises as `begin` does, with nothing used up."""

        def look(store: Session) -> list[str]:
            who = self._held(store, session_id, csrf_token)
            steps.need_password(self._core, store, who)
            if not self._allow(f"password\x00{who.person.id}", address):
                raise refused(self._core, store, who, "rate_limited")
            return known_of(self._core, store, who.person)

        known = await self._core.database.run(look)
        advice = await self._passwords.weakness(password, known)
        if advice is None:
            return await self._passwords.hash(password)

        def refuse(store: Session) -> Refused:
            who = self._held(store, session_id, csrf_token)
            return refused(self._core, store, who, "weak_password", suggestions=advice)

        raise await self._core.database.run(refuse)

    def _held(self, store: Session, session_id: str, csrf_token: str) -> Signed:
        now = self._core.clock()
        session, person = held_session(self._core, store, session_id, csrf_token, now)
        who = self._signed(store, session, person, now)
        session.last_seen_at = now
        return who

    def _signed(
        self, store: Session, session: SessionRow, person: PersonRow | None, now: datetime
    ) -> Signed:
        """Return who is signed in. Raises `authentication_required`."""
        if person is None or not reaches(session.assurance, "aal1"):
            record(self._core, store, Tag.SESSION_REFUSED, session, now, "anonymous")
            raise Refused("authentication_required")
        return Signed(session, person, now)

    def _linked(self, row: IdentityRow) -> Authenticator:
        return Authenticator(
            ref=row.id,
            method="sso",
            hint=linking.name_of(self._core, row),
            added_at=row.linked_at.astimezone(UTC).isoformat(timespec="seconds"),
            paused=False,
        )

    def _shown(self, factor: AuthenticatorRow, now: datetime) -> Authenticator:
        added = factor.added_at
        return Authenticator(
            ref=factor.id,
            method=cast("Method", factor.method),
            hint=hint(self._core, factor),
            added_at=added.astimezone(UTC).isoformat(timespec="seconds") if added else None,
            paused=guesses_of(factor).is_paused(now),
        )
