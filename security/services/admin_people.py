"""What an administrator sees of people: a page of them, and somebody's live sessions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Literal, cast

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from security import roles
from security.adapters.account_tables import SignInRow
from security.adapters.admin_tables import InvitationRow
from security.adapters.people import names_of
from security.adapters.sealed import UNREADABLE, shown_as
from security.adapters.sso_tables import IdentityRow
from security.adapters.tables import AuthenticatorRow, PersonRow, SessionRow, TenantRow
from security.administering import ADMIN
from security.administration_model import AdminPeople, AdminPerson, AdminSession
from security.core import Core
from security.model import Method
from security.services import invitations
from security.services.admin_cases import admins
from security.services.change_rows import Signed
from security.services.ending import live_sessions_of
from security.services.factors import guesses_of
from security.services.own_sessions import reference
from security.services.session_rows import state_of
from security.sessions import is_live
from security.user_names import reference_of

PAGE = 50


def page(store: Session, who: Signed, find: str | None, after: str | None) -> AdminPeople:
    """Return the people after this user name whose name or user name has `find` in it."""
    tenant = store.get_one(TenantRow, who.person.tenant_id)
    wanted = (find or "").lower()
    found = [
        one
        for one in names_of(store, tenant.id)
        if one.username > (after or "")
        and (wanted in one.username.lower() or wanted in shown_as(one.name, "").lower())
    ]
    ids = [one.id for one in found[:PAGE]]
    rows = {row.id: row for row in store.scalars(select(PersonRow).where(PersonRow.id.in_(ids)))}
    there = _About(store, ids, who)
    return AdminPeople(
        people=[there.shown(rows[each]) for each in ids],
        next=found[PAGE - 1].username if len(found) > PAGE else None,
        roles=sorted(roles.known_at(tenant.apis)),
        second_admin=bool(admins(store, tenant.id, (who.person.id,))),
    )


def sessions(core: Core, store: Session, person: PersonRow, now: datetime) -> list[AdminSession]:
    """Return somebody's live sessions, the one used last at the top."""
    return [
        AdminSession(
            ref=reference(core, row),
            device=row.device,
            channel=row.channel,  # type: ignore[arg-type]  # validated by the model
            assurance=row.assurance,  # type: ignore[arg-type]
            signed_in_at=_utc(row.signed_in_at or row.created_at),
            last_seen_at=_utc(row.last_seen_at),
        )
        for row in live_sessions_of(store, person.id, now)
    ]


class _About:
    """What is known of a page of people: one question a table, not one a person."""

    def __init__(self, store: Session, ids: Sequence[str], who: Signed) -> None:
        self._who = who
        self._factors: dict[str, list[AuthenticatorRow]] = {}
        factors = select(AuthenticatorRow).where(AuthenticatorRow.person_id.in_(ids))
        for factor in store.scalars(factors.order_by(AuthenticatorRow.method)):
            self._factors.setdefault(factor.person_id, []).append(factor)
        elsewhere = select(IdentityRow.person_id).where(IdentityRow.person_id.in_(ids))
        self._linked = set(store.scalars(elsewhere))
        live = select(SessionRow).where(
            SessionRow.person_id.in_(ids), SessionRow.ended_at.is_(None)
        )
        alive = [row for row in store.scalars(live) if is_live(state_of(row), who.now)]
        self._sessions = Counter(row.person_id for row in alive)
        passed = select(SignInRow.person_id, func.max(SignInRow.at)).where(
            SignInRow.person_id.in_(ids), SignInRow.outcome == "passed"
        )
        latest = store.execute(passed.group_by(SignInRow.person_id)).all()
        self._last = {row[0]: row[1] for row in latest}
        sent = select(InvitationRow).where(InvitationRow.person_id.in_(ids))
        self._invited = {
            row.person_id: row for row in store.scalars(sent.order_by(InvitationRow.created_at))
        }

    def shown(self, person: PersonRow) -> AdminPerson:
        now, factors = self._who.now, self._factors.get(person.id, [])
        methods = list(dict.fromkeys(factor.method for factor in factors))
        methods += ["sso"] if person.id in self._linked else []
        last, invited = self._last.get(person.id), self._invited.get(person.id)
        return AdminPerson(
            ref=reference_of(person.username),
            username=person.username,
            name=shown_as(person.name, UNREADABLE),
            roles=list(person.roles),
            disabled=person.disabled_at is not None,
            methods=cast("list[Method]", methods),
            paused=[cast("Method", f.method) for f in factors if guesses_of(f).is_paused(now)],
            sessions=self._sessions[person.id],
            last_sign_in=_utc(last) if last is not None else None,
            invited=_state_of(invited, person, now) if invited is not None else None,
            me=person.id == self._who.person.id,
            second=ADMIN in person.roles,
        )


def _state_of(
    row: InvitationRow, person: PersonRow, now: datetime
) -> Literal["waiting", "expired"] | None:
    if not invitations.awaits(row, person):
        return None
    return "waiting" if row.state == invitations.OPEN and now < row.expires_at else "expired"


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")
