"""What a provider's word changes, by what it was asked for: never more than who somebody is."""

from __future__ import annotations

import secrets
import unicodedata
from datetime import datetime

from sqlalchemy import and_, delete, or_, select
from sqlalchemy.orm import Session

from security import roles
from security.adapters.prepared import by_column
from security.adapters.sso_tables import (
    LOGOUT_REMEMBERED,
    IdentityRow,
    SsoLogoutRow,
    SsoSessionRow,
)
from security.adapters.tables import ChallengeRow, PersonRow, SessionRow, TenantRow
from security.adapters.tenancy import across_tenants
from security.administering import ADMIN
from security.audit.record import Tag
from security.challenges import rules
from security.core import Core
from security.errors import Refused
from security.passwords import NO_PASSWORD
from security.services import (
    admin_voiding,
    arrive,
    challenges,
    change_rows,
    identities,
    letters,
)
from security.services.approved import Shown, written
from security.services.challenges import OPEN, PASSED, close_once
from security.services.change_rows import CONFIRM, DONE, Signed
from security.services.ending import hold
from security.services.factors import is_off
from security.services.sessions import grant, is_open_to
from security.services.sso_flows import Flow, record, refused
from security.services.telling import tell
from security.sessions import hash_of, new_session_id, reaches
from security.sso.provider import Provider
from security.sso.tokens import Claims
from security.sso_model import SsoPassed

_MOST_OF_A_NAME = 200


def arrived(
    core: Core, store: Session, session: SessionRow, flow: Flow, claims: Claims, now: datetime
) -> SsoPassed:
    """Let a sign-in at the provider count for what it was asked for. Raises `Refused`."""
    if is_off(store, flow.provider.tenant, identities.METHOD):
        raise refused(core, store, session, flow.provider, now, "method_off", "method_off")
    if not is_open_to(store, flow.provider.tenant):
        raise refused(core, store, session, flow.provider, now, "tenant_disabled")
    if _is_logged_out(core, store, flow.provider, claims):
        raise refused(core, store, session, flow.provider, now, "logged_out")
    if flow.aim.purpose == "link":
        return _link(core, store, session, flow, claims, now)
    known = identities.find(core, store, flow.provider, claims.subject)
    if flow.aim.purpose == "sign_in":
        return _sign_in(core, store, session, flow, claims, known, now)
    person = hold(store, known.person_id) if known is not None else None
    if person is None or person.id != session.person_id or person.disabled_at is not None:
        raise refused(core, store, session, flow.provider, now, "another_person")
    if flow.aim.purpose == "step_up":
        return _step_up(core, store, session, flow, claims, person, now)
    return _reauthenticate(core, store, session, flow, person, now)


def _sign_in(
    core: Core,
    store: Session,
    session: SessionRow,
    flow: Flow,
    claims: Claims,
    known: IdentityRow | None,
    now: datetime,
) -> SsoPassed:
    provider = flow.provider
    if known is None and not provider.create_people:
        raise refused(core, store, session, provider, now, "unlinked", "sso_unlinked")
    if known is None:
        person = _create(core, store, provider, claims, now)
    else:
        held = hold(store, known.person_id)
        if held is None or held.disabled_at is not None or held.tenant_id != provider.tenant:
            raise refused(core, store, session, provider, now, "person_disabled")
        person = held
    _replace_roles(core, store, session, provider, claims, person, now)
    challenges.void_open(store, session.id)
    row = _passed(core, store, session, person, now)
    level = provider.assurance_of(claims.acr, claims.amr)
    passed = arrive.after_proof(core, store, session, row, now, person, level)
    _remember(core, store, session, provider, claims, now)
    return SsoPassed(
        grant=passed.grant, purpose="sign_in", resume=passed.resume, enrol=passed.enrol
    )


def _step_up(
    core: Core,
    store: Session,
    session: SessionRow,
    flow: Flow,
    claims: Claims,
    person: PersonRow,
    now: datetime,
) -> SsoPassed:
    provider = flow.provider
    row = by_column(store, ChallengeRow, lock=True, id=flow.aim.about)
    if row is None or row.session_id != session.id or row.method != identities.METHOD:
        raise refused(core, store, session, provider, now, "challenge_changed")
    if row.state != OPEN or now >= row.expires_at or row.purpose != "step_up":
        raise Refused("expired")
    if not reaches(provider.assurance_of(claims.acr, claims.amr), "aal2"):
        # The proof was one factor: the challenge stays open for another way.
        challenges.record(core, store, Tag.CHALLENGE_FAILED, row, now, "one_factor")
        raise Refused("sso_too_weak")
    if not close_once(store, row):
        raise Refused("expired")
    challenges.record(core, store, Tag.CHALLENGE_PASSED, row, now)
    passed = arrive.after_proof(core, store, session, row, now, person)
    _remember(core, store, session, provider, claims, now)
    return SsoPassed(grant=passed.grant, purpose="step_up", resume=passed.resume)


def _link(
    core: Core, store: Session, session: SessionRow, flow: Flow, claims: Claims, now: datetime
) -> SsoPassed:
    person = store.get(PersonRow, session.person_id) if session.person_id else None
    if person is None or person.disabled_at is not None:
        raise Refused("authentication_required")
    who = Signed(session, person, now)
    row = change_rows.find(core, store, who, flow.aim.about, CONFIRM)
    asked = change_rows.open_asked(core, store, who, row)
    if asked.kind != "sso" or asked.payload["provider"] != flow.provider.id:
        raise change_rows.refused(core, store, who, "unknown_change", row, why="another_provider")
    if person.tenant_id != flow.provider.tenant:
        raise change_rows.refused(core, store, who, "unknown_change", row, why="another_tenant")
    with across_tenants(store, "an account there is one person's here, of whatever organisation"):
        taken = identities.find(core, store, flow.provider, claims.subject)
    if taken is not None:
        raise change_rows.refused(core, store, who, "sso_taken", row)
    if not change_rows.move(store, row, CONFIRM, DONE):
        raise change_rows.refused(core, store, who, "unknown_change", row, why="not_open")
    notice = letters.linked_notice(flow.provider.name, core.settings.public_url)
    tell(core, store, person, notice, now)
    identities.add(core, store, person, flow.provider, claims.subject, now)
    change_rows.record(core, store, Tag.CHANGE_DONE, who, row)
    return SsoPassed(grant=grant(core, session, person, now), purpose="link", resume=False)


