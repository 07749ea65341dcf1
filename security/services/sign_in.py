"""The first factor: a password. The answer, and the work, are the same for every name."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from security.adapters import audit_log
from security.adapters.account_tables import SignInRow
from security.adapters.people import by_username
from security.adapters.session_names import name_of
from security.adapters.tables import PersonRow, SessionRow, TenantRow
from security.adapters.tenancy import change_tenant
from security.audit.record import AuditEvent, Tag
from security.challenges.methods import PASSWORD_ALONE, for_sign_in
from security.core import Core
from security.errors import Refused
from security.model import PasswordPassed
from security.origin import origin_of
from security.services import devices
from security.services.approved import Shown
from security.services.arrive import complete_sign_in
from security.services.challenges import open_challenge, view
from security.services.ending import hold
from security.services.factors import has_factor
from security.services.holder import held_session


@dataclass(frozen=True)
class Credentials:
    """What somebody claims; `address` is where they claim it from."""

    tenant: str
    username: str
    password: str = field(repr=False)
    address: str


class SignIn:
    """Checks passwords off the event loop, in threads that do nothing else."""

    def __init__(
        self, core: Core, hashing: Executor, allow: Callable[[str, str, str | None], bool]
    ) -> None:
        self._core = core
        self._hashing = hashing
        self._allow = allow

    async def password(
        self, session_id: str, csrf_token: str, given: Credentials
    ) -> PasswordPassed:
        """Check a password; the answer is a challenge, or a session where no factor is enrolled.

        Raises `Refused`: `invalid_credentials` alike for a wrong password, an unknown name, an
        unknown tenant (ASVS 6.3.8), and one that was handed out and not used in time;
        `rate_limited` a name, known or not; `no_way_to_confirm` where the person has factors and
        none of them can be used.
        """
        person_id, stored = await self._core.database.run(
            lambda store: self._find(store, session_id, csrf_token, given)
        )
        loop = asyncio.get_running_loop()
        right = await loop.run_in_executor(
            self._hashing, self._core.passwords.matches, stored, given.password
        )

        def work(store: Session) -> PasswordPassed:
            now = self._core.clock()
            session, _ = held_session(self._core, store, session_id, csrf_token, now)
            change_tenant(store, given.tenant, "who signs in says where")
            person = hold(store, person_id) if person_id else None
            # A hash that was replaced while it was being checked, by a reset, is worth nothing.
            # nosemgrep: compare-in-constant-time - both are ours, read twice from one row.
            same = person is not None and person.password_hash == stored
            if not right or person is None or not same or person.disabled_at is not None:
                self._record(store, Tag.PASSWORD_FAILED, session, person, now, given)
                raise Refused("invalid_credentials")
            self._record(store, Tag.PASSWORD_PASSED, session, person, now, given)
            return self._next(store, session, person, given.address, now)

        return await self._core.database.run(work)

    def _find(
        self, store: Session, session_id: str, csrf_token: str, given: Credentials
    ) -> tuple[str | None, str | None]:
        """Return the person's id and password hash, both None for a name that nobody has."""
        now = self._core.clock()
        session, _ = held_session(self._core, store, session_id, csrf_token, now)
        name = f"{given.tenant}\x00{given.username}"
        change_tenant(store, given.tenant, "who signs in says where")
        browser = devices.known_browser(store, session, given.tenant, given.username)
        slowed = browser is None and not self._core.throttles.allow(
            origin_of(self._core.keys, given.address)
        )
        if slowed or not self._allow(name, given.address, browser):
            self._record(store, Tag.PASSWORD_LIMITED, session, None, now, given)
            raise Refused("rate_limited")
        session.last_seen_at = now
        query = select(PersonRow.id, PersonRow.password_hash).where(
            by_username(given.tenant, given.username)
        )
        row = store.execute(query).one_or_none()
        return (row[0], row[1]) if row else (None, None)

    def _next(
        self, store: Session, session: SessionRow, person: PersonRow, address: str, now: datetime
    ) -> PasswordPassed:
        tenant = store.get(TenantRow, person.tenant_id)
        challenge = open_challenge(
            self._core,
            store,
            session,
            person_id=person.id,
            tenant_id=person.tenant_id,
            purpose="sign_in",
            shown=Shown(f"Sign in to {tenant.name if tenant else person.tenant_id}"),
            allows=for_sign_in(session.channel),
            now=now,
            address=address,
        )
        if challenge is not None:
            return PasswordPassed(challenge=view(self._core, store, challenge, now))
        if has_factor(store, person.id):
            # A factor that cannot be used right now never lowers the bar.
            self._record(store, Tag.PASSWORD_LIMITED, session, person, now)
            raise Refused("no_way_to_confirm")
        if _is_left_over(store, person, now):
            self._record(store, Tag.PASSWORD_LIMITED, session, person, now)
            raise Refused("invalid_credentials")
        grant = complete_sign_in(self._core, store, session, person, PASSWORD_ALONE, None, now)
        return PasswordPassed(grant=grant, enrol=True)

    def _record(
        self,
        store: Session,
        tag: Tag,
        session: SessionRow,
        person: PersonRow | None,
        now: datetime,
        given: Credentials | None = None,
    ) -> None:
        # The same work, whether or not there is such a person; a name of no organisation is the
        # caller's own text.
        named = store.get(TenantRow, given.tenant) if given else None
        tenant = person.tenant_id if person else named.id if named else None
        address = given.address if given else None
        event = AuditEvent(
            tag=tag,
            tenant=tenant,
            person=self._core.keys.pseudonym(person.id) if person else None,
            session=name_of(self._core.keys, tenant, session),
            origin=origin_of(self._core.keys, address) if address else None,
        )
        audit_log.append(store.connection(), event, now)


def _is_left_over(store: Session, person: PersonRow, now: datetime) -> bool:
    """Tell whether this password was handed out, and nobody came with it in time (ASVS 6.4.1)."""
    until = person.may_enrol_until
    if until is None or now < until:
        return False
    came = select(SignInRow.id).where(
        SignInRow.person_id == person.id, SignInRow.outcome == "passed"
    )
    if person.password_changed_at is not None:
        came = came.where(SignInRow.at >= person.password_changed_at)
    return store.scalars(came.limit(1)).one_or_none() is None
