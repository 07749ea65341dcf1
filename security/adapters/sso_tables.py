"""Single sign-on in the database: whose identity is whose, what is under way, what came of it."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from security.adapters.sealed import Sealed
from security.adapters.tables import Base
from security.adapters.tenant_filter import WHY_NOT
from security.vault.owners import Under


class IdentityRow(Base):
    """Who somebody is at a provider: `(issuer, sub)` of one tenant, as a keyed hash.

    `created_person`: the person came into being by it, and has no password of their own.
    """

    __tablename__ = "identities"
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenants.id"))
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), index=True)
    provider: Mapped[str] = mapped_column(String(128))
    subject_hash: Mapped[str] = mapped_column(String(64), unique=True)
    linked_at: Mapped[datetime]
    created_person: Mapped[bool] = mapped_column(default=False)


class SsoFlowRow(Base):
    """A sign-in at a provider that is under way; `id` is the hash of its `state`, good once.

    `purpose` is sign_in, step_up, link or reauthenticate; `about` the challenge or the change.
    """

    __tablename__ = "sso_flows"
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id"), index=True)
    tenant_id: Mapped[str] = mapped_column(String(64))
    provider: Mapped[str] = mapped_column(String(128))
    purpose: Mapped[str] = mapped_column(String(16))
    about: Mapped[str] = mapped_column(String(64))
    browser_hash: Mapped[str] = mapped_column(String(64))
    kept_sealed: Mapped[bytes] = mapped_column(Sealed(Under.TENANT))
    max_age: Mapped[int]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used: Mapped[bool] = mapped_column(default=False)


class SsoSessionRow(Base):
    """Which session at a provider stands behind one of ours: back-channel logout ends it."""

    __tablename__ = "sso_sessions"
    __table_args__ = (
        Index("sso_sessions_of_sid", "sid_hash"),
        {
            "info": {
                WHY_NOT: "hashes of a provider's names beside a session, whose row has a tenant"
            }
        },
    )
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id"), primary_key=True)
    subject_hash: Mapped[str] = mapped_column(String(64), index=True)
    since: Mapped[datetime]
    sid_hash: Mapped[str | None] = mapped_column(String(64), default=None)


LOGOUT_REMEMBERED = timedelta(minutes=15)
"""Longer than any logout token is taken; what is left of it then, longer than a sign-in lasts."""


class SsoLogoutRow(Base):
    """A logout token that has been taken: it works once. Kept `LOGOUT_REMEMBERED` from its issue.

    `sid_hash` stands for the session at the provider that it ended; for the person where it ended
    all of theirs.
    """

    __tablename__ = "sso_logouts"
    __table_args__ = {  # noqa: RUF012
        "info": {WHY_NOT: "hashes of tokens that work once; a provider's, not a tenant's"}
    }
    jti_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)
    sid_hash: Mapped[str | None] = mapped_column(String(64), default=None, index=True)
