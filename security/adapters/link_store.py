"""Links to documents in the database: kept sealed, told of once, used up by compare-and-set."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import Connection, bindparam, delete, select, update

from security.adapters import case_store
from security.adapters.link_tables import DocumentLinkRow
from security.adapters.sealed import closed, readable
from security.adapters.session_case import case_of_session
from security.adapters.tables import UtcTime
from security.adapters.tenancy import across_tenants
from security.operations.manifest import Operation
from security.pending import canonical
from security.ports import Case, Waiting
from security.sessions import hash_of
from security.vault.vault import Vault

KEPT = timedelta(days=1)
"""How long a link is remembered; an old one is refused like one that never was."""

_link = DocumentLinkRow.__table__.c
_FORGET = delete(DocumentLinkRow).where(_link.created_at <= bindparam("old", type_=UtcTime))
_LEFT_BY = (  # Prepared, because every turn that ran something asks.
    select(_link.id, _link.operation)
    .where(_link.turn_id == bindparam("turn"), _link.token_hash.is_(None))
    .order_by(_link.created_at.desc())
    .limit(1)
)
_TELL = (
    update(DocumentLinkRow)
    .where(_link.id == bindparam("link"), _link.token_hash.is_(None))
    .values(token_hash=bindparam("hash"), expires_at=bindparam("until", type_=UtcTime))
)
_USE = (
    update(DocumentLinkRow)
    .where(
        _link.token_hash == bindparam("hash"),
        _link.session_id == bindparam("session"),
        _link.used_at.is_(None),
        _link.expires_at > bindparam("now", type_=UtcTime),
    )
    .values(used_at=bindparam("now", type_=UtcTime))
    .returning(DocumentLinkRow.__table__)
)


class SqlLinks:
    """The links' part of `security.ports.GuardStore`."""

    _connection: Connection
    _vault: Vault

    def case_of_session(self, session_id: str) -> Case | None:
        """See `security.ports.GuardStore`: for what is opened outside any turn."""
        return case_of_session(self._connection, session_id)

    def keep_link(
        self,
        case: Case,
        operation: Operation,
        arguments: Mapping[str, Any],
        action: str,
        now: datetime,
        purpose: str | None = None,
    ) -> None:
        """Keep what was asked for; the link itself is made when the page is told of it."""
        if case.person is None:
            raise ValueError("a document is somebody's")
        plain = canonical(operation.name, arguments, purpose)
        row: dict[str, Any] = {
            "id": secrets.token_urlsafe(16),
            "turn_id": case.turn_id,
            "session_id": case.session_id,
            "tenant_id": case.person.tenant,
            "person_id": case.person.id,
            "operation": operation.name,
            "action": action,
            "created_at": now,
        }
        row["asked_sealed"] = closed(self._vault, _link.asked_sealed, plain, row)
        self._connection.execute(_FORGET, {"old": now - KEPT})
        self._connection.execute(DocumentLinkRow.__table__.insert(), row)  # type: ignore[attr-defined]

    def take_link(
        self, session_id: str, link_hash: str, now: datetime
    ) -> tuple[Case, Waiting] | None:
        """Use up a link of this session, once and in time; None for any other."""
        bound = {"hash": link_hash, "session": session_id, "now": now}
        with across_tenants(self._connection, "a link is found by its hash and its session"):
            row = self._connection.execute(_USE, bound).one_or_none()
        if row is None:
            return None
        case = case_store.of_turn(self._connection, row.turn_id)
        if case.person is None or case.person.id != row.person_id:
            return None  # Somebody else has signed in since.
        _, arguments, *purpose = orjson.loads(readable(row.asked_sealed))
        asked = (row.operation, arguments, row.action)
        return case, Waiting(row.id, *asked, purpose=purpose[0] if purpose else None)


def told(
    connection: Connection, turn_id: str, now: datetime, life: timedelta
) -> tuple[str, str] | None:
    """Make the link that a turn has left; return it and its operation, None where there is none.

    Only its hash is kept.
    """
    row = connection.execute(_LEFT_BY, {"turn": turn_id}).one_or_none()
    if row is None:
        return None
    link = secrets.token_urlsafe(32)
    given = {"link": row.id, "hash": hash_of(link), "until": now + life}
    connection.execute(_TELL, given)
    return link, row.operation