def _reauthenticate(
    core: Core, store: Session, session: SessionRow, flow: Flow, person: PersonRow, now: datetime
) -> SsoPassed:
    """Take a fresh sign-in in the place of a password: one change may follow, proved as ever."""
    if not identities.has_no_password(person):
        raise refused(core, store, session, flow.provider, now, "has_a_password")
    fresh = new_session_id()
    session.id_hash, session.rotated_at = hash_of(fresh), now
    session.password_proved_at = session.last_seen_at = now
    change_rows.record(core, store, Tag.REAUTHENTICATED, Signed(session, person, now), None, "sso")
    granted = grant(core, session, person, now, fresh)
    return SsoPassed(grant=granted, purpose="reauthenticate", resume=False)


def _passed(
    core: Core, store: Session, session: SessionRow, person: PersonRow, now: datetime
) -> ChallengeRow:
    """Write down that a sign-in passed: what waits for it is released by this row."""
    challenge_id, tenant = secrets.token_urlsafe(24), store.get_one(TenantRow, person.tenant_id)
    row = ChallengeRow(
        id=challenge_id,
        session_id=session.id,
        tenant_id=person.tenant_id,
        person_id=person.id,
        purpose="sign_in",
        method=identities.METHOD,
        allows=[identities.METHOD],
        shown_sealed=written(Shown(f"Sign in to {tenant.name}")),
        state=PASSED,
        attempts_left=rules.GUESSES,
        created_at=now,
        expires_at=now,
    )
    store.add(row)
    store.flush()
    challenges.record(core, store, Tag.CHALLENGE_PASSED, row, now)
    return row


def _remember(
    core: Core,
    store: Session,
    session: SessionRow,
    provider: Provider,
    claims: Claims,
    now: datetime,
) -> None:
    """Note when the person proved it, and which session at the provider stands behind it."""
    # Never later than we know: the freshness of a proof is the provider's `auth_time`.
    session.proved_at = min(claims.auth_time, now)
    store.execute(delete(SsoSessionRow).where(SsoSessionRow.session_id == session.id))
    row = SsoSessionRow(
        session_id=session.id,
        subject_hash=identities.subject_hash(core, provider, claims.subject),
        sid_hash=identities.sid_hash(core, provider, claims.sid) if claims.sid else None,
        since=now,
    )
    store.add(row)
    store.flush()


def _is_logged_out(core: Core, store: Session, provider: Provider, claims: Claims) -> bool:
    """Tell whether the provider ended this session of its own while we were still asking.

    That, or all sessions of this person: then no sign-in from before counts.
    """
    subject = identities.subject_hash(core, provider, claims.subject)
    ended = and_(
        SsoLogoutRow.sid_hash == subject,
        SsoLogoutRow.expires_at > claims.auth_time + LOGOUT_REMEMBERED,
    )
    if claims.sid is not None:
        sid = identities.sid_hash(core, provider, claims.sid)
        ended = or_(ended, SsoLogoutRow.sid_hash == sid)
    query = select(SsoLogoutRow.jti_hash).where(ended)
    return store.scalars(query.limit(1)).one_or_none() is not None


def _create(
    core: Core, store: Session, provider: Provider, claims: Claims, now: datetime
) -> PersonRow:
    """Make a new person of an unknown identity; nobody who is there is ever taken over.

    The name to sign in with is made up: what a provider says somebody is called may be anybody's.
    """
    person = PersonRow(
        id=secrets.token_urlsafe(16),
        tenant_id=provider.tenant,
        username=f"sso-{secrets.token_hex(8)}",
        name=_name(claims.all.get("name"), provider),
        roles=[],
        password_hash=NO_PASSWORD,
    )
    store.add(person)
    store.flush()
    identities.add(core, store, person, provider, claims.subject, now, created_person=True)
    record(core, store, Tag.SSO_PERSON_ADDED, None, provider, now, person_id=person.id)
    return person


def _replace_roles(
    core: Core,
    store: Session,
    session: SessionRow,
    provider: Provider,
    claims: Claims,
    person: PersonRow,
    now: datetime,
) -> None:
    """Give exactly the roles that the groups stand for, none included, where there is a table.

    A role that this organisation cannot give is none, as for its administrators.
    """
    given = provider.roles_of(claims.all)
    if given is None:
        return
    known = roles.known_at(store.get_one(TenantRow, provider.tenant).apis)
    wanted = [role for role in given if role in known]
    if wanted == sorted(person.roles):
        return
    if ADMIN in person.roles and ADMIN not in wanted:
        admin_voiding.void_of(store, person.id)
    person.roles = wanted
    store.flush()
    record(core, store, Tag.SSO_ROLES, session, provider, now, person_id=person.id)


def _name(told: object, provider: Provider) -> str:
    plain = unicodedata.normalize("NFC", told) if isinstance(told, str) else ""
    line = letters.safe(plain, _MOST_OF_A_NAME)
    return line or f"Somebody of {provider.name}"
