"""Tokens of registered clients, so that they can be revoked, and the assertions already used."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, ForeignKey, String, bindparam, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from security.adapters.tables import Base, SessionRow, UtcTime
from security.adapters.tenancy import across_tenants
from security.adapters.tenant_filter import WHY_NOT
from security.sessions import Limits, SessionState, is_live


class ClientTokenRow(Base):
    """A token that a registered client was given; kept until it ends."""

    __tablename__ = "client_tokens"
    __table_args__ = {  # noqa: RUF012
        "info": {WHY_NOT: "registered clients serve several tenants; a session's row has its own"}
    }
    token_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    client_id: Mapped[str] = mapped_column(String(64))
    session_id: Mapped[str | None] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"))
    expires_at: Mapped[datetime] = mapped_column(index=True)
    revoked_at: Mapped[datetime | None] = mapped_column(default=None)


class SpentAssertionRow(Base):
    """A client's assertion that was used; kept until it ends."""

    __tablename__ = "spent_assertions"
    __table_args__ = {  # noqa: RUF012
        "info": {WHY_NOT: "ids of clients' assertions that work once"}
    }
    client_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    assertion_id: Mapped[str] = mapped_column(String(128), primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)


_now = bindparam("now", type_=UtcTime)
_FORGET_ASSERTIONS = delete(SpentAssertionRow).where(SpentAssertionRow.expires_at <= _now)
_FORGET_TOKENS = delete(ClientTokenRow).where(ClientTokenRow.expires_at <= _now)
_KEEP = ClientTokenRow.__table__.insert()  # type: ignore[attr-defined]
_REVOKE = (
    update(ClientTokenRow)
    .where(ClientTokenRow.token_id == bindparam("token"), ClientTokenRow.revoked_at.is_(None))
    .values(revoked_at=_now)
)
_FOUND = (
    select(
        ClientTokenRow.revoked_at,
        ClientTokenRow.session_id,
        SessionRow.created_at,
        SessionRow.last_seen_at,
        SessionRow.ended_at,
        SessionRow.idle_seconds,
        SessionRow.absolute_seconds,
    )
    .outerjoin(SessionRow, SessionRow.id == ClientTokenRow.session_id)
    .where(ClientTokenRow.token_id == bindparam("token"))
)


def spend(
    connection: Connection, client: str, assertion: str, ends: datetime, now: datetime
) -> bool:
    """Use up an assertion; False where it was used before."""
    connection.execute(_FORGET_ASSERTIONS, {"now": now})
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    statement = insert(SpentAssertionRow).on_conflict_do_nothing()
    values = {"client_id": client, "assertion_id": assertion, "expires_at": ends}
    spent = connection.execute(statement.returning(SpentAssertionRow.client_id), values)
    return spent.one_or_none() is not None


def keep(
    connection: Connection,
    token: str,
    client: str,
    session: str | None,
    ends: datetime,
    now: datetime,
) -> None:
    """Remember whose a token is, and from which session it came."""
    connection.execute(_FORGET_TOKENS, {"now": now})
    values = {"token_id": token, "client_id": client, "session_id": session, "expires_at": ends}
    connection.execute(_KEEP, {**values, "revoked_at": None})


def revoke(connection: Connection, token: str, now: datetime) -> bool:
    """Mark a client's token as revoked; tell if it was not yet."""
    return connection.execute(_REVOKE, {"token": token, "now": now}).rowcount == 1


def is_dead(connection: Connection, token: str, now: datetime) -> bool:
    """Tell whether a client's token is revoked or its session is over.

    The bot's own tokens are not kept here: they live for one call.
    """
    with across_tenants(
        connection, "a token that its API asks about, and the session it came from"
    ):
        row = connection.execute(_FOUND, {"token": token}).one_or_none()
    if row is None:
        return False
    if row.revoked_at is not None:
        return True
    if row.session_id is None:
        return False
    limits = Limits(row.idle_seconds, row.absolute_seconds)
    state = SessionState(row.created_at, row.last_seen_at, row.ended_at, limits)
    return not is_live(state, now)
