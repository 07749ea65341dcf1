"""How much SMS codes have approved in a day: a large sum in small parts is still a large sum."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import structlog
from sqlalchemy import Connection

from security.adapters import pending_store
from security.adapters.pending_seals import PendingSeals
from security.core import Core
from security.operations.confirmation import NO_LIMIT, Limit
from security.ports import Case
from security.vault.envelope import CannotOpen

DAY = timedelta(hours=24)
_log = structlog.get_logger(__name__)


def sms_limit_left(
    core: Core,
    connection: Connection,
    person_id: str,
    limit: Limit,
    now: datetime,
    but: str | None = None,
) -> Limit:
    """Return `limit` less what SMS codes approved for this person within the last 24 hours.

    What was done counts, and what may have been; `but` is a pending operation that does not.
    Whatever cannot be summed up uses up the limit.
    """
    rows = pending_store.approved_since(connection, person_id, "sms", now - DAY)
    left = limit.value
    for row in rows:
        if row.id == but:
            continue
        spent = _worth(core, row, limit.currency)
        left = Decimal(0) if spent is None else max(Decimal(0), left - spent)
    return replace(limit, value=left)


def sms_limit_left_of(
    core: Core, connection: Connection, case: Case, now: datetime, but: str | None
) -> Limit:
    """Return what is left of the limit of a case's tenant for its person; nobody has one."""
    if case.person is None:
        return NO_LIMIT
    return sms_limit_left(core, connection, case.person.id, case.sms_limit, now, but)


def _worth(core: Core, row: Any, currency: str) -> Decimal | None:
    operation = core.operations.get(row.operation)
    if operation is None or operation.confirmation is None:
        return None
    try:
        asked = PendingSeals(core.vault, core.keys).asked(row)
    except CannotOpen:
        asked = None
    if asked is None:
        _log.error("approved_write_unreadable", operation=row.operation)
        return None
    return operation.confirmation.worth(asked[0], currency)
