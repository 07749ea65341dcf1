"""Sign-ins at a provider that are under way: bound to one session and one browser, good once."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, cast

import orjson
from sqlalchemy import delete
from sqlalchemy.orm import Session

from security.adapters import audit_log
from security.adapters.prepared import by_column, compare_and_set
from security.adapters.sealed import readable
from security.adapters.session_names import name_of
from security.adapters.sso_tables import SsoFlowRow
from security.adapters.tables import SessionRow
from security.adapters.tenancy import across_tenants, change_tenant
from security.audit.record import AuditEvent, Tag
from security.core import Core
from security.errors import Refused
from security.sessions import hash_of
from security.sso.provider import Provider
from security.sso.requests import Secrets, Wish
from security.vault.envelope import Place

LIFE = timedelta(minutes=5)
"""As long as the cookie that goes with it."""

Purpose = Literal["sign_in", "step_up", "link", "reauthenticate"]


@dataclass(frozen=True)
class Aim:
    """What a sign-in at the provider is for; `about` is the challenge or the change, if any."""

    purpose: Purpose
    about: str = ""


@dataclass(frozen=True)
class Flow:
    """One that came back, taken out of the database: nobody else can go on with it."""

    session_id: str
    csrf_seed: str
    provider: Provider
    aim: Aim
    kept: Secrets
    not_before: datetime


def begin(
    core: Core, store: Session, session: SessionRow, provider: Provider, aim: Aim, wish: Wish
) -> tuple[Secrets, str]:
    """Begin one for this session; an older one of the session is void.

    Returns what goes with the request, and what the browser keeps.
    """
    now, browser = core.clock(), secrets.token_urlsafe(32)
    kept = Secrets(*(secrets.token_urlsafe(n) for n in (32, 32, 48)))
    with across_tenants(store, "what is over, and where else this session was about to sign in"):
        store.execute(delete(SsoFlowRow).where(SsoFlowRow.session_id == session.id))
        store.execute(delete(SsoFlowRow).where(SsoFlowRow.expires_at < now - LIFE))
    store.add(
        SsoFlowRow(
            id=hash_of(kept.state),
            session_id=session.id,
            tenant_id=provider.tenant,
            provider=provider.id,
            purpose=aim.purpose,
            about=aim.about,
            browser_hash=hash_of(browser),
            kept_sealed=orjson.dumps({"nonce": kept.nonce, "verifier": kept.verifier}),
            max_age=wish.max_age,
            created_at=now,
            expires_at=now + LIFE,
        )
    )
    session.last_seen_at = now
    store.flush()
    record(core, store, Tag.SSO_ASKED, session, provider, now, aim.purpose)
    return kept, browser


def take(core: Core, store: Session, session: SessionRow, state: str, browser: str) -> Flow:
    """Return what has come back, once. Raises `Refused("sso_refused")`.

    It has to be this session's, in the browser that it began in, in time (RFC 6749 section 10.12).
    """
    now = core.clock()
    with across_tenants(store, "a sign-in is found by its secret state"):
        row = by_column(store, SsoFlowRow, lock=True, id=hash_of(state))
    client = core.providers.find(row.provider) if row is not None else None
    if row is None or client is None:
        raise refused(core, store, session, None, now, "unknown_state")
    provider = client.provider
    change_tenant(store, row.tenant_id, "who signs in has said where")
    if row.session_id != session.id:
        raise refused(core, store, session, provider, now, "foreign_session")
    if not hmac.compare_digest(row.browser_hash, hash_of(browser)):
        raise refused(core, store, session, provider, now, "foreign_browser")
    if now >= row.expires_at:
        raise refused(core, store, session, provider, now, "too_late")
    if row.used or not compare_and_set(store, row, {"used": False}, {"used": True}):
        raise refused(core, store, session, provider, now, "replayed")
    opened = orjson.loads(readable(row.kept_sealed))
    return Flow(
        session.id,
        session.csrf_seed,
        provider,
        Aim(cast("Purpose", row.purpose), row.about),
        Secrets(state, opened["nonce"], opened["verifier"]),
        row.created_at - timedelta(seconds=row.max_age),
    )


def refused(
    core: Core,
    store: Session,
    session: SessionRow | None,
    provider: Provider | None,
    now: datetime,
    why: str,
    code: str = "sso_refused",
) -> Refused:
    """Put a refusal on the trail and return it."""
    record(core, store, Tag.SSO_REFUSED, session, provider, now, None, why)
    return Refused(code)


def record(
    core: Core,
    store: Session,
    tag: Tag,
    session: SessionRow | None,
    provider: Provider | None,
    now: datetime,
    purpose: str | None = None,
    reason: str | None = None,
    person_id: str | None = None,
) -> None:
    """Put what happened with a provider on the trail."""
    tenant = provider.tenant if provider is not None else None
    whose = person_id or (session.person_id if session is not None else None)
    event = AuditEvent(
        tag=tag,
        tenant=tenant,
        person=core.keys.pseudonym(whose) if whose else None,
        session=name_of(core.keys, tenant, session) if session is not None else None,
        object=provider.id if provider is not None else None,
        purpose=purpose,
        method="sso",
        reason=reason,
    )
    audit_log.append(store.connection(), event, now)


def _place(flow_id: str, tenant: str) -> Place:
    return Place("sso_flows", "kept", flow_id, tenant)
